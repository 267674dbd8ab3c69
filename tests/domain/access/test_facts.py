"""From periods to facts: who acts for whom, until when, and what an operator's settings make of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.builders.people import an_ins

from carnet.domain.access.facts import FactTerms, holder_name, is_of_age, record_facts
from carnet.domain.access.model import RecordFacts, Representation
from carnet.domain.actor import Actor, ActorKind
from carnet.domain.consent.model import RecordStatus

AT = datetime(2026, 11, 25, 12, tzinfo=UTC)
CHILD, MOTHER = an_ins(), an_ins()
PARENT = Actor(ActorKind.GUARDIAN, "Une mère", ins=MOTHER, on_behalf_of=holder_name(CHILD))
PHYSICIAN = Actor(ActorKind.PROFESSIONAL, "Dr Essai", person="899711110001", profession="10", sector="SA01")


def facts(actor: Actor, *consents: str, born: str = "2015-06-12", **terms: object) -> RecordFacts:
    return record_facts(
        actor, CHILD, status=RecordStatus.OPEN, consents=consents, facts_version=3, at=AT, birth_date=born,
        terms=replace(FactTerms(), **terms),  # type: ignore[arg-type]  the names are those of its fields
    )  # fmt: skip


def test_nothing_decided_is_nothing_held() -> None:
    found = facts(PHYSICIAN)
    assert found == RecordFacts(RecordStatus.OPEN, AT, facts_version=3, is_regulator=True)
    # The short way and the long one tell the same.
    assert replace(facts(PHYSICIAN, "emergency-masked"), emergency_shows_masked=False) == found


@pytest.mark.parametrize(
    ("consent", "name", "value"),
    [
        ("grant", "has_grant", True),
        ("block", "is_blocked", True),
        ("primary-care-doctor", "is_primary_care_doctor", True),
        ("emergency-opposition", "emergency_opposed", True),
        ("regulation-opposition", "regulation_opposed", True),
        ("feeding-opposition", "feeding_opposed", True),
        ("emergency-masked", "emergency_shows_masked", True),
        ("hidden-category class|10", "hidden_categories", frozenset({"class|10"})),
        ("withheld-category type|11488-4", "withheld_categories", frozenset({"type|11488-4"})),
        ("struck-off", "is_struck_off", True),
    ],
)
def test_each_period_makes_one_fact(consent: str, name: str, value: object) -> None:
    bare, found = facts(PHYSICIAN), facts(PHYSICIAN, consent)
    assert getattr(found, name) == value
    assert replace(found, **{name: getattr(bare, name)}) == bare  # type: ignore[arg-type]  the names are those of its fields


def test_the_widest_of_several_representations_holds() -> None:
    found = facts(PARENT, "parental-authority read", "parental-authority full", "guardianship read")
    assert (found.parent, found.guardian, found.is_of_age) == (Representation.FULL, Representation.READ, False)


def test_a_representation_is_for_the_person_named_only() -> None:
    held = ("parental-authority full", "guardianship full")
    for actor in (
        replace(PARENT, on_behalf_of=None),
        replace(PARENT, on_behalf_of=holder_name(MOTHER)),
        replace(PARENT, kind=ActorKind.CITIZEN),
        replace(PARENT, kind=ActorKind.CARER),
    ):
        found = facts(actor, *held)
        assert (found.parent, found.guardian) == (None, None)


def test_an_operator_who_manages_no_minors() -> None:
    found = facts(PARENT, "parental-authority full", "guardianship full", manages_minors=False)
    assert (found.parent, found.guardian) == (None, Representation.FULL)


@pytest.mark.parametrize(
    ("actor", "terms", "is_regulator"),
    [
        (PHYSICIAN, {}, True),
        (replace(PHYSICIAN, sector="SA07"), {}, False),
        (replace(PHYSICIAN, sector=None), {}, False),
        (replace(PHYSICIAN, profession="60"), {}, False),
        (replace(PHYSICIAN, profession=None), {}, False),
        (replace(PHYSICIAN, sector="SA07"), {"regulator_sectors": frozenset()}, True),
        (replace(PHYSICIAN, profession="60"), {"regulator_professions": frozenset({"10", "60"})}, True),
        (PHYSICIAN, {"regulator_professions": frozenset()}, False),
    ],
)
def test_who_regulates(actor: Actor, terms: dict[str, object], *, is_regulator: bool) -> None:
    assert facts(actor, **terms).is_regulator is is_regulator
    assert facts(actor, "grant", **terms).is_regulator is is_regulator


@pytest.mark.parametrize(
    ("born", "birthday"),
    [
        ("2008-11-25", datetime(2026, 11, 24, 23, tzinfo=UTC)),  # midnight in Paris, in winter
        ("2008-07-01", datetime(2026, 6, 30, 22, tzinfo=UTC)),  # and in summer
        ("2008-02-29", datetime(2026, 2, 28, 23, tzinfo=UTC)),  # the day after the one that does not exist
        ("2008-00-00", datetime(2025, 12, 31, 23, tzinfo=UTC)),
        ("2008-07-00", datetime(2026, 6, 30, 22, tzinfo=UTC)),
        ("2008-07", datetime(2026, 6, 30, 22, tzinfo=UTC)),
        ("2008", datetime(2025, 12, 31, 23, tzinfo=UTC)),
    ],
)
def test_majority_begins_at_midnight_in_paris(born: str, birthday: datetime) -> None:
    assert is_of_age(born, birthday, majority=18)
    assert not is_of_age(born, birthday - timedelta(microseconds=1), majority=18)
    assert is_of_age(born, birthday - timedelta(microseconds=1), majority=16)
