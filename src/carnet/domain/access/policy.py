"""
The only judge: who may feed, open and read what. The table below is read from top to bottom; the first line that holds speaks.

Source: documents.md §4 (labels), §6 (matrix), §7 (regimes); CSP L1111-15, R1111-46, R1111-47. In plain words: docs/access-rules.md.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from carnet.domain.access.model import (
    AccessClass,
    AccessMatrix,
    Action,
    AvailabilityStatus,
    Confidentiality,
    Decision,
    Question,
    RecordFacts,
)
from carnet.domain.actor import Actor, ActorKind, Purpose
from carnet.domain.consent.model import RecordStatus

POLICY_EDITION = "carnet-access-1 (2026-11)"

WARN_PATIENT = "warn-invisible-to-patient"
WARN_REPRESENTATIVES = "warn-invisible-to-representatives"

DENY = "deny."

# Members of enumerations by plain names: looking them up on their class costs more than the comparison (Python 3.11).
_NORMAL = Purpose.NORMAL
_DELETED = AvailabilityStatus.DELETED
_INVISIBLE_PATIENT = Confidentiality.INVISIBLE_PATIENT
_INVISIBLE_REPRESENTATIVES = Confidentiality.INVISIBLE_REPRESENTANTS_LEGAUX
_MASKED = Confidentiality.MASQUE_PS

Predicate = Callable[[Question], bool]


def is_someone_elses_record(question: Question) -> bool:
    return not question.record.is_holder


def purpose_is_exceptional(question: Question) -> bool:
    return question.actor.purpose is not _NORMAL


def is_blocked(question: Question) -> bool:
    return question.record.is_blocked


def is_not_authorised(question: Question) -> bool:
    return not question.record.has_grant and not question.record.is_primary_care_doctor


def is_primary_care_doctor(question: Question) -> bool:
    return question.record.is_primary_care_doctor


def is_own_record(question: Question) -> bool:
    return question.record.is_holder


def is_not_blocked(question: Question) -> bool:
    return not question.record.is_blocked


def names_no_document(question: Question) -> bool:
    return question.document is None


def is_deleted(question: Question) -> bool:
    return _document(question).status is _DELETED


def is_invisible_to_patient(question: Question) -> bool:
    return _INVISIBLE_PATIENT in _document(question).labels


def is_author_of_document(question: Question) -> bool:
    person = question.actor.person
    return person is not None and person in _document(question).author_persons


def profession_may_not_read_type(question: Question) -> bool:
    document = _document(question)
    return not question.matrix.allows(
        question.actor.profession, type_code=document.type_code, class_code=document.class_code
    )


def is_masked_to_professionals(question: Question) -> bool:
    return _MASKED in _document(question).labels


def is_secret_from_representatives(question: Question) -> bool:
    return _INVISIBLE_REPRESENTATIVES in _document(question).labels


def connection_is_not_secret(question: Question) -> bool:
    return not question.actor.secret_connection


@dataclass(frozen=True, slots=True)
class Line:
    """
    One line of the table: an actor of these kinds asks for one of these actions on a record in one of these statuses, and every
    predicate holds: then `rule` speaks.

    rule: allows, unless it starts with `deny.`. warns: a permission that carries the warnings of the document's labels.
    """

    rule: str
    actions: frozenset[Action]
    kinds: frozenset[ActorKind]
    when: tuple[Predicate, ...] = ()
    records: frozenset[RecordStatus] = frozenset(RecordStatus)
    warns: bool = False

    @property
    def allows(self) -> bool:
        return not self.rule.startswith(DENY)


_FEED = frozenset({Action.FEED})
_OPEN = frozenset({Action.OPEN})
_READ = frozenset({Action.READ})
_TRAIL = frozenset({Action.READ_TRAIL})

_CITIZEN = frozenset({ActorKind.CITIZEN})
_PROFESSIONAL = frozenset({ActorKind.PROFESSIONAL})
_READERS = _CITIZEN | _PROFESSIONAL
_FEEDERS_ONLY = frozenset({ActorKind.ORGANIZATION, ActorKind.PRODUCER})
_OTHERS = frozenset(ActorKind) - _READERS - _FEEDERS_ONLY

_ANY = _FEED | _OPEN | _READ
_CONSULT = _OPEN | _READ

# Who asks comes first, so that a refusal tells a stranger nothing of the record; then the record, then the document.
TABLE: tuple[Line, ...] = (
    Line("deny.actor-kind", _ANY, _OTHERS),
    Line("deny.feeds-only", _CONSULT, _FEEDERS_ONLY),
    Line("deny.not-own-record", _ANY, _CITIZEN, (is_someone_elses_record,)),
    Line("deny.purpose", _CONSULT, _READERS, (purpose_is_exceptional,)),
    Line("deny.record-announced", _ANY, _READERS | _FEEDERS_ONLY, records=frozenset({RecordStatus.ANNOUNCED})),
    Line("deny.record-opposed", _ANY, _READERS | _FEEDERS_ONLY, records=frozenset({RecordStatus.OPPOSED})),
    Line("deny.record-closed", _ANY, _READERS | _FEEDERS_ONLY, records=frozenset({RecordStatus.CLOSED})),
    Line("deny.record-erased", _ANY, _READERS | _FEEDERS_ONLY, records=frozenset({RecordStatus.ERASED})),
    # Feeding needs no authorisation, and a block concerns reading (CSP L1111-15).
    Line("feed.citizen", _FEED, _CITIZEN),
    Line("feed.professional", _FEED, _PROFESSIONAL),
    Line("feed.organization", _FEED, frozenset({ActorKind.ORGANIZATION})),
    Line("feed.producer", _FEED, frozenset({ActorKind.PRODUCER})),
    Line("deny.blocked", _CONSULT, _PROFESSIONAL, (is_blocked,)),
    Line("deny.no-grant", _CONSULT, _PROFESSIONAL, (is_not_authorised,)),
    Line("open.citizen", _OPEN, _CITIZEN),
    Line("open.primary-care-doctor", _OPEN, _PROFESSIONAL, (is_primary_care_doctor,)),
    Line("open.professional", _OPEN, _PROFESSIONAL),
    Line("deny.no-document", _READ, _READERS, (names_no_document,)),
    Line("deny.deleted", _READ, _READERS, (is_deleted,)),
    Line("deny.invisible-to-patient", _READ, _CITIZEN, (is_invisible_to_patient,)),
    Line("read.citizen", _READ, _CITIZEN),
    Line("read.author", _READ, _PROFESSIONAL, (is_author_of_document,), warns=True),
    # By profession even for the médecin traitant: a centre may hold that role, and not all who work there are physicians.
    Line("deny.profession", _READ, _PROFESSIONAL, (profession_may_not_read_type,)),
    Line("read.primary-care-doctor", _READ, _PROFESSIONAL, (is_primary_care_doctor,), warns=True),
    Line("deny.masked", _READ, _PROFESSIONAL, (is_masked_to_professionals,)),
    Line("deny.secret", _READ, _PROFESSIONAL, (is_secret_from_representatives, connection_is_not_secret)),
    Line("read.secret-connection", _READ, _PROFESSIONAL, (is_secret_from_representatives,), warns=True),
    Line("read.professional", _READ, _PROFESSIONAL, warns=True),
    # Who did what: the person's own to know, whatever became of the record; the operator is told nothing of who and what.
    Line("trail.citizen", _TRAIL, _CITIZEN, (is_own_record,)),
    Line(
        "trail.primary-care-doctor", _TRAIL, _PROFESSIONAL, (is_primary_care_doctor, is_not_blocked),
        frozenset({RecordStatus.OPEN}),
    ),
    Line("trail.operator", _TRAIL, frozenset({ActorKind.OPERATOR})),
    Line("deny.trail", _TRAIL, frozenset(ActorKind)),
)  # fmt: skip

REFUSAL_ORDER: tuple[str, ...] = tuple(line.rule for line in TABLE if not line.allows)

# What the reader's software must tell a professional who opens the document (documents.md §4, rule 4).
WARNINGS: Mapping[Confidentiality, str] = {
    _INVISIBLE_PATIENT: WARN_PATIENT,
    _INVISIBLE_REPRESENTATIVES: WARN_REPRESENTATIVES,
}


# Refusals of the record itself, in whose telling no document can show.
RECORD_REFUSALS: frozenset[str] = frozenset(
    line.rule for line in TABLE if not line.allows and line.actions & (_FEED | _OPEN | _TRAIL)
)


def decide(
    actor: Actor,
    action: Action,
    *,
    record: RecordFacts,
    document: AccessClass | None,
    matrix: AccessMatrix,
) -> Decision:
    """
    Say whether this actor may do this, and which line of the table says so.

    Pure: the same facts give the same decision, today and for any past instant.

    Takes
        record: facts about this actor and this record, at one instant.
        document: the access class to read; None for feeding and opening, which do not look at it.
    Gives
        Decision: its edition joins those of the policy and of the matrix; obligations only when it allows.
    Source
        documents.md §4, §6, §7.
    """
    question = Question(actor, action, record, document, matrix)
    for line, predicates in _PATHS[action, actor.kind, record.status]:
        for holds in predicates:
            if not holds(question):
                break
        else:
            labels = _document(question).labels if line.warns else _NO_LABELS
            return _decision(line.rule, labels, matrix.edition)
    raise AssertionError(
        action, actor.kind
    )  # pragma: no cover  each path ends in a line without predicate: a test checks


def _document(question: Question) -> AccessClass:
    """The document, which `deny.no-document` has made sure of."""
    assert question.document is not None
    return question.document


# One path per action, kind of actor and status of record, so that a question only meets the lines that may concern it.
_PATHS: Mapping[tuple[Action, ActorKind, RecordStatus], tuple[tuple[Line, tuple[Predicate, ...]], ...]] = {
    (action, kind, status): tuple(
        (line, line.when) for line in TABLE if action in line.actions and kind in line.kinds and status in line.records
    )
    for action in Action
    for kind in ActorKind
    for status in RecordStatus
}

_NO_LABELS: frozenset[Confidentiality] = frozenset()


@lru_cache(maxsize=1024)
def _decision(rule: str, labels: frozenset[Confidentiality], matrix_edition: str) -> Decision:
    """Decisions are few and values: one is made for each rule, set of labels to warn of, and edition."""
    warnings = tuple(warning for label, warning in WARNINGS.items() if label in labels)
    return Decision(not rule.startswith(DENY), rule, warnings, f"{POLICY_EDITION}; {matrix_edition}")
