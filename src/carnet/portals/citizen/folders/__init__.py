"""Mes dossiers: the folders that a person makes for themselves."""

from carnet.portals.citizen.folders.views import routes

__all__ = ["routes"]
