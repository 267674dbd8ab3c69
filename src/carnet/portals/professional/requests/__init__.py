"""What patients ask of a professional about the documents they wrote: see it, open it, answer it."""

from carnet.portals.professional.requests.views import routes

__all__ = ["routes"]
