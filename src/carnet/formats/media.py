"""
Media types: which ones a document may be or carry, and whether its first bytes agree.

Source: documents.md §5.3 (bodies of level 1), §2.1 (mimeType); the format codes of JDV_J10 (PDF, text, RTF, JPEG, TIFF).
"""

import re

from carnet.domain.errors import Issue, Severity
from carnet.formats.pdf import check_pdf

PDF = "application/pdf"
DICOM = "application/dicom"
RTF = frozenset({"text/rtf", "application/rtf"})
XML = frozenset({"text/xml", "application/xml"})
IMAGES = frozenset({"image/jpeg", "image/png", "image/tiff", "image/gif"})

# A document that is not a CDA; the whole body of a CDA of level 1; what a structured CDA may embed.
BARE = frozenset({PDF, "image/jpeg", "image/png", "image/tiff", "text/plain", DICOM}) | RTF
UNSTRUCTURED = frozenset({PDF, "image/jpeg", "image/png", "image/tiff", "text/plain"}) | RTF
EMBEDDED = UNSTRUCTURED | XML | frozenset({"image/gif", DICOM})

_HEAD = 1024
_SIGNATURES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"II+\x00", "image/tiff"),
    (b"MM\x00+", "image/tiff"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"PK\x03\x04", "application/zip"),
    (b"MZ", "application/x-dosexec"),
)
_MARKUP = re.compile(rb"<(!doctype\s+html|html|head|body|script|iframe|svg)[\s>/]", re.IGNORECASE)
# A text has no control characters, tabulations, line and page ends apart.
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
# What makes RTF readers fetch or run something.
_RTF_ACTIVE = re.compile(rb"\\(?:objdata|objupdate|objemb|objocx|objautlink|template)\b")


def bare_type(media_type: str) -> str:
    """The type without its parameters, in lower case: `text/plain; charset=utf-8` is `text/plain`."""
    return media_type.partition(";")[0].strip().lower()


def sniff(data: bytes) -> str | None:
    """The media type that the first bytes announce, or None when they announce nothing."""
    for signature, media_type in _SIGNATURES:
        if data.startswith(signature):
            return media_type
    if data.find(b"%PDF-", 0, _HEAD) >= 0:
        return PDF
    if data[128:132] == b"DICM":
        return DICOM
    start = data[:_HEAD].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"{\\rtf"):
        return "text/rtf"
    if _MARKUP.match(start):
        return "text/html"
    return "text/xml" if start.startswith(b"<?xml") else None


def check_bare(media_type: str, data: bytes) -> tuple[Issue, ...]:
    """
    Check a document that is not a CDA: PDF, image, text, RTF, DICOM key object.

    Gives
        Issues without expression: `media-type-not-allowed`, and those of `check_media`.
    """
    return check_media(media_type, data, allowed=BARE)


def check_media(
    media_type: str, data: bytes, *, allowed: frozenset[str], expression: str | None = None
) -> tuple[Issue, ...]:
    """
    Compare the bytes with the media type declared, and refuse what could act.

    Takes
        media_type: as declared, parameters included. data: decoded bytes. expression: where they stood.
    Gives
        `media-type-not-allowed`, `media-empty`, `media-type-mismatch` (a warning between two kinds of images: published samples confuse
        them, and a viewer shows both), `text-active-content`, `rtf-active-content`, and those of `check_pdf`.
    """
    declared = bare_type(media_type)
    if declared not in allowed:
        return (Issue("media-type-not-allowed", expression, {"mediaType": declared[:80]}),)
    if not data:
        return (Issue("media-empty", expression),)
    if declared == PDF:
        return check_pdf(data, expression=expression)
    found = sniff(data)
    facts = {"declared": declared, "found": found or "inconnu"}
    if declared in IMAGES:
        if found == declared:
            return ()
        severity = Severity.WARNING if found in IMAGES else Severity.ERROR
        return (Issue("media-type-mismatch", expression, facts, severity),)
    if declared == DICOM:
        return () if found == DICOM else (Issue("media-type-mismatch", expression, facts),)
    if declared in RTF:
        if found != "text/rtf":
            return (Issue("media-type-mismatch", expression, facts),)
        return (Issue("rtf-active-content", expression),) if _RTF_ACTIVE.search(data) else ()
    if declared in XML:
        # Whoever asks reads it as XML: nothing to guess from its first bytes.
        return ()
    if found == "text/html":
        return (Issue("text-active-content", expression),)
    if found is not None or _CONTROLS.search(data):
        return (Issue("media-type-mismatch", expression, facts),)
    return ()
