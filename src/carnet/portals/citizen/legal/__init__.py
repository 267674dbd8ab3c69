"""The legal pages of the foot: who runs this, what becomes of data, what of accessibility. They hold whatever the operator has set."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from carnet.portals.citizen.portal import CitizenPortal, Visit
from carnet.web.portal.portal import OpenView

__all__ = ["routes"]

PAGES = {
    "/mentions-legales": "legal/notices.html",
    "/donnees-personnelles": "legal/data.html",
    "/accessibilite": "legal/accessibility.html",
}


def routes(portal: CitizenPortal) -> list[Route]:
    return [portal.open_route(path, get=_page(portal, template)) for path, template in PAGES.items()]


def _page(portal: CitizenPortal, template: str) -> "OpenView[Visit]":
    async def page(request: Request, _: Visit | None) -> Response:
        return portal.page(request, template, legal=portal.legal)

    return page
