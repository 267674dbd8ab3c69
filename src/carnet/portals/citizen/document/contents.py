"""
The bytes of a document: the original to keep, the file to see beside the page, the images and files that it carries.

Each is an act of reading with its trace. What a browser shows is only what runs nothing, under a policy of its own; the rest is to be kept.
"""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from carnet.domain.record.opening import open_document, read_content
from carnet.portals.citizen.document.doorstep import Doorstep
from carnet.portals.citizen.portal import CitizenPortal, Visit
from carnet.web.portal.documents.contents import beside, download, is_fetched_ahead, part, shown
from carnet.web.reading import readable_soon


def routes(portal: CitizenPortal, doorstep: Doorstep) -> list[Route]:
    views = _Contents(portal)
    return [
        doorstep.route("/original", get=views.original),
        doorstep.route("/apercu", get=views.beside),
        doorstep.route("/image/{number:int}", get=views.image),
        doorstep.route("/fichier/{number:int}", get=views.attached),
    ]


class _Contents:
    def __init__(self, portal: CitizenPortal) -> None:
        self._services = portal.services

    async def original(self, request: Request, visit: Visit, document: UUID) -> Response:
        if (nothing := await self._unread(request, visit, document)) is not None:
            return nothing
        content, mime_type = await self._read(visit, document)
        return download(request, content, mime_type)

    async def beside(self, request: Request, visit: Visit, document: UUID) -> Response:
        if (nothing := await self._unread(request, visit, document)) is not None:
            return nothing
        return shown(request, await beside(*await self._read(visit, document)))

    async def image(self, request: Request, visit: Visit, document: UUID) -> Response:
        return await self._part(request, visit, document, of_narrative=True)

    async def attached(self, request: Request, visit: Visit, document: UUID) -> Response:
        return await self._part(request, visit, document, of_narrative=False)

    async def _part(self, request: Request, visit: Visit, document: UUID, *, of_narrative: bool) -> Response:
        if (nothing := await self._unread(request, visit, document)) is not None:
            return nothing
        return part(request, await readable_soon(*await self._read(visit, document)), of_narrative=of_narrative)

    async def _read(self, visit: Visit, document: UUID) -> tuple[bytes, str]:
        entry, content, _ = await read_content(
            self._services.store, document, actor=visit.actor, terms=self._services.read_terms
        )
        return content, entry.mime_type

    async def _unread(self, request: Request, visit: Visit, document: UUID) -> Response | None:
        """The answer when nobody reads: headers alone, or a browser that guesses. Judged, and not said to have been read."""
        if request.method != "HEAD" and not is_fetched_ahead(request):
            return None
        await open_document(self._services.store, document, actor=visit.actor, terms=self._services.read_terms)
        return Response(status_code=200 if request.method == "HEAD" else 503, headers={"Cache-Control": "no-store"})
