"""The values of links that show documents."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from carnet.domain.access.model import AccessMatrix
from carnet.domain.actor import Actor, ActorKind, Authentication
from carnet.domain.record.facts import EntryFacts
from carnet.domain.record.model import StoredEntry
from carnet.vocabulary.clock import Clock
from carnet.vocabulary.frozen import frozen

SHORTEST = timedelta(hours=1)
NOTE_AT_MOST = 100  # characters


@frozen
class ShareTerms:
    """
    What links are judged by. longest: a link ends after that at the latest. wrong_codes_at_most: in all, on one link; then it is over.
    documents_at_most: shown by one link.
    """

    matrix: AccessMatrix
    clock: Clock
    longest: timedelta = timedelta(days=30)
    wrong_codes_at_most: int = 10
    documents_at_most: int = 10


class ShareState(StrEnum):
    RUNNING = "running"
    EXPIRED = "expired"
    ENDED = "ended"  # by the patient
    LOCKED = "locked"  # too many wrong codes


@frozen
class Share:
    """
    A link, as its maker knows it; neither its address nor its code, which were shown once.

    maker: who made it; a link shows no more than they see now. note: what they wrote to remember whom it is for, or an empty string.
    openings: how many times what it shows was opened.
    """

    patient_id: UUID
    share_id: UUID
    documents: tuple[UUID, ...]
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    wrong_codes: int
    openings: int
    last_opened_at: datetime | None
    maker: Actor
    note: str

    def state(self, at: datetime, terms: ShareTerms) -> ShareState:
        if self.ended_at is not None:
            return ShareState.ENDED
        if self.wrong_codes >= terms.wrong_codes_at_most:
            return ShareState.LOCKED
        return ShareState.RUNNING if at < self.expires_at else ShareState.EXPIRED


@frozen
class MadeShare:
    """A link just made, with its secrets: told now, and never again."""

    share: Share
    address: str
    code: str


@frozen
class Unlocked:
    """A link whose code was given. It gives nothing by itself: what is shown is judged at each reading."""

    patient_id: UUID
    share_id: UUID


@frozen
class SharedDocument:
    """A document that a link shows. is_replaced: a newer version exists, which its maker sees."""

    facts: EntryFacts
    entry: StoredEntry
    is_replaced: bool


@frozen
class OpenedShare:
    """What a link shows now."""

    share: Share
    documents: Sequence[SharedDocument]


def holder_of_link(correlation_id: UUID | None = None) -> Actor:
    """Whoever holds a link: nobody knows who, so that the trail says « quelqu'un »."""
    return Actor(ActorKind.SHARE_LINK, "", authentication=Authentication("share-link"), correlation_id=correlation_id)
