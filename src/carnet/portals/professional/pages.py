"""
The pages of the portal of professionals. An area is a folder here with its templates under `templates/`, and a line below.

Loaded once the server answers (`carnet.app.pages`): nothing that a machine asks for waits for them.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from carnet.portals.professional import delegations, feeding, launch, patients, record, requests, sign_in
from carnet.portals.professional.portal import ProfessionalPortal, ProfessionalVisit
from carnet.portals.professional.record.attending import Attending
from carnet.web.portal.frame import Place
from carnet.web.portal.interruptions import kept_route
from carnet.web.portal.portal import OpenView

PLACES = (
    Place("patients", "/pro", "Mes patients", "Patients", "people"),
    Place("demandes", "/pro/demandes", "Demandes de patients", "Demandes", "mail"),
    Place("delegations", "/pro/delegations", "Déléguer la saisie", "Déléguer", "share"),
)
STAFF_PLACES = (
    Place("patients", "/pro", "Ajouter un document", "Ajouter", "plus"),
    Place("delegations", "/pro/delegations", "Mes délégations", "Délégations", "people"),
)


def routes(portal: ProfessionalPortal) -> list[Route]:
    """Every page of the portal; none where nobody can sign in. A place is in the navigation when its address answers."""
    if portal.psc is None:
        return []
    found = [
        *sign_in.routes(portal),
        *patients.routes(portal),
        *requests.routes(portal),
        *delegations.routes(portal),
        *feeding.routes(portal, Attending(portal)),
        *record.routes(portal),
        *launch.routes(portal),
    ]
    if portal.interruptions is not None:
        found.append(kept_route(portal, portal.interruptions))
    answered = {route.path for route in found}
    portal.offer(tuple(place for place in PLACES if place.address in answered), STAFF_PLACES)
    return [*found, portal.open_route("/pro/{nowhere:path}", get=_nowhere(portal))]


def _nowhere(portal: ProfessionalPortal) -> "OpenView[ProfessionalVisit]":
    """The page of every address of this portal that is not one."""

    async def page(request: Request, _: ProfessionalVisit | None) -> Response:
        return portal.not_found(request)

    return page
