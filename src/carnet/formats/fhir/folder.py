"""
The folder (classeur) as a List: read from a sender, and kept.

Source: IHE MHD 4.2 `IHE.MHD.Comprehensive.Folder`; PDSm `pdsm-folder-comprehensive` (documents.md §2.2, §3.1).
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import orjson

from carnet.domain.errors import Issue
from carnet.domain.record.lists.model import Folder, ListKind, Member
from carnet.domain.record.model import PatientReference
from carnet.formats.fhir import systems
from carnet.formats.fhir.codings import concept
from carnet.formats.fhir.faults import Place, expression, fault
from carnet.formats.fhir.identities import ins_identifier, parse_unique_id
from carnet.formats.fhir.lists import (
    check_head,
    comments_of,
    designation_type,
    extensions_of,
    identifiers,
    list_unique_id,
)
from carnet.formats.fhir.patients import read_patient
from carnet.formats.fhir.references import Recent, References, Resolve
from carnet.formats.fhir.relations import entry_of
from carnet.formats.fhir.shapes import SHAPES
from carnet.formats.fhir.structure import check
from carnet.vocabulary.identifiers import is_uuid
from carnet.vocabulary.ins import Ins

MAX_MEMBERS = 2000  # documents named by one folder of a message: as many as a whole record holds

_SHAPE = SHAPES["List"]

# The position, among the documents of the message, of the fiche that a reference leads to; None when it leads out of the message.
Position = Callable[[str], int | None]


def read_folder(
    resource: dict[str, Any], *, place: str, folder_id: UUID | None, resolve: Resolve, position: Position, issues: list[Issue],
    recent: Recent | None = None,
) -> tuple[Folder, PatientReference | None]:  # fmt: skip
    """
    Read a Folder List, with the way in which it names the patient.

    Takes
        resource: a List; its faulty members are taken out of it. folder_id: of the one that the request updates (PUT), or None.
    Gives
        issues: every fault and warning found.
    """
    check(resource, _SHAPE, place, issues=issues)
    references = References(resource, place, resolve=resolve, issues=issues, recent=recent)
    check_head(resource, ListKind.FOLDER, place, issues)
    for name in ("subject", "date", "title", "entry"):
        if name not in resource:
            fault(issues, "element-required", (place, "." + name), name=name)
    if len(resource.get("entry", ())) > MAX_MEMBERS:
        fault(issues, "element-too-many", (place, ".entry"), name="entry")
        del resource["entry"][MAX_MEMBERS:]
    patient = None
    if "subject" in resource:
        patient = read_patient(resource["subject"], (place, ".subject"), references=references)
    members = [
        _member(node.get("item", {}), (place, f".entry[{index}].item"), position, issues)
        for index, node in enumerate(resource.get("entry", ()))
    ]
    folder = Folder(
        expression=place,
        members=tuple(member for member in members if member is not None),
        folder_id=folder_id,
        unique_id=list_unique_id(resource.get("identifier", ()), (place, ".identifier"), issues),
        code=designation_type(extensions_of(resource), place, issues),
        title=resource.get("title"),
        comments=comments_of(resource, place, issues),
    )
    references.tell_unused()
    return folder, patient


def _member(item: dict[str, Any], place: Place, position: Position, issues: list[Issue]) -> Member | None:
    """A document of the message by its fullUrl, one that the record holds by its address, its entryUUID or its uniqueId."""
    said = expression(place)
    reference, node = item.get("reference"), item.get("identifier")
    if reference is not None:
        found = position(reference)
        if found is not None:
            return Member(said, document=found)
        entry = entry_of(reference)
        if entry is None:
            fault(issues, "list-entry-unknown", (place, ".reference"), reference=reference)
            return None
        return Member(said, entry=entry)
    if node is None:
        fault(issues, "element-required", (place, ".reference"), name="reference")
        return None
    unique = parse_unique_id(node.get("system"), node.get("value", ""))
    if unique is None:
        fault(issues, "unique-id-format", (place, ".identifier.value"), value=node.get("value", ""))
        return None
    entry = UUID(unique.root) if unique.extension is None and is_uuid(unique.root) else None
    return Member(said, entry=entry, unique_id=unique)


def write_folder_fragment(folder: Folder, *, patient_id: UUID, ins: Ins, folder_id: UUID) -> bytes:
    """The lasting part of a served List: JSON members without the outer braces, without id, meta, date and entry."""
    assert folder.code is not None  # a new folder has one
    written: dict[str, Any] = {
        "extension": [{"url": systems.DESIGNATION_TYPE, "valueCodeableConcept": concept(folder.code)}],
        "identifier": identifiers(folder.unique_id, folder_id),
        "status": "current",
        "mode": "working",
        "code": {"coding": [{"system": systems.LIST_TYPES, "code": "folder"}]},
        "subject": {"reference": f"Patient/{patient_id}", "identifier": ins_identifier(ins)},
        "title": folder.title,
    }
    if folder.comments:
        written["note"] = [{"text": folder.comments}]
    return orjson.dumps(written)[1:-1]
