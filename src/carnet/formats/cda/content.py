"""
The files that a CDA carries: they decode, they are what they say, and nothing in the document acts by itself.

Source: documents.md §5.3 and §5.5.
"""

from typing import Final

from carnet.domain.errors import Invalid, Issue, Severity
from carnet.formats import media
from carnet.formats.cda.active import active_content
from carnet.formats.cda.body import Body, Part
from carnet.formats.cda.carried import decode
from carnet.formats.xml import LIMIT_BYTES, Element, read_xml

# Said of an inline content, these have no place in a record, whatever the content is.
_ACTIVE_TYPES: Final = frozenset(
    {
        "text/html", "application/xhtml+xml", "image/svg+xml", "text/javascript", "application/javascript", "application/xslt+xml",
        "application/x-shockwave-flash", "application/x-msdownload", "application/hta",
    },
)  # fmt: skip
# Told one by one; a hostile document may hold thousands of either.
_FIRST_FEATURES: Final = 5
_FIRST_FAULTS: Final = 20


def check_content(
    root: Element, body: Body, *, carried: bytes | None = None, source: bytes | None = None
) -> tuple[Issue, ...]:
    """
    Check the body of a document and the files it carries.

    Takes
        root: the ClinicalDocument. body: as found by `header_of`. carried: the file of a body of level 1, when it was lifted.
        source: then, the bytes without that file.
    Gives
        `cda-active-content` (fact `feature`), `cda-representation`, `base64-invalid`, `media-compressed`, and those of
        `media.check_media`; each with the XPath of what it speaks of.
    """
    issues = [
        Issue("cda-active-content", expression, {"feature": feature})
        for _, (feature, expression) in zip(range(_FIRST_FEATURES), active_content(root, source=source), strict=False)
    ]
    issues += (
        Issue("cda-active-content", "/ClinicalDocument/component//@mediaType", {"feature": kind})
        for kind in sorted(body.declared.intersection(_ACTIVE_TYPES).difference(body.embedded))
    )
    room = {Severity.ERROR: _FIRST_FAULTS, Severity.WARNING: _FIRST_FAULTS}
    for part in body.parts:
        for issue in _check_part(part, carried):
            if room[issue.severity]:
                room[issue.severity] -= 1
                issues.append(Issue(issue.code, part.expression, issue.facts, issue.severity))
        if not room[Severity.ERROR]:
            break
    return tuple(issues)


def _check_part(part: Part, carried: bytes | None) -> tuple[Issue, ...]:
    """The faults of one file, without their place: finding it has a cost."""
    allowed = media.UNSTRUCTURED if part.whole else media.EMBEDDED
    declared = media.bare_type(part.media_type)
    if declared not in allowed:
        return (Issue("media-type-not-allowed", facts={"mediaType": declared[:80]}),)
    text = part.element.text or ""
    if not text.strip():
        return (Issue("media-empty"),)
    if part.is_base64:
        data = decode(text.encode()) if carried is None else carried
        if data is None:
            return (Issue("base64-invalid"),)
    elif declared == "text/plain" or declared in media.RTF:
        data = text.encode()
    else:
        return (Issue("cda-representation", facts={"mediaType": declared}),)
    issues = media.check_media(declared, data, allowed=allowed)
    compressed = part.element.get("compression") is not None
    if issues and compressed:
        return (Issue("media-compressed"),)
    if declared in media.XML:
        issues += _check_xml(data)
    if not issues and compressed:
        # One official sample says DF of a plain JPEG: the bytes are right, the attribute is not.
        return (Issue("media-compression-false", severity=Severity.WARNING),)
    return issues


def _check_xml(data: bytes) -> tuple[Issue, ...]:
    """An attached XML file: readable by the safe reader, and inert."""
    try:
        root = read_xml(data, limit_bytes=LIMIT_BYTES)
    except Invalid as fault:
        return fault.issues
    return tuple(Issue("cda-active-content", facts={"feature": feature}) for feature, _ in active_content(root))[:1]
