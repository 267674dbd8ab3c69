"""The portal of professionals, at `/pro`: `portal` is what its areas are given, `pages` its areas."""
