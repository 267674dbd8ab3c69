"""
The submission set as a List: read from a sender, kept, and served with the entries that the asker may see.

Source: IHE MHD 4.2 `IHE.MHD.Comprehensive.SubmissionSet`; PDSm `pdsm-submissionset-comprehensive` (documents.md §2.2, §3.1).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from carnet.domain.errors import Issue
from carnet.domain.record.model import Author, AuthorKind, PatientReference, SubmissionSet
from carnet.formats.fhir import systems
from carnet.formats.fhir.author_resources import Contained
from carnet.formats.fhir.authors import read_author, read_organization
from carnet.formats.fhir.codings import concept, read_concept
from carnet.formats.fhir.faults import Place, fault, note
from carnet.formats.fhir.identities import identifier, ins_identifier, parse_unique_id, read_unique_id, unique_id
from carnet.formats.fhir.patients import read_patient
from carnet.formats.fhir.references import Recent, References, Resolve
from carnet.formats.fhir.shapes import SHAPES
from carnet.formats.fhir.structure import check
from carnet.formats.fhir.times import instant, read_moment
from carnet.vocabulary.identifiers import UniqueId, is_oid
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
    for name, wanted in (("status", "current"), ("mode", "working")):
        _check_fixed(resource.get(name), wanted, (place, "." + name), name, issues)
    code = resource.get("code", {}).get("coding", [{}])[0]
    _check_fixed(code.get("code"), "submissionset", (place, ".code.coding[0].code"), "code", issues)
    _check_fixed(code.get("system"), systems.LIST_TYPES, (place, ".code.coding[0].system"), "system", issues)
    for name in ("subject", "date", "source"):
        if name not in resource:
            fault(issues, "element-required", (place, "." + name), name=name)
    extensions = {node["url"]: (node, index) for index, node in enumerate(resource.get("extension", ()))}
    patients = []
    if "subject" in resource:
        patients.append(read_patient(resource["subject"], (place, ".subject"), references=references))
    source_patient = extensions.get(systems.SOURCE_PATIENT_ID)
    if source_patient is not None:
        node, index = source_patient
        patients.append(
            read_patient(node["valueReference"], (place, f".extension[{index}].valueReference"), references=references)
        )
    notes = resource.get("note", ())
    for index in range(1, len(notes)):
        note(issues, "element-not-kept", (place, f".note[{index}]"), name="note")
    if extensions.get(systems.IS_ARCHIVED, ({}, 0))[0].get("valueBoolean") is True:
        spot = f".extension[{extensions[systems.IS_ARCHIVED][1]}].valueBoolean"
        fault(issues, "status-not-current", (place, spot), status=systems.IS_ARCHIVED)
    found = SubmissionSet(
        expression=place,
        unique_id=_unique_id(resource.get("identifier", ()), (place, ".identifier"), issues),
        source_id=_source_id(extensions, place, issues),
        content_type=_content_type(extensions, place, issues),
        submitted=read_moment(resource, "date", place, issues=issues),
        author=_author(resource.get("source"), (place, ".source"), references),
        title=resource.get("title"),
        comments=notes[0].get("text") if notes else None,
    )
    references.tell_unused()
    return found, tuple(patient for patient in patients if patient is not None)


def _check_fixed(value: str | None, wanted: str, place: Place, name: str, issues: list[Issue]) -> None:
    if value is None:
        fault(issues, "element-required", place, name=name)
    elif value != wanted:
        fault(issues, "element-fixed", place, name=name, value=value, expected=wanted)


def _unique_id(nodes: Sequence[dict[str, Any]], place: Place, issues: list[Issue]) -> UniqueId | None:
    """The identifier of use `usual`; an `official` one is an entryUUID, which the server gives."""
    chosen = next((i for i, node in enumerate(nodes) if node.get("use") == "usual"), None)
    if chosen is None:
        chosen = next((i for i, node in enumerate(nodes) if node.get("use") != "official"), None)
    for index in range(len(nodes)):
        if index != chosen:
            note(issues, "element-not-kept", (place, f"[{index}]"), name="identifier")
    return None if chosen is None else read_unique_id(nodes[chosen], (place, f"[{chosen}]"), issues=issues)


def _extension(extensions: dict[str, tuple[dict[str, Any], int]], url: str, place: Place, issues: list[Issue]) -> Any:
    found = extensions.get(url)
    if found is None:
        fault(issues, "element-required", (place, f".extension.where(url='{url}')"), name=url.rpartition("/")[2])
    return found


def _source_id(extensions: dict[str, tuple[dict[str, Any], int]], place: Place, issues: list[Issue]) -> str | None:
    """An OID; or, as a published PDSm example has it, an OID and what follows it (`1.2.3^SRC-01`)."""
    found = _extension(extensions, systems.SOURCE_ID, place, issues)
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


def _content_type(extensions: dict[str, tuple[dict[str, Any], int]], place: Place, issues: list[Issue]) -> Any:
    found = _extension(extensions, systems.DESIGNATION_TYPE, place, issues)
    if found is None:
        return None
    node, index = found
    return read_concept(
        node["valueCodeableConcept"], (place, f".extension[{index}].valueCodeableConcept"), issues=issues
    )


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


def submission_set_resource(
    submission: SubmissionSet, *, subject: dict[str, Any], contained: Contained
) -> dict[str, Any]:
    """Members of the List other than id, meta and entry, and without `contained`, which the author fills."""
    extensions: list[dict[str, Any]] = []
    if submission.content_type is not None:
        extensions.append({"url": systems.DESIGNATION_TYPE, "valueCodeableConcept": concept(submission.content_type)})
    if submission.source_id is not None:
        root, _, rest = submission.source_id.partition("^")
        value = identifier(rest, root) if rest else {"system": systems.URI, "value": systems.OID_PREFIX + root}
        extensions.append({"url": systems.SOURCE_ID, "valueIdentifier": value})
    written: dict[str, Any] = {"extension": extensions} if extensions else {}
    if submission.unique_id is not None:
        written["identifier"] = [{"use": "usual", **unique_id(submission.unique_id)}]
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


def write_set_fragment(submission: SubmissionSet, *, patient_id: UUID, ins: Ins) -> bytes:
    """The lasting part of a served List: JSON members without the outer braces, without id, meta and entry."""
    contained = Contained()
    subject = {"reference": f"Patient/{patient_id}", "identifier": ins_identifier(ins)}
    written = submission_set_resource(submission, subject=subject, contained=contained)
    if contained.resources:
        written = {"contained": contained.resources, **written}
    return orjson.dumps(written)[1:-1]


def write_submission_set(
    fragment: bytes, *, set_id: UUID, updated_at: datetime, version: str, members: Sequence[UUID]
) -> bytes:
    """
    One List as served.

    Takes
        fragment: of `write_set_fragment`. version: of what this asker sees (a digest of the members): another one must not be guessed
            from it. members: logicalIds that the asker may see.
    """
    entries = b",".join(b'{"item":{"reference":"DocumentReference/%b"}}' % str(member).encode() for member in members)
    return b"".join(
        (
            b'{"resourceType":"List","id":"',
            str(set_id).encode(),
            b'","meta":{"versionId":"',
            version.encode(),
            b'","lastUpdated":"',
            instant(updated_at).encode(),
            b'","profile":["%b"]},' % systems.SUBMISSION_SET_PROFILE.encode(),
            fragment,
            b',"entry":[' + entries + b"]" if members else b"",
            b"}",
        )
    )
