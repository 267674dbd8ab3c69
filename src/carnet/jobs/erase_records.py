"""Erases records: those closed for longer than they are kept, and whatever an act of erasure left to do."""

import logging
from collections.abc import Awaitable, Callable

from carnet.domain.actor import SYSTEM
from carnet.domain.consent import store as consent_store
from carnet.domain.consent.record_life import ERASE_JOB, erase
from carnet.domain.record.erasure import erase_remains
from carnet.domain.record.store import RecordStore
from carnet.storage import retention
from carnet.storage.outbox import Job
from carnet.vocabulary.clock import Clock, system_clock

__all__ = ["ERASE_JOB", "erase_closed_records", "erasing"]

_BATCH = 100
_log = logging.getLogger("carnet.jobs")


async def erase_closed_records(kept: RecordStore, *, clock: Clock = system_clock) -> int:
    """Decide the erasure of every record past its time; gives how many. Each is an act; its job does the rest."""
    erased = 0
    async with kept.database.connection() as connection:
        await retention.seed_rules(connection)
    while True:
        async with kept.database.connection() as connection:
            due = await consent_store.due_to_erase(connection, now=clock(), limit=_BATCH)
        for patient_id in due:
            async with kept.database.transaction() as tx:
                await erase(tx, patient_id, actor=SYSTEM, keys=kept.keys, at=clock())
        erased += len(due)
        if len(due) < _BATCH:
            break
    if erased:
        _log.info("%d records past the time they are kept are being erased", erased)
    return erased


def erasing(kept: RecordStore) -> Callable[[Job], Awaitable[None]]:
    """The handler of the job that an act of erasure leaves behind."""

    async def handle(job: Job) -> None:
        if await erase_remains(kept, job.patient_id):
            _log.info("record %s erased", job.patient_id)

    return handle
