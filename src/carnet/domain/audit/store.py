"""The trail's SQL: append to a record's stream or to the system's, and read a stream back to verify it."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from carnet.domain.audit.checkpoint import SYSTEM, Head
from carnet.domain.audit.trail import PreparedEvent
from carnet.vocabulary.frozen import frozen

Connection = AsyncConnection[Any]

SYSTEM_STREAM = "system"
_AT_ONCE = 1000  # rows that a long reading asks for in one round trip
_ONE_INSTANT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"

APPEND = """
    SELECT append_event(
        %(patient)s, %(facts_version)s, %(event)s, %(type)s, %(outcome)s, %(at)s, %(commitment)b, %(body)b)
"""
_APPEND_EACH = """
    SELECT append_event(p, NULL, e, t, o, a, c, b)
    FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::timestamptz[], %s::bytea[], %s::bytea[]) AS q (p, e, t, o, a, c, b)
"""
_APPEND_SYSTEM = "SELECT append_system_event(%s, %s, %s, %s, %s, %b, %b)"
_HEAD = "SELECT trail_length, trail_hash, wrapped_key, status FROM record WHERE patient_id = %s"
_SYSTEM_HEAD = """
    SELECT trail_length, trail_hash, NULL::bytea AS wrapped_key, NULL::text AS status FROM system_stream WHERE stream = %s
"""
_RECORD_HEADS = """
    SELECT patient_id, trail_length, trail_hash, wrapped_key, status FROM record
    WHERE patient_id > %s ORDER BY patient_id LIMIT %s
"""
_ALL_HEADS = "SELECT patient_id, trail_length, trail_hash FROM record ORDER BY patient_id"
_EVENTS_OF = """
    SELECT patient_id, event_id, position, type, outcome, occurred_at, commitment, hash, body
    FROM audit_event WHERE patient_id = ANY (%s) ORDER BY patient_id, position
"""
_LAST_CHECKPOINT = "SELECT signed FROM trail_checkpoint ORDER BY checkpoint_id DESC LIMIT 1"
_KEEP_CHECKPOINT = "INSERT INTO trail_checkpoint (checkpoint_id, taken_at, signed) VALUES (%s, %s, %s)"
_EVENTS = """
    SELECT event_id, position, type, outcome, occurred_at, commitment, hash, body
    FROM audit_event WHERE patient_id = %s ORDER BY position
"""
_SYSTEM_EVENTS = """
    SELECT event_id, position, type, outcome, occurred_at, commitment, hash, body
    FROM system_event WHERE stream = %s ORDER BY position
"""


@frozen
class StreamHead:
    """Where a stream ends: number of events, last hash; wrapped_key opens a record's bodies. None, as status, for the system's."""

    trail_length: int
    trail_hash: bytes
    wrapped_key: bytes | None
    status: str | None


@frozen
class StoredEvent:
    """One row of a stream, body sealed."""

    event_id: UUID
    position: int
    type: str
    outcome: str
    occurred_at: datetime
    commitment: bytes
    hash: bytes
    body: bytes


async def append(
    connection: Connection, patient_id: UUID, event: PreparedEvent, *, facts_version: int | None = None
) -> datetime | None:
    """
    Append to a record's trail.

    Takes
        facts_version: the version that the act was decided on, or None when the event stands whatever happened meanwhile.
    Gives
        the instant of the record's last change, or None when the facts moved: nothing was written.
    """
    cursor = await connection.execute(APPEND, appended(patient_id, event, facts_version=facts_version))
    row = await cursor.fetchone()
    return None if row is None else row[0]


async def append_each(connection: Connection, patients: Sequence[UUID], events: Sequence[PreparedEvent]) -> None:
    """Append one event to each of these records' trails."""
    await connection.execute(
        _APPEND_EACH,
        (
            list(patients), [e.event_id for e in events], [e.type for e in events], [e.outcome for e in events],
            [e.occurred_at for e in events], [e.commitment for e in events], [e.body for e in events],
        ),
    )  # fmt: skip


def appended(patient_id: UUID, event: PreparedEvent, *, facts_version: int | None = None) -> dict[str, Any]:
    """What APPEND is given, by whoever runs it as a statement of its own."""
    return {
        "patient": patient_id,
        "facts_version": facts_version,
        "event": event.event_id,
        "type": event.type,
        "outcome": event.outcome,
        "at": event.occurred_at,
        "commitment": event.commitment,
        "body": event.body,
    }


async def append_system(connection: Connection, event: PreparedEvent) -> None:
    """Append to the system's trail."""
    await connection.execute(
        _APPEND_SYSTEM,
        (SYSTEM_STREAM, event.event_id, event.type, event.outcome, event.occurred_at, event.commitment, event.body),
    )


async def head(connection: Connection, patient_id: UUID | None) -> StreamHead | None:
    """The head of a record's stream, or of the system's when patient_id is None; None when there is no such record."""
    async with connection.cursor(row_factory=class_row(StreamHead)) as cursor:
        await cursor.execute(*((_SYSTEM_HEAD, (SYSTEM_STREAM,)) if patient_id is None else (_HEAD, (patient_id,))))
        return await cursor.fetchone()


async def events(connection: Connection, patient_id: UUID | None) -> AsyncIterator[StoredEvent]:
    """The events of a stream, in order. Needs a transaction: it streams through a server-side cursor."""
    async with connection.cursor("trail", row_factory=class_row(StoredEvent)) as cursor:
        await cursor.execute(*((_SYSTEM_EVENTS, (SYSTEM_STREAM,)) if patient_id is None else (_EVENTS, (patient_id,))))
        async for event in cursor:
            yield event


async def at_one_instant(connection: Connection) -> None:
    """What this transaction reads from here on is of one instant. To be its first statement."""
    await connection.execute(_ONE_INSTANT)


async def record_heads(connection: Connection, *, after: UUID, limit: int) -> list[tuple[UUID, StreamHead]]:
    """The heads of the records that follow this id, by id."""
    cursor = await connection.execute(_RECORD_HEADS, (after, limit))
    return [(row[0], StreamHead(*row[1:])) for row in await cursor.fetchall()]


async def events_of(connection: Connection, patients: list[UUID]) -> AsyncIterator[tuple[UUID, StoredEvent]]:
    """The events of these records, record by record, in order. Needs a transaction."""
    async with connection.cursor("trails") as cursor:
        cursor.itersize = _AT_ONCE
        await cursor.execute(_EVENTS_OF, (patients,))
        async for patient_id, *event in cursor:
            yield patient_id, StoredEvent(*event)


async def all_heads(connection: Connection) -> AsyncIterator[Head]:
    """Where every stream stands: the system's, then the records' by id. Needs a repeatable-read transaction."""
    system = await head(connection, None)
    assert system is not None
    yield Head(SYSTEM, system.trail_length, system.trail_hash)
    async with connection.cursor("heads") as cursor:
        cursor.itersize = _AT_ONCE
        await cursor.execute(_ALL_HEADS)
        async for patient_id, length, last in cursor:
            yield Head(patient_id, length, last)


async def last_checkpoint(connection: Connection) -> str | None:
    """The last checkpoint, as signed."""
    row = await (await connection.execute(_LAST_CHECKPOINT)).fetchone()
    return None if row is None else row[0]


async def keep_checkpoint(connection: Connection, signed: str, *, at: datetime, event: PreparedEvent) -> None:
    """Keep a checkpoint, with its trace in the system's stream."""
    await connection.execute(_KEEP_CHECKPOINT, (event.event_id, at, signed))
    await append_system(connection, event)
