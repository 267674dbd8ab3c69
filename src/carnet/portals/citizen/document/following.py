"""All the requests and links of a person on one page: where each stands."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from carnet.domain.record.consulting.following import follow
from carnet.domain.record.sharing.model import ShareState
from carnet.portals.citizen.document.page import HERE, type_name
from carnet.portals.citizen.portal import CitizenPortal, Visit

FOLLOW_UP = "/documents/suivi"


def routes(portal: CitizenPortal) -> list[Route]:
    async def page(request: Request, visit: Visit) -> Response:
        services = portal.services
        followed = await follow(
            services.store, visit.patient_id, actor=visit.actor, terms=services.read_terms, sharing=services.share_terms
        )
        now = services.clock()
        return portal.page(
            request, "document/follow_up.html", here=HERE, followed=followed, type_name=type_name,
            running={each.share_id for each, _ in followed.shares if each.state(now, services.share_terms) is ShareState.RUNNING},
            answered=sum(each.status == "answered" for each, _ in followed.requests),
            waiting=sum(each.status in {"sent", "seen"} for each, _ in followed.requests),
        )  # fmt: skip

    return [portal.route(FOLLOW_UP, get=page)]
