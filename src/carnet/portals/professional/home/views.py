"""The first page of a professional at work."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from carnet.portals.professional.portal import HOME, ProfessionalPortal, ProfessionalVisit


def routes(portal: ProfessionalPortal) -> list[Route]:
    async def page(request: Request, visit: ProfessionalVisit) -> Response:
        return portal.page(request, "home/home.html", here="accueil", name=visit.name)

    return [portal.route(HOME, get=page)]
