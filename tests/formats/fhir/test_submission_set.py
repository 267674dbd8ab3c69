import json
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.builders.fhir import (
    INS,
    LOGICAL_ID,
    PATIENT_ID,
    SET_ID,
    a_patient,
    a_submission_set,
    an_author,
    an_organization,
    urn,
)

from carnet.domain.errors import Issue, Severity
from carnet.domain.record.lists.model import ListKind, StoredList
from carnet.domain.record.model import Author, AuthorKind, OrganizationName, PatientReference, SubmissionSet
from carnet.formats.fhir import systems
from carnet.formats.fhir.lists import version_of, write_list
from carnet.formats.fhir.submission_set import read_submission_set, write_set_fragment
from carnet.vocabulary.codes import Code
from carnet.vocabulary.identifiers import UniqueId
from carnet.vocabulary.moments import Moment

L = "List"


def read(
    listing: dict[str, Any],
) -> tuple[SubmissionSet, tuple[PatientReference, ...], list[tuple[str, str | None]], list[Issue]]:
    issues: list[Issue] = []
    found, patients = read_submission_set(listing, place=L, resolve=lambda _: None, issues=issues)
    errors = [(issue.code, issue.expression) for issue in issues if issue.severity is Severity.ERROR]
    return found, patients, errors, [issue for issue in issues if issue.severity is Severity.WARNING]


def a_list(**changes: Any) -> dict[str, Any]:
    return a_submission_set(urn("fiche"), **changes)


def test_reads_a_whole_set() -> None:
    found, patients, errors, warnings = read(a_list(title="Sortie", note=[{"text": "En ordre"}]))
    assert (errors, warnings) == ([], [])
    assert found.unique_id == UniqueId("1.2.250.1.999.6.1")
    assert found.source_id == "1.2.250.1.999.5"
    assert found.content_type == Code("SA01", "1.2.250.1.71.4.2.4")
    assert found.submitted == Moment.from_fhir("2026-03-12T10:20:00+01:00")
    assert found.author is not None
    assert found.author.identifier == "899700000001"
    assert (found.title, found.comments) == ("Sortie", "En ordre")
    assert [patient.ins for patient in patients] == [INS]


@pytest.mark.parametrize(
    ("changes", "code", "step"),
    [
        ({"status": None}, "element-required", ".status"),
        ({"status": "retired"}, "element-fixed", ".status"),
        ({"mode": "snapshot"}, "element-fixed", ".mode"),
        ({"code": None}, "element-required", ".code.coding[0].code"),
        (
            {"code": {"coding": [{"code": "submissionset", "system": "urn:x"}]}},
            "element-fixed",
            ".code.coding[0].system",
        ),
        ({"subject": None, "source": None}, "element-required", ".source"),
        ({"date": None}, "element-required", ".date"),
        ({"date": "hier"}, "date-format", ".date"),
        ({"orderedBy": {}}, "element-forbidden", ".orderedBy"),
        ({"identifier": [{"value": "1.2.3"}]}, "unique-id-format", ".identifier[0].value"),
        ({"extension": None}, "element-required", f".extension.where(url='{systems.SOURCE_ID}')"),
        ({"extension": None}, "element-required", f".extension.where(url='{systems.DESIGNATION_TYPE}')"),
    ],
)
def test_refuses_what_the_profile_fixes_otherwise(changes: dict[str, Any], code: str, step: str) -> None:
    assert (code, L + step) in read(a_list(**changes))[2]


def test_the_subject_is_required() -> None:
    listing = a_list()
    del listing["subject"]
    assert read(listing)[2] == [("element-required", "List.subject")]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"value": "urn:oid:1.2.3"}, "1.2.3"),
        ({"value": "1.2.3"}, "1.2.3"),
        ({"system": "urn:oid:1.2.3", "value": "SRC-01"}, "1.2.3^SRC-01"),
    ],
)
def test_reads_the_source_in_its_several_forms(value: dict[str, str], expected: str) -> None:
    listing = a_list()
    listing["extension"][1]["valueIdentifier"] = value
    found, _, errors, _ = read(listing)
    assert (found.source_id, errors) == (expected, [])


def test_refuses_a_source_that_is_no_oid() -> None:
    listing = a_list()
    listing["extension"][1]["valueIdentifier"] = {"value": "mon logiciel"}
    assert read(listing)[2] == [("source-id-format", "List.extension[1].valueIdentifier.value")]


def test_the_unique_id_is_the_usual_one() -> None:
    identifiers = [
        {"use": "official", "system": "urn:ietf:rfc:3986", "value": urn("entry")},
        {"use": "usual", "system": "urn:ietf:rfc:3986", "value": "urn:oid:1.2.3"},
    ]
    found, _, _, warnings = read(a_list(identifier=identifiers))
    assert found.unique_id == UniqueId("1.2.3")
    assert [w.expression for w in warnings] == ["List.identifier[0]"]
    assert read(a_list(identifier=identifiers[:1]))[0].unique_id is None


def test_an_organisation_may_be_the_author_alone_or_beside_a_person() -> None:
    organization = {"url": systems.AUTHOR_ORG, "valueReference": {"reference": "#structure"}}
    contained = [*a_list()["contained"], an_organization()]
    alone = read(a_list(contained=contained, source={"extension": [organization]}))[0].author
    assert alone == Author(AuthorKind.ORGANIZATION, organization=OrganizationName("Hôpital inventé", "1990000001"))
    both = read(a_list(contained=contained, source={"reference": "#auteur", "extension": [organization]}))[0].author
    assert both is not None
    assert both.identifier == "899700000001"
    assert both.organization == OrganizationName("Hôpital inventé", "1990000001")


def test_a_source_patient_names_the_patient_too() -> None:
    listing = a_list()
    listing["contained"].append(a_patient())
    listing["extension"].append({"url": systems.SOURCE_PATIENT_ID, "valueReference": {"reference": "#patient"}})
    patients = read(listing)[1]
    assert [patient.expression for patient in patients] == ["List.subject", "List.extension[2].valueReference"]


def test_recipients_and_other_notes_are_told_as_not_kept() -> None:
    recipient = {
        "url": "https://profiles.ihe.net/ITI/MHD/StructureDefinition/ihe-intendedRecipient",
        "valueReference": {"display": "x"},
    }
    listing = a_list(note=[{"text": "a"}, {"text": "b"}])
    listing["extension"].append(recipient)
    assert {(w.code, w.expression) for w in read(listing)[3]} == {
        ("extension-ignored", "List.extension[2]"),
        ("element-not-kept", "List.note[1]"),
    }


def test_a_set_is_not_deposited_archived() -> None:
    listing = a_list()
    listing["extension"].append({"url": systems.IS_ARCHIVED, "valueBoolean": True})
    assert read(listing)[2] == [("status-not-current", "List.extension[2].valueBoolean")]


@pytest.mark.parametrize(
    "author", [an_author(), Author(AuthorKind.ORGANIZATION, organization=OrganizationName("Labo", "1990000001"))]
)
def test_a_set_served_reads_back_as_it_was(author: Author) -> None:
    submission = SubmissionSet(
        expression=L,
        unique_id=UniqueId("1.2.3"),
        source_id="1.2.3^SRC-01",
        content_type=Code("SA01", "1.2.250.1.71.4.2.4", "Établissement"),
        submitted=Moment.from_fhir("2026-03-12T10:20:00+01:00"),
        author=author,
        title="Sortie",
        comments="En ordre",
    )
    fragment = write_set_fragment(submission, patient_id=PATIENT_ID, ins=INS, set_id=SET_ID)
    kept = StoredList(SET_ID, ListKind.SUBMISSION_SET, datetime(2026, 3, 12, tzinfo=UTC), fragment, (LOGICAL_ID,))
    served = json.loads(write_list(kept))
    assert served["meta"]["versionId"] == version_of(kept)
    assert served["entry"] == [{"item": {"reference": f"DocumentReference/{LOGICAL_ID}"}}]
    assert served["identifier"][1] == {
        "use": "official",
        "system": "urn:ietf:rfc:3986",
        "value": f"urn:uuid:{SET_ID}",
    }
    found, patients, errors, warnings = read(served)
    assert errors == []
    assert [(each.code, each.expression) for each in warnings] == [("element-not-kept", "List.identifier[1]")]
    assert found == submission
    assert (patients[0].patient_id, patients[0].ins) == (PATIENT_ID, INS)


def test_a_set_without_a_number_of_its_sender_has_one_of_ours() -> None:
    fragment = write_set_fragment(SubmissionSet(expression=L), patient_id=PATIENT_ID, ins=INS, set_id=SET_ID)
    kept = StoredList(SET_ID, ListKind.SUBMISSION_SET, datetime(2026, 3, 12, tzinfo=UTC), fragment, (LOGICAL_ID,))
    assert {node["value"] for node in json.loads(write_list(kept))["identifier"]} == {f"urn:uuid:{SET_ID}"}


def test_recipients_are_kept_and_given_back() -> None:
    recipients = [
        {"url": systems.INTENDED_RECIPIENT, "valueReference": {"reference": to}} for to in ("#auteur", "#structure")
    ]
    listing = a_list()
    listing["contained"].append(an_organization())
    listing["extension"] += recipients
    found, _, errors, warnings = read(listing)
    assert (errors, warnings) == ([], [])
    assert [recipient.kind for recipient in found.recipients] == [AuthorKind.PERSON, AuthorKind.ORGANIZATION]
    fragment = write_set_fragment(found, patient_id=PATIENT_ID, ins=INS, set_id=SET_ID)
    kept = StoredList(SET_ID, ListKind.SUBMISSION_SET, datetime(2026, 3, 12, tzinfo=UTC), fragment, (LOGICAL_ID,))
    assert read(json.loads(write_list(kept)))[0].recipients == found.recipients


def test_a_patient_is_no_recipient() -> None:
    listing = a_list()
    listing["contained"].append(a_patient())
    listing["extension"].append({"url": systems.INTENDED_RECIPIENT, "valueReference": {"reference": "#patient"}})
    assert ("author-kind", "List.extension[2].valueReference") in read(listing)[2]
