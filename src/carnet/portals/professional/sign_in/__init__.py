"""Signing in by Pro Santé Connect, choosing a situation, signing out here and there."""

from carnet.portals.professional.sign_in.views import routes

__all__ = ["routes"]
