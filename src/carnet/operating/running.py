"""A server in this process: the embedded PostgreSQL when no other is named, uvicorn over the application, the worker beside it."""

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from functools import partial

import uvicorn

from carnet.app import Carnet, application, open_carnet
from carnet.domain.record.store import known_contents
from carnet.jobs.schedule import periodic_jobs
from carnet.jobs.worker import Worker
from carnet.settings import Settings
from carnet.storage.embedded import EmbeddedPostgres
from carnet.storage.migrator import migrate

_REFRESH_SECONDS = 60


@contextmanager
def database(settings: Settings) -> Iterator[str]:
    """How to connect to the database: the one that the settings name, or the embedded one, started for the block."""
    if settings.database_url is not None:
        yield settings.database_url
        return
    settings.home.mkdir(parents=True, exist_ok=True)
    with EmbeddedPostgres(settings.home) as server:
        yield server.url


@asynccontextmanager
async def working(carnet: Carnet) -> AsyncIterator[Worker]:
    """The worker of jobs, and the refresh of signing keys, for the block."""
    clock, contents = carnet.services.clock, carnet.services.store.contents
    periodic = periodic_jobs(
        carnet.database, contents=contents, known_contents=partial(known_contents, carnet.database), clock=clock
    )
    worker = Worker(carnet.database, handlers={}, periodic=periodic, clock=clock)
    tasks = [asyncio.create_task(worker.run()), asyncio.create_task(_refresh(carnet))]
    try:
        yield worker
    finally:
        worker.stop()
        tasks[1].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _refresh(carnet: Carnet) -> None:
    while True:
        await asyncio.sleep(_REFRESH_SECONDS)
        async with carnet.database.connection() as connection:
            await carnet.signing_keys.refresh(connection)


async def serve(settings: Settings, conninfo: str, *, ready: Callable[[Carnet], Awaitable[None]] | None = None) -> None:
    """
    Serve until interrupted.

    Takes
        ready: called once the address answers; the server goes on meanwhile, and stops when it raises.

    Raises
    ------
        SystemExit: the port is taken.
    """
    carnet = await open_carnet(settings, conninfo)
    # What was imported and built stays: the collector need not walk it again, nor come after every message it reads.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    try:
        async with working(carnet):
            server = uvicorn.Server(
                uvicorn.Config(
                    application(carnet),
                    host=settings.host,
                    port=settings.port,
                    log_level="warning",
                    access_log=False,
                    lifespan="off",
                    server_header=False,
                    timeout_graceful_shutdown=10,
                )
            )
            serving = asyncio.create_task(server.serve())
            while not server.started and not serving.done():  # noqa: ASYNC110  uvicorn has no event to wait for
                await asyncio.sleep(0.01)
            if ready is not None and not serving.done():
                try:
                    await ready(carnet)
                except BaseException:
                    server.should_exit = True
                    with contextlib.suppress(asyncio.CancelledError):
                        await serving
                    raise
            await serving
    finally:
        await carnet.close()


def migrated(settings: Settings, conninfo: str) -> Settings:
    """Bring the database to this version, then give the settings with its address."""
    migrate(conninfo)
    return replace(settings, database_url=conninfo)
