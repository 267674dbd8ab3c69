"""Mask several documents, or make them visible again: each by the verb that does it to one, each with its own trace and its own outcome."""

from collections.abc import Sequence
from uuid import UUID

from carnet.domain.actor import Actor
from carnet.domain.errors import DomainError
from carnet.domain.record.browsing.marking import checked
from carnet.domain.record.browsing.model import Outcome
from carnet.domain.record.masking import mask, unmask
from carnet.domain.record.store import RecordStore
from carnet.domain.record.updating.model import UpdateTerms
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
    verb = mask if masked else unmask
    done: list[UUID] = []
    refused: dict[UUID, str] = {}
    for each in dict.fromkeys(documents):
        try:
            await verb(store, Named(logical_id=each), actor=actor, terms=terms)
        except DomainError as refusal:
            refused[each] = refusal.code
        else:
            done.append(each)
    return Outcome(tuple(done), refused)
