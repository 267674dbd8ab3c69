"""The trail's SQL: append to a record's stream or to the system's, and read a stream back to verify it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from carnet.domain.audit.trail import PreparedEvent

Connection = AsyncConnection[Any]

SYSTEM_STREAM = "system"

APPEND = """
    SELECT append_event(
        %(patient)s, %(facts_version)s, %(event)s, %(type)s, %(outcome)s, %(at)s, %(commitment)b, %(body)b)
"""
_APPEND_SYSTEM = "SELECT append_system_event(%s, %s, %s, %s, %s, %b, %b)"
_HEAD = "SELECT trail_length, trail_hash, wrapped_key FROM record WHERE patient_id = %s"
_SYSTEM_HEAD = "SELECT trail_length, trail_hash, NULL::bytea AS wrapped_key FROM system_stream WHERE stream = %s"
_EVENTS = """
    SELECT event_id, position, type, outcome, occurred_at, commitment, hash, body
    FROM audit_event WHERE patient_id = %s ORDER BY position
"""
_SYSTEM_EVENTS = """
    SELECT event_id, position, type, outcome, occurred_at, commitment, hash, body
    FROM system_event WHERE stream = %s ORDER BY position
"""


@dataclass(frozen=True, slots=True)
class StreamHead:
    """Where a stream ends: number of events, last hash; wrapped_key opens a record's bodies, None for the system's."""

    trail_length: int
    trail_hash: bytes
    wrapped_key: bytes | None


@dataclass(frozen=True, slots=True)
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


async def records(connection: Connection) -> AsyncIterator[UUID]:
    """Every record's id. Needs a transaction."""
    async with connection.cursor("records") as cursor:
        await cursor.execute("SELECT patient_id FROM record ORDER BY patient_id")
        async for (patient_id,) in cursor:
            yield patient_id
