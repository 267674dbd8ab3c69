"""What of an event may be told: documents hidden from the reader, events that are about nothing else, refusals, secret connections."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from carnet.domain.access.matrix import load_matrix
from carnet.domain.access.model import (
    AccessClass,
    AvailabilityStatus,
    Confidentiality,
    OwnerKind,
    RecordFacts,
)
from carnet.domain.access.policy import RECORD_REFUSALS, TABLE
from carnet.domain.actor import Actor, ActorKind, Purpose
from carnet.domain.audit.model import EventType, Outcome, did
from carnet.domain.consent.model import RecordStatus
from carnet.domain.record.history.model import Criteria, Told, ToldDocument
from carnet.domain.record.history.telling import matches, showable_classes, told

AT = datetime(2026, 3, 3, tzinfo=UTC)
CITIZEN = Actor(ActorKind.CITIZEN, "Marie")
DOCTOR = Actor(ActorKind.PROFESSIONAL, "Dr Éloïse Essai", person="810000000001", profession="10", software="cabinet")
ONE, TWO, THREE = (UUID(int=n) for n in (1, 2, 3))
VISIBLE = {each: ToldDocument(each, "x") for each in (ONE, TWO)}
REPORT = AccessClass(AvailabilityStatus.APPROVED, frozenset(), "11488-4", "10", OwnerKind.PROFESSIONAL, class_id=ONE)
MINE = RecordFacts(RecordStatus.OPEN, AT, is_holder=True)


def test_who_acted_is_found_by_kind_purpose_and_structure() -> None:
    event = did(
        replace(DOCTOR, organization_name="Hôpital Simone-Arnal"), EventType.DOCUMENT_READ, at=AT, documents=(ONE,)
    )
    found = told(event, VISIBLE, reader=CITIZEN)
    assert found is not None
    for criteria, answers in (
        (Criteria(kinds=frozenset({ActorKind.PROFESSIONAL})), True),
        (Criteria(kinds=frozenset({ActorKind.CITIZEN})), False),
        (Criteria(purposes=frozenset({Purpose.NORMAL})), True),
        (Criteria(purposes=frozenset({Purpose.EMERGENCY, Purpose.REGULATION})), False),
        (Criteria(anyone=(frozenset({"SIMONE"}),)), True),
        (Criteria(anyone=(frozenset({"ELOISE"}), frozenset({"ARNAL"}))), True),
        (Criteria(anyone=(frozenset({"MARTIN"}),)), False),
        (Criteria(names=(frozenset({"SIMONE"}),)), False),
    ):
        assert criteria
        assert matches(found, criteria) is answers


def test_a_hidden_document_is_left_out() -> None:
    found = told(did(DOCTOR, EventType.DOCUMENTS_LISTED, at=AT, documents=(ONE, THREE, TWO)), VISIBLE, reader=CITIZEN)
    assert found is not None
    assert found.event is not None
    assert found.event.documents == (ONE, TWO)
    assert [each.logical_id for each in found.documents] == [ONE, TWO]


def test_an_event_about_hidden_documents_only_does_not_exist() -> None:
    for outcome in Outcome:
        event = did(DOCTOR, EventType.DOCUMENT_READ, at=AT, documents=(THREE,), outcome=outcome, rule="deny.masked")
        assert told(event, VISIBLE, reader=CITIZEN) is None


def test_a_refusal_about_a_document_that_is_not_named_does_not_exist() -> None:
    for line in TABLE:
        event = did(DOCTOR, EventType.ACCESS_REFUSED, at=AT, outcome=Outcome.REFUSED, rule=line.rule)
        assert (told(event, {}, reader=CITIZEN) is not None) is (line.rule in RECORD_REFUSALS)
    assert {"deny.no-grant", "deny.blocked", "deny.trail"} <= RECORD_REFUSALS
    assert not RECORD_REFUSALS & {"deny.masked", "deny.deleted", "deny.invisible-to-patient", "open.citizen"}
    assert told(did(DOCTOR, EventType.DEPOSIT_REFUSED, at=AT, outcome=Outcome.REFUSED), {}, reader=CITIZEN) is not None


def test_what_the_patient_hid_is_theirs_to_know() -> None:
    for kind in (EventType.DOCUMENT_HIDDEN, EventType.CATEGORY_HIDDEN, EventType.RECORD_SIMULATED):
        event = did(CITIZEN, kind, at=AT, documents=(ONE,))
        assert told(event, VISIBLE, reader=DOCTOR) is None
        assert told(event, VISIBLE, reader=CITIZEN) is not None


def test_a_secret_connection_is_unknown_to_the_representatives() -> None:
    event = did(replace(DOCTOR, secret_connection=True), EventType.DOCUMENT_READ, at=AT, documents=(ONE,))
    assert told(event, VISIBLE, reader=Actor(ActorKind.GUARDIAN, "Parent")) is None
    assert told(event, VISIBLE, reader=CITIZEN) is not None


def test_a_deletion_or_a_closing_takes_nothing_from_the_history_and_gives_nothing_to_it() -> None:
    matrix = load_matrix(None)
    deleted = replace(REPORT, status=AvailabilityStatus.DELETED)
    hidden = replace(deleted, labels=frozenset({Confidentiality.INVISIBLE_PATIENT}), class_id=TWO)
    for status in RecordStatus:
        record = replace(MINE, status=status)
        assert showable_classes(CITIZEN, [deleted, hidden], record=record, matrix=matrix) == [ONE]
    unnamed = replace(REPORT, class_id=None)
    assert showable_classes(CITIZEN, [unnamed], record=MINE, matrix=matrix) == []


@given(
    listed=st.lists(st.sampled_from([ONE, TWO, THREE]), unique=True),
    asked=st.frozensets(st.sampled_from([ONE, TWO, THREE]), min_size=1),
)
def test_asking_by_a_hidden_document_finds_what_asking_by_none_does(listed: list[UUID], asked: frozenset[UUID]) -> None:
    event = did(DOCTOR, EventType.DOCUMENTS_LISTED, at=AT, documents=tuple(listed))
    found = told(event, VISIBLE, reader=CITIZEN)
    if found is None:
        return
    hidden_too, hidden_apart = (
        matches(found, Criteria(documents=(wanted,))) if wanted else False for wanted in (asked, asked - {THREE})
    )
    assert hidden_too is hidden_apart


def test_criteria_join() -> None:
    found = told(did(DOCTOR, EventType.DOCUMENT_READ, at=AT, documents=(ONE,)), VISIBLE, reader=CITIZEN)
    assert found is not None
    person, software = frozenset({"810000000001"}), frozenset({"cabinet", "autre"})
    assert matches(found, Criteria())
    assert matches(found, Criteria(agents=(person, software), names=(frozenset({"ELO"}),), roles=(frozenset({"10"}),)))
    assert not matches(found, Criteria(agents=(person, frozenset({"x"}))))
    assert not matches(found, Criteria(names=(frozenset({"LOI"}),)))
    veiled = Told(ONE, EventType.DOCUMENT_READ, Outcome.SUCCESS, AT)
    assert matches(veiled, Criteria())
    assert not matches(veiled, Criteria(agents=(person,)))
