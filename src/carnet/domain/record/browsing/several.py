"""Mask several documents, or make them visible again: each by the verb that does it to one, each with its own trace and its own outcome."""

from collections.abc import Sequence
from uuid import UUID

from carnet.domain.access.model import Confidentiality
from carnet.domain.actor import Actor
from carnet.domain.errors import DomainError
from carnet.domain.record.browsing.marking import checked
from carnet.domain.record.browsing.model import Outcome
from carnet.domain.record.masking import MASK, UNMASK
from carnet.domain.record.model import StoredEntry
from carnet.domain.record.store import RecordStore
from carnet.domain.record.updating import update
from carnet.domain.record.updating.model import Act, UpdateTerms
from carnet.domain.record.wanted import Named


async def mask_several(
    store: RecordStore, documents: Sequence[UUID], *, masked: bool, actor: Actor, terms: UpdateTerms
) -> Outcome:
    """
    Hide documents from professionals, or show them again. One that is refused stops none of the others.

    Raises
        Invalid: `documents-too-many`; nothing was done.
    """
    checked(documents)
    was_masked = False

    def wanted(before: StoredEntry) -> tuple[Act, ...]:
        nonlocal was_masked
        was_masked = Confidentiality.MASQUE_PS in before.labels
        return (MASK if masked else UNMASK,)

    done: list[UUID] = []
    already: list[UUID] = []
    refused: dict[UUID, str] = {}
    for each in dict.fromkeys(documents):
        try:
            # Looked for among what the actor sees: another's, hidden and unknown are told alike.
            await update(store, (Named(entry=each),), wanted, actor=actor, terms=terms)
        except DomainError as refusal:
            refused[each] = refusal.code
        else:
            (already if was_masked is masked else done).append(each)
    return Outcome(tuple(done), tuple(already), refused)
