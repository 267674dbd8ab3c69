"""
DocumentReference: the fiche read from a sender, and the fiche served.

Source: documents.md §2.1, §3.1 (PDSm `pdsm-comprehensive-document-reference`); the concept map of PDSm4DMP. XDS creationTime is
`attachment.creation`, and `date` when that is absent.
"""

import binascii
from collections.abc import Callable
from typing import Any

import pybase64

from carnet.domain.errors import Issue
from carnet.domain.record.model import Fiche, PatientReference, SourcePatient
from carnet.formats.fhir.authors import AUTHENTICATOR_KINDS, read_author, read_organization
from carnet.formats.fhir.codings import read_coding, read_concept, read_concepts
from carnet.formats.fhir.faults import Place, fault, note
from carnet.formats.fhir.identities import read_unique_id
from carnet.formats.fhir.patients import read_patient
from carnet.formats.fhir.references import Recent, References, Resolve
from carnet.formats.fhir.relations import read_relates_to
from carnet.formats.fhir.security_labels import read_security_labels
from carnet.formats.fhir.shapes import SHAPES
from carnet.formats.fhir.structure import check
from carnet.formats.fhir.times import read_instant, read_moment
from carnet.vocabulary.identifiers import is_oid

_SHAPE = SHAPES["DocumentReference"]


def read_fiche(
    resource: dict[str, Any], *, expression: str, resolve: Callable[[str], dict[str, Any] | None], issues: list[Issue]
) -> Fiche:
    """
    Read a fiche as its sender gave it. What is missing stays None: the domain fills or refuses it.

    Takes
        resource: a DocumentReference; its faulty members are taken out of it.
        expression: where it stands, beginning of every issue's expression.
        resolve: gives a resource by reference, when it is neither contained nor ours (an entry of the same bundle); None when unknown.
    Gives
        issues: every fault and warning found. With an error among them, the fiche holds only what was sound.

    Raises
    ------
        Invalid: past the number of issues that are told.
    """
    return read_fiche_and_patients(resource, place=expression, resolve=resolve, issues=issues)[0]


def read_fiche_and_patients(
    resource: dict[str, Any], *, place: str, resolve: Resolve, issues: list[Issue], recent: Recent | None = None
) -> tuple[Fiche, tuple[PatientReference, ...]]:
    """As `read_fiche`, with each way in which the patient was named: subject, then sourcePatientInfo."""
    if resource.get("resourceType") != "DocumentReference":
        fault(issues, "resource-type", place, expected="DocumentReference", type=str(resource.get("resourceType")))
    check(resource, _SHAPE, place, issues=issues)
    references = References(resource, place, resolve=resolve, issues=issues, recent=recent)
    _check_status(resource, place, issues)
    subject = _patient(resource, "subject", place, references, required=True)
    attachment, format_node = _content(resource, place, issues)
    spot: Place = (place, ".content[0].attachment")
    context: dict[str, Any] = resource.get("context", {})
    around: Place = (place, ".context")
    source = _patient(context, "sourcePatientInfo", around, references)
    period: dict[str, Any] = context.get("period", {})
    start = read_moment(period, "start", (around, ".period"), issues=issues)
    stop = read_moment(period, "end", (around, ".period"), issues=issues)
    if start is not None and stop is not None and stop.end <= start.start:
        fault(issues, "period-order", (around, ".period"))
    categories = resource.get("category", ())
    if len(categories) > 1:
        fault(issues, "element-too-many", (place, ".category"), name="category")
    master = resource.get("masterIdentifier")
    date = read_instant(resource, "date", place, issues=issues)
    confidentiality, labels = read_security_labels(
        resource.get("securityLabel", []), (place, ".securityLabel"), issues=issues
    )
    authors = [
        read_author(node, (place, f".author[{index}]"), references=references)
        for index, node in enumerate(resource.get("author", ()))
    ]
    authenticator, custodian = resource.get("authenticator"), resource.get("custodian")
    fiche = Fiche(
        expression=place,
        unique_id=read_unique_id(master, (place, ".masterIdentifier"), issues=issues) if master is not None else None,
        type=read_concept(resource.get("type"), (place, ".type"), issues=issues),
        category=read_concept(categories[0], (place, ".category[0]"), issues=issues) if categories else None,
        format=read_coding(format_node, (place, ".content[0].format"), issues=issues)
        if format_node is not None
        else None,
        mime_type=media_type(attachment.get("contentType")),
        language=attachment.get("language"),
        title=attachment.get("title"),
        created=read_moment(attachment, "creation", spot, issues=issues) or date,
        service_start=start,
        service_stop=stop,
        facility_type=read_concept(context.get("facilityType"), (around, ".facilityType"), issues=issues),
        practice_setting=read_concept(context.get("practiceSetting"), (around, ".practiceSetting"), issues=issues),
        authors=tuple(author for author in authors if author is not None),
        legal_authenticator=read_author(
            authenticator, (place, ".authenticator"), references=references, kinds=AUTHENTICATOR_KINDS
        )
        if authenticator is not None
        else None,
        custodian=read_organization(custodian, (place, ".custodian"), references=references)
        if custodian is not None
        else None,
        events=read_concepts(context.get("event", ()), (around, ".event"), issues=issues),
        reference_ids=_reference_ids(context.get("related", ()), (around, ".related"), issues),
        comments=resource.get("description"),
        confidentiality=confidentiality,
        labels=labels,
        size_bytes=attachment.get("size"),
        hash_sha1=_hash(attachment.get("hash"), (spot, ".hash"), issues),
        relates_to=read_relates_to(
            resource.get("relatesTo", []), (place, ".relatesTo"), resolve=resolve, issues=issues
        ),
        source_patient=_source_patient(source),
    )
    references.tell_unused()
    return fiche, tuple(patient for patient in (subject, source) if patient is not None)


def media_type(text: str | None) -> str | None:
    """A media type without its parameters, in lower case."""
    return text.partition(";")[0].strip().lower() if text else None


def _check_status(resource: dict[str, Any], place: Place, issues: list[Issue]) -> None:
    status = resource.get("status")
    if status is None:
        fault(issues, "element-required", (place, ".status"), name="status")
    elif status != "current":
        fault(issues, "status-not-current", (place, ".status"), status=status)
    for index, extension in enumerate(resource.get("extension", ())):
        # isArchived and isDeleted are the only extensions with a boolean that the shape lets through.
        if extension.get("valueBoolean") is True:
            fault(issues, "status-not-current", (place, f".extension[{index}].valueBoolean"), status=extension["url"])


def _patient(
    node: dict[str, Any], name: str, place: Place, references: References, *, required: bool = False
) -> PatientReference | None:
    reference = node.get(name)
    where = (place, "." + name)
    if reference is None:
        if required:
            fault(references.issues, "element-required", where, name=name)
        return None
    before = len(references.issues)
    patient = read_patient(reference, where, references=references)
    is_silent = len(references.issues) == before
    if required and is_silent and patient is not None and patient.patient_id is None and patient.ins is None:
        fault(references.issues, "patient-unidentified", where)
    return patient


def _source_patient(source: PatientReference | None) -> SourcePatient | None:
    if source is None:
        return None
    return source.source or (SourcePatient(ins=source.ins) if source.ins is not None else None)


def _content(
    resource: dict[str, Any], place: Place, issues: list[Issue]
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    contents = resource.get("content", ())
    if len(contents) > 1:
        fault(issues, "element-too-many", (place, ".content"), name="content")
    content = contents[0] if contents else {}
    attachment = content.get("attachment")
    if attachment is None:
        where = (place, ".content[0].attachment") if contents else (place, ".content")
        fault(issues, "element-required", where, name="attachment" if contents else "content")
    return attachment or {}, content.get("format")


def _hash(text: str | None, place: Place, issues: list[Issue]) -> str | None:
    """Hex of a SHA-1 given in base64."""
    if text is None:
        return None
    try:
        digest = pybase64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if len(digest) != 20:
        fault(issues, "hash-format", place, value=text)
        return None
    return digest.hex()


def _reference_ids(nodes: Any, place: Place, issues: list[Issue]) -> tuple[tuple[str, str], ...]:
    """referenceIdList: (type URN or empty, `value` or `value^^^&OID&ISO`), as the CXi of XDS less its fifth component."""
    found = []
    for index, node in enumerate(nodes):
        where = (place, f"[{index}]")
        identifier = node.get("identifier")
        if identifier is None:
            note(issues, "element-not-kept", where, name="related")
            continue
        value, system = identifier.get("value"), identifier.get("system", "")
        if value is None:
            fault(issues, "element-required", (where, ".identifier.value"), name="value")
            continue
        codings = identifier.get("type", {}).get("coding") or [{}]
        authority = system.removeprefix("urn:oid:")
        if authority:
            value += f"^^^&{authority}&ISO" if is_oid(authority) else f"^^^{authority}"
        found.append((codings[0].get("code", ""), value))
    return tuple(found)
