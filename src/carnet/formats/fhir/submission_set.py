"""
The submission set as a List: read from a sender, kept, and served with the entries that the asker may see.

Source: IHE MHD 4.2 `IHE.MHD.Comprehensive.SubmissionSet`; PDSm `pdsm-submissionset-comprehensive` (documents.md §2.2, §3.1).
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson

from carnet.domain.errors import Issue
from carnet.domain.record.lists.model import ListKind
from carnet.domain.record.model import Author, AuthorKind, PatientReference, SubmissionSet
from carnet.formats.fhir import systems
from carnet.formats.fhir.author_resources import Contained
from carnet.formats.fhir.authors import AUTHENTICATOR_KINDS, read_author, read_organization
from carnet.formats.fhir.codings import concept
from carnet.formats.fhir.faults import Place, fault
from carnet.formats.fhir.identities import identifier, ins_identifier, parse_unique_id
from carnet.formats.fhir.lists import (
    Extensions,
    check_head,
    comments_of,
    designation_type,
    extension_of,
    extensions_of,
    identifiers,
    list_unique_id,
)
from carnet.formats.fhir.patients import read_patient
from carnet.formats.fhir.references import Recent, References, Resolve
from carnet.formats.fhir.shapes import SHAPES
from carnet.formats.fhir.structure import check
from carnet.formats.fhir.times import read_moment
from carnet.vocabulary.identifiers import is_oid
from carnet.vocabulary.ins import Ins

_SHAPE = SHAPES["List"]


def read_submission_set(
    resource: dict[str, Any], *, place: str, resolve: Resolve, issues: list[Issue], recent: Recent | None = None
) -> tuple[SubmissionSet, tuple[PatientReference, ...]]:
    """
    Read a SubmissionSet List, with each way in which it names the patient: subject, then ihe-sourcePatientId.

    Takes
        resource: a List; its faulty members are taken out of it.
    Gives
        issues: every fault and warning found.
    """
    check(resource, _SHAPE, place, issues=issues)
    references = References(resource, place, resolve=resolve, issues=issues, recent=recent)
    check_head(resource, ListKind.SUBMISSION_SET, place, issues)
    for name in ("subject", "date", "source"):
        if name not in resource:
            fault(issues, "element-required", (place, "." + name), name=name)
    extensions = extensions_of(resource)
    patients = []
    if "subject" in resource:
        patients.append(read_patient(resource["subject"], (place, ".subject"), references=references))
    source_patient = extensions.get(systems.SOURCE_PATIENT_ID)
    if source_patient is not None:
        node, index = source_patient
        patients.append(
            read_patient(node["valueReference"], (place, f".extension[{index}].valueReference"), references=references)
        )
    if extensions.get(systems.IS_ARCHIVED, ({}, 0))[0].get("valueBoolean") is True:
        spot = f".extension[{extensions[systems.IS_ARCHIVED][1]}].valueBoolean"
        fault(issues, "status-not-current", (place, spot), status=systems.IS_ARCHIVED)
    found = SubmissionSet(
        expression=place,
        unique_id=list_unique_id(resource.get("identifier", ()), (place, ".identifier"), issues),
        source_id=_source_id(extensions, place, issues),
        content_type=designation_type(extensions, place, issues),
        submitted=read_moment(resource, "date", place, issues=issues),
        author=_author(resource.get("source"), (place, ".source"), references),
        title=resource.get("title"),
        comments=comments_of(resource, place, issues),
        recipients=_recipients(resource.get("extension", ()), place, references),
    )
    references.tell_unused()
    return found, tuple(patient for patient in patients if patient is not None)


def _source_id(extensions: Extensions, place: Place, issues: list[Issue]) -> str | None:
    """An OID; or, as a published PDSm example has it, an OID and what follows it (`1.2.3^SRC-01`)."""
    found = extension_of(extensions, systems.SOURCE_ID, place, issues)
    if found is None:
        return None
    node, index = found
    system, value = node["valueIdentifier"].get("system"), node["valueIdentifier"].get("value", "")
    if is_oid(value):
        return str(value)
    parsed = parse_unique_id(system, value)
    if parsed is None:
        fault(issues, "source-id-format", (place, f".extension[{index}].valueIdentifier.value"), value=value)
        return None
    return str(parsed)


def _author(source: dict[str, Any] | None, place: Place, references: References) -> Author | None:
    if source is None:
        return None
    organization = None
    for index, node in enumerate(source.get("extension", ())):
        if node["url"] == systems.AUTHOR_ORG:
            spot = (place, f".extension[{index}].valueReference")
            organization = read_organization(node["valueReference"], spot, references=references)
    if source.keys() <= {"extension", "id"}:
        return None if organization is None else Author(AuthorKind.ORGANIZATION, organization=organization)
    author = read_author(source, place, references=references)
    if author is None or organization is None or author.organization is not None:
        return author
    return Author(
        author.kind, author.identifier, author.system, author.family, author.given, author.prefix, author.suffix,
        author.device, author.specialty, author.role, organization,
    )  # fmt: skip


def _recipients(extensions: Sequence[dict[str, Any]], place: Place, references: References) -> tuple[Author, ...]:
    """intendedRecipient: professionals and organisations."""
    found = [
        read_author(
            node["valueReference"], (place, f".extension[{index}].valueReference"), references=references, kinds=AUTHENTICATOR_KINDS
        )
        for index, node in enumerate(extensions)
        if node["url"] == systems.INTENDED_RECIPIENT
    ]  # fmt: skip
    return tuple(recipient for recipient in found if recipient is not None)


def submission_set_resource(
    submission: SubmissionSet, *, subject: dict[str, Any], contained: Contained, set_id: UUID | None = None
) -> dict[str, Any]:
    """Members of the List other than id, meta and entry, and without `contained`, which the author fills. set_id: once it is filed."""
    extensions: list[dict[str, Any]] = []
    if submission.content_type is not None:
        extensions.append({"url": systems.DESIGNATION_TYPE, "valueCodeableConcept": concept(submission.content_type)})
    if submission.source_id is not None:
        root, _, rest = submission.source_id.partition("^")
        value = identifier(rest, root) if rest else {"system": systems.URI, "value": systems.OID_PREFIX + root}
        extensions.append({"url": systems.SOURCE_ID, "valueIdentifier": value})
    extensions += [
        {"url": systems.INTENDED_RECIPIENT, "valueReference": contained.author(recipient)}
        for recipient in submission.recipients
    ]
    written: dict[str, Any] = {"extension": extensions} if extensions else {}
    named = identifiers(submission.unique_id, set_id)
    if named:
        written["identifier"] = named
    written |= {
        "status": "current",
        "mode": "working",
        "code": {"coding": [{"system": systems.LIST_TYPES, "code": "submissionset"}]},
        "subject": subject,
    }
    if submission.title:
        written["title"] = submission.title
    if submission.submitted is not None:
        written["date"] = submission.submitted.text
    if submission.author is not None:
        if submission.author.kind is AuthorKind.ORGANIZATION:
            reference = contained.author(submission.author)
            written["source"] = {"extension": [{"url": systems.AUTHOR_ORG, "valueReference": reference}]}
        else:
            written["source"] = contained.author(submission.author)
    if submission.comments:
        written["note"] = [{"text": submission.comments}]
    return written


def write_set_fragment(submission: SubmissionSet, *, patient_id: UUID, ins: Ins, set_id: UUID) -> bytes:
    """The lasting part of a served List: JSON members without the outer braces, without id, meta and entry."""
    contained = Contained()
    subject = {"reference": f"Patient/{patient_id}", "identifier": ins_identifier(ins)}
    written = submission_set_resource(submission, subject=subject, contained=contained, set_id=set_id)
    if contained.resources:
        written = {"contained": contained.resources, **written}
    return orjson.dumps(written)[1:-1]
