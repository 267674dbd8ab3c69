"""Add a document: a file or photos, in one page; correct what one added; who sees it by default."""

from starlette.routing import Route

from carnet.portals.citizen.adding.correcting import Correcting
from carnet.portals.citizen.adding.default_visibility import DefaultVisibility
from carnet.portals.citizen.adding.views import Adding
from carnet.portals.citizen.portal import CitizenPortal

__all__ = ["routes"]


def routes(portal: CitizenPortal) -> list[Route]:
    """The addresses of this area."""
    return [*DefaultVisibility(portal).routes(), *Adding(portal).routes(), *Correcting(portal).routes()]
