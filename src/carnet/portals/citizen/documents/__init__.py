"""Mes documents: the list, its filters, acts on several documents at once; what of them professionals see first."""

from starlette.routing import Route

from carnet.portals.citizen.documents import first_seen, views
from carnet.portals.citizen.portal import CitizenPortal

__all__ = ["routes"]


def routes(portal: CitizenPortal) -> list[Route]:
    return [*views.routes(portal), *first_seen.routes(portal)]
