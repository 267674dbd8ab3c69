"""The condition that names a Patient, and the Parameters of `$match`: what is understood, and noise."""

import contextlib
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders.patients import a_birth_place, a_name, a_patient, an_ins
from tests.formats.fhir.identity.test_reading import JUNK

from carnet.domain.errors import Invalid
from carnet.domain.people.model import LocalIdentifier, Sex
from carnet.domain.record.identities.model import StatedTraits
from carnet.formats.fhir.identity.match import ReadMatch, read_match
from carnet.formats.fhir.identity.search import read_patient_search

IDENT = "01900000-0000-7000-8000-000000000001"


@pytest.mark.parametrize(
    ("pairs", "name", "patient_id"),
    [
        ([("identifier", f"urn:oid:1.2.250.1.213.1.4.10|{an_ins(1).matricule}")], an_ins(1), None),
        ([("identifier", "urn:oid:1.2.250.1.999.4.1|IPP-1")], LocalIdentifier("IPP-1", "1.2.250.1.999.4.1"), None),
        ([("identifier", "http://essai.test/ipp|IPP|1")], LocalIdentifier("IPP|1", "http://essai.test/ipp"), None),
        ([("identifier", "IPP-1")], "IPP-1", None),
        ([("_id", IDENT)], None, UUID(IDENT)),
        ([("_id", "personne"), ("_format", "json"), ("_count", "20")], None, None),
    ],
)
def test_what_is_sought(pairs: list[tuple[str, str]], name: object, patient_id: UUID | None) -> None:
    read = read_patient_search(pairs, lenient=False)
    assert (read.name, read.patient_id, read.warnings) == (name, patient_id, ())


@given(
    st.lists(st.tuples(st.sampled_from(["identifier", "_id", "_count", "_format", "nom"]) | st.text(max_size=5), st.text(max_size=30)), max_size=4),
    st.booleans(),
)  # fmt: skip
def test_noise_in_an_address(pairs: list[tuple[str, str]], lenient: bool) -> None:
    try:
        read = read_patient_search(pairs, lenient=lenient)
    except Invalid:
        return
    assert sum(name in {"identifier", "_id"} for name, _ in pairs) == 1
    assert read.name is not None or pairs


def _parameters(patient: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": patient}], **more}


def test_traits_that_are_not_told_are_not_compared() -> None:
    bare = {"resourceType": "Patient", "name": [{"use": "official", "family": "ESSAI"}], "birthDate": "1955-06-12"}
    assert read_match(_parameters(bare)) == ReadMatch(StatedTraits("ESSAI", "1955-06-12"))
    unknown = bare | {"gender": "unknown"}
    assert read_match(_parameters(unknown)).stated.sex is None
    whole = {**bare, "name": [a_name()], "gender": "female", "extension": [a_birth_place()]}
    stated = read_match(_parameters(whole)).stated
    assert stated == StatedTraits("ESSAI", "1955-06-12", "LOUISE", "LOUISE MARIE", Sex.FEMALE, "75056")
    assert stated.are_complete


def test_what_is_given_and_not_compared_is_told() -> None:
    warnings = read_match(_parameters(a_patient())).warnings
    assert [(issue.code, issue.expression) for issue in warnings] == [
        ("element-not-kept", "Parameters.parameter[0].resource.identifier"),
        ("element-not-kept", "Parameters.parameter[0].resource.active"),
    ]


@given(JUNK, st.sampled_from(["parameter", "resourceType", "nom"]))
def test_noise_in_parameters(junk: Any, member: str) -> None:
    with contextlib.suppress(Invalid):
        read_match(_parameters(a_patient()) | {member: junk})


@given(JUNK, st.sampled_from(sorted(a_patient())))
def test_noise_in_the_patient(junk: Any, member: str) -> None:
    with contextlib.suppress(Invalid):
        read_match(_parameters(a_patient() | {member: junk}))
