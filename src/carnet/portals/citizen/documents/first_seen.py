"""« Ce que les professionnels voient d’abord »: the alerts and the synthesis of one's own record, as a professional's page begins with them."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from carnet.domain.health.reading import read_overview
from carnet.portals.citizen.portal import CitizenPortal, Visit
from carnet.web.portal.health import shown_overview

ADDRESS = "/documents/en-premier"


def routes(portal: CitizenPortal) -> list[Route]:
    return [portal.route(ADDRESS, get=FirstSeen(portal).page)]


class FirstSeen:
    def __init__(self, portal: CitizenPortal) -> None:
        self._portal = portal
        self._services = portal.services

    async def page(self, request: Request, visit: Visit) -> Response:
        services = self._services
        overview = await read_overview(
            services.store, actor=visit.actor, patient_id=visit.patient_id, zone=visit.zone, terms=services.browse_terms
        )
        return self._portal.page(
            request, "documents/first_seen.html", here="documents", to_person=True,
            overview=shown_overview(overview, services.browse_terms.reading.types, now=services.clock()),
            in_place=lambda ident: f"/documents/{ident}",
        )  # fmt: skip
