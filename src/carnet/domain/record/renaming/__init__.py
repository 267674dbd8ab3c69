"""
After a matricule has changed: fiches, submission sets and folders name their person by the present one.

Contents stay as they were deposited; they bear the matricule of their time. Identity is no metadata of a document: versions do not change.
Source: identity-and-messaging.md §1.1 (NIA to NIR, change of sex); docs/decisions/0016-identities-received.md.
"""

from collections.abc import Callable
from uuid import UUID

from carnet.domain.consent import store as consent_store
from carnet.domain.people import store as people_store
from carnet.domain.record.renaming import store
from carnet.domain.record.store import RecordStore
from carnet.vocabulary.ins import Ins

Rename = Callable[[bytes, UUID, Ins], bytes]

_BATCH = 200


async def rename_subjects(kept: RecordStore, patient_id: UUID, *, rename: Rename) -> int:
    """
    Bring the ready-made texts of a record to the present matricule; gives how many changed. May be stopped and run again.

    Takes
        rename: a text with another matricule in its subject; the same when it has that one already.
    """
    changed = 0
    for shelf in store.SHELVES:
        after: UUID | None = None
        while True:
            async with kept.database.transaction() as tx:
                # Held while a batch is done: a deposit waits, then writes the matricule of now by itself.
                locked = await consent_store.lock_record(tx, patient_id)
                identity = await people_store.current_identity(tx, patient_id)
                if locked is None or identity is None:
                    return changed
                key = kept.keys.patient_key(patient_id, locked[1])
                held = await store.texts(tx, shelf, patient_id, after=after, limit=_BATCH)
                renamed = [
                    (key.seal(new, shelf.aad(ident)), ident)
                    for ident, sealed in held
                    if (new := rename(old := key.open(sealed, shelf.aad(ident)), patient_id, identity.ins)) != old
                ]
                await store.replace(tx, shelf, patient_id, renamed)
            changed += len(renamed)
            if len(held) < _BATCH:
                break
            after = held[-1][0]
    return changed
