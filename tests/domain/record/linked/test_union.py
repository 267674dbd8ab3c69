"""What holds on linked records: every fact has its way of being joined, and a block anywhere is a block."""

from dataclasses import fields
from datetime import UTC, datetime

import pytest

from carnet.domain.access.model import RecordFacts, Representation
from carnet.domain.consent.model import RecordStatus
from carnet.domain.record.linked.union import JOINED, united

AT = datetime(2026, 6, 1, tzinfo=UTC)


def facts(**changes):
    return RecordFacts(**({"status": RecordStatus.OPEN, "at": AT} | changes))


def test_every_fact_says_how_it_is_joined():
    assert set(JOINED) == {field.name for field in fields(RecordFacts)}


def test_alone_nothing_changes():
    own = facts(has_grant=True, hidden_categories=frozenset({"type|a"}), parent=Representation.READ, facts_version=7)
    assert united(own, []) == own


@pytest.mark.parametrize(
    "name",
    ["is_holder", "has_grant", "is_blocked", "is_primary_care_doctor", "emergency_opposed", "regulation_opposed", "emergency_shows_masked", "is_struck_off", "feeding_opposed"],
)  # fmt: skip
def test_what_was_said_on_one_was_said(name):
    assert getattr(united(facts(), [facts(**{name: True})]), name) is True
    assert getattr(united(facts(**{name: True}), [facts()]), name) is True
    assert getattr(united(facts(), [facts(), facts()]), name) is False


def test_categories_add_up_and_the_stronger_representation_holds():
    one = facts(hidden_categories=frozenset({"type|a"}), withheld_categories=frozenset({"class|1"}))
    other = facts(hidden_categories=frozenset({"type|b"}), parent=Representation.READ, guardian=Representation.FULL)
    joined = united(one, [other, facts(parent=Representation.FULL)])
    assert joined.hidden_categories == {"type|a", "type|b"}
    assert joined.withheld_categories == {"class|1"}
    assert (joined.parent, joined.guardian) == (Representation.FULL, Representation.FULL)


def test_a_status_and_a_version_are_of_one_record():
    joined = united(facts(status=RecordStatus.CLOSED, facts_version=3), [facts(facts_version=9)])
    assert (joined.status, joined.facts_version) == (RecordStatus.CLOSED, 3)
