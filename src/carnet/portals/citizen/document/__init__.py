"""The page of a document, at `/documents/<id>`: what it says, who sees it and why, who read it, and the controls beside it."""

from starlette.routing import Route

from carnet.portals.citizen.document import asking, contents, controls, following, page, receiving, sharing
from carnet.portals.citizen.document.doorstep import Doorstep
from carnet.portals.citizen.portal import CitizenPortal

tasks = asking.tasks


def routes(portal: CitizenPortal) -> list[Route]:
    doorstep = Doorstep(portal)
    return [
        *following.routes(portal),
        *page.routes(portal, doorstep),
        *contents.routes(portal, doorstep),
        *controls.routes(portal, doorstep),
        *asking.routes(portal, doorstep),
        *sharing.routes(portal, doorstep),
        *receiving.routes(portal),
    ]
