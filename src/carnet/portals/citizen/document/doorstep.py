"""
Before a document: its addresses, and one answer for what does not exist, what is another's and what is hidden.

A record that is closed is told so whatever the document is, so that the answer says nothing of it.
"""

from collections.abc import Awaitable, Callable
from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from carnet.domain.consent.model import RecordStatus
from carnet.domain.errors import NotFound, Refused
from carnet.portals.citizen.portal import CitizenPortal, Visit

DOCUMENT = "/documents/{document:uuid}"
_UNKNOWN = frozenset({"record-refused", "record-closed", "record-opposed", "record-announced"})

Look = Callable[[Request, Visit, UUID], Awaitable[Response]]
Act = Callable[[Request, Visit, UUID, FormData], Awaitable[Response]]


def address_of(document: UUID, *more: str) -> str:
    return "/".join((f"/documents/{document}", *more))


class Doorstep:
    """Wraps the views of one document."""

    def __init__(self, portal: CitizenPortal) -> None:
        self._portal = portal

    def route(self, path: str, *, get: Look | None = None, post: Act | None = None) -> Route:
        """
        Takes
            path: below the address of the document. get, post: given the document's id.
        """

        async def look(request: Request, visit: Visit) -> Response:
            assert get is not None
            return await self._told(request, visit, get(request, visit, request.path_params["document"]))

        async def act(request: Request, visit: Visit, form: FormData) -> Response:
            assert post is not None
            return await self._told(request, visit, post(request, visit, request.path_params["document"], form))

        return self._portal.route(
            DOCUMENT + path, get=look if get is not None else None, post=act if post is not None else None
        )

    async def _told(self, request: Request, visit: Visit, view: Awaitable[Response]) -> Response:
        try:
            return await view
        except (NotFound, Refused) as hidden:
            if await self._is_closed(visit):
                return self._portal.page(request, "document/closed.html", status=403)
            if isinstance(hidden, Refused) and hidden.code not in _UNKNOWN:
                raise
            return self._portal.not_found(request)

    async def _is_closed(self, visit: Visit) -> bool:
        services = self._portal.services
        found = await services.store.search_facts(
            visit.actor, ins=None, patient_id=visit.patient_id, at=services.clock()
        )
        return found is None or found[0].record.status is not RecordStatus.OPEN
