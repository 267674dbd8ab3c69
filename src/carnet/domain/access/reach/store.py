"""The SQL of reach. Days are those of Paris."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from carnet.domain.access.reach.model import ReachAlert, ReachKind

Connection = AsyncConnection[Any]

# One professional's acts of one day queue here, so that two at once cannot both be the last.
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 20261126))"
_STANDING = """
    SELECT count(*), coalesce(bool_or(c.patient_id = %(patient)s), false),
        EXISTS (SELECT 1 FROM reach_alert a
            WHERE a.person = %(person)s AND a.day = %(day)s AND a.kind = %(kind)s AND a.cleared_at IS NOT NULL)
    FROM reach_claim c WHERE c.person = %(person)s AND c.day = %(day)s AND c.kind = %(kind)s
"""
_NOTE = """
    INSERT INTO reach_claim (person, day, kind, patient_id, reached_at) VALUES (%(person)s, %(day)s, %(kind)s, %(patient)s, %(at)s)
    ON CONFLICT DO NOTHING
"""
_BUSIEST = """
    SELECT coalesce(max(n), 0) FROM (
        SELECT count(*) AS n FROM reach_claim
        WHERE person = %(person)s AND kind = %(kind)s AND day < %(day)s AND day >= %(day)s::date - 30 GROUP BY day) d
"""
_RAISE = """
    INSERT INTO reach_alert (person, day, kind, raised_at, reached) VALUES (%(person)s, %(day)s, %(kind)s, %(at)s, %(reached)s)
    ON CONFLICT (person, day, kind) DO UPDATE SET reached = excluded.reached
"""
_CLEAR = """
    UPDATE reach_alert SET cleared_at = %s, cleared_by = %s WHERE person = %s AND day = %s AND cleared_at IS NULL
"""
_ALERTS = """
    SELECT person, day, kind, raised_at, reached, cleared_at, cleared_by FROM reach_alert
    WHERE %s OR cleared_at IS NULL ORDER BY raised_at DESC, person, kind LIMIT 200
"""


async def lock(tx: Connection, person: str) -> None:
    await tx.execute(_LOCK, (person,))


async def standing(tx: Connection, person: str, day: date, kind: ReachKind, patient_id: UUID) -> tuple[int, bool, bool]:
    """Records reached that day, whether this one is among them, whether someone looked."""
    values = {"person": person, "day": day, "kind": kind, "patient": patient_id}
    row = await (await tx.execute(_STANDING, values)).fetchone()
    assert row is not None
    return row[0], row[1], row[2]


async def count(tx: Connection, person: str, day: date, kind: ReachKind, patient_id: UUID, *, at: datetime) -> None:
    await tx.execute(_NOTE, {"person": person, "day": day, "kind": kind, "patient": patient_id, "at": at})


async def busiest_day(tx: Connection, person: str, day: date, kind: ReachKind) -> int:
    """Records of the busiest of the thirty days before."""
    row = await (await tx.execute(_BUSIEST, {"person": person, "day": day, "kind": kind})).fetchone()
    assert row is not None
    busiest: int = row[0]
    return busiest


async def raise_alert(tx: Connection, person: str, day: date, kind: ReachKind, *, reached: int, at: datetime) -> None:
    values = {"person": person, "day": day, "kind": kind, "at": at, "reached": reached}
    await tx.execute(_RAISE, values)


async def clear(tx: Connection, person: str, day: date, *, by: str, at: datetime) -> int:
    return (await tx.execute(_CLEAR, (at, by, person, day))).rowcount


async def alerts(connection: Connection, *, also_cleared: bool) -> Sequence[ReachAlert]:
    """The last ones first."""
    rows = await (await connection.execute(_ALERTS, (also_cleared,))).fetchall()
    return [ReachAlert(row[0], row[1], ReachKind(row[2]), *row[3:]) for row in rows]
