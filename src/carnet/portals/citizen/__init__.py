"""The citizen's portal. For now: the page that says what is served here, and the demonstration's way in."""

from carnet.portals.citizen.home import routes

__all__ = ["routes"]
