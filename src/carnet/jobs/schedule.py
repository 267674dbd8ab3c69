"""The periodic jobs, all of them, with their periods."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from carnet.jobs.apply_retention import apply_retention
from carnet.jobs.extract_facts import BACKLOG
from carnet.jobs.sweep_contents import Owner, sweep_contents
from carnet.jobs.worker import PeriodicJob
from carnet.storage.contents import ContentStore
from carnet.storage.contents.filesystem import FilesystemContents
from carnet.storage.database import Database
from carnet.vocabulary.clock import Clock, system_clock


def periodic_jobs(
    database: Database,
    *,
    contents: ContentStore,
    known_contents: Callable[[Sequence[Owner]], Awaitable[set[Owner]]],
    checkpoint: Callable[[], Awaitable[None]] | None = None,
    open_announced: Callable[[], Awaitable[object]] | None = None,
    erase_closed: Callable[[], Awaitable[object]] | None = None,
    extract_facts: Callable[[], Awaitable[object]] | None = None,
    clock: Clock = system_clock,
) -> list[PeriodicJob]:
    """
    What comes back by itself.

    Takes
        known_contents: those of these contents whose entry exists, for the sweeper. checkpoint: takes one of the trail.
        open_announced, erase_closed: bring records to what the clock says. extract_facts: reads the documents that no job was asked for.
    """

    async def retain() -> None:
        await apply_retention(database, clock=clock)

    jobs = [PeriodicJob("apply-retention", timedelta(days=1), retain)]
    if checkpoint is not None:
        jobs.append(PeriodicJob("checkpoint-trail", timedelta(days=1), checkpoint))
    if open_announced is not None:
        jobs.append(PeriodicJob("open-announced-records", timedelta(hours=1), open_announced))
    if erase_closed is not None:
        jobs.append(PeriodicJob("erase-closed-records", timedelta(days=1), erase_closed))
    if extract_facts is not None:
        jobs.append(PeriodicJob(BACKLOG, timedelta(days=1), extract_facts))
    if isinstance(contents, FilesystemContents):
        folder = contents

        async def sweep() -> None:
            await sweep_contents(folder, known=known_contents)

        jobs.append(PeriodicJob("sweep-contents", timedelta(hours=6), sweep))
    return jobs
