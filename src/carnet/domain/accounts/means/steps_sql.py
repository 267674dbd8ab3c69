"""SQL of steps under way and of tries."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from carnet.domain.accounts.means.model import StepKind
from carnet.storage.database import Connection

_ADD = """
    INSERT INTO sign_in_step (step_digest, kind, patient_id, state, made_at, expires_at) VALUES (%s, %s, %s, %s, %s, %s)
"""
_ANY_STEP = "SELECT kind, patient_id, state, tries, made_at, expires_at FROM sign_in_step WHERE step_digest = %s"
_STEP = _ANY_STEP + " AND done_at IS NULL AND expires_at > %s"
_STEP_LOCKED = _STEP + " FOR UPDATE"
_CHANGE = "UPDATE sign_in_step SET state = %s WHERE step_digest = %s"
_COUNT = "UPDATE sign_in_step SET tries = tries + 1 WHERE step_digest = %s"
_END = "UPDATE sign_in_step SET done_at = %s WHERE step_digest = %s AND done_at IS NULL"
_FORGET_STEP = "DELETE FROM sign_in_step WHERE step_digest = %s"
# In the order of their keys, so that two requests never wait for each other.
_TRY = """
    INSERT INTO attempt_count AS c (bucket, tries, since)
    SELECT b, 1, %(at)s FROM unnest(%(buckets)s::bytea[]) b ORDER BY b
    ON CONFLICT (bucket) DO UPDATE SET
        tries = CASE WHEN c.since <= %(since)s THEN 1 ELSE c.tries + 1 END,
        since = CASE WHEN c.since <= %(since)s THEN excluded.since ELSE c.since END
    RETURNING bucket, tries, since
"""
_FORGET = "DELETE FROM attempt_count WHERE bucket = %s"


async def add_step(
    tx: Connection, digest: bytes, kind: StepKind, patient_id: UUID | None, state: bytes, *, at: datetime, expires_at: datetime
) -> None:  # fmt: skip
    await tx.execute(_ADD, (digest, kind, patient_id, state, at, expires_at))


async def step(tx: Connection, digest: bytes, *, at: datetime, lock: bool) -> tuple[Any, ...] | None:
    """Kind, patient, sealed state, tries, made at, expires at."""
    return await (await tx.execute(_STEP_LOCKED if lock else _STEP, (digest, at))).fetchone()


async def any_step(tx: Connection, digest: bytes) -> tuple[Any, ...] | None:
    """As `step`, even when it is over."""
    return await (await tx.execute(_ANY_STEP, (digest,))).fetchone()


async def change_step(tx: Connection, digest: bytes, state: bytes) -> None:
    await tx.execute(_CHANGE, (state, digest))


async def count_step(tx: Connection, digest: bytes) -> None:
    await tx.execute(_COUNT, (digest,))


async def end_step(tx: Connection, digest: bytes, *, at: datetime) -> None:
    await tx.execute(_END, (at, digest))


async def count_tries(
    tx: Connection, buckets: Sequence[bytes], *, at: datetime, since: datetime
) -> dict[bytes, tuple[int, datetime]]:
    """One try more in each bucket; gives its tries and the beginning of its window."""
    cursor = await tx.execute(_TRY, {"buckets": list(buckets), "at": at, "since": since})
    return {bytes(row[0]): (row[1], row[2]) for row in await cursor.fetchall()}


async def forget_tries(tx: Connection, bucket: bytes) -> None:
    await tx.execute(_FORGET, (bucket,))


async def forget_step(tx: Connection, digest: bytes) -> None:
    await tx.execute(_FORGET_STEP, (digest,))
