"""Mon compte: by which means one opens one's record, from where it is open, how one is reached, what one prefers, and closing it."""

from starlette.routing import Route

from carnet.portals.citizen.account import contact, means, overview, passkeys, record, sessions
from carnet.portals.citizen.account.overview import tasks
from carnet.portals.citizen.portal import CitizenPortal

__all__ = ["routes", "tasks"]


def routes(portal: CitizenPortal) -> list[Route]:
    return [
        *overview.routes(portal),
        *means.routes(portal),
        *passkeys.routes(portal),
        *sessions.routes(portal),
        *contact.routes(portal),
        *record.routes(portal),
    ]
