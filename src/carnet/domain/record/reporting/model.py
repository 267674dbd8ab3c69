"""A report of an access that the citizen did not recognise: its states, and what each side knows of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from carnet.domain.actor import Purpose
from carnet.domain.audit.model import EventType, Outcome
from carnet.vocabulary.frozen import frozen


class ReportState(StrEnum):
    RECEIVED = "received"
    IN_REVIEW = "in-review"
    ANSWERED = "answered"
    CLOSED = "closed"


# From where to where, by whom. The citizen only withdraws, which closes.
BY_OPERATOR: Mapping[ReportState, frozenset[ReportState]] = {
    ReportState.RECEIVED: frozenset({ReportState.IN_REVIEW, ReportState.ANSWERED}),
    ReportState.IN_REVIEW: frozenset({ReportState.ANSWERED}),
    ReportState.ANSWERED: frozenset({ReportState.IN_REVIEW, ReportState.CLOSED}),
    ReportState.CLOSED: frozenset(),
}
WAITING = frozenset({ReportState.RECEIVED, ReportState.IN_REVIEW})


@frozen
class Reported:
    """
    What of an access is passed on to the operator: who, when, which kind of act. Never a document, nor the motive of an emergency.

    name, person, organization…: as the trail has them. person: PS_IdNat; organization: Struct_IdNat.
    """

    type: EventType
    outcome: Outcome
    occurred_at: datetime
    name: str
    person: str | None
    profession: str | None
    specialty: str | None
    organization: str | None
    organization_name: str | None
    purpose: Purpose


@frozen
class Step:
    """words: what the operator answered; None of a step without words."""

    state: ReportState
    at: datetime
    by_operator: bool
    words: str | None


@frozen
class AccessReport:
    """words: of the citizen; may be empty. steps: the oldest first."""

    report_id: UUID
    event_id: UUID
    state: ReportState
    is_secret: bool
    made_at: datetime
    changed_at: datetime
    words: str
    reported: Reported
    steps: Sequence[Step] = ()


@frozen
class WaitingReport:
    """As an operator lists it: which record, since when, in which state."""

    patient_id: UUID
    report_id: UUID
    state: ReportState
    made_at: datetime
