"""Signing in: with a password and a code, with a passkey, or by the way of what was lost."""

from starlette.routing import Route

from carnet.portals.citizen.portal import CitizenPortal
from carnet.portals.citizen.sign_in import passkey, password

__all__ = ["routes"]


def routes(portal: CitizenPortal) -> list[Route]:
    return [*password.routes(portal), *passkey.routes(portal)]
