"""The page of who is signed in."""

from starlette.requests import Request
from starlette.responses import Response

from carnet.portals.citizen.portal import CitizenPortal, Visit


class Home:
    def __init__(self, portal: CitizenPortal) -> None:
        self._portal = portal

    async def page(self, request: Request, visit: Visit) -> Response:
        return self._portal.page(request, "home/home.html", here="accueil", name=visit.name)
