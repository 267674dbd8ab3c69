import json
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders.fhir import ENTRY_UUID, INS, LOGICAL_ID, PATIENT_ID, a_stored_entry, an_author, an_entry

from carnet.domain.access.model import AvailabilityStatus, Confidentiality
from carnet.domain.errors import Issue
from carnet.domain.record.model import (
    AssociationKind,
    Author,
    AuthorKind,
    DocumentEntry,
    OrganizationName,
    SourcePatient,
)
from carnet.formats.fhir import author_resources as written
from carnet.formats.fhir import served as served_module
from carnet.formats.fhir import systems
from carnet.formats.fhir.author_resources import Contained
from carnet.formats.fhir.document_reference import read_fiche
from carnet.formats.fhir.served import write_fiche, write_served
from carnet.vocabulary.codes import Code
from carnet.vocabulary.identifiers import PROFESSIONALS, UniqueId
from carnet.vocabulary.moments import Moment

BASE = "https://carnet.test/fhir"
OTHER = UUID("01900000-0000-7000-8000-0000000000ee")


def served(entry: DocumentEntry | None = None, **changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(write_served(a_stored_entry(entry, **changes), base_url=BASE))
    return found


def fragment(entry: DocumentEntry) -> bytes:
    return write_fiche(entry, patient_id=PATIENT_ID, ins=INS, logical_id=LOGICAL_ID)


def test_the_stored_part_holds_neither_address_nor_what_may_change() -> None:
    text = fragment(an_entry())
    members = json.loads(b"{" + text + b"}")
    assert not members.keys() & {"id", "meta", "status", "securityLabel", "relatesTo", "identifier", "resourceType"}
    assert members["content"][0]["attachment"]["url"] == f"Binary/{LOGICAL_ID}"
    assert members["subject"] == {
        "reference": f"Patient/{PATIENT_ID}",
        "identifier": {"system": f"urn:oid:{INS.oid}", "value": INS.matricule},
    }


def test_what_is_contained_is_contained_once() -> None:
    kinds = [resource["resourceType"] for resource in json.loads(b"{" + fragment(an_entry()) + b"}")["contained"]]
    assert sorted(kinds) == ["Organization", "Patient", "Practitioner", "PractitionerRole"]


def test_puts_what_may_change_around_it() -> None:
    found = served(version=3, labels=frozenset({Confidentiality.MASQUE_PS}), confidentiality="R")
    assert found["resourceType"] == "DocumentReference"
    assert found["id"] == str(LOGICAL_ID)
    assert found["meta"] == {
        "versionId": "3",
        "lastUpdated": "2026-03-12T09:20:00.123000Z",
        "profile": [systems.DOCUMENT_REFERENCE_PROFILE],
    }
    assert [identifier["value"] for identifier in found["identifier"]] == [
        f"urn:uuid:{ENTRY_UUID}",
        f"urn:uuid:{LOGICAL_ID}",
    ]
    assert [label["coding"][0]["code"] for label in found["securityLabel"]] == ["R", "MASQUE_PS"]
    assert [label["coding"][0]["system"] for label in found["securityLabel"]] == [
        systems.V3_CONFIDENTIALITY,
        systems.VISIBILITY,
    ]
    assert found["content"][0]["attachment"]["url"] == f"{BASE}/Binary/{LOGICAL_ID}"
    assert "relatesTo" not in found


@pytest.mark.parametrize(
    ("status", "expected", "extension"),
    [
        (AvailabilityStatus.APPROVED, "current", None),
        (AvailabilityStatus.DEPRECATED, "superseded", None),
        (AvailabilityStatus.ARCHIVED, "current", systems.IS_ARCHIVED),
        (AvailabilityStatus.DELETED, "superseded", systems.IS_DELETED),
    ],
)
def test_the_status_follows_the_table(status: AvailabilityStatus, expected: str, extension: str | None) -> None:
    found = served(status=status)
    assert found["status"] == expected
    assert [each["url"] for each in found.get("extension", [])] == ([extension] if extension else [])


def test_relations_are_those_given() -> None:
    relations = ((AssociationKind.REPLACES, OTHER), (AssociationKind.TRANSFORMS, LOGICAL_ID))
    assert served(relates_to=relations)["relatesTo"] == [
        {"code": "replaces", "target": {"reference": f"DocumentReference/{OTHER}"}},
        {"code": "transforms", "target": {"reference": f"DocumentReference/{LOGICAL_ID}"}},
    ]


@given(st.text(min_size=1).filter(lambda text: not text.isspace() and text.isprintable()))
def test_no_title_can_take_the_place_of_the_link(title: str) -> None:
    found = served(an_entry(title='"url":"Binary/' + title, comments='","url":"Binary/x'))
    assert found["content"][0]["attachment"]["url"] == f"{BASE}/Binary/{LOGICAL_ID}"
    assert found["content"][0]["attachment"]["title"] == '"url":"Binary/' + title


def test_a_creation_known_to_the_day_still_makes_an_instant() -> None:
    found = served(an_entry(created=Moment.from_fhir("2026-03-12")))
    assert found["date"] == "2026-03-11T23:00:00Z"
    assert found["content"][0]["attachment"]["creation"] == "2026-03-12"


def read_back(entry: DocumentEntry) -> Any:
    issues: list[Issue] = []
    found = read_fiche(served(entry), expression="DocumentReference", resolve=lambda _: None, issues=issues)
    assert [
        issue
        for issue in issues
        if (issue.code, issue.expression) != ("element-not-kept", "DocumentReference.identifier")
    ] == []
    return found


AUTHORS = [
    an_author(),
    Author(AuthorKind.PERSON, "899700000001", "1.2.250.1.71.4.2.1", family="Lambert"),
    Author(AuthorKind.PERSON, family="Sans Numéro", role=Code("PCP", "2.16.840.1.113883.5.88")),
    Author(AuthorKind.ORGANIZATION, organization=OrganizationName("Laboratoire", "3990000001", None)),
    Author(AuthorKind.ORGANIZATION, organization=OrganizationName("Étranger", "42", "1.2.250.1.999.9")),
    Author(AuthorKind.DEVICE, "AUTO-1", "1.2.250.1.999.3", device="Xlab/LabSoft"),
    Author(AuthorKind.DEVICE, device="Xlab"),
    Author(AuthorKind.DEVICE, "AUTO-2", "1.2.250.1.999.3"),
    Author(AuthorKind.ORGANIZATION, organization=OrganizationName(identifier="1990000001")),
    Author(AuthorKind.PATIENT, INS.matricule, INS.oid, family="DURAND", given="Marie"),
    Author(
        AuthorKind.PERSON,
        specialty=Code("G15_10/SM26", "1.2.250.1.213.1.1.4.5"),
        organization=OrganizationName("Cabinet"),
    ),
]


@pytest.mark.parametrize(
    "author", AUTHORS, ids=lambda author: f"{author.kind.value} {author.family or author.device or ''}"
)
def test_an_author_served_reads_back_as_it_was(author: Author) -> None:
    assert read_back(an_entry(authors=(author,))).authors == (author,)


@pytest.mark.parametrize("unique_id", [UniqueId("1.2.3"), UniqueId("1.2.3", "E"), UniqueId(str(OTHER))])
def test_a_fiche_served_reads_back_as_it_was(unique_id: UniqueId) -> None:
    entry = an_entry(unique_id=unique_id, authors=tuple(AUTHORS))
    found = read_back(entry)
    names = (
        "unique_id", "type", "category", "format", "mime_type", "language", "title", "created", "service_start", "service_stop",
        "facility_type", "practice_setting", "authors", "legal_authenticator", "custodian", "events", "reference_ids", "comments",
        "hash_sha1", "size_bytes", "source_patient",
    )  # fmt: skip
    assert {name: getattr(found, name) for name in names} == {name: getattr(entry, name) for name in names}


@pytest.mark.parametrize(
    "source",
    [
        SourcePatient(identifier="IPP-42"),
        SourcePatient(ins=INS),
        SourcePatient(identifier="IPP-42", system="1.2.250.1.999.7.1", family="DURAND"),
        SourcePatient(given=("Marie",), gender="female"),
        SourcePatient(birth_date="1955-06-12"),
    ],
)
def test_a_source_patient_served_reads_back_as_it_was(source: SourcePatient) -> None:
    assert read_back(an_entry(source_patient=source)).source_patient == source


def test_a_fiche_with_the_least_reads_back_too() -> None:
    entry = an_entry(
        authors=(),
        legal_authenticator=None,
        custodian=None,
        service_stop=None,
        events=(),
        reference_ids=(),
        comments=None,
        source_patient=None,
    )
    members = served(entry)
    assert "contained" not in members
    assert read_back(entry).service_stop is None


class _BuiltEachTime(Contained):
    """Writes every author and organisation again, and finds it there by its text."""

    def author(self, author: Author) -> dict[str, str]:
        return self._author(author)

    def organization(self, organization: OrganizationName) -> dict[str, str]:
        return self._add("organization", *written._organization(organization))


_organizations = st.builds(
    OrganizationName,
    st.sampled_from([None, "Clinique"]),
    st.sampled_from([None, "1990000001"]),
    st.sampled_from([None, "1.2.3", "urn:x"]),
)
_authors = st.builds(
    Author,
    st.sampled_from(AuthorKind),
    st.sampled_from([None, "899700000001"]),
    st.sampled_from([None, PROFESSIONALS, "1.2.3"]),
    family=st.sampled_from([None, "Lambert", "Ünal"]),
    device=st.sampled_from([None, "Modèle/Logiciel"]),
    role=st.sampled_from([None, Code("PCP", "2.16.840.1.113883.5.88")]),
    organization=st.none() | _organizations,
    at=st.sampled_from([None, Moment.from_fhir("2026")]),
)


@given(st.lists(_authors, max_size=4), st.none() | _authors, st.none() | _organizations)
def test_what_was_contained_before_is_the_same_as_built_again(
    authors: list[Author], authenticator: Author | None, custodian: OrganizationName | None
) -> None:
    entry = an_entry(authors=tuple(authors), legal_authenticator=authenticator, custodian=custodian)
    quick = fragment(entry)
    with (
        patch.object(served_module, "Contained", _BuiltEachTime),
        patch.object(written._KNOWN, "of", lambda _: None),
    ):
        assert fragment(entry) == quick
