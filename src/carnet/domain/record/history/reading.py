"""
Read a trail: an act like another, judged, and traced before anything is shown.

Source: IHE ITI-81 Retrieve ATNA Audit Event; TDE 2.0.0 flux 2 and 4; documents.md §7 (patient rights, médecin traitant); promises 3 to 6.
"""

from datetime import datetime
from uuid import UUID

from carnet.domain.access.model import Action, Decision, RecordFacts
from carnet.domain.access.policy import decide
from carnet.domain.actor import Actor, ActorKind
from carnet.domain.audit.model import AuditEvent, EventType, Outcome, did
from carnet.domain.audit.trail import opened_event, prepare
from carnet.domain.consent.model import RecordStatus
from carnet.domain.errors import NotFound, Refused, Unavailable
from carnet.domain.record.facts import ReadFacts
from carnet.domain.record.history import store as history_store
from carnet.domain.record.history.model import Criteria, Told, ToldDocument, TrailPage, TrailQuery
from carnet.domain.record.history.store import SealedEvent
from carnet.domain.record.history.telling import is_by, matches, showable_classes, told
from carnet.domain.record.linked.reading import gathered
from carnet.domain.record.opening import ReadTerms, trace_refusal, trace_unknown
from carnet.domain.record.store import RecordStore
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.ins import Ins

ATTEMPTS = 8
BATCH = 200  # events opened at a time
FURTHER = 5  # times as many, once the first ones did not do
OPENED_AT_MOST = 4000  # by one request, so that a question few events answer does not hold a server
ANYONE = Criteria()


@frozen
class OpenTrail:
    """A record's trail that this actor may read; the only object able to open its events. allowed: classes of documents it may name."""

    store: RecordStore
    actor: Actor
    facts: ReadFacts
    allowed: tuple[UUID, ...]
    decision: Decision

    @property
    def is_veiled(self) -> bool:
        """An operator is told when, which kind of act and its outcome; nothing is opened for them."""
        return self.actor.kind is ActorKind.OPERATOR

    async def page(self, query: TrailQuery) -> tuple[list[Told], UUID | None]:
        """One page, and where the next one starts. Not traced yet: see `trace`."""
        found: list[Told] = []
        after, opened = query.after, 0
        # Nearly all that is read is told, unless it is looked for: then as many as are opened at a time.
        size = BATCH if query.criteria else min(BATCH, query.count + 1)
        while True:
            rows = await history_store.events(
                self.store.database, self.facts.patient_id, query, after=after, limit=size
            )
            found += [each for each in await self.tell(rows, by=query.criteria) if matches(each, query.criteria)]
            if len(found) > query.count:
                return found[: query.count], found[query.count - 1].event_id
            if len(rows) < size:
                return found, None
            after, opened, size = rows[-1].event_id, opened + size, BATCH * FURTHER
            if opened >= (query.opens_at_most or OPENED_AT_MOST):
                return found, after

    async def tell(self, rows: list[SealedEvent], *, by: Criteria = ANYONE) -> list[Told]:
        """
        Those of these events that exist for the reader, as they may know them.

        Takes
            by: kinds and purposes of those who acted that are looked for; the documents of the others are not looked up.
        """
        if self.is_veiled:
            return [Told(row.event_id, row.type, row.outcome, row.occurred_at) for row in rows]
        key = self.facts.key
        events = [event for row in rows if is_by(event := opened_event(row.event_id, row.body, key), by)]
        named = {each for event in events for each in event.documents}
        visible: dict[UUID, ToldDocument] = await history_store.documents(
            self.store.database, self.facts.patient_id, named, allowed=self.allowed
        )
        found = (told(event, visible, reader=self.actor) for event in events)
        return [each for each in found if each is not None]

    async def trace(self, *, at: datetime, parameters: str, shown: int) -> bool:
        """The trace of this reading; False when the facts moved and all is to be decided again."""
        event = did(
            self.actor, EventType.TRAIL_READ, at=at, rule=self.decision, parameters=parameters, shown=str(shown)
        )
        written = await self.store.trace(
            self.facts.patient_id, prepare(event, self.facts.key), facts_version=self.facts.record.facts_version
        )
        return written is not None


async def read_trail(
    store: RecordStore, query: TrailQuery, *, actor: Actor, ins: Ins | None, patient_id: UUID | None, parameters: str, terms: ReadTerms
) -> TrailPage:  # fmt: skip
    """
    One page of a record's trail.

    Takes
        parameters: names of those that were asked, for the trace of this reading.
    Raises
        Refused: `record-refused`, `trail-refused` for who may open the record and not read its trail, `trail-criterion-refused` for an
            operator who asks by who or by what. Unavailable: `record-busy`.
    """
    for _ in range(ATTEMPTS):
        at = terms.clock()
        trail = await open_trail(store, actor=actor, ins=ins, patient_id=patient_id, at=at, terms=terms)
        if trail.is_veiled and query.criteria:
            await store.trace(trail.facts.patient_id, prepare(_prying(actor, at), trail.facts.key))
            raise Refused("trail-criterion-refused")
        events, after = await trail.page(query)
        if await trail.trace(at=at, parameters=parameters, shown=len(events)):
            return TrailPage(trail.facts.patient_id, trail.facts.ins, events, after)
    raise Unavailable("record-busy")


async def read_event(
    store: RecordStore, patient_id: UUID, event_id: UUID, *, actor: Actor, terms: ReadTerms
) -> TrailPage:
    """
    One event of a record's trail.

    Gives
        a page of one event.
    Raises
        as `read_trail`. NotFound: `event-unknown`: no such event, or one that does not exist for this actor.
    """
    for _ in range(ATTEMPTS):
        at = terms.clock()
        trail = await open_trail(store, actor=actor, ins=None, patient_id=patient_id, at=at, terms=terms)
        row = await history_store.event(store.database, patient_id, event_id)
        events = await trail.tell([] if row is None else [row])
        if await trail.trace(at=at, parameters="_id", shown=len(events)):
            if not events:
                raise NotFound("event-unknown")
            return TrailPage(trail.facts.patient_id, trail.facts.ins, events, None)
    raise Unavailable("record-busy")


async def read_system_trail(
    store: RecordStore, query: TrailQuery, *, actor: Actor, parameters: str, terms: ReadTerms
) -> TrailPage:
    """
    One page of the system's trail, for an operator: when, which kind of act, which outcome.

    Raises
        Refused: `trail-refused`, `trail-criterion-refused`.
    """
    at = terms.clock()
    decision = await _judge_system(store, actor, at=at, terms=terms)
    if query.criteria:
        await store.trace_system(prepare(_prying(actor, at), store.system_key))
        raise Refused("trail-criterion-refused")
    rows = await history_store.events(store.database, None, query, after=query.after, limit=query.count + 1)
    events = [Told(row.event_id, row.type, row.outcome, row.occurred_at) for row in rows[: query.count]]
    await _trace_system(store, actor, decision, at=at, parameters=parameters, shown=len(events))
    return TrailPage(None, None, events, events[-1].event_id if len(rows) > query.count else None)


async def read_system_event(store: RecordStore, event_id: UUID, *, actor: Actor, terms: ReadTerms) -> TrailPage:
    """
    One event of the system's trail, for an operator.

    Raises
        as `read_system_trail`; NotFound: `event-unknown`.
    """
    at = terms.clock()
    decision = await _judge_system(store, actor, at=at, terms=terms)
    row = await history_store.event(store.database, None, event_id)
    await _trace_system(store, actor, decision, at=at, parameters="_id", shown=int(row is not None))
    if row is None:
        raise NotFound("event-unknown")
    return TrailPage(None, None, [Told(row.event_id, row.type, row.outcome, row.occurred_at)], None)


async def open_trail(
    store: RecordStore, *, actor: Actor, ins: Ins | None, patient_id: UUID | None, at: datetime, terms: ReadTerms
) -> OpenTrail:
    """Open the trail of a record. Raises Refused: `record-refused`, `trail-refused`."""
    found = await store.search_facts(actor, ins=ins, patient_id=patient_id, at=at)
    if found is None:
        await trace_unknown(store, actor, at)
        raise Refused("record-refused")
    facts, classes = found
    if facts.linked:
        facts, _ = await gathered(store, facts, actor=actor, at=at)
    decision = decide(actor, Action.READ_TRAIL, record=facts.record, document=None, matrix=terms.matrix)
    if not decision.allowed or (patient_id is not None and patient_id != facts.patient_id):
        await trace_refusal(store, facts, actor, decision, at)
        may_open = decide(actor, Action.OPEN, record=facts.record, document=None, matrix=terms.matrix).allowed
        raise Refused("trail-refused" if may_open and not decision.allowed else "record-refused")
    allowed = showable_classes(actor, classes, record=facts.record, matrix=terms.matrix)
    return OpenTrail(store, actor, facts, tuple(allowed), decision)


def _prying(actor: Actor, at: datetime) -> AuditEvent:
    """The trace of an operator who asked by who or by what: the person is told that somebody tried."""
    return did(actor, EventType.ACCESS_REFUSED, at=at, outcome=Outcome.REFUSED, rule="deny.trail")


async def _judge_system(store: RecordStore, actor: Actor, *, at: datetime, terms: ReadTerms) -> Decision:
    """Whether they may read the system's trail: it is nobody's record, so that no consent counts."""
    decision = decide(
        actor, Action.READ_TRAIL, record=RecordFacts(RecordStatus.OPEN, at), document=None, matrix=terms.matrix
    )
    if not decision.allowed:
        refusal = did(actor, EventType.ACCESS_REFUSED, at=at, outcome=Outcome.REFUSED, rule=decision)
        await store.trace_system(prepare(refusal, store.system_key))
        raise Refused("trail-refused")
    return decision


async def _trace_system(
    store: RecordStore, actor: Actor, decision: Decision, *, at: datetime, parameters: str, shown: int
) -> None:
    event = did(actor, EventType.TRAIL_READ, at=at, rule=decision, parameters=parameters, shown=str(shown))
    await store.trace_system(prepare(event, store.system_key))
