"""The values of requests about documents, and the changes that a request goes through."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from carnet.vocabulary.frozen import frozen

MOTIVE_AT_MOST = 2000  # characters; an answer too
ANSWER_WITHIN = timedelta(days=30)  # a month: regulation (EU) 2016/679, article 12 §3


class RequestKind(StrEnum):
    CORRECT = "correct"
    REMOVE = "remove"


class RequestStatus(StrEnum):
    SENT = "sent"
    SEEN = "seen"  # by an author
    ANSWERED = "answered"
    CLOSED = "closed"  # by the patient, once answered
    WITHDRAWN = "withdrawn"  # by the patient, before the answer


class Verdict(StrEnum):
    ACCEPTED = "accepted"  # the author corrects or removes the document
    DECLINED = "declined"  # and says why


# From which states each is reached.
CHANGES: Mapping[RequestStatus, frozenset[RequestStatus]] = {
    RequestStatus.SEEN: frozenset({RequestStatus.SENT}),
    RequestStatus.ANSWERED: frozenset({RequestStatus.SENT, RequestStatus.SEEN}),
    RequestStatus.CLOSED: frozenset({RequestStatus.ANSWERED}),
    RequestStatus.WITHDRAWN: frozenset({RequestStatus.SENT, RequestStatus.SEEN}),
}
RUNNING = frozenset({RequestStatus.SENT, RequestStatus.SEEN, RequestStatus.ANSWERED})


@frozen
class Step:
    """One change of a request. by: who did it, as people are told. verdict, text: of an answer."""

    step_id: UUID
    status: RequestStatus
    at: datetime
    by: str
    verdict: Verdict | None = None
    text: str = ""


@frozen
class DocumentRequest:
    """A request as the person sees it. steps: the oldest first; the last one gives its status."""

    patient_id: UUID
    request_id: UUID
    logical_id: UUID
    kind: RequestKind
    status: RequestStatus
    sent_at: datetime
    motive: str
    steps: Sequence[Step]

    @property
    def answer_due(self) -> datetime:
        return self.sent_at + ANSWER_WITHIN

    @property
    def answer(self) -> Step | None:
        return next((each for each in self.steps if each.status is RequestStatus.ANSWERED), None)


@frozen
class ReceivedRequest:
    """A request as an author sees it in the list of theirs: which document they made, and nothing that they did not write."""

    request_id: UUID
    logical_id: UUID
    unique_id: str
    type_code: str
    kind: RequestKind
    status: RequestStatus
    sent_at: datetime

    @property
    def answer_due(self) -> datetime:
        return self.sent_at + ANSWER_WITHIN


@frozen
class OpenedRequest:
    """A request that an author opened: its motive too, and what was answered."""

    received: ReceivedRequest
    motive: str
    answer: Step | None
