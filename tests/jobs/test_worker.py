"""The worker does what acts asked, wakes at once, survives failures and stops cleanly."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from carnet.jobs.worker import PeriodicJob, Worker, bring_forward
from carnet.storage import outbox
from carnet.storage.database import Database
from carnet.storage.outbox import Job


@pytest.fixture(autouse=True)
async def _empty(database: Database) -> AsyncIterator[None]:
    async with database.connection() as connection:
        await connection.execute("DELETE FROM outbox")
        await connection.execute("DELETE FROM periodic_run")
    return


async def ask(database: Database, kind: str = "mail", **payload: str) -> None:
    async with database.transaction() as act:
        await outbox.enqueue(act, uuid4(), kind=kind, payload=payload, now=datetime.now(UTC))


async def left(database: Database) -> int:
    async with database.connection() as connection:
        cursor = await connection.execute("SELECT count(*) FROM outbox")
        row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def test_a_woken_worker_does_its_job_at_once(database: Database) -> None:
    done = asyncio.Event()

    async def handle(job: Job) -> None:
        assert job.payload == {"entry": "1"}
        done.set()

    worker = Worker(database, handlers={"mail": handle})
    running = asyncio.create_task(worker.run())
    await asyncio.sleep(0.05)
    await ask(database, entry="1")
    start = time.perf_counter()
    worker.wake()
    await asyncio.wait_for(done.wait(), 2)
    assert time.perf_counter() - start < 0.15  # sooner than the next look by itself
    worker.stop()
    await asyncio.wait_for(running, 2)
    assert await left(database) == 0


async def test_a_worker_that_nobody_wakes_looks_by_itself(database: Database) -> None:
    done = asyncio.Event()

    async def handle(_: Job) -> None:
        done.set()

    worker = Worker(database, handlers={"mail": handle})
    running = asyncio.create_task(worker.run())
    await asyncio.sleep(0.05)
    await ask(database)
    await asyncio.wait_for(done.wait(), 2)
    worker.stop()
    await asyncio.wait_for(running, 2)


async def test_stopping_lets_the_job_in_hand_end(database: Database) -> None:
    started, may_end = asyncio.Event(), asyncio.Event()

    async def handle(_: Job) -> None:
        started.set()
        await may_end.wait()

    await ask(database)
    worker = Worker(database, handlers={"mail": handle})
    running = asyncio.create_task(worker.run())
    await asyncio.wait_for(started.wait(), 2)
    worker.stop()
    await asyncio.sleep(0.05)
    assert not running.done()
    may_end.set()
    await asyncio.wait_for(running, 2)
    assert await left(database) == 0


async def test_a_job_that_fails_waits_and_the_others_are_done(database: Database) -> None:
    done: list[str] = []

    async def handle(job: Job) -> None:
        if job.payload["entry"] == "bad":
            raise TimeoutError
        done.append(job.payload["entry"])

    for entry in ("bad", "1", "2"):
        await ask(database, entry=entry)
    await ask(database, kind="unknown")
    worker = Worker(database, handlers={"mail": handle})
    assert await worker.run_due() == 3
    assert sorted(done) == ["1", "2"]
    assert await left(database) == 2
    async with database.connection() as connection:
        cursor = await connection.execute("SELECT last_fault, due_at > now() FROM outbox WHERE kind = 'mail'")
        assert await cursor.fetchone() == ("TimeoutError", True)


async def test_more_jobs_than_hands_are_all_done(database: Database) -> None:
    most = running_now = 0

    async def handle(_: Job) -> None:
        nonlocal most, running_now
        running_now += 1
        most = max(most, running_now)
        await asyncio.sleep(0.005)
        running_now -= 1

    for _ in range(12):
        await ask(database)
    worker = Worker(database, handlers={"mail": handle}, concurrency=3)
    running = asyncio.create_task(worker.run())
    for _ in range(200):
        if await left(database) == 0:
            break
        await asyncio.sleep(0.01)
    worker.stop()
    await asyncio.wait_for(running, 2)
    assert await left(database) == 0
    assert 1 < most <= 3


async def test_a_periodic_job_runs_once_for_all_workers(database: Database) -> None:
    runs = 0

    async def run() -> None:
        nonlocal runs
        runs += 1

    workers = [
        Worker(database, handlers={}, periodic=[PeriodicJob("broom", timedelta(hours=1), run)]) for _ in range(3)
    ]
    tasks = [asyncio.create_task(each.run()) for each in workers]
    await asyncio.sleep(0.3)
    for each in workers:
        each.stop()
    await asyncio.wait_for(asyncio.gather(*tasks), 2)
    assert runs == 1


async def test_a_periodic_job_that_fails_is_tried_again_sooner(database: Database) -> None:
    async def run() -> None:
        raise TimeoutError

    worker = Worker(database, handlers={}, periodic=[PeriodicJob("broom", timedelta(days=1), run)])
    task = asyncio.create_task(worker.run())
    await asyncio.sleep(0.2)
    worker.stop()
    await asyncio.wait_for(task, 2)
    async with database.connection() as connection:
        cursor = await connection.execute(
            "SELECT last_fault, due_at < now() + interval '1 hour', due_at > now() FROM periodic_run"
        )
        assert await cursor.fetchone() == ("TimeoutError", True, True)


async def test_a_worker_outlives_a_cut_of_the_database(database_url: str, database: Database) -> None:
    own = await Database.open(database_url, pool_size=2, application_name="carnet cut")
    done = asyncio.Event()

    async def handle(_: Job) -> None:
        done.set()

    worker = Worker(own, handlers={"mail": handle})
    running = asyncio.create_task(worker.run())
    await asyncio.sleep(0.1)
    async with database.connection() as connection:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'carnet cut'"
        )
    await ask(database)
    await asyncio.wait_for(done.wait(), 5)
    worker.stop()
    await asyncio.wait_for(running, 5)
    await own.close()


async def test_a_periodic_job_is_brought_forward(database: Database) -> None:
    ran = asyncio.Event()

    async def run() -> None:
        ran.set()

    now = datetime.now(UTC)
    async with database.connection() as connection:
        await connection.execute(
            "INSERT INTO periodic_run (kind, due_at) VALUES ('nightly', %s)", (now + timedelta(hours=9),)
        )
    await bring_forward(database, "nightly", now=now)
    worker = Worker(database, handlers={}, periodic=[PeriodicJob("nightly", timedelta(days=1), run)])
    working = asyncio.create_task(worker.run())
    await asyncio.wait_for(ran.wait(), 10)
    worker.stop()
    await working
