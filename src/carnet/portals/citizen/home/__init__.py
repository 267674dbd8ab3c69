"""Accueil: what is new, what to do."""

from carnet.portals.citizen.home.views import Home

__all__ = ["Home"]
