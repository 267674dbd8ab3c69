"""
The pages of the citizen's portal. An area is a folder here with its templates under `templates/`, and a line below.

Loaded once the server answers (`carnet.app.pages`): nothing that a machine asks for waits for them.
"""

from collections.abc import Collection

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from carnet.portals.citizen import (
    access,
    account,
    activation,
    adding,
    document,
    documents,
    folders,
    legal,
    letterbox,
    notices,
    professionals,
    sign_in,
    sign_in_with,
    welcome,
)
from carnet.portals.citizen.home import Home
from carnet.portals.citizen.home.to_do import Source
from carnet.portals.citizen.portal import CitizenPortal, Visit
from carnet.web.pages import static_routes
from carnet.web.portal.frame import Place
from carnet.web.portal.interruptions import kept_route

PLACES = (
    Place("accueil", "/", "Accueil", "Accueil", "home"),
    Place("documents", "/documents", "Mes documents", "Documents", "document"),
    Place("acces", "/acces", "Accès et confidentialité", "Accès", "key"),
    Place("compte", "/compte", "Mon compte", "Compte", "person"),
)
# What the first page says is to be done, area by area.
TO_DO: tuple[Source, ...] = (notices.to_read, account.tasks, document.tasks)


def routes(portal: CitizenPortal, *, beside: Collection[str] = ()) -> list[Route]:
    """
    Every page of the portal. A place is in the navigation when its address answers.

    Takes
        beside: addresses of other portals, to which pages may lead.
    """
    found = [
        *welcome.routes(portal, home=Home(portal, sources=TO_DO).page),
        *documents.routes(portal),
        *folders.routes(portal),
        *professionals.routes(portal),  # before the acts of `access`, whose addresses are broader
        *access.routes(portal),
        *notices.routes(portal),
        *sign_in_with.routes(portal),
        *adding.routes(portal),
        *document.routes(portal),
        *([] if portal.interruptions is None else [kept_route(portal, portal.interruptions)]),
        *sign_in.routes(portal),
        *activation.routes(portal),
        *account.routes(portal),
        *legal.routes(portal),
        *letterbox.routes(portal),
        *static_routes(),
    ]
    answered = {route.path for route in found}
    portal.offer(tuple(place for place in PLACES if place.address in answered), addresses={*answered, *beside})
    return found


def nowhere(portal: CitizenPortal) -> Route:
    """The page of every address that is not one; after all the others."""

    async def page(request: Request, _: Visit | None) -> Response:
        return portal.not_found(request)

    return portal.open_route("/{nowhere:path}", get=page)
