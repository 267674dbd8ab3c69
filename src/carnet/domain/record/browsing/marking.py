"""
Mark documents as read, or as not read: for oneself alone, so that it leaves no trace; that a document was opened leaves its own.

Only what the reader may see is marked; of the rest nothing is said, whether it exists or not.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from carnet.domain.actor import Actor
from carnet.domain.errors import Invalid
from carnet.domain.record.browsing import store as shelves
from carnet.domain.record.browsing.model import Outcome, reader_of
from carnet.domain.record.opening import OpenRecord, ReadTerms, open_record
from carnet.domain.record.store import RecordStore

MAX_AT_ONCE = 100


async def mark(
    store: RecordStore, documents: Sequence[UUID], *, read: bool, actor: Actor, patient_id: UUID, terms: ReadTerms
) -> Outcome:
    """
    Mark documents of a record, or of those linked to it.

    Gives
        those marked; of the others, those that the reader does not see are `document-unknown`.
    Raises
        Invalid: `documents-too-many`. Refused: `record-refused`.
    """
    checked(documents)
    opened = await open_record(store, actor=actor, ins=None, patient_id=patient_id, terms=terms)
    seen = await seen_of(opened, documents)
    changed: set[UUID] = set()
    for record, found in seen.items():
        if found:
            at = opened.facts.record.at
            changed |= await shelves.mark(store.database, record, reader_of(actor), sorted(found), read=read, at=at)
    return outcome(documents, set().union(*seen.values()), changed)


async def mark_opened(store: RecordStore, patient_id: UUID, document: UUID, *, actor: Actor, at: datetime) -> None:
    """Mark a document that the reader has just opened, which was judged and traced: it is read."""
    await shelves.mark(store.database, patient_id, reader_of(actor), [document], read=True, at=at)


def checked(documents: Sequence[UUID]) -> None:
    """Raises Invalid: `documents-too-many`."""
    if len(documents) > MAX_AT_ONCE:
        raise Invalid("documents-too-many", limit=str(MAX_AT_ONCE))


async def seen_of(opened: OpenRecord, documents: Sequence[UUID]) -> dict[UUID, set[UUID]]:
    """Those of these documents that the reader may see, by record."""
    return {
        each.facts.patient_id: await shelves.visible(
            opened.store.database, each.facts.patient_id, documents, allowed=each.allowed
        )
        for each in opened.members
    }


def outcome(documents: Sequence[UUID], seen: set[UUID], changed: set[UUID]) -> Outcome:
    """What was done, in the order asked; what is not seen does not exist for who asked."""
    asked = tuple(dict.fromkeys(documents))
    return Outcome(
        tuple(each for each in asked if each in changed),
        tuple(each for each in asked if each in seen and each not in changed),
        {each: "document-unknown" for each in asked if each not in seen},
    )
