"""Signing in by FranceConnect or the application carte Vitale."""

from carnet.portals.citizen.sign_in_with.views import Provider, routes

__all__ = ["Provider", "routes"]
