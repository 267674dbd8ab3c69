"""What is written is read back, and is what the profile says."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from tests.builders.patients import an_ins

from carnet.domain.people.identity_status import may_carry_ins
from carnet.domain.people.model import (
    FormerIns,
    IdentityAttribute,
    IdentityStatus,
    InsTraits,
    LocalIdentifier,
    ReceivedIdentity,
    Sex,
)
from carnet.formats.fhir.identity import fr_core
from carnet.formats.fhir.identity.reading import read_patient
from carnet.formats.fhir.identity.writing import patient_resource
from carnet.vocabulary.ins import NIA, NIR, NIR_DEMO, NIR_TEST

LOUISE = ReceivedIdentity(
    InsTraits("ESSAI", "LOUISE", "1955-06-12", Sex.FEMALE, "LOUISE MARIE", "75056"), IdentityStatus.QUALIFIED, an_ins(1)
)

_NAMES = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ -'", min_size=1, max_size=30).map(str.strip).filter(bool)
_ANY = [frozenset(), frozenset({"HOMA"})]
_PROVISIONAL = [*_ANY, frozenset({"DOUT"}), frozenset({"FICT"}), frozenset({"DOUT", "HOMA"})]
_INS = st.builds(
    lambda number, oid: an_ins(number, oid=oid), st.integers(0, 999_999), st.sampled_from((NIR, NIA, NIR_TEST, NIR_DEMO))
)  # fmt: skip
_DAYS = st.none() | st.dates(date(1000, 1, 1))


@st.composite
def identities(draw: Any) -> ReceivedIdentity:
    status = draw(st.sampled_from(IdentityStatus))
    qualified = may_carry_ins(status)
    place = st.sampled_from(("75056", "2B033", "99351"))
    former = draw(st.lists(st.builds(FormerIns, _INS, _DAYS, _DAYS), max_size=3)) if qualified else []
    return ReceivedIdentity(
        InsTraits(
            draw(_NAMES), draw(_NAMES), draw(st.dates(date(1000, 1, 1))).isoformat(), draw(st.sampled_from(Sex)),
            draw(st.none() | _NAMES), draw(place if qualified else st.none() | place),
        ),
        status,
        draw(_INS) if qualified else None,
        tuple(FormerIns(f.ins, *(sorted((f.since, f.until)) if f.since and f.until else (f.since, f.until))) for f in former),
        frozenset(map(IdentityAttribute, draw(st.sampled_from(_PROVISIONAL if status is IdentityStatus.PROVISIONAL else _ANY)))),
        draw(st.none() | _NAMES),
        draw(st.none() | _NAMES),
        draw(st.none() | st.sampled_from(sorted(fr_core.VALIDATION_MODES))),
        draw(st.none() | st.sampled_from(sorted(fr_core.METHODS))),
        draw(_DAYS),
        draw(_DAYS),
        draw(st.none() | st.just(LocalIdentifier("IPP-1", "1.2.250.1.999.4.1"))),
        draw(st.booleans()),
        draw(st.booleans()),
    )  # fmt: skip


@given(identities())
def test_round_trip(identity: ReceivedIdentity) -> None:
    written = patient_resource(
        identity, patient_id=None, former=identity.former, local=[identity.local] if identity.local else [],
        is_active=identity.is_active, is_deceased=identity.is_deceased,
    )  # fmt: skip
    read = read_patient(written)
    assert read.identity == identity
    assert read.warnings == ()


def test_what_is_written() -> None:
    """The whole of a held identity, as it is served."""
    patient_id = UUID("01900000-0000-7000-8000-000000000001")
    assert patient_resource(
        LOUISE, patient_id=patient_id, version="3", updated_at=datetime(2026, 1, 15, 9, 30, tzinfo=UTC)
    ) == {
        "resourceType": "Patient",
        "id": str(patient_id),
        "meta": {
            "versionId": "3",
            "profile": [fr_core.PATIENT_INS],
            "lastUpdated": "2026-01-15T09:30:00.000000Z",
        },
        "extension": [
            {
                "url": fr_core.RELIABILITY,
                "extension": [
                    {"url": "identityStatus", "valueCoding": {"system": fr_core.IDENTITY_STATUS, "code": "QUAL"}}
                ],
            },
            {
                "url": fr_core.BIRTH_PLACE,
                "valueAddress": {
                    "extension": [
                        {
                            "url": fr_core.INSEE_CODE,
                            "valueCoding": {"system": fr_core.COMMUNES, "code": "75056"},
                        }
                    ]
                },
            },
        ],
        "identifier": [
            {
                "use": "official",
                "type": {"coding": [{"system": fr_core.FRENCH_TYPES, "code": "INS-NIR-TEST"}]},
                "system": "urn:oid:1.2.250.1.213.1.4.10",
                "value": an_ins(1).matricule,
            }
        ],
        "active": True,
        "name": [
            {
                "use": "official",
                "extension": [{"url": fr_core.BIRTH_LIST_GIVEN_NAME, "valueString": "LOUISE MARIE"}],
                "family": "ESSAI",
                "given": ["LOUISE"],
            }
        ],
        "gender": "female",
        "birthDate": "1955-06-12",
    }


def test_a_matricule_never_goes_with_another_status() -> None:
    """Whatever it is given: EXI SI 08."""
    fallen = replace(LOUISE, status=IdentityStatus.PROVISIONAL)
    written = patient_resource(fallen, patient_id=None, former=[FormerIns(an_ins(2))])
    assert "identifier" not in written
    assert written["meta"]["profile"] == [fr_core.PATIENT]


def test_the_profile_of_the_ins_is_claimed_by_what_says_all_it_asks() -> None:
    for lacking in ({"given_names": None}, {"birth_place": None}):
        partial = replace(LOUISE, traits=replace(LOUISE.traits, **lacking))
        assert patient_resource(partial, patient_id=None)["meta"]["profile"] == [fr_core.PATIENT]


def test_a_period_that_looks_reversed_is_left_out() -> None:
    """FHIR cannot write it (per-1); the matricule stays."""
    past = FormerIns(an_ins(2), date(2019, 3, 1), date(2019, 2, 28))
    written = patient_resource(LOUISE, patient_id=None, former=[past])
    assert written["identifier"][1]["use"] == "old"
    assert "period" not in written["identifier"][1]
