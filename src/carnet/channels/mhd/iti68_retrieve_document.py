"""
ITI-68 Retrieve Document: the bytes of a document as they were received, or a FHIR Binary holding them.

Source: IHE MHD 4.2 §3.68; RFC 9110 §14 (ranges), §13 (conditions); docs/transactions/iti68.md.
"""

import re
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from carnet.domain.errors import Issue, NotFound
from carnet.domain.record.facts import EntryFacts
from carnet.domain.record.model import XML_MEDIA_TYPES
from carnet.domain.record.opening import Span, SpanOutside, read_content
from carnet.formats.fhir.binary import write_binary
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.identifiers import is_uuid
from carnet.web.bearer import bearer_actor
from carnet.web.fhir.answers import NotAcceptable, fhir_answer, outcome_answer
from carnet.web.fhir.representation import media_types, wants_fhir
from carnet.web.services import Services

_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")  # longer than any document, short enough to be a number


def read_id(text: str) -> UUID:
    """A logical id of an address. Raises NotFound: an id that cannot exist names nothing, like any other."""
    if not is_uuid(text):
        raise NotFound("document-unknown")
    return UUID(text)


@frozen
class RetrieveDocument:
    services: Services

    async def binary(self, request: Request) -> Response:
        """GET /fhir/Binary/{id}."""
        actor = bearer_actor(request.scope, self.services.verifier)
        as_fhir = wants_fhir(request)
        span = None if as_fhir else _span(request)
        try:
            entry, content, first = await read_content(
                self.services.store,
                read_id(request.path_params["id"]),
                actor=actor,
                terms=self.services.read_terms,
                span=span,
            )
        except SpanOutside as outside:
            return outcome_answer([Issue("range-outside")], 416, {"Content-Range": f"bytes */{outside.size_bytes}"})
        headers = {
            "ETag": etag_of(entry),
            "Last-Modified": entry.filed_at.strftime("%a, %d %b %Y %H:%M:%S GMT"),
            "Vary": "Accept, Authorization",
        }
        if _holds(request.headers.get("if-none-match"), etag_of(entry)):
            return Response(status_code=304, headers={**headers, "Cache-Control": "no-store"})
        if as_fhir:
            return fhir_answer(self._as_fhir(entry, content), headers=headers)
        _require_acceptable(request, entry.mime_type)
        headers |= {"Cache-Control": "no-store", "Accept-Ranges": "bytes", "Content-Disposition": "attachment"}
        headers["Content-Type"] = entry.mime_type  # as is: Starlette would add a charset, and a document says its own
        if span is None:
            return Response(content, headers=headers)
        headers["Content-Range"] = f"bytes {first}-{first + len(content) - 1}/{entry.size_bytes}"
        return Response(content, 206, headers)

    def _as_fhir(self, entry: EntryFacts, content: bytes) -> bytes:
        return write_binary(
            content,
            logical_id=entry.logical_id,
            media_type=entry.mime_type,
            filed_at=entry.filed_at,
        )


def etag_of(entry: EntryFacts) -> str:
    """Strong: a content never changes under its id."""
    return f'"{entry.hash_sha256}"'


def _holds(header: str | None, etag: str) -> bool:
    return header is not None and (
        header.strip() == "*" or etag in [tag.strip().removeprefix("W/") for tag in header.split(",")]
    )


def _require_acceptable(request: Request, mime_type: str) -> None:
    accepted = media_types(request.headers.get("accept", "*/*"))
    family = mime_type.partition("/")[0] + "/*"
    names = XML_MEDIA_TYPES if mime_type in XML_MEDIA_TYPES else {mime_type}  # a CDA goes by several names
    if {*names, family, "*/*", ""}.isdisjoint(accepted):
        raise NotAcceptable("format-not-acceptable")


def _span(request: Request) -> Span | None:
    """The one range asked for; several, or another unit, are answered by the whole (RFC 9110 §14.2)."""
    header = request.headers.get("range")
    found = None if header is None or "if-range" in request.headers else _RANGE.fullmatch(header.replace(" ", ""))
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        return Span(None, suffix=int(last))
    if last and int(last) < int(first):
        return None
    return Span(int(first), int(last) if last else None)
