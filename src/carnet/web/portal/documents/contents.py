"""
The bytes of a document as a browser is given them: a file to keep, or one that is drawn within our pages and runs nothing.

A name of file says what kind of thing it is, and nothing of anyone.
"""

from starlette.requests import Request
from starlette.responses import Response

from carnet.domain.errors import NotFound
from carnet.formats import media
from carnet.formats.cda.reading.model import EmbeddedFile
from carnet.web.middleware import OWN_POLICY
from carnet.web.reading import Reading, readable_soon

# What a browser draws and nothing runs in.
SHOWN = frozenset({media.PDF, "image/png", "image/jpeg", "image/gif"})
# Nothing is fetched from there; the viewer of the browser draws it with its own styles, inside our pages alone.
_FRAMED = (
    b"default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; object-src 'self'; base-uri 'none'; form-action 'none'; "
    b"frame-ancestors 'self'"
)
_KEPT = b"default-src 'none'; sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_ENDINGS = {
    media.PDF: "pdf", "image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/tiff": "tif", "text/plain": "txt", "text/xml": "xml",
    "application/xml": "xml", "text/rtf": "rtf", "application/rtf": "rtf", media.DICOM: "dcm",
}  # fmt: skip


def download(request: Request, content: bytes, media_type: str) -> Response:
    """A file to keep."""
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


def is_fetched_ahead(request: Request) -> bool:
    """A browser that guesses where its person goes next: nobody reads."""
    return "prefetch" in f"{request.headers.get('sec-purpose', '')} {request.headers.get('purpose', '')}".lower()
