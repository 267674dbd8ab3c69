"""
A file that a person sends: what it is, whether it can be kept, and as what.

Source: official-app 1.6; documents.md §5.3 and §5.5 (bodies of level 1; active content refused).
"""

import re

from carnet.domain.errors import Invalid
from carnet.formats import pdf
from carnet.formats.media import check_media
from carnet.formats.uploads.kinds import Kind, recognise
from carnet.formats.uploads.photos import Page, read_pages
from carnet.vocabulary.frozen import frozen

PDF = "application/pdf"
RTF = "application/rtf"
TEXT = "text/plain"

_REFUSED = {
    Kind.EMPTY: "upload-empty",
    Kind.CDA: "upload-cda",
    Kind.XML: "upload-xml",
    Kind.WEB_PAGE: "upload-web-page",
    Kind.DICOM: "upload-dicom",
    Kind.PROGRAM: "upload-program",
    Kind.SCRIPT: "upload-script",
    Kind.OFFICE: "upload-office",
    Kind.ARCHIVE: "upload-archive",
    Kind.MOVIE: "upload-movie",
    Kind.SOUND: "upload-sound",
    Kind.UNKNOWN: "upload-unknown",
}
_OF_PDF = {
    "pdf-not-a-pdf": "upload-pdf-broken",
    "pdf-truncated": "upload-pdf-broken",
    "pdf-encrypted": "upload-pdf-locked",
    "pdf-opaque": "upload-pdf-opaque",
}
_ATTACHMENTS = frozenset({"EmbeddedFile", "RichMedia"})
_PAGE = re.compile(rb"/Type\s*/Page(?![a-zA-Z])")


@frozen
class Received:
    """
    What is kept of a file: its pages when it is a photo, else its bytes under a media type that a document may carry.
    """

    pages: tuple[Page, ...] = ()
    content: bytes = b""
    media_type: str = ""


def receive(data: bytes, *, limit_bytes: int) -> Received:
    """
    Look at a file, and give what is to be kept of it. Takes tens to hundreds of milliseconds for a photo: call it in a thread.

    Takes
        limit_bytes: of what is kept as it is (a photo is made as light as it must be).
    Raises
        Invalid: one code for each reason, `upload-…`, with what mends it in its sentence.
    """
    kind = recognise(data)
    if kind in _REFUSED:
        raise Invalid(_REFUSED[kind])
    if kind in {Kind.PHOTO, Kind.HEIF}:
        return Received(pages=read_pages(data, is_heif=kind is Kind.HEIF))
    if len(data) > limit_bytes:
        raise Invalid("upload-too-large", limit=str(limit_bytes // 1_000_000))
    if kind is Kind.PDF:
        _check_pdf(data)
        return Received(content=data, media_type=PDF)
    if kind is Kind.RTF:
        if check_media(RTF, data, allowed=frozenset({RTF})):
            raise Invalid("upload-rtf-active")
        return Received(content=data, media_type=RTF)
    return Received(content=_text(data), media_type=TEXT)


def _check_pdf(data: bytes) -> None:
    for issue in pdf.check_pdf(data):
        if issue.code == "pdf-active-content":
            attached = issue.facts.get("feature") in _ATTACHMENTS
            raise Invalid("upload-pdf-attachments" if attached else "upload-pdf-active")
        raise Invalid(_OF_PDF[issue.code])
    # Pages written in the clear, or kept among compressed objects.
    if _PAGE.search(data) is None and b"/ObjStm" not in data:
        raise Invalid("upload-pdf-broken")


def _text(data: bytes) -> bytes:
    """In UTF-8, without the mark that some editors put first; any text can be read as Windows wrote it."""
    for encoding in ("utf-16",) if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "cp1252", "latin-1"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not text.strip():
            raise Invalid("upload-empty")
        return text.encode()
    raise Invalid("upload-unknown")
