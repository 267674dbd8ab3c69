"""Consent's SQL: the life of a record, and the periods of what the patient decided."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from carnet.domain.audit import store as audit_store
from carnet.domain.audit.trail import PreparedEvent, genesis
from carnet.domain.consent.model import Basis, Consent, ConsentKind, ConsentPeriod, Period, RecordStatus
from carnet.vocabulary.frozen import frozen
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
# A record that another act holds is left to it: it is due still, or was just changed.
_DUE_TO_OPEN = """
    SELECT r.patient_id, r.wrapped_key FROM record_period p JOIN record r ON r.patient_id = p.patient_id
    WHERE p.status = 'announced' AND p.valid_to IS NULL AND p.valid_from <= %s AND r.status = 'announced'
    ORDER BY p.valid_from LIMIT %s FOR UPDATE OF r SKIP LOCKED
"""
_OPEN_ALL = """
    UPDATE record SET status = 'open', facts_version = facts_version + 1,
        changed_at = greatest(%(at)s, changed_at + interval '1 microsecond')
    WHERE patient_id = ANY (%(patients)s)
"""
_END_ALL = """
    UPDATE record_period SET valid_to = greatest(%(at)s, valid_from + interval '1 microsecond')
    WHERE patient_id = ANY (%(patients)s) AND valid_to IS NULL RETURNING patient_id, valid_to
"""
_PERIODS_OPEN = """
    INSERT INTO record_period (patient_id, period_id, status, valid_from, recorded_at, recorded_by)
    SELECT p, i, 'open', f, %(at)s, %(by)s FROM unnest(%(patients)s::uuid[], %(periods)s::uuid[], %(since)s::timestamptz[]) AS q (p, i, f)
"""
# What is linked to a record that lives on is part of it, and waits.
_DUE_TO_ERASE = """
    SELECT c.patient_id FROM closed_record c
    WHERE c.closed_at <= %s - (SELECT keep FROM retention_rule WHERE rule = 'record-after-closing')
        AND NOT EXISTS (
            SELECT 1 FROM record r JOIN record o ON o.patient_id = ANY (r.linked)
            WHERE r.patient_id = c.patient_id AND o.status IN ('announced', 'open'))
    ORDER BY c.closed_at LIMIT %s
"""
_RAISE = "UPDATE record SET facts_version = facts_version + 1 WHERE patient_id = %s"
_RAISE_AT = "UPDATE record SET facts_version = facts_version + 1, changed_at = %s WHERE patient_id = %s"
_LOCK = "SELECT status, wrapped_key FROM record WHERE patient_id = %s FOR UPDATE"
_LOCK_AT = """
    SELECT patient_id, status, wrapped_key, greatest(%s, changed_at + interval '1 microsecond') FROM record
    WHERE patient_id = %s AND status <> 'erased' FOR UPDATE
"""
_SAME = """
    patient_id = %(patient)s AND kind = %(kind)s AND holder = %(holder)s AND holder_is_organization = %(organization)s
        AND (%(scope)s::text IS NULL OR scope = %(scope)s)
"""
_BEGIN_CONSENT = f"""
    INSERT INTO consent_period
        (patient_id, period_id, kind, holder, holder_is_organization, valid_from, valid_to, recorded_at, recorded_by, basis, scope)
    SELECT %(patient)s, %(period)s, %(kind)s, %(holder)s, %(organization)s, %(since)s, %(until)s, %(at)s, %(by)s, %(basis)s, %(scope)s
    WHERE NOT EXISTS (SELECT 1 FROM consent_period WHERE {_SAME} AND (valid_to IS NULL OR valid_to > %(since)s))
"""  # noqa: S608  constants of this file only
# What never held ends where it begins: periods never run backwards.
_END_CONSENT = f"""
    UPDATE consent_period SET valid_to = greatest(%(at)s, valid_from) WHERE {_SAME} AND (valid_to IS NULL OR valid_to > %(at)s)
"""  # noqa: S608  constants of this file only
_CLAIM_HELD = """
    INSERT INTO held_record_claim (holder, patient_id, authorised_at) VALUES (%s, %s, %s)
    ON CONFLICT (holder, patient_id) DO UPDATE SET authorised_at = excluded.authorised_at
"""
_RUNNING = f"""
    SELECT valid_to FROM consent_period WHERE {_SAME} AND valid_from <= %(at)s AND (valid_to IS NULL OR valid_to > %(at)s)
"""  # noqa: S608  constants of this file only
_PERIODS = """
    SELECT period_id, kind, holder, holder_is_organization, valid_from, valid_to, recorded_at, recorded_by, basis, scope
    FROM consent_period WHERE patient_id = %s ORDER BY valid_from, period_id
"""


@frozen
class Locked:
    """
    A record's head, held by this transaction. at: the instant of the act, later than the record's last change whatever the clock says.
    """

    patient_id: UUID
    status: RecordStatus
    wrapped_key: bytes
    at: datetime


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


async def due_to_open(connection: Connection, *, announced_before: datetime, limit: int) -> list[tuple[UUID, bytes]]:
    """Announced records whose time has come, with their wrapped keys, locked for the transaction."""
    cursor = await connection.execute(_DUE_TO_OPEN, (announced_before, limit))
    return [(row[0], row[1]) for row in await cursor.fetchall()]


async def open_all(
    connection: Connection, patients: Sequence[UUID], events: Sequence[PreparedEvent], *, at: datetime, recorded_by: str
) -> None:
    """Open these announced records, each with its trace; they are locked."""
    if not patients:
        return
    values = {"patients": list(patients), "at": at, "by": recorded_by}
    await connection.execute(_OPEN_ALL, values)
    ended = dict(await (await connection.execute(_END_ALL, values)).fetchall())
    await connection.execute(
        _PERIODS_OPEN, values | {"periods": [uuid7() for _ in patients], "since": [ended[each] for each in patients]}
    )
    await audit_store.append_each(connection, patients, events)


async def due_to_erase(connection: Connection, *, now: datetime, limit: int) -> list[UUID]:
    """Records closed for longer than the rule `record-after-closing` keeps them; none when there is no such rule."""
    return [row[0] for row in await (await connection.execute(_DUE_TO_ERASE, (now, limit))).fetchall()]


async def raise_facts(connection: Connection, patient_id: UUID) -> None:
    """What decisions are taken on has changed: a decision taken on it before cannot write."""
    await connection.execute(_RAISE, (patient_id,))


async def lock_at(connection: Connection, patient_id: UUID, at: datetime) -> Locked | None:
    """Lock a record for an act at this instant; None when there is no such record."""
    row = await (await connection.execute(_LOCK_AT, (at, patient_id))).fetchone()
    return None if row is None else Locked(row[0], RecordStatus(row[1]), row[2], row[3])


async def begin_consent(
    connection: Connection, locked: Locked, consent: Consent, *, recorded_by: str, event: PreparedEvent, since: datetime | None = None,
    until: datetime | None = None,
) -> bool:  # fmt: skip
    """Begin a period, raise the facts' version, trace. False, and nothing written, when such a period runs already."""
    values = {
        **_named(locked, consent), "period": uuid7(), "since": since or locked.at, "until": until, "by": recorded_by,
        "basis": consent.basis,
    }  # fmt: skip
    begun = await connection.execute(_BEGIN_CONSENT, values)
    if begun.rowcount and consent.kind is ConsentKind.GRANT:
        await connection.execute(_CLAIM_HELD, (consent.holder, locked.patient_id, values["since"]))
    return await _traced(connection, locked, begun.rowcount, event)


async def end_consent(connection: Connection, locked: Locked, consent: Consent, *, event: PreparedEvent) -> bool:
    """End the period in force, raise the facts' version, trace. False when none runs."""
    ended = await connection.execute(_END_CONSENT, _named(locked, consent))
    return await _traced(connection, locked, ended.rowcount, event)


async def running_until(connection: Connection, locked: Locked, consent: Consent) -> tuple[datetime | None] | None:
    """The end of the period in force, None inside for an open end; None when none runs."""
    row: tuple[datetime | None] | None = await (await connection.execute(_RUNNING, _named(locked, consent))).fetchone()
    return row


async def periods(connection: Connection, patient_id: UUID) -> list[ConsentPeriod]:
    """Every period of a record, past and present, oldest first."""
    cursor = await connection.execute(_PERIODS, (patient_id,))
    return [
        ConsentPeriod(
            patient_id, row[0],
            Consent(ConsentKind(row[1]), row[2], row[3], None if row[8] is None else Basis(row[8]), row[9]), Period(*row[4:8]),
        )
        for row in await cursor.fetchall()
    ]  # fmt: skip


def _named(locked: Locked, consent: Consent) -> dict[str, Any]:
    return {
        "patient": locked.patient_id, "at": locked.at, "kind": consent.kind, "holder": consent.holder,
        "organization": consent.holder_is_organization, "scope": consent.scope,
    }  # fmt: skip


async def _traced(connection: Connection, locked: Locked, rows: int, event: PreparedEvent) -> bool:
    if rows == 0:
        return False
    await connection.execute(_RAISE_AT, (locked.at, locked.patient_id))
    await audit_store.append(connection, locked.patient_id, event)
    return True
