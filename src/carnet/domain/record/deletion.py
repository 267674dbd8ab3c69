"""
Delete a document with every version it replaced: irreversible, and never shown again to anyone.

Source: TD3.3c; PDSm flux 3, logical deletion (documents.md §3.2); docs/decisions/0019-lives-of-documents.md for what is destroyed and kept.
"""

from dataclasses import replace
from uuid import UUID

from carnet.domain.access.model import Action, AvailabilityStatus
from carnet.domain.actor import Actor
from carnet.domain.audit.model import EventType
from carnet.domain.record.model import StoredEntry
from carnet.domain.record.store import RecordStore
from carnet.domain.record.updating import update
from carnet.domain.record.updating.model import Act, DocumentState, UpdateTerms
from carnet.domain.record.updating.store import erase_contents
from carnet.domain.record.wanted import Named


def _deleted(state: DocumentState, _: Actor) -> DocumentState:
    return replace(state, status=AvailabilityStatus.DELETED)


def _is_superseded(state: DocumentState) -> str | None:
    return "update-not-current" if state.status is AvailabilityStatus.DEPRECATED else None


DELETE = Act(Action.DELETE, EventType.DOCUMENT_DELETED, _deleted, _is_superseded, on_whole_line=True)


async def delete(
    store: RecordStore, named: Named, *, actor: Actor, terms: UpdateTerms, if_version: str | None = None
) -> StoredEntry:
    """
    Delete the current version of a document and all that it replaced; a transformed copy is deleted on its own.

    Their uniqueIds stay taken. Contents cannot be read from the moment it returns, and are destroyed by a job asked for in the same act.
    Gives and raises as `update`; Invalid: `update-not-current`.
    """
    return await update(store, (named,), lambda _: (DELETE,), actor=actor, terms=terms, if_version=if_version)


async def destroy_contents(store: RecordStore, patient_id: UUID, documents: list[UUID]) -> None:
    """What the job does: the bytes of deleted documents, wherever they are kept; a document that is not deleted is left alone."""
    await erase_contents(store, patient_id, documents)
