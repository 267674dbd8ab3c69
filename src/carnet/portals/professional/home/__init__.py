"""The page of a professional who is signed in."""

from carnet.portals.professional.home.views import routes

__all__ = ["routes"]
