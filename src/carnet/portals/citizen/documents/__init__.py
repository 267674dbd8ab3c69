"""Mes documents: the list, its filters, and acts on several documents at once."""

from carnet.portals.citizen.documents.views import routes

__all__ = ["routes"]
