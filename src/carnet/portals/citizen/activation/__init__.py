"""The first connection: what the record is, then opening it or objecting to it, by the same two pages."""

from carnet.portals.citizen.activation.views import routes

__all__ = ["routes"]
