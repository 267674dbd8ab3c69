"""What becomes of a draft once it is filed, and of a file that was filed before: known again by a digest that only the person's key makes."""

import hashlib
from collections.abc import Sequence
from uuid import UUID

from carnet.domain.access.acting import Judged, RightsTerms, act
from carnet.domain.access.model import Action
from carnet.domain.access.store import RightsStore
from carnet.domain.actor import Actor
from carnet.domain.record.drafts import store as drafts
from carnet.domain.record.drafts.model import Known
from carnet.domain.record.replacing import FOR_THE_PATIENT


async def settle_draft(
    store: RightsStore, patient_id: UUID, draft_id: UUID, *, logical_id: UUID, files: Sequence[bytes], actor: Actor, terms: RightsTerms,
) -> None:  # fmt: skip
    """
    A draft was filed: its parts go; the files of the person, and theirs alone, will be known again.

    Takes
        files: the bytes of its parts, in their order.
    Raises
        Refused: as `act`.
    """

    async def change(judged: Judged) -> None:
        await drafts.settle(judged.tx, patient_id, draft_id, logical_id)
        if actor.kind in FOR_THE_PATIENT:
            await drafts.remember(judged.tx, patient_id, _digest(judged, files), logical_id)

    await act(store, patient_id, change, actor=actor, action=Action.PREPARE, terms=terms)


async def carry_over(
    store: RightsStore, patient_id: UUID, *, former: UUID, logical_id: UUID, actor: Actor, terms: RightsTerms
) -> None:
    """A document was corrected: its new version holds the same files. Raises Refused: as `act`."""

    async def change(judged: Judged) -> None:
        await drafts.carry_over(judged.tx, patient_id, former, logical_id)

    await act(store, patient_id, change, actor=actor, action=Action.PREPARE, terms=terms)


async def known_already(
    store: RightsStore, patient_id: UUID, files: Sequence[bytes], *, actor: Actor, terms: RightsTerms
) -> Known | None:
    """The document that the person made of the very same files, unless they deleted it. Raises Refused: as `act`."""

    async def read(judged: Judged) -> Known | None:
        return await drafts.known(judged.tx, patient_id, _digest(judged, files))

    return await act(store, patient_id, read, actor=actor, action=Action.PREPARE, terms=terms)


def _digest(judged: Judged, files: Sequence[bytes]) -> bytes:
    held = judged.held
    told = b"".join(hashlib.sha256(each).digest() for each in files)
    return judged.store.keys.patient_key(held.patient_id, held.wrapped_key).digest(b"added file" + told)
