"""
Write down, before a deposit, in whose name it is about to be made.

The deposit is the truth: what it refuses is in no list. Written after it, what a fault came between would be in none either.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from carnet.domain.delegations.model import Delegation
from carnet.domain.record.delegated import store as delegated_store
from carnet.domain.record.store import RecordStore
from carnet.vocabulary.identifiers import UniqueId


async def claim_filing(
    store: RecordStore, delegation: Delegation, patient_id: UUID, unique_ids: Sequence[UniqueId], *, at: datetime
) -> None:
    """Takes: unique_ids: of the documents. Again, nothing changes."""
    await delegated_store.claim(
        store, delegation.delegator, patient_id, [str(each) for each in unique_ids], delegation_id=delegation.delegation_id, at=at
    )  # fmt: skip
