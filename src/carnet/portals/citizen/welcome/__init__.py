"""Before the sign-in: what carnet is, and in demo mode who can be tried."""

from carnet.portals.citizen.welcome.views import routes

__all__ = ["routes"]
