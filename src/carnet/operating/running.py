"""A server in this process: the embedded PostgreSQL when no other is named, uvicorn over the application, the worker beside it."""

import asyncio
import contextlib
import gc
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from functools import partial

import uvicorn

from carnet.app import Carnet, application, open_carnet
from carnet.domain.access.notices import NOTICE_JOB
from carnet.domain.clients.store import registered_certificates
from carnet.domain.consent.receiving import RENAME_JOB
from carnet.domain.record.stating import STRUCTURED_FILED
from carnet.domain.record.updating import DESTROY_CONTENTS
from carnet.domain.record.updating.store import known_contents
from carnet.jobs.account_mail import AccountMail
from carnet.jobs.checkpoint_trail import checkpoint_trail
from carnet.jobs.destroy_contents import contents_destroyer
from carnet.jobs.erase_records import ERASE_JOB, erase_closed_records, erasing
from carnet.jobs.extract_facts import extract_backlog, fact_extractor
from carnet.jobs.notify_citizen import notify_citizen
from carnet.jobs.open_announced_records import open_announced_records
from carnet.jobs.rename_subjects import subject_renamer
from carnet.jobs.schedule import periodic_jobs
from carnet.jobs.worker import Handler, Worker
from carnet.operating.tls import TwoPorts, certificate_context
from carnet.settings import Settings
from carnet.storage.contents import UnusableSetting
from carnet.storage.database import Connection, DatabaseBusy, DatabaseUnreachable
from carnet.storage.embedded import EmbeddedPostgres
from carnet.storage.migrator import migrate
from carnet.web.middleware import tell_fault
from carnet.web.token_refusals import POLL_SECONDS

_REFRESH_SECONDS = 60

log = logging.getLogger("carnet.serve")


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
    """The worker of jobs, the refresh of signing keys and that of refused tokens, for the block."""
    clock, contents = carnet.services.clock, carnet.services.store.contents
    settings, kept = carnet.settings, carnet.services.store
    periodic = periodic_jobs(
        carnet.database,
        contents=contents,
        known_contents=partial(known_contents, carnet.database),
        checkpoint=partial(
            checkpoint_trail, carnet.database, carnet.services.keys, settings.checkpoints, issuer=settings.public_url, clock=clock
        ),
        open_announced=partial(
            open_announced_records, carnet.database, kept.keys, objection_period=carnet.services.receiving_terms.objection_period,
            clock=clock,
        ),
        erase_closed=partial(erase_closed_records, kept, clock=clock),
        extract_facts=partial(extract_backlog, kept, clock=clock),
        clock=clock,
    )  # fmt: skip
    handlers: dict[str, Handler] = {
        DESTROY_CONTENTS: contents_destroyer(kept),
        ERASE_JOB: erasing(kept),
        RENAME_JOB: subject_renamer(kept),
        STRUCTURED_FILED: fact_extractor(kept, clock=clock),
        NOTICE_JOB: partial(notify_citizen, carnet.database, clock=clock),
        **AccountMail(carnet.accounts, carnet.mailer, carnet.services.receiving_terms.oids).handlers(),
    }
    worker = Worker(carnet.database, handlers=handlers, periodic=periodic, clock=clock)
    keys = carnet.signing_keys
    refreshing = [
        asyncio.create_task(_refresh(carnet, keys.refresh, every_seconds=_REFRESH_SECONDS)),
        asyncio.create_task(_refresh(carnet, keys.refusals.refresh, every_seconds=POLL_SECONDS)),
    ]
    tasks = [asyncio.create_task(worker.run()), *refreshing]
    try:
        yield worker
    finally:
        worker.stop()
        for task in refreshing:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _refresh(carnet: Carnet, refresh: Callable[[Connection], Awaitable[object]], *, every_seconds: float) -> None:
    """Take in what others changed, for ever. A database that does not answer opens no record either: the lists may wait for it."""
    while True:
        await asyncio.sleep(every_seconds)
        try:
            async with carnet.database.connection() as connection:
                await refresh(connection)
        except Exception as fault:  # noqa: BLE001  whatever happens, the next round must come: a revoked token would live on
            tell_fault(fault)


def reload_certificates(carnet: Carnet, server: TwoPorts) -> None:
    """SIGHUP: read the certificates again. A file that is wrong is told, and changes nothing."""

    async def reload() -> None:
        try:
            async with carnet.database.connection() as connection:
                server.reload(self_signed=await registered_certificates(connection))
            log.warning("certificates read again")
        except (UnusableSetting, DatabaseBusy, DatabaseUnreachable) as fault:
            log.error("certificates not read again, the former ones serve: %s", fault)  # noqa: TRY400  the operator's own file, one line

    server.reloading = asyncio.ensure_future(reload())


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
    context = None
    if settings.tls_port is not None:
        async with carnet.database.connection() as connection:
            trusted = await registered_certificates(connection)
        context = certificate_context(settings, self_signed=trusted)
    # What was imported and built stays: the collector need not walk it again, nor come after every message it reads.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    try:
        app = application(carnet)
        async with working(carnet):
            server = TwoPorts(
                uvicorn.Config(
                    app,
                    host=settings.host,
                    port=settings.port,
                    log_level="warning",
                    access_log=False,
                    lifespan="off",
                    server_header=False,
                    timeout_graceful_shutdown=10,
                    proxy_headers=False,  # whose word is taken is our own setting: web/arrivals.py
                    http="httptools",
                ),
                settings=settings,
                context=context,
            )
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, reload_certificates, carnet, server)
            serving = asyncio.create_task(server.serve())
            while not server.started and not serving.done():  # noqa: ASYNC110  uvicorn has no event to wait for
                await asyncio.sleep(0.01)
            if not serving.done():
                try:
                    await app.complete()
                    gc.freeze()
                    if ready is not None:
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
