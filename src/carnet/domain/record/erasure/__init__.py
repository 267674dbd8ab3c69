"""
Erase a record for good: contents, rows, claims, identity, bodies of the trail, and the key that sealed them.

`record_life.erase` says so in one act; what is here does it, and may be stopped at any point and run again. What stays: the record's row
without its key, the commitments of its trail, so that the trail can still be verified, and the uniqueIds, which are never given again.
Source: CSP L1111-13-1 (destruction at the holder's request), documents.md §7 (ten years after closing); product promise 3.
"""

from uuid import UUID

from carnet.domain.consent.model import RecordStatus
from carnet.domain.record.erasure import store
from carnet.domain.record.store import RecordStore

_BATCH = 500


async def erase_remains(kept: RecordStore, patient_id: UUID) -> bool:
    """
    Erase what is left of a record whose erasure was decided; False when it was not, or when it is done already.

    Contents kept outside the database go first: their names are known only as long as the rows are there.
    """
    async with kept.database.connection() as connection:
        if await store.status_of(connection, patient_id) is not RecordStatus.ERASED:
            return False
        after: UUID | None = None
        while documents := await store.documents(connection, patient_id, after=after, limit=_BATCH):
            for logical_id in documents:
                await kept.contents.discard(patient_id, logical_id)
            after = documents[-1]
    async with kept.database.transaction() as tx:
        return await store.erase_rows(tx, patient_id)
