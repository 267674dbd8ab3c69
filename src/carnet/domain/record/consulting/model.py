"""What the page of a document is made of."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from carnet.domain.access.model import AccessClass, Action, AvailabilityStatus
from carnet.domain.record.asking.model import DocumentRequest
from carnet.domain.record.audience.model import AudienceFacts
from carnet.domain.record.facts import EntryFacts, ReadFacts
from carnet.domain.record.history.model import Told
from carnet.domain.record.model import StoredEntry
from carnet.domain.record.sharing.model import Share
from carnet.vocabulary.frozen import frozen


@frozen
class ShownVersion:
    """A version of the document that its reader may see. created: UTC, when it was made. is_later: it replaced the one that is shown."""

    logical_id: UUID
    created: datetime
    filed_at: datetime
    status: AvailabilityStatus
    is_later: bool


@frozen
class ReadBy:
    """One reader of a document. last: the event of their last reading; times: among the events looked into."""

    last: Told
    times: int


@frozen
class Glanced:
    """A document before a control. may: the acts that the rules let the reader do."""

    facts: ReadFacts
    entry: EntryFacts
    fiche: StoredEntry
    may: frozenset[Action]

    @property
    def document(self) -> AccessClass:
        return self.entry.access_class


@frozen
class Consulted:
    """
    A document, as its reader may know it.

    content: its bytes, when the page shows them. created: UTC, when it was made. versions: the others, the newest first. may: the acts that the rules let the reader do.
    audience: what it takes to say who sees it; None to whom rights are not told. readers: the last ones, the latest first;
    readers_are_whole: there were no others. shares, requests: as their verbs show them.
    """

    facts: ReadFacts
    entry: EntryFacts
    fiche: StoredEntry
    content: bytes | None
    created: datetime
    versions: Sequence[ShownVersion]
    audience: AudienceFacts | None
    may: frozenset[Action]
    readers: Sequence[ReadBy]
    readers_are_whole: bool
    shares: Sequence[Share]
    requests: Sequence[DocumentRequest]

    @property
    def document(self) -> AccessClass:
        return self.entry.access_class

    def with_content(self, content: bytes) -> "Consulted":
        return replace(self, content=content)
