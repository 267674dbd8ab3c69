"""The periodic jobs, all of them, with their periods."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from carnet.jobs.apply_retention import apply_retention
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
    clock: Clock = system_clock,
) -> list[PeriodicJob]:
    """
    What comes back by itself.

    Takes
        known_contents: those of these contents whose entry exists, for the sweeper. checkpoint: takes one of the trail.
    """

    async def retain() -> None:
        await apply_retention(database, clock=clock)

    jobs = [PeriodicJob("apply-retention", timedelta(days=1), retain)]
    if checkpoint is not None:
        jobs.append(PeriodicJob("checkpoint-trail", timedelta(days=1), checkpoint))
    if isinstance(contents, FilesystemContents):
        folder = contents

        async def sweep() -> None:
            await sweep_contents(folder, known=known_contents)

        jobs.append(PeriodicJob("sweep-contents", timedelta(hours=6), sweep))
    return jobs
