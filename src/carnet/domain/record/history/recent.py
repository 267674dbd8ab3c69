"""
Who opened a record these last days: the short answer of a first page, as the trail tells it.

A record's own reader leaves most of its events; so what was opened once is remembered by the process, and only what was written since is
opened. The reading is judged and traced like any other of the trail. Source: product promise 3; services.md §18.
"""

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from carnet.domain.access.notices import TOLD_ONCE
from carnet.domain.actor import Actor, ActorKind, Purpose
from carnet.domain.audit.model import AuditEvent, EventType, Outcome
from carnet.domain.audit.trail import opened_event
from carnet.domain.errors import Unavailable
from carnet.domain.record.history import store as history_store
from carnet.domain.record.history.model import Told
from carnet.domain.record.history.reading import ATTEMPTS, OpenTrail, open_trail
from carnet.domain.record.history.telling import told
from carnet.domain.record.opening import ReadTerms
from carnet.domain.record.store import RecordStore
from carnet.vocabulary.frozen import frozen

DAYS = timedelta(days=7)
_KINDS = frozenset({EventType.DOCUMENT_READ, EventType.FICHE_READ, EventType.DOCUMENTS_LISTED})
_AT_ONCE = 500
_MOST = 10_000  # events opened by one request; past them, the rest is opened by the next ones


@frozen
class Recent:
    """
    Accesses by others than the reader.

    last: the latest that may be told, None when there is none. professionals: how many different ones. emergencies: visits in an emergency or by a regulation centre, whatever was read in each.
    is_whole: every event of these days was looked at.
    """

    last: Told | None
    professionals: int
    emergencies: int
    is_whole: bool = True


@frozen
class _Known:
    """What was opened of a trail, up to a position: accesses by others, the oldest first."""

    position: int = 0
    at: datetime | None = None
    events: tuple[AuditEvent, ...] = ()


class KnownAccesses:
    """The memory of one process, bounded."""

    def __init__(self, *, most: int = 5_000) -> None:
        self._known: OrderedDict[UUID, _Known] = OrderedDict()
        self._most = most

    def of(self, patient_id: UUID) -> _Known:
        return self._known.get(patient_id, _Known())

    def keep(self, patient_id: UUID, known: _Known) -> None:
        self._known[patient_id] = known
        self._known.move_to_end(patient_id)
        while len(self._known) > self._most:
            self._known.popitem(last=False)


async def recent_accesses(
    store: RecordStore, *, actor: Actor, patient_id: UUID, terms: ReadTerms, known: KnownAccesses
) -> Recent:
    """
    Who else opened the record these last seven days.

    Raises
        Refused: `record-refused`, `trail-refused`. Unavailable: `record-busy`.
    """
    for _ in range(ATTEMPTS):
        at = terms.clock()
        trail = await open_trail(store, actor=actor, ins=None, patient_id=patient_id, at=at, terms=terms)
        seen, is_whole = await _catch_up(trail, known.of(patient_id), since=at - DAYS)
        known.keep(patient_id, seen)
        tellable = await _told(trail, seen.events)
        if await trail.trace(at=at, parameters="recent", shown=len(tellable)):
            return _summed(tellable, is_whole=is_whole)
    raise Unavailable("record-busy")


async def _catch_up(trail: OpenTrail, known: _Known, *, since: datetime) -> tuple[_Known, bool]:
    """Open what was written since; events too old are let go."""
    events = [event for event in known.events if event.occurred_at >= since]
    position, at, opened = known.position, known.at, 0
    while opened < _MOST:
        rows = await history_store.events_after(
            trail.store.database,
            trail.facts.patient_id,
            position,
            since=max(since, at or since),
            kinds=_KINDS,
            limit=_AT_ONCE,
        )
        for row in rows:
            event = opened_event(row.event_id, row.body, trail.facts.key)
            position, at = row.position, event.occurred_at
            if event.actor.kind is not ActorKind.CITIZEN:
                events.append(event)
        opened += len(rows)
        if len(rows) < _AT_ONCE:
            return _Known(position, at, tuple(events)), True
    return _Known(position, at, tuple(events)), False


async def _told(trail: OpenTrail, events: Sequence[AuditEvent]) -> list[Told]:
    """Those that exist for the reader and are not their own, the latest first."""
    others = [
        event for event in events if event.actor.kind is not trail.actor.kind and event.outcome is Outcome.SUCCESS
    ]
    named = {each for event in others for each in event.documents}
    visible = await history_store.documents(trail.store.database, trail.facts.patient_id, named, allowed=trail.allowed)
    found = (told(event, visible, reader=trail.actor) for event in reversed(others))
    return [each for each in found if each is not None]


def _summed(found: Sequence[Told], *, is_whole: bool) -> Recent:
    events = [each.event for each in found if each.event is not None]
    professionals = {event.actor.person for event in events if event.actor.kind is ActorKind.PROFESSIONAL}
    return Recent(found[0] if found else None, len(professionals), _emergencies(events), is_whole)


def _emergencies(events: Sequence[AuditEvent]) -> int:
    """How many times someone came in an emergency: who reads ten documents came once, as their notice says."""
    count, earliest = 0, dict[str, datetime]()
    for event in events:  # the latest first
        if event.actor.purpose is not Purpose.NORMAL:
            who = event.actor.person or event.actor.name
            count += who not in earliest or earliest[who] - event.occurred_at > TOLD_ONCE
            earliest[who] = event.occurred_at
    return count
