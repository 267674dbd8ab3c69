"""
The worker: takes jobs from the outbox and runs the periodic ones, until asked to stop.

Woken by an event after a local commit; otherwise it looks every 200 ms. Kinds are given as a dict: nothing registers itself.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

import psycopg

from carnet.storage import outbox
from carnet.storage.database import Database, DatabaseBusy, DatabaseUnreachable
from carnet.storage.outbox import Job
from carnet.vocabulary.clock import Clock, system_clock
from carnet.vocabulary.frozen import frozen

Handler = Callable[[Job], Awaitable[None]]

_POLL_SECONDS = 0.2
_PERIODIC_POLL_SECONDS = 5.0
_UNREACHABLE_SECONDS = 1.0
_RETRY_PERIODIC = timedelta(minutes=10)

_log = logging.getLogger("carnet.jobs")


@frozen
class PeriodicJob:
    """Work that comes back; of all workers one runs it. It may run twice without harm, as every job."""

    kind: str
    every: timedelta
    run: Callable[[], Awaitable[object]]


async def bring_forward(database: Database, kind: str, *, now: datetime) -> None:
    """Have a periodic job run at once: there is more for it to do than it could know."""
    async with database.connection() as connection:
        await connection.execute(
            "UPDATE periodic_run SET due_at = least(due_at, %s::timestamptz) WHERE kind = %s", (now, kind)
        )


class Worker:
    """Runs jobs, a few at a time."""

    def __init__(
        self,
        database: Database,
        *,
        handlers: Mapping[str, Handler],
        periodic: Sequence[PeriodicJob] = (),
        clock: Clock = system_clock,
        concurrency: int = 4,
    ) -> None:
        """
        Takes
            handlers: by kind of job; jobs of other kinds are left to the workers that know them.
            concurrency: jobs in hand at once.
        """
        self._database = database
        self._handlers = dict(handlers)
        self._periodic = {each.kind: each for each in periodic}
        self._clock = clock
        self._concurrency = concurrency
        self._woken = asyncio.Event()
        self._stopping = asyncio.Event()
        self._in_hand: set[asyncio.Task[None]] = set()
        self._periodic_due = 0.0

    def wake(self) -> None:
        """Look now: an act has just committed a job."""
        self._woken.set()

    def stop(self) -> None:
        """Take nothing more; `run` returns once the jobs in hand are done."""
        self._stopping.set()
        self._woken.set()

    async def run(self) -> None:
        """Work until `stop`. A database that does not answer is waited for."""
        scheduled = False
        while not self._stopping.is_set():
            self._woken.clear()
            wait = _POLL_SECONDS
            try:
                if not scheduled:
                    await self._schedule()
                    scheduled = True
                await self._take_periodic()
                if await self._take_jobs():
                    wait = 0  # there may be more
            except (DatabaseBusy, DatabaseUnreachable, psycopg.Error) as error:
                _log.warning("the worker waits for the database: %s", type(error).__name__)
                wait = _UNREACHABLE_SECONDS
            if wait and not self._stopping.is_set():
                await self._pause(wait)
            elif len(self._in_hand) >= self._concurrency:
                await asyncio.wait(self._in_hand, return_when=asyncio.FIRST_COMPLETED)
        if self._in_hand:
            await asyncio.wait(self._in_hand)

    async def run_due(self) -> int:
        """Run what is due now, to the end, one round after another; gives how many jobs ran. For commands and tests."""
        count = 0
        while taken := await self._take_jobs():
            count += taken
            await asyncio.wait(self._in_hand)
        return count

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._woken.wait(), seconds)
        except TimeoutError:
            return

    async def _take_jobs(self) -> int:
        room = self._concurrency - len(self._in_hand)
        if room <= 0 or not self._handlers:
            return 0
        async with self._database.connection() as connection:
            jobs = await outbox.claim(connection, kinds=list(self._handlers), limit=room, now=self._clock())
        for job in jobs:
            self._hold(self._do(job))
        return len(jobs)

    async def _do(self, job: Job) -> None:
        try:
            await self._handlers[job.kind](job)
        except Exception as fault:  # noqa: BLE001 - whatever a job does, the worker goes on; the fault is kept with the job
            async with self._database.connection() as connection:
                is_dead = await outbox.fail(connection, job, fault=fault, now=self._clock())
            _log.log(
                logging.ERROR if is_dead else logging.WARNING,
                "job %s %s failed at attempt %d: %s",
                job.kind,
                job.job_id,
                job.attempts,
                type(fault).__name__,
            )
            return
        async with self._database.connection() as connection:
            await outbox.finish(connection, job)

    async def _schedule(self) -> None:
        async with self._database.connection() as connection:
            for kind in self._periodic:
                await connection.execute(
                    "INSERT INTO periodic_run (kind, due_at) VALUES (%s, %s) ON CONFLICT (kind) DO NOTHING",
                    (kind, self._clock()),
                )

    async def _take_periodic(self) -> None:
        moment = asyncio.get_running_loop().time()
        if not self._periodic or moment < self._periodic_due:
            return
        self._periodic_due = moment + _PERIODIC_POLL_SECONDS
        for each in self._periodic.values():
            if await self._claim_periodic(each, now=self._clock()):
                self._hold(self._do_periodic(each))

    async def _claim_periodic(self, each: PeriodicJob, *, now: datetime) -> bool:
        async with self._database.connection() as connection:
            cursor = await connection.execute(
                "UPDATE periodic_run SET due_at = %s, last_started_at = %s WHERE kind = %s AND due_at <= %s",
                (now + each.every, now, each.kind, now),
            )
            return cursor.rowcount == 1

    async def _do_periodic(self, each: PeriodicJob) -> None:
        fault: str | None = None
        try:
            await each.run()
        except Exception as error:  # noqa: BLE001 - as for the jobs
            fault = type(error).__name__
            _log.error("periodic job %s failed: %s", each.kind, fault)
        retry = self._clock() + min(each.every, _RETRY_PERIODIC)
        async with self._database.connection() as connection:
            await connection.execute(
                "UPDATE periodic_run SET last_fault = %s::text, due_at = CASE WHEN %s::text IS NULL THEN due_at ELSE %s END WHERE kind = %s",
                (fault, fault, retry, each.kind),
            )

    def _hold(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._in_hand.add(task)
        task.add_done_callback(self._release)

    def _release(self, task: asyncio.Task[None]) -> None:
        self._in_hand.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            # The database left before the outcome could be written: the lease ends, and the job is taken again.
            _log.warning("the outcome of a job was not written: %s", type(error).__name__)
        self._woken.set()
