"""
The outbox: what an act asks to be done after it, written in its own transaction and claimed by a worker.

A claim is a lease: a worker that dies leaves its job to be taken again once the lease ends. So every job may run twice.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from carnet.storage.database import Connection
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.uuid7 import uuid7

LEASE = timedelta(minutes=5)
MAX_ATTEMPTS = 12  # with the delays below, about six hours
_FIRST_DELAY, _LONGEST_DELAY = timedelta(seconds=5), timedelta(hours=1)

# For the acts that pipeline their own statements: patient, job, kind, payload, due, created.
ENQUEUE = "INSERT INTO outbox (patient_id, job_id, kind, payload, due_at, created_at) VALUES (%s, %s, %s, %s, %s, %s)"

_CLAIM = """
UPDATE outbox o SET attempts = o.attempts + 1, due_at = %(leased)s
FROM (
    SELECT patient_id, job_id FROM outbox
    WHERE state = 'due' AND due_at <= %(now)s AND kind = ANY(%(kinds)s)
    ORDER BY due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
) due
WHERE o.patient_id = due.patient_id AND o.job_id = due.job_id
RETURNING o.patient_id, o.job_id, o.kind, o.payload, o.attempts
"""


@frozen
class Job:
    """A job in hand. payload: identifiers only. attempts: this one included, from 1."""

    patient_id: UUID
    job_id: UUID
    kind: str
    payload: dict[str, Any]
    attempts: int


async def enqueue(
    connection: Connection,
    patient_id: UUID,
    *,
    kind: str,
    payload: dict[str, Any],
    now: datetime,
    due_at: datetime | None = None,
) -> UUID:
    """
    Ask for a job, inside the transaction of the act that needs it; wake the worker after the commit.

    Takes
        payload: identifiers only, never a trait nor a content.
    """
    job_id = uuid7()
    await connection.execute(ENQUEUE, (patient_id, job_id, kind, Jsonb(payload), due_at or now, now))
    return job_id


async def claim(
    connection: Connection, *, kinds: Sequence[str], limit: int, now: datetime, lease: timedelta = LEASE
) -> list[Job]:
    """Take up to so many due jobs of these kinds, for the time of the lease; what another worker holds is left to it."""
    cursor = await connection.execute(_CLAIM, {"now": now, "leased": now + lease, "kinds": list(kinds), "limit": limit})
    return [Job(*row) for row in await cursor.fetchall()]


async def finish(connection: Connection, job: Job) -> None:
    """The job is done: forget it."""
    await connection.execute("DELETE FROM outbox WHERE patient_id = %s AND job_id = %s", (job.patient_id, job.job_id))


async def fail(connection: Connection, job: Job, *, fault: BaseException, now: datetime) -> bool:
    """
    The job failed: try again later, longer each time, then keep it as a dead letter.

    Gives
        whether it is now a dead letter.
    """
    is_dead = job.attempts >= MAX_ATTEMPTS
    await connection.execute(
        "UPDATE outbox SET state = %s, due_at = %s, last_fault = %s WHERE patient_id = %s AND job_id = %s AND attempts = %s",
        (
            "dead" if is_dead else "due",
            now + delay_after(job.attempts),
            type(fault).__name__,
            job.patient_id,
            job.job_id,
            job.attempts,
        ),
    )
    return is_dead


def delay_after(attempts: int) -> timedelta:
    """Wait before the next attempt: 5 s, doubled each time, an hour at most."""
    doublings: int = 2 ** (min(attempts, MAX_ATTEMPTS) - 1)
    return min(_FIRST_DELAY * doublings, _LONGEST_DELAY)


async def count_dead(connection: Connection) -> dict[str, int]:
    """Dead letters by kind, for the operator."""
    cursor = await connection.execute(
        "SELECT kind, count(*) FROM outbox WHERE state = 'dead' GROUP BY kind ORDER BY kind"
    )
    return dict(await cursor.fetchall())


async def revive_dead(connection: Connection, *, kind: str, now: datetime) -> int:
    """Give the dead letters of a kind another life, once their cause is mended; gives how many."""
    cursor = await connection.execute(
        "UPDATE outbox SET state = 'due', attempts = 0, due_at = %s WHERE state = 'dead' AND kind = %s", (now, kind)
    )
    return cursor.rowcount
