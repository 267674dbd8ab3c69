"""From the professional's own software to the record, without a second sign-in."""

from carnet.portals.professional.launch.views import routes

__all__ = ["routes"]
