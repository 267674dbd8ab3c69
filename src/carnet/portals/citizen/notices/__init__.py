"""Avis: what the person is told of accesses, read and unread, and which kinds they want. `to_read` is for the first page."""

from carnet.portals.citizen.notices.showing import to_read
from carnet.portals.citizen.notices.views import routes

__all__ = ["routes", "to_read"]
