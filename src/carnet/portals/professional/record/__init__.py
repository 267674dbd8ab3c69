"""The record of a patient on one page, its documents opened in place, and the acts of a professional on it."""

from starlette.routing import Route

from carnet.portals.professional.portal import ProfessionalPortal
from carnet.portals.professional.record import access, contents, documents, modes, page
from carnet.portals.professional.record.attending import Attending

__all__ = ["routes"]


def routes(portal: ProfessionalPortal) -> list[Route]:
    attending = Attending(portal)
    return [
        *page.routes(portal, attending),
        *contents.routes(portal, attending),
        *documents.routes(portal, attending),  # after contents: the last part of an address is an act
        *access.routes(portal, attending),
        *modes.routes(portal, attending),
    ]
