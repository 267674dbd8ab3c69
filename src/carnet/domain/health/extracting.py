"""
Read the facts that documents state and keep them, sealed, beside each of them.

Nobody's reading: nothing is disclosed, and no trace is left, as when contents are moved or resealed. It may be done twice: what is kept is
what the present edition reads. A document that cannot be read is noted so, and is not read again until an edition comes.
"""

import asyncio
import logging
from collections.abc import Sequence
from uuid import UUID

from carnet.domain.errors import Invalid
from carnet.domain.health import kept, store
from carnet.domain.health.model import FactReader, ReadState
from carnet.domain.record.store import RecordStore
from carnet.storage.sealing import ContentDamaged
from carnet.vocabulary.clock import Clock

_BATCH = 200
_FIRST = (UUID(int=0), UUID(int=0))
_log = logging.getLogger("carnet.health")


async def extract_facts(
    records: RecordStore, patient_id: UUID, documents: Sequence[UUID], *, read: FactReader, clock: Clock
) -> int:
    """
    Read these documents of a record; gives how many state something. Those deleted or erased meanwhile are left alone.

    Raises
        ContentDamaged: a content is not whole; the others are read all the same.
    """
    stating, damaged = 0, None
    for logical_id in documents:
        try:
            stating += await _extract(records, patient_id, logical_id, read=read, clock=clock)
        except ContentDamaged as fault:
            damaged = fault
    if damaged is not None:
        raise damaged
    return stating


async def extract_backlog(records: RecordStore, *, read: FactReader, clock: Clock, batch: int = _BATCH) -> int:
    """
    Read every document, of any record, that may state facts and was not read in this edition; gives how many.

    May be stopped and run again: what was read is not read again.
    """
    done, after = 0, _FIRST
    while found := await store.unread(records.database, after, limit=batch):
        for patient_id, logical_id in found:
            try:
                await _extract(records, patient_id, logical_id, read=read, clock=clock)
            except ContentDamaged:
                _log.error("the content of document %s is damaged: no fact was read", logical_id)
        done, after = done + len(found), found[-1]
    return done


async def _extract(records: RecordStore, patient_id: UUID, logical_id: UUID, *, read: FactReader, clock: Clock) -> bool:
    found = await store.content_of(records, patient_id, logical_id)
    if found is None:
        return False
    key, content = found
    state, body = ReadState.READ, None
    try:
        facts = await asyncio.to_thread(read, content)
    except Invalid:
        _log.warning("document %s cannot be read: no fact is kept", logical_id)
        state, facts = ReadState.UNREADABLE, ()
    except Exception as fault:  # noqa: BLE001  a document that breaks its reader must not be tried for ever
        _log.error("document %s broke its reading (%s): no fact is kept", logical_id, type(fault).__name__)
        state, facts = ReadState.UNREADABLE, ()
    if facts:
        body = key.seal(kept.written(facts), kept.facts_aad(logical_id))
    await store.keep(records.database, patient_id, logical_id, state=state, body=body, at=clock())
    return bool(facts)


async def forget_facts(records: RecordStore, patient_id: UUID, documents: Sequence[UUID]) -> None:
    """Destroy what deleted documents stated; one that is not deleted keeps it."""
    async with records.database.connection() as connection:
        await store.forget(connection, patient_id, documents)
