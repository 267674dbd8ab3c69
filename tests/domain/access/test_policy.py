"""The table of access: one test per cell, its shape, and a second opinion written from the prose."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.domain.access.model import (
    AccessClass,
    AccessMatrix,
    Action,
    AvailabilityStatus,
    Confidentiality,
    Decision,
    OwnerKind,
    RecordFacts,
)
from carnet.domain.access.policy import POLICY_EDITION, REFUSAL_ORDER, TABLE, decide
from carnet.domain.actor import SYSTEM, Actor, ActorKind, Purpose
from carnet.domain.consent.model import RecordStatus

AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
MATRIX = AccessMatrix(
    "test matrix", {"10": frozenset({"10", "11"}), "60": frozenset({"10"})}, {("60", "51969-4"): False}
)

CITIZEN = Actor(ActorKind.CITIZEN, "Camille Essai")
PHYSICIAN = Actor(ActorKind.PROFESSIONAL, "Dr Essai", person="810100000001", profession="10")
NURSE = Actor(ActorKind.PROFESSIONAL, "Inf. Essai", person="810100000002", profession="60")
HOSPITAL = Actor(ActorKind.ORGANIZATION, "Hôpital d'essai", organization="1990000001")
INSURANCE = Actor(ActorKind.PRODUCER, "Assurance maladie")
OPERATOR = Actor(ActorKind.OPERATOR, "Exploitant")

MINE = RecordFacts(RecordStatus.OPEN, AT, is_holder=True)
ANOTHERS = RecordFacts(RecordStatus.OPEN, AT)
GRANTED = RecordFacts(RecordStatus.OPEN, AT, has_grant=True)
TREATING = RecordFacts(RecordStatus.OPEN, AT, is_primary_care_doctor=True)

REPORT = AccessClass(
    AvailabilityStatus.APPROVED, frozenset(), "11488-4", "10", OwnerKind.PROFESSIONAL, frozenset({"810100000009"})
)
MASKED = replace(REPORT, labels=frozenset({Confidentiality.MASQUE_PS}))
NOT_YET_SHOWN = replace(REPORT, labels=frozenset({Confidentiality.INVISIBLE_PATIENT}))
SECRET = replace(REPORT, labels=frozenset({Confidentiality.INVISIBLE_REPRESENTANTS_LEGAUX}))
SUMMARY = replace(REPORT, type_code="60591-5", class_code="11")
GENETICS = replace(REPORT, type_code="51969-4")
BY_THE_NURSE = frozenset({"810100000009", "810100000002"})


def ask(actor: Actor, action: Action, record: RecordFacts, document: AccessClass | None = None) -> Decision:
    return decide(actor, action, record=record, document=document, matrix=MATRIX)


def in_status(record: RecordFacts, status: str) -> RecordFacts:
    return replace(record, status=RecordStatus(status))


OTHER_KINDS = sorted(
    set(ActorKind) - {ActorKind.CITIZEN, ActorKind.PROFESSIONAL, ActorKind.ORGANIZATION, ActorKind.PRODUCER}
)

ON_DOCUMENTS = (Action.FEED, Action.OPEN, Action.READ)

CELLS: list[tuple[str, Actor, Action, RecordFacts, AccessClass | None]] = [
    # Kinds without rights, whatever the record says of them.
    *(
        ("deny.actor-kind", Actor(kind, "x"), action, replace(GRANTED, is_holder=True), REPORT)
        for kind in OTHER_KINDS
        for action in ON_DOCUMENTS
    ),
    *(
        ("deny.feeds-only", actor, action, GRANTED, REPORT)
        for actor in (HOSPITAL, INSURANCE)
        for action in (Action.OPEN, Action.READ)
    ),
    *(("deny.not-own-record", CITIZEN, action, ANOTHERS, REPORT) for action in ON_DOCUMENTS),
    # A stranger learns nothing of a record that is closed.
    ("deny.not-own-record", CITIZEN, Action.OPEN, in_status(ANOTHERS, "closed"), None),
    *(
        ("deny.purpose", replace(actor, purpose=purpose, motive="urgence"), action, record, REPORT)
        for actor, record in ((CITIZEN, MINE), (PHYSICIAN, GRANTED), (PHYSICIAN, ANOTHERS))
        for purpose in (Purpose.EMERGENCY, Purpose.REGULATION)
        for action in (Action.OPEN, Action.READ)
    ),
    *(
        (f"deny.record-{status}", actor, action, in_status(record, status), REPORT)
        for status in ("announced", "opposed", "closed", "erased")
        for actor, record in ((CITIZEN, MINE), (PHYSICIAN, GRANTED))
        for action in ON_DOCUMENTS
    ),
    *(
        (f"deny.record-{status}", actor, Action.FEED, in_status(ANOTHERS, status), None)
        for status in ("announced", "opposed", "closed", "erased")
        for actor in (HOSPITAL, INSURANCE)
    ),
    ("deny.record-closed", PHYSICIAN, Action.READ, in_status(replace(GRANTED, is_blocked=True), "closed"), REPORT),
    # Feeding.
    ("feed.citizen", CITIZEN, Action.FEED, MINE, None),
    ("feed.professional", NURSE, Action.FEED, ANOTHERS, None),
    ("feed.professional", NURSE, Action.FEED, replace(ANOTHERS, is_blocked=True), None),
    ("feed.professional", replace(NURSE, profession=None), Action.FEED, ANOTHERS, None),
    ("feed.professional", replace(PHYSICIAN, purpose=Purpose.EMERGENCY), Action.FEED, ANOTHERS, None),
    ("feed.organization", HOSPITAL, Action.FEED, ANOTHERS, None),
    ("feed.producer", INSURANCE, Action.FEED, ANOTHERS, None),
    # A right on the record.
    *(
        ("deny.blocked", PHYSICIAN, action, replace(GRANTED, is_blocked=True), REPORT)
        for action in (Action.OPEN, Action.READ)
    ),
    *(
        ("deny.blocked", PHYSICIAN, action, replace(TREATING, is_blocked=True), REPORT)
        for action in (Action.OPEN, Action.READ)
    ),
    *(("deny.no-grant", PHYSICIAN, action, ANOTHERS, REPORT) for action in (Action.OPEN, Action.READ)),
    ("deny.no-grant", PHYSICIAN, Action.OPEN, MINE, None),
    ("open.citizen", CITIZEN, Action.OPEN, MINE, None),
    ("open.primary-care-doctor", PHYSICIAN, Action.OPEN, TREATING, None),
    ("open.primary-care-doctor", PHYSICIAN, Action.OPEN, replace(TREATING, has_grant=True), None),
    ("open.professional", NURSE, Action.OPEN, GRANTED, None),
    # Reading.
    *(
        ("deny.no-document", actor, Action.READ, record, None)
        for actor, record in ((CITIZEN, MINE), (PHYSICIAN, GRANTED))
    ),
    *(
        ("deny.deleted", actor, Action.READ, record, replace(REPORT, status=AvailabilityStatus.DELETED))
        for actor, record in ((CITIZEN, MINE), (PHYSICIAN, GRANTED), (PHYSICIAN, TREATING))
    ),
    (
        "deny.deleted",
        NURSE,
        Action.READ,
        GRANTED,
        replace(REPORT, status=AvailabilityStatus.DELETED, author_persons=BY_THE_NURSE),
    ),
    ("deny.invisible-to-patient", CITIZEN, Action.READ, MINE, NOT_YET_SHOWN),
    ("read.citizen", CITIZEN, Action.READ, MINE, REPORT),
    ("read.citizen", CITIZEN, Action.READ, MINE, MASKED),
    ("read.citizen", CITIZEN, Action.READ, MINE, SECRET),
    ("read.citizen", CITIZEN, Action.READ, MINE, replace(REPORT, type_code="REMB", class_code="60")),
    *(
        (rule, actor, Action.READ, record, replace(REPORT, status=status))
        for status in (AvailabilityStatus.ARCHIVED, AvailabilityStatus.DEPRECATED)
        for rule, actor, record in (("read.citizen", CITIZEN, MINE), ("read.professional", NURSE, GRANTED))
    ),
    *(
        ("read.author", NURSE, Action.READ, GRANTED, replace(document, author_persons=BY_THE_NURSE))
        for document in (REPORT, MASKED, SECRET, NOT_YET_SHOWN, SUMMARY, GENETICS)
    ),
    ("deny.no-grant", NURSE, Action.READ, ANOTHERS, replace(REPORT, author_persons=BY_THE_NURSE)),
    ("deny.profession", NURSE, Action.READ, GRANTED, SUMMARY),
    ("deny.profession", NURSE, Action.READ, GRANTED, GENETICS),
    ("deny.profession", replace(NURSE, profession=None), Action.READ, GRANTED, REPORT),
    ("deny.profession", replace(NURSE, person=None, profession=None), Action.READ, GRANTED, REPORT),
    ("deny.profession", NURSE, Action.READ, TREATING, SUMMARY),
    ("deny.profession", PHYSICIAN, Action.READ, TREATING, replace(REPORT, class_code="60")),
    *(
        ("read.primary-care-doctor", PHYSICIAN, Action.READ, TREATING, document)
        for document in (REPORT, MASKED, SECRET, NOT_YET_SHOWN)
    ),
    ("deny.masked", PHYSICIAN, Action.READ, GRANTED, MASKED),
    ("deny.masked", replace(PHYSICIAN, person=None), Action.READ, GRANTED, replace(MASKED, author_persons=frozenset())),
    (
        "deny.masked",
        replace(PHYSICIAN, secret_connection=True),
        Action.READ,
        GRANTED,
        replace(SECRET, labels=MASKED.labels | SECRET.labels),
    ),
    ("deny.secret", PHYSICIAN, Action.READ, GRANTED, SECRET),
    ("read.secret-connection", replace(PHYSICIAN, secret_connection=True), Action.READ, GRANTED, SECRET),
    ("read.professional", PHYSICIAN, Action.READ, GRANTED, REPORT),
    ("read.professional", replace(PHYSICIAN, secret_connection=True), Action.READ, GRANTED, REPORT),
    ("read.professional", PHYSICIAN, Action.READ, GRANTED, NOT_YET_SHOWN),
    ("read.professional", NURSE, Action.READ, GRANTED, REPORT),
    # The trail.
    *(("trail.citizen", CITIZEN, Action.READ_TRAIL, in_status(MINE, status), None) for status in RecordStatus),
    ("trail.primary-care-doctor", PHYSICIAN, Action.READ_TRAIL, TREATING, None),
    ("trail.primary-care-doctor", PHYSICIAN, Action.READ_TRAIL, replace(TREATING, has_grant=True), None),
    *(("trail.operator", OPERATOR, Action.READ_TRAIL, in_status(ANOTHERS, status), None) for status in RecordStatus),
    ("deny.trail", CITIZEN, Action.READ_TRAIL, ANOTHERS, None),
    ("deny.trail", PHYSICIAN, Action.READ_TRAIL, GRANTED, None),
    ("deny.trail", PHYSICIAN, Action.READ_TRAIL, replace(TREATING, is_blocked=True), None),
    ("deny.trail", PHYSICIAN, Action.READ_TRAIL, in_status(TREATING, "closed"), None),
    *(
        ("deny.trail", actor, Action.READ_TRAIL, replace(TREATING, is_holder=True), None)
        for actor in (HOSPITAL, INSURANCE)
    ),
    *(
        ("deny.trail", Actor(kind, "x"), Action.READ_TRAIL, replace(TREATING, is_holder=True), None)
        for kind in OTHER_KINDS
        if kind is not ActorKind.OPERATOR
    ),
]


@pytest.mark.parametrize(("rule", "actor", "action", "record", "document"), CELLS)
def test_cell(rule: str, actor: Actor, action: Action, record: RecordFacts, document: AccessClass | None) -> None:
    decision = ask(actor, action, record, document)
    assert decision.rule == rule
    assert decision.allowed is not rule.startswith("deny.")


def test_every_line_of_the_table_is_tested() -> None:
    tested = {rule for rule, *_ in CELLS}
    assert tested == {line.rule for line in TABLE}


@pytest.mark.parametrize(
    ("actor", "record", "document", "obligations"),
    [
        (NURSE, GRANTED, REPORT, ()),
        (NURSE, GRANTED, NOT_YET_SHOWN, ("warn-invisible-to-patient",)),
        (NURSE, GRANTED, replace(NOT_YET_SHOWN, author_persons=BY_THE_NURSE), ("warn-invisible-to-patient",)),
        (PHYSICIAN, TREATING, SECRET, ("warn-invisible-to-representatives",)),
        (replace(PHYSICIAN, secret_connection=True), GRANTED, SECRET, ("warn-invisible-to-representatives",)),
        (PHYSICIAN, TREATING, MASKED, ()),
        (
            PHYSICIAN,
            TREATING,
            replace(REPORT, labels=NOT_YET_SHOWN.labels | SECRET.labels),
            ("warn-invisible-to-patient", "warn-invisible-to-representatives"),
        ),
        (PHYSICIAN, GRANTED, SECRET, ()),
        (CITIZEN, MINE, SECRET, ()),
    ],
)
def test_a_professional_is_warned(
    actor: Actor, record: RecordFacts, document: AccessClass, obligations: tuple[str, ...]
) -> None:
    assert ask(actor, Action.READ, record, document).obligations == obligations


def test_a_decision_carries_both_editions() -> None:
    assert ask(CITIZEN, Action.OPEN, MINE).edition == f"{POLICY_EDITION}; test matrix"


def test_carnet_itself_has_no_right_by_default() -> None:
    assert not any(ask(SYSTEM, action, replace(GRANTED, is_holder=True), REPORT).allowed for action in Action)


def test_rules_have_one_line_each_and_refusals_are_in_order() -> None:
    rules = [line.rule for line in TABLE]
    assert len(set(rules)) == len(rules)
    assert tuple(rule for rule in rules if rule.startswith("deny.")) == REFUSAL_ORDER


def test_each_path_ends_in_a_line_that_always_speaks() -> None:
    for action in Action:
        for kind in ActorKind:
            for status in RecordStatus:
                path = [
                    line for line in TABLE if action in line.actions and kind in line.kinds and status in line.records
                ]
                ends = [line for line in path if not line.when]
                assert ends, (action, kind, status)


def test_the_page_and_the_table_are_in_step() -> None:
    page = (Path(__file__).parents[3] / "docs" / "access-rules.md").read_text(encoding="utf-8")
    named = [row.split("`")[1] for row in page.splitlines() if row.startswith("| ") and row.count("`") >= 2]
    assert named == [line.rule for line in TABLE]
    assert POLICY_EDITION in page


# --- A second opinion, written from the prose of documents.md §4, §6 and §7, not from the table. ---

actors = st.builds(
    Actor,
    kind=st.sampled_from(ActorKind) | st.just(ActorKind.PROFESSIONAL),
    name=st.just("x"),
    person=st.sampled_from([None, "810100000001", "810100000002"]),
    profession=st.sampled_from([None, "10", "60", "80"]),
    purpose=st.sampled_from([Purpose.NORMAL, Purpose.NORMAL, Purpose.EMERGENCY, Purpose.REGULATION]),
    secret_connection=st.booleans(),
)
records = st.builds(
    RecordFacts,
    status=st.sampled_from(RecordStatus) | st.just(RecordStatus.OPEN),
    at=st.just(AT),
    is_holder=st.booleans(),
    has_grant=st.booleans(),
    is_blocked=st.booleans(),
    is_primary_care_doctor=st.booleans(),
)
documents = st.builds(
    AccessClass,
    status=st.sampled_from(AvailabilityStatus),
    labels=st.frozensets(st.sampled_from(Confidentiality)),
    type_code=st.sampled_from(["11488-4", "51969-4", "60591-5"]),
    class_code=st.sampled_from(["10", "11", "60"]),
    owner=st.sampled_from(OwnerKind),
    author_persons=st.frozensets(st.sampled_from(["810100000001", "810100000002"])),
)


def may_feed_in_prose(actor: Actor, record: RecordFacts) -> bool:
    """Feeding: no authorisation is needed; refused when the record does not exist yet, was opposed, or is closed."""
    if record.status.value != "open":
        return False
    match actor.kind.value:
        case "professional" | "organization" | "producer":
            return True
        case "citizen":
            return record.is_holder
        case _:
            return False


def may_open_in_prose(actor: Actor, record: RecordFacts) -> bool:
    """(a) an active record and (b) an authorisation of this professional; a blocked one is always refused."""
    if record.status.value != "open" or actor.purpose.value != "normal":
        return False
    if actor.kind.value == "citizen":
        return record.is_holder
    return (
        actor.kind.value == "professional"
        and not record.is_blocked
        and (record.has_grant or record.is_primary_care_doctor)
    )


def may_read_in_prose(actor: Actor, record: RecordFacts, document: AccessClass) -> bool:
    """(c) the matrix and (d) the visibility codes, on top of the right on the record; nothing deleted is ever shown."""
    if document.status.value == "deleted" or not may_open_in_prose(actor, record):
        return False
    labels = {label.value for label in document.labels}
    if actor.kind.value == "citizen":
        return "INVISIBLE_PATIENT" not in labels
    wrote_it = actor.person in document.author_persons
    in_matrix = (actor.profession, document.class_code) in {("10", "10"), ("10", "11"), ("60", "10")} and (
        actor.profession,
        document.type_code,
    ) != ("60", "51969-4")
    seen_despite_mask = wrote_it or record.is_primary_care_doctor or "MASQUE_PS" not in labels
    in_secret_context = (
        wrote_it
        or record.is_primary_care_doctor
        or actor.secret_connection
        or "INVISIBLE_REPRESENTANTS_LEGAUX" not in labels
    )
    return (wrote_it or in_matrix) and seen_despite_mask and in_secret_context


@given(actor=actors, record=records, document=documents)
def test_the_table_agrees_with_the_prose(actor: Actor, record: RecordFacts, document: AccessClass) -> None:
    assert ask(actor, Action.FEED, record).allowed is may_feed_in_prose(actor, record)
    assert ask(actor, Action.OPEN, record).allowed is may_open_in_prose(actor, record)
    assert ask(actor, Action.READ, record, document).allowed is may_read_in_prose(actor, record, document)


@given(actor=actors, record=records, document=documents, label=st.sampled_from(Confidentiality))
def test_a_label_never_gives_a_right(
    actor: Actor, record: RecordFacts, document: AccessClass, label: Confidentiality
) -> None:
    more = replace(document, labels=document.labels | {label})
    before, after = (ask(actor, Action.READ, record, one).allowed for one in (document, more))
    assert before or not after


@given(actor=actors, record=records, document=documents)
def test_reading_needs_the_right_to_open(actor: Actor, record: RecordFacts, document: AccessClass) -> None:
    if ask(actor, Action.READ, record, document).allowed:
        assert ask(actor, Action.OPEN, record).allowed


@given(actor=actors, record=records, document=documents)
def test_a_block_never_gives_a_right(actor: Actor, record: RecordFacts, document: AccessClass) -> None:
    blocked = replace(record, is_blocked=True)
    for action in Action:
        assert ask(actor, action, record, document).allowed or not ask(actor, action, blocked, document).allowed


@given(actor=actors, record=records)
def test_who_reads_the_trail_in_prose(actor: Actor, record: RecordFacts) -> None:
    """Their own for the person; the médecin traitant while the record is open; the operator, who is told little; nobody else."""
    treats = record.is_primary_care_doctor and not record.is_blocked and record.status.value == "open"
    expected = {"citizen": record.is_holder, "professional": treats, "operator": True}
    assert ask(actor, Action.READ_TRAIL, record).allowed is expected.get(actor.kind.value, False)


def test_refusals_go_from_who_asks_to_what_is_asked() -> None:
    """Mending one fault after another, the refusals met follow the order of the table."""
    wrong = [
        (Actor(ActorKind.SECRETARY, "x"), in_status(ANOTHERS, "closed"), None),
        (replace(NURSE, purpose=Purpose.EMERGENCY), in_status(replace(ANOTHERS, is_blocked=True), "closed"), None),
        (NURSE, in_status(replace(ANOTHERS, is_blocked=True), "closed"), None),
        (NURSE, replace(ANOTHERS, is_blocked=True), None),
        (NURSE, ANOTHERS, None),
        (NURSE, GRANTED, None),
        (NURSE, GRANTED, replace(SUMMARY, status=AvailabilityStatus.DELETED, labels=MASKED.labels | SECRET.labels)),
        (NURSE, GRANTED, replace(SUMMARY, labels=MASKED.labels | SECRET.labels)),
        (NURSE, GRANTED, replace(REPORT, labels=MASKED.labels | SECRET.labels)),
        (NURSE, GRANTED, SECRET),
    ]
    met = [REFUSAL_ORDER.index(ask(actor, Action.READ, record, document).rule) for actor, record, document in wrong]
    assert all(one < other for one, other in pairwise(met))
