"""
Put a document in the archives, and take it out: it stays readable, apart from what is of use today.

Source: TD3.3d; PDSm flux 3 (extension isArchived); documents.md §2.4.
"""

from dataclasses import replace

from carnet.domain.access.model import Action, AvailabilityStatus
from carnet.domain.actor import Actor
from carnet.domain.audit.model import EventType
from carnet.domain.record.model import StoredEntry
from carnet.domain.record.store import RecordStore
from carnet.domain.record.updating import update
from carnet.domain.record.updating.model import Act, DocumentState, UpdateTerms
from carnet.domain.record.wanted import Named


def _archived(state: DocumentState, _: Actor) -> DocumentState:
    return replace(state, status=AvailabilityStatus.ARCHIVED)


def _unarchived(state: DocumentState, _: Actor) -> DocumentState:
    return replace(state, status=AvailabilityStatus.APPROVED)


def _is_superseded(state: DocumentState) -> str | None:
    """XDS has one status: a replaced document is deprecated, and its place in the archives went to what replaced it."""
    return "update-not-current" if state.status is AvailabilityStatus.DEPRECATED else None


ARCHIVE = Act(Action.ARCHIVE, EventType.DOCUMENT_ARCHIVED, _archived, _is_superseded)
UNARCHIVE = Act(Action.UNARCHIVE, EventType.DOCUMENT_UNARCHIVED, _unarchived, _is_superseded)


async def archive(
    store: RecordStore, named: Named, *, actor: Actor, terms: UpdateTerms, if_version: str | None = None
) -> StoredEntry:
    """Archive the current version of a document. Gives and raises as `update`; Invalid: `update-not-current`."""
    return await update(store, (named,), lambda _: (ARCHIVE,), actor=actor, terms=terms, if_version=if_version)


async def unarchive(
    store: RecordStore, named: Named, *, actor: Actor, terms: UpdateTerms, if_version: str | None = None
) -> StoredEntry:
    """Take a document out of the archives. Gives and raises as `archive`."""
    return await update(store, (named,), lambda _: (UNARCHIVE,), actor=actor, terms=terms, if_version=if_version)
