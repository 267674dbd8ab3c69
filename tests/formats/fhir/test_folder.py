import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from tests.builders.fhir import INS, LOGICAL_ID, PATIENT_ID, SET_ID, a_folder, a_patient, urn

from carnet.domain.errors import Issue, Severity
from carnet.domain.record.lists.model import Folder, ListKind, Member, StoredList
from carnet.formats.fhir.folder import MAX_MEMBERS, read_folder, write_folder_fragment
from carnet.formats.fhir.lists import version_of, write_list
from carnet.vocabulary.codes import Code
from carnet.vocabulary.identifiers import UniqueId

F = "List"
AT = datetime(2026, 3, 12, 9, 20, tzinfo=UTC)


def read(
    listing: dict[str, Any], *, folder_id: UUID | None = None
) -> tuple[Folder, Any, list[tuple[str, str | None]], list[Issue]]:
    issues: list[Issue] = []
    folder, patient = read_folder(
        listing, place=F, folder_id=folder_id, resolve=lambda _: None, position=lambda url: 4 if url == urn("fiche") else None,
        issues=issues,
    )  # fmt: skip
    told = [(issue.code, issue.expression) for issue in issues if issue.severity is Severity.ERROR]
    return folder, patient, told, [issue for issue in issues if issue.severity is Severity.WARNING]


def test_reads_a_whole_folder() -> None:
    by_number = {"item": {"identifier": {"system": "urn:ietf:rfc:3986", "value": "urn:oid:1.2.3"}}}
    entries = [
        {"item": {"reference": urn("fiche")}},
        {"item": {"reference": f"DocumentReference/{LOGICAL_ID}"}},
        by_number,
    ]
    folder, patient, errors, warnings = read(a_folder(entry=entries, note=[{"text": "Depuis 2019"}]), folder_id=SET_ID)
    assert (errors, warnings) == ([], [])
    assert folder == Folder(
        expression=F,
        members=(
            Member(f"{F}.entry[0].item", document=4),
            Member(f"{F}.entry[1].item", entry=LOGICAL_ID),
            Member(f"{F}.entry[2].item", unique_id=UniqueId("1.2.3")),
        ),
        folder_id=SET_ID,
        unique_id=UniqueId("1.2.250.1.999.8.1"),
        code=Code("SA01", "1.2.250.1.71.4.2.4"),
        title="Suivi du diabète",
        comments="Depuis 2019",
    )
    assert patient.ins == INS


def test_a_uuid_may_be_an_entry_or_a_number() -> None:
    item = {"item": {"identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{LOGICAL_ID}"}}}
    (member,) = read(a_folder(entry=[item]))[0].members
    assert (member.entry, member.unique_id) == (LOGICAL_ID, UniqueId(str(LOGICAL_ID)))


def test_the_patient_may_be_contained() -> None:
    _, patient, errors, _ = read(a_folder(urn("fiche"), subject={"reference": "#patient"}, contained=[a_patient()]))
    assert errors == []
    assert patient.ins == INS


def test_what_is_not_kept_is_told() -> None:
    notes = [{"text": "un"}, {"text": "deux"}]
    assert [w.code for w in read(a_folder(urn("fiche"), note=notes))[3]] == ["element-not-kept"]
    assert [w.code for w in read(a_folder(urn("fiche"), contained=[a_patient()]))[3]] == ["contained-unused"]


@pytest.mark.parametrize(
    ("changes", "code", "step"),
    [
        ({"subject": None}, "element-required", ".subject"),
        ({"title": None}, "element-required", ".title"),
        ({"date": None}, "element-required", ".date"),
        ({"entry": None}, "element-required", ".entry"),
        ({"entry": []}, "element-empty", ".entry"),
        ({"mode": "snapshot"}, "element-fixed", ".mode"),
        ({"entry": [{"item": {"reference": "x"}}]}, "list-entry-unknown", ".entry[0].item.reference"),
        ({"entry": [{}]}, "element-empty", ".entry[0]"),
        ({"entry": [{"item": {"identifier": {"value": "x"}}}]}, "unique-id-format", ".entry[0].item.identifier.value"),
        ({"emptyReason": {}}, "element-forbidden", ".emptyReason"),
        ({"subject": {"reference": "Patient/x"}}, "patient-unknown", ".subject.reference"),
    ],
)
def test_refuses_and_says_where(changes: dict[str, Any], code: str, step: str) -> None:
    listing = a_folder(urn("fiche")) | changes
    for name in [name for name, value in listing.items() if value is None]:
        del listing[name]
    assert (code, F + step) in read(listing)[2]


def test_a_folder_names_so_many_documents() -> None:
    item = {"item": {"reference": urn("fiche")}}
    folder, _, errors, _ = read(a_folder(entry=[item] * (MAX_MEMBERS + 1)))
    assert errors == [("element-too-many", f"{F}.entry")]
    assert len(folder.members) == MAX_MEMBERS


def test_what_is_written_reads_back() -> None:
    folder, *_ = read(a_folder(urn("fiche"), note=[{"text": "Depuis 2019"}]))
    fragment = write_folder_fragment(folder, patient_id=PATIENT_ID, ins=INS, folder_id=SET_ID)
    kept = StoredList(SET_ID, ListKind.FOLDER, AT, fragment, (LOGICAL_ID,))
    served = json.loads(write_list(kept))
    assert served["date"] == served["meta"]["lastUpdated"]
    again, _, errors, _ = read(served)
    assert errors == []
    assert (again.unique_id, again.code, again.title, again.comments) == (
        folder.unique_id,
        folder.code,
        folder.title,
        folder.comments,
    )
    assert again.members == (Member(f"{F}.entry[0].item", entry=LOGICAL_ID),)


def test_the_version_is_of_what_is_seen() -> None:
    folder, *_ = read(a_folder(urn("fiche")))
    fragment = write_folder_fragment(folder, patient_id=PATIENT_ID, ins=INS, folder_id=SET_ID)
    views = [
        StoredList(SET_ID, ListKind.FOLDER, AT, fragment, (LOGICAL_ID,)),
        StoredList(SET_ID, ListKind.FOLDER, AT, fragment, (LOGICAL_ID, PATIENT_ID)),
        StoredList(SET_ID, ListKind.FOLDER, AT.replace(hour=10), fragment, (LOGICAL_ID,)),
        StoredList(SET_ID, ListKind.SUBMISSION_SET, AT, fragment, (LOGICAL_ID,), (PATIENT_ID,)),
    ]
    assert len({version_of(view) for view in views}) == len(views)
