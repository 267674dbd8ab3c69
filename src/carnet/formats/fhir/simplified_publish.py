"""
The DocumentReference of ITI-105, read: a fiche with its document inside, and little else.

Source: IHE MHD 4.2 ITI-105; PDSm `pdsm-simplified-publish` (documents.md §3.1).
"""

from typing import Any

from carnet.domain.errors import Issue, Severity
from carnet.domain.record.model import Fiche, PatientReference
from carnet.formats.fhir.bundle_contents import decode
from carnet.formats.fhir.document_reference import media_type, read_fiche_and_patients
from carnet.formats.fhir.faults import errors, fault
from carnet.formats.fhir.provide_bundle import ReadDocument, raise_unless_deferred
from carnet.vocabulary.frozen import frozen

_PLACE = "DocumentReference"


@frozen
class ReadPublication:
    """As `ReadBundle`, of one document. faults: of what it names, to be told with those of the document."""

    document: ReadDocument
    patient_references: tuple[PatientReference, ...]
    faults: tuple[Issue, ...] = ()
    warnings: tuple[Issue, ...] = ()


def read_simplified_publish(resource: dict[str, Any]) -> ReadPublication:
    """
    Read a simplified publication.

    Takes
        resource: as `read_json` gives it; faulty members are taken out of it.

    Raises
    ------
        Invalid: with every fault found.
    Source
        documents.md §3.1: masterIdentifier, attachment.data, contentType and title 1..1, author 1..*, url 0..0.
    """
    issues: list[Issue] = []
    fiche, patients = read_fiche_and_patients(resource, place=_PLACE, resolve=lambda _: None, issues=issues)
    for name in ("masterIdentifier", "author"):
        if name not in resource and not _told(issues, f"{_PLACE}.{name}"):
            fault(issues, "element-required", f"{_PLACE}.{name}", name=name)
    content, sent_as = _content(resource, fiche, issues)
    raise_unless_deferred(issues)
    return ReadPublication(
        ReadDocument(fiche, content, sent_as),
        patients,
        faults=tuple(errors(issues)),
        warnings=tuple(issue for issue in issues if issue.severity is Severity.WARNING),
    )


def _content(resource: dict[str, Any], fiche: Fiche, issues: list[Issue]) -> tuple[bytes, str]:
    """The bytes and their media type."""
    contents = resource.get("content")
    attachment = contents[0].get("attachment") if contents else None
    if attachment is None:
        return b"", ""  # already told by the fiche
    place = f"{_PLACE}.content[0].attachment"
    if "url" in attachment:
        fault(issues, "element-forbidden", place + ".url", name="url")
    for name in ("contentType", "title", "data"):
        if name not in attachment and not _told(issues, f"{place}.{name}"):
            fault(issues, "element-required", f"{place}.{name}", name=name)
    data = attachment.get("data")
    content = None if data is None else decode(data)
    if data is not None and content is None:
        fault(issues, "base64", place + ".data")
    return content or b"", media_type(attachment.get("contentType")) or fiche.mime_type or ""


def _told(issues: list[Issue], place: str) -> bool:
    """Whether a member was taken out after a fault of its own."""
    return any((issue.expression or "").startswith(place) for issue in errors(issues))
