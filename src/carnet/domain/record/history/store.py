"""
The SQL of reading a trail.

Events are found by the range of their identifiers, which hold the instant they were made at: the primary key serves, and a deposit pays
for no other index.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

from carnet.domain.access.model import AvailabilityStatus
from carnet.domain.audit.model import EventType, Outcome
from carnet.domain.audit.store import SYSTEM_STREAM
from carnet.domain.record.history.model import ToldDocument, TrailQuery
from carnet.storage.database import Database
from carnet.vocabulary.uuid7 import first_of

_TYPES = {each.value: each for each in EventType}  # a look-up is a fifth of a call of the enumeration
_OUTCOMES = {each.value: each for each in Outcome}
_WITHIN = timedelta(minutes=1)
_LOWEST, _HIGHEST = UUID(int=0), UUID(int=2**128 - 1)


def _events(of: LiteralString, *, descending: bool) -> LiteralString:
    after = "event_id < %(after)s" if descending else "event_id > %(after)s"
    order = "DESC" if descending else "ASC"
    return f"""
        SELECT event_id, type, outcome, occurred_at, body FROM {of}
            AND event_id >= %(low)s AND event_id < %(high)s AND {after}
            AND (%(since)s::timestamptz IS NULL OR occurred_at >= %(since)s)
            AND (%(until)s::timestamptz IS NULL OR occurred_at < %(until)s)
            AND type = ANY (%(types)s::text[]) AND outcome = ANY (%(outcomes)s::text[])
        ORDER BY event_id {order} LIMIT %(limit)s
    """  # noqa: S608  constants of this file only


_OF_RECORD: LiteralString = "audit_event WHERE patient_id = %(patient)s"
_OF_SYSTEM: LiteralString = "system_event WHERE stream = %(stream)s"
_RECORD_EVENTS = {descending: _events(_OF_RECORD, descending=descending) for descending in (True, False)}
_SYSTEM_EVENTS = {descending: _events(_OF_SYSTEM, descending=descending) for descending in (True, False)}
_EVENT = "SELECT event_id, type, outcome, occurred_at, body FROM audit_event WHERE patient_id = %(patient)s AND event_id = %(event)s"
_SYSTEM_EVENT = "SELECT event_id, type, outcome, occurred_at, body FROM system_event WHERE stream = %(stream)s AND event_id = %(event)s"
# In the order they were written, which positions tell and ids nearly do.
_EVENTS_AFTER = """
    SELECT event_id, type, outcome, occurred_at, body, position FROM audit_event
    WHERE patient_id = %(patient)s AND event_id >= %(low)s AND position > %(position)s AND type = ANY (%(types)s::text[])
    ORDER BY position LIMIT %(limit)s
"""
_DOCUMENTS = """
    SELECT e.logical_id, split_part(e.type, '|', 2), e.status FROM document_entry e
    WHERE e.patient_id = %(patient)s AND e.logical_id = ANY (%(documents)s) AND e.class_id = ANY (%(allowed)s)
"""


class SealedEvent(NamedTuple):
    """One row of a trail, without what proves it; a tuple, since a page reads hundreds. position: its place in the chain, 0 when not asked."""

    event_id: UUID
    type: EventType
    outcome: Outcome
    occurred_at: datetime
    body: bytes
    position: int = 0


def _sealed(row: Sequence[Any]) -> SealedEvent:
    return SealedEvent(row[0], _TYPES[row[1]], _OUTCOMES[row[2]], *row[3:])


async def events(
    database: Database, patient_id: UUID | None, query: TrailQuery, *, after: UUID | None, limit: int
) -> list[SealedEvent]:
    """Events of a record's trail, or of the system's when patient_id is None, from `after` on, in the order of the query."""
    low, high = query.recorded.since, query.recorded.until
    values = {
        "low": _LOWEST if low is None else first_of(low),
        "high": _HIGHEST if high is None else first_of(high),
        "after": after or (_HIGHEST if query.descending else _LOWEST),
        "since": query.occurred.since,
        "until": query.occurred.until,
        "types": sorted(EventType if query.types is None else query.types),
        "outcomes": sorted(Outcome if query.outcomes is None else query.outcomes),
        "limit": limit,
    }
    if patient_id is None:
        rows = await database.fetch(_SYSTEM_EVENTS[query.descending], {**values, "stream": SYSTEM_STREAM})
    else:
        rows = await database.fetch(_RECORD_EVENTS[query.descending], {**values, "patient": patient_id})
    return [_sealed(row) for row in rows]


async def event(database: Database, patient_id: UUID | None, event_id: UUID) -> SealedEvent | None:
    """One event by its id. None too for a kind that this program does not know: a newer one writes already."""
    if patient_id is None:
        row = await database.row(_SYSTEM_EVENT, {"stream": SYSTEM_STREAM, "event": event_id})
    else:
        row = await database.row(_EVENT, {"patient": patient_id, "event": event_id})
    return None if row is None or row[1] not in _TYPES else _sealed(row)


async def events_after(
    database: Database, patient_id: UUID, position: int, *, since: datetime, kinds: Collection[EventType], limit: int
) -> list[SealedEvent]:
    """
    Events of these kinds written after this position, in the order they were written.

    Takes
        since: none that matters was made before, by more than a minute: an act is durable well within it.
    """
    values = {
        "patient": patient_id, "position": position, "low": first_of(since - _WITHIN), "types": sorted(kinds), "limit": limit,
    }  # fmt: skip
    rows = await database.fetch(_EVENTS_AFTER, values)
    return [_sealed(row) for row in rows]


async def documents(
    database: Database, patient_id: UUID, ids: Collection[UUID], *, allowed: Sequence[UUID]
) -> dict[UUID, ToldDocument]:
    """Those of these documents whose class is allowed."""
    if not ids:
        return {}
    values = {"patient": patient_id, "documents": list(ids), "allowed": list(allowed)}
    rows = await database.fetch(_DOCUMENTS, values)
    return {row[0]: ToldDocument(row[0], row[1], row[2] == AvailabilityStatus.DELETED) for row in rows}
