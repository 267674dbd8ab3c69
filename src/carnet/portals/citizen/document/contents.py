"""
The bytes of a document: the original to keep, the file to see beside the page, the images and files that it carries.

Each is an act of reading with its trace. What a browser shows is only what runs nothing, under a policy of its own; the rest is to be kept.
"""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from carnet.domain.errors import NotFound
from carnet.domain.record.opening import open_document, read_content
from carnet.formats import media
from carnet.formats.cda.reading.model import EmbeddedFile
from carnet.portals.citizen.document.doorstep import Doorstep, is_fetched_ahead
from carnet.portals.citizen.portal import CitizenPortal, Visit
from carnet.web.middleware import OWN_POLICY
from carnet.web.reading import Reading, readable_soon

# What a browser draws and nothing runs in.
SHOWN = frozenset({media.PDF, "image/png", "image/jpeg", "image/gif"})
# Nothing is fetched from there; the viewer of the browser draws it with its own styles, inside our pages alone.
_FRAMED = b"default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; object-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
_KEPT = b"default-src 'none'; sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_ENDINGS = {
    media.PDF: "pdf", "image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/tiff": "tif", "text/plain": "txt", "text/xml": "xml",
    "application/xml": "xml", "text/rtf": "rtf", "application/rtf": "rtf", media.DICOM: "dcm",
}  # fmt: skip


def routes(portal: CitizenPortal, doorstep: Doorstep) -> list[Route]:
    views = _Contents(portal)
    return [
        doorstep.route("/original", get=views.original),
        doorstep.route("/apercu", get=views.beside),
        doorstep.route("/image/{number:int}", get=views.image),
        doorstep.route("/fichier/{number:int}", get=views.attached),
    ]


def download(request: Request, content: bytes, media_type: str) -> Response:
    """A file to keep. Its name says the kind of thing it is, and nothing of anyone."""
    bare = media.bare_type(media_type)
    request.scope[OWN_POLICY] = _KEPT
    return Response(
        content,
        headers={
            "Content-Type": bare if bare in _ENDINGS else "application/octet-stream",
            "Content-Disposition": f'attachment; filename="document.{_ENDINGS.get(bare, "bin")}"',
            "Cache-Control": "no-store",
        },
    )


def shown(request: Request, file: EmbeddedFile) -> Response:
    """A file that a browser draws within our page; of another kind, to keep."""
    if file.media_type not in SHOWN:
        return download(request, file.content, file.media_type)
    request.scope[OWN_POLICY] = _FRAMED
    return Response(
        file.content,
        headers={
            "Content-Type": file.media_type,
            "Content-Disposition": f'inline; filename="document.{_ENDINGS[file.media_type]}"',
            "Cache-Control": "no-store",
        },
    )


async def beside(content: bytes, mime_type: str) -> EmbeddedFile:
    """The file to be seen beside the page: the copy that a CDA carries, or the document itself. Raises NotFound."""
    reading = await readable_soon(content, mime_type)
    if reading is None or reading.embedded is None:
        raise NotFound("document-unknown")
    return reading.embedded


def part(request: Request, reading: Reading | None, *, of_narrative: bool) -> Response:
    """An image of a narrative, or a file that the document carries, by the number in the address. Raises NotFound."""
    number: int = request.path_params["number"]
    files = () if reading is None else reading.images if of_narrative else reading.files
    if number >= len(files):
        raise NotFound("document-unknown")
    file = files[number]
    return shown(request, file) if of_narrative else download(request, file.content, file.media_type)


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
