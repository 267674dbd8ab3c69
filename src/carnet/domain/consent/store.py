"""Consent's SQL: the life of a record, and the periods of grants, blocks and médecins traitants."""

from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from carnet.domain.audit import store as audit_store
from carnet.domain.audit.trail import PreparedEvent, genesis
from carnet.domain.consent.model import ConsentKind, RecordStatus
from carnet.vocabulary.uuid7 import uuid7

Connection = AsyncConnection[Any]

_CREATE = """
    INSERT INTO record (patient_id, wrapped_key, status, trail_hash, changed_at) VALUES (%s, %s, %s, %s, %s)
"""
_PERIOD = """
    INSERT INTO record_period (patient_id, period_id, status, valid_from, valid_to, recorded_at, recorded_by, motive, reason)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
# A change never begins before what it changes: a clock that steps back undoes nothing, and no two periods overlap.
_END_PERIOD = """
    UPDATE record_period SET valid_to = greatest(%s, valid_from + interval '1 microsecond')
    WHERE patient_id = %s AND valid_to IS NULL RETURNING valid_to
"""
_CHANGE = """
    UPDATE record SET status = %s, facts_version = facts_version + 1, changed_at = greatest(%s, changed_at + interval '1 microsecond')
    WHERE patient_id = %s AND status = ANY (%s)
"""
_RAISE = "UPDATE record SET facts_version = facts_version + 1 WHERE patient_id = %s"
_LOCK = "SELECT status, wrapped_key FROM record WHERE patient_id = %s FOR UPDATE"
_BEGIN_CONSENT = """
    INSERT INTO consent_period
        (patient_id, period_id, kind, holder, holder_is_organization, valid_from, valid_to, recorded_at, recorded_by)
    SELECT %(patient)s, %(period)s, %(kind)s, %(holder)s, %(organization)s, %(since)s, %(until)s, %(at)s, %(by)s
    WHERE NOT EXISTS (
        SELECT 1 FROM consent_period
        WHERE patient_id = %(patient)s AND kind = %(kind)s AND holder = %(holder)s AND holder_is_organization = %(organization)s
            AND (valid_to IS NULL OR valid_to > %(since)s))
"""
_END_CONSENT = """
    UPDATE consent_period SET valid_to = %(at)s
    WHERE patient_id = %(patient)s AND kind = %(kind)s AND holder = %(holder)s AND holder_is_organization = %(organization)s
        AND (valid_to IS NULL OR valid_to > %(at)s)
"""


async def create_record(
    connection: Connection,
    patient_id: UUID,
    *,
    wrapped_key: bytes,
    status: RecordStatus,
    at: datetime,
    recorded_by: str,
    announced_at: datetime | None = None,
) -> None:
    """A new record, with the genesis of its trail and the first period of its life; the announced one too, when it came before."""
    await connection.execute(_CREATE, (patient_id, wrapped_key, status, genesis(str(patient_id)), at))
    since = at
    if announced_at is not None and status is RecordStatus.ANNOUNCED:
        since = announced_at
    elif announced_at is not None and announced_at < at:
        announced = (patient_id, uuid7(), RecordStatus.ANNOUNCED, announced_at, at, at, recorded_by, None, None)
        await connection.execute(_PERIOD, announced)
    await connection.execute(_PERIOD, (patient_id, uuid7(), status, since, None, at, recorded_by, None, None))


async def lock_record(connection: Connection, patient_id: UUID) -> tuple[RecordStatus, bytes] | None:
    """Status and wrapped key, the row locked for the transaction; None when there is no such record."""
    row = await (await connection.execute(_LOCK, (patient_id,))).fetchone()
    return None if row is None else (RecordStatus(row[0]), row[1])


async def change_status(
    connection: Connection, patient_id: UUID, status: RecordStatus, *, allowed_from: frozenset[RecordStatus], at: datetime,
    recorded_by: str, event: PreparedEvent, motive: str | None = None, reason: bytes | None = None,
) -> bool:  # fmt: skip
    """
    Close the period in force and begin another, with its trace. False when the status now is not one of `allowed_from`.

    Takes
        motive: code of why. reason: sealed.
    """
    changed = await connection.execute(_CHANGE, (status, at, patient_id, sorted(allowed_from)))
    if changed.rowcount == 0:
        return False
    ended = await (await connection.execute(_END_PERIOD, (at, patient_id))).fetchone()
    assert ended is not None
    await connection.execute(_PERIOD, (patient_id, uuid7(), status, ended[0], None, at, recorded_by, motive, reason))
    await audit_store.append(connection, patient_id, event)
    return True


async def raise_facts(connection: Connection, patient_id: UUID) -> None:
    """What decisions are taken on has changed: a decision taken on it before cannot write."""
    await connection.execute(_RAISE, (patient_id,))


async def begin_consent(
    connection: Connection, patient_id: UUID, kind: ConsentKind, *, holder: str, holder_is_organization: bool, since: datetime,
    until: datetime | None, at: datetime, recorded_by: str, event: PreparedEvent,
) -> bool:  # fmt: skip
    """Begin a period, raise the facts' version, trace. False, and nothing written, when such a period runs already."""
    begun = await connection.execute(
        _BEGIN_CONSENT,
        {
            "patient": patient_id, "period": uuid7(), "kind": kind, "holder": holder, "organization": holder_is_organization,
            "since": since, "until": until, "at": at, "by": recorded_by,
        },
    )  # fmt: skip
    return await _traced(connection, patient_id, begun.rowcount, event)


async def end_consent(
    connection: Connection, patient_id: UUID, kind: ConsentKind, *, holder: str, holder_is_organization: bool, at: datetime,
    event: PreparedEvent,
) -> bool:  # fmt: skip
    """End the period in force, raise the facts' version, trace. False when none runs."""
    ended = await connection.execute(
        _END_CONSENT,
        {"patient": patient_id, "kind": kind, "holder": holder, "organization": holder_is_organization, "at": at},
    )
    return await _traced(connection, patient_id, ended.rowcount, event)


async def _traced(connection: Connection, patient_id: UUID, rows: int, event: PreparedEvent) -> bool:
    if rows == 0:
        return False
    await connection.execute(_RAISE, (patient_id,))
    await audit_store.append(connection, patient_id, event)
    return True
