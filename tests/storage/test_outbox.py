"""Jobs are written with their act, taken once at a time, tried again, and never lost."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest

from carnet.storage import outbox
from carnet.storage.database import Database

NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)
KINDS = ["mail"]


@pytest.fixture(autouse=True)
async def _empty(database: Database) -> AsyncIterator[None]:
    async with database.connection() as connection:
        await connection.execute("DELETE FROM outbox")
    return


async def test_a_job_goes_with_its_act(database: Database) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero):  # noqa: PT012 - the block is the act
        async with database.transaction() as act:
            await outbox.enqueue(act, uuid4(), kind="mail", payload={"entry": "1"}, now=NOW)
            await act.execute("SELECT 1 / 0")
    async with database.connection() as connection:
        assert await outbox.claim(connection, kinds=KINDS, limit=9, now=NOW) == []


async def test_a_job_is_taken_once_then_forgotten(database: Database) -> None:
    patient = uuid4()
    async with database.transaction() as act:
        job_id = await outbox.enqueue(act, patient, kind="mail", payload={"entry": "1"}, now=NOW)
    async with database.connection() as connection:
        (job,) = await outbox.claim(connection, kinds=KINDS, limit=9, now=NOW)
        assert job == outbox.Job(patient, job_id, "mail", {"entry": "1"}, 1)
        assert await outbox.claim(connection, kinds=KINDS, limit=9, now=NOW) == []
        await outbox.finish(connection, job)
        assert await outbox.claim(connection, kinds=KINDS, limit=9, now=NOW + timedelta(days=9)) == []


async def test_two_workers_never_share_a_job(database: Database) -> None:
    async with database.transaction() as act:
        for _ in range(4):
            await outbox.enqueue(act, uuid4(), kind="mail", payload={}, now=NOW)
    async with database.transaction() as one, database.transaction() as other:
        first = await outbox.claim(one, kinds=KINDS, limit=3, now=NOW)
        second = await outbox.claim(other, kinds=KINDS, limit=3, now=NOW)
    assert (len(first), len(second)) == (3, 1)
    assert not {each.job_id for each in first} & {each.job_id for each in second}


async def test_other_kinds_and_later_jobs_are_left(database: Database) -> None:
    async with database.transaction() as act:
        await outbox.enqueue(act, uuid4(), kind="index", payload={}, now=NOW)
        await outbox.enqueue(act, uuid4(), kind="mail", payload={}, now=NOW, due_at=NOW + timedelta(minutes=1))
    async with database.connection() as connection:
        assert await outbox.claim(connection, kinds=KINDS, limit=9, now=NOW) == []
        assert len(await outbox.claim(connection, kinds=KINDS, limit=9, now=NOW + timedelta(minutes=1))) == 1


async def test_the_job_of_a_dead_worker_is_taken_again(database: Database) -> None:
    async with database.transaction() as act:
        await outbox.enqueue(act, uuid4(), kind="mail", payload={}, now=NOW)
    async with database.connection() as connection:
        await outbox.claim(connection, kinds=KINDS, limit=9, now=NOW)
        (job,) = await outbox.claim(connection, kinds=KINDS, limit=9, now=NOW + outbox.LEASE)
    assert job.attempts == 2


async def test_a_job_that_keeps_failing_becomes_a_dead_letter_that_can_be_revived(database: Database) -> None:
    async with database.transaction() as act:
        await outbox.enqueue(act, uuid4(), kind="mail", payload={}, now=NOW)
    now = NOW
    async with database.connection() as connection:
        for attempt in range(1, outbox.MAX_ATTEMPTS + 1):
            assert await outbox.count_dead(connection) == {}
            (job,) = await outbox.claim(connection, kinds=KINDS, limit=9, now=now)
            assert job.attempts == attempt
            is_dead = await outbox.fail(connection, job, fault=TimeoutError("quotes someone"), now=now)
            assert is_dead == (attempt == outbox.MAX_ATTEMPTS)
            assert (
                await outbox.claim(
                    connection, kinds=KINDS, limit=9, now=now + outbox.delay_after(attempt) - timedelta(seconds=1)
                )
                == []
            )
            now += outbox.delay_after(attempt)
        assert await outbox.claim(connection, kinds=KINDS, limit=9, now=now + timedelta(days=9)) == []
        assert await outbox.count_dead(connection) == {"mail": 1}
        cursor = await connection.execute("SELECT last_fault FROM outbox")
        assert await cursor.fetchone() == ("TimeoutError",)
        assert await outbox.revive_dead(connection, kind="mail", now=now) == 1
        (job,) = await outbox.claim(connection, kinds=KINDS, limit=9, now=now)
    assert job.attempts == 1


def test_delays_double_up_to_an_hour() -> None:
    assert [outbox.delay_after(attempts).total_seconds() for attempts in (1, 2, 3, 11, 12, 99)] == [
        5,
        10,
        20,
        3600,
        3600,
        3600,
    ]
