"""The citizen's portal, at `/`: `portal` is what its areas are given, `pages` its areas."""
