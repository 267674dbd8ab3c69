"""Mask several documents, show them again, or delete them: each by the act that does it to one, each with its own trace and its own outcome."""

from collections.abc import Callable, Sequence
from uuid import UUID

from carnet.domain.access.model import Confidentiality
from carnet.domain.actor import Actor
from carnet.domain.errors import DomainError
from carnet.domain.record.browsing.marking import checked
from carnet.domain.record.browsing.model import Outcome
from carnet.domain.record.deletion import DELETE
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

    def is_so(before: StoredEntry) -> bool:
        return (Confidentiality.MASQUE_PS in before.labels) is masked

    return await _each(store, documents, MASK if masked else UNMASK, is_so, actor=actor, terms=terms)


async def delete_several(store: RecordStore, documents: Sequence[UUID], *, actor: Actor, terms: UpdateTerms) -> Outcome:
    """
    Delete documents for good, each with what it replaced. One that is refused stops none of the others.

    Raises
        as `mask_several`.
    """
    return await _each(store, documents, DELETE, lambda _: False, actor=actor, terms=terms)


async def _each(
    store: RecordStore, documents: Sequence[UUID], act: Act, is_so: Callable[[StoredEntry], bool], *, actor: Actor, terms: UpdateTerms
) -> Outcome:  # fmt: skip
    """Takes is_so: whether a document was, before the act, what the act makes of it."""
    checked(documents)
    was_so = False

    def wanted(before: StoredEntry) -> tuple[Act, ...]:
        nonlocal was_so
        was_so = is_so(before)
        return (act,)

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
            (already if was_so else done).append(each)
    return Outcome(tuple(done), tuple(already), refused)
