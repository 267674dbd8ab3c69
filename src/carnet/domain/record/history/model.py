"""What is asked of a trail, and what is told of it. Source: IHE ITI-81; TDE 2.0.0; docs/decisions/0021-reading-the-trail.md."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from carnet.domain.actor import ActorKind, Purpose
from carnet.domain.audit.model import AuditEvent, EventType, Outcome
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.ins import Ins
from carnet.vocabulary.uuid7 import made_at


@frozen
class Span:
    """since: included. until: excluded. Both aware, or None for an open side."""

    since: datetime | None = None
    until: datetime | None = None


@frozen
class Criteria:
    """
    What is only known once an event is opened. Each is a list of conditions joined by AND, each a set of alternatives.

    agents: identifiers of who acted, of their structure or of their software. names: beginnings, normalised. roles: codes of profession
    or specialty. documents: logicalIds. anyone: beginnings, as `search_key` makes them, found in the name of who acted or of their structure. kinds,
    purposes: of who acted; None for all.
    """

    agents: tuple[frozenset[str], ...] = ()
    names: tuple[frozenset[str], ...] = ()
    roles: tuple[frozenset[str], ...] = ()
    documents: tuple[frozenset[UUID], ...] = ()
    anyone: tuple[frozenset[str], ...] = ()
    kinds: frozenset[ActorKind] | None = None
    purposes: frozenset[Purpose] | None = None

    def __bool__(self) -> bool:
        asked = self.agents or self.names or self.roles or self.documents or self.anyone
        return bool(asked) or self.kinds is not None or self.purposes is not None


@frozen
class TrailQuery:
    """
    One page of a trail.

    recorded: when events were written, which is also their order. occurred: when the acts took place. types, outcomes: None for all.
    count: events per page, at least 1. after: the last event of the page before, in the order asked. opens_at_most: events opened for one
    page: when few of them answer, the page holds fewer, and another follows. None: as many as one request may open.
    """

    recorded: Span = Span()
    occurred: Span = Span()
    types: frozenset[EventType] | None = None
    outcomes: frozenset[Outcome] | None = None
    criteria: Criteria = Criteria()
    count: int = 50
    descending: bool = True
    after: UUID | None = None
    opens_at_most: int | None = None


@frozen
class ToldDocument:
    """A document that whoever reads the trail may see. is_deleted: it could be seen until it was deleted."""

    logical_id: UUID
    type_code: str
    is_deleted: bool = False


@frozen
class Told:
    """
    An event as its reader may know it.

    event: None for an operator, who is told no more than the other fields; else without the documents hidden from the reader.
    """

    event_id: UUID
    type: EventType
    outcome: Outcome
    occurred_at: datetime
    event: AuditEvent | None = None
    documents: tuple[ToldDocument, ...] = ()

    @property
    def recorded_at(self) -> datetime:
        return made_at(self.event_id)


@frozen
class TrailPage:
    """
    patient_id, ins: of the record; None for the system's trail. after: where the next page starts, None at the end.

    A page may hold fewer events than asked, even none, and another follow: what one request opens is bounded.
    """

    patient_id: UUID | None
    ins: Ins | None
    events: Sequence[Told]
    after: UUID | None
