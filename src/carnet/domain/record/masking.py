"""
Mask a document to professionals, and unmask it.

Source: TD3.3a; documents.md §4 ("who may set what"); CSP L1111-15 and R1111-49: the person hides what they wish.
"""

from dataclasses import replace

from carnet.domain.access.model import Action, Confidentiality
from carnet.domain.actor import Actor
from carnet.domain.audit.model import EventType
from carnet.domain.record.model import StoredEntry
from carnet.domain.record.replacing import FOR_THE_PATIENT
from carnet.domain.record.store import RecordStore
from carnet.domain.record.updating import update
from carnet.domain.record.updating.model import Act, DocumentState, UpdateTerms
from carnet.domain.record.wanted import Named


def _masked(state: DocumentState, actor: Actor) -> DocumentState:
    return replace(
        state,
        labels=state.labels | {Confidentiality.MASQUE_PS},
        masked_by_patient=state.masked_by_patient or actor.kind in FOR_THE_PATIENT,
    )


def _unmasked(state: DocumentState, _: Actor) -> DocumentState:
    return replace(state, labels=state.labels - {Confidentiality.MASQUE_PS}, masked_by_patient=False)


MASK = Act(Action.MASK, EventType.DOCUMENT_MASKED, _masked)
UNMASK = Act(Action.UNMASK, EventType.DOCUMENT_UNMASKED, _unmasked)


async def mask(
    store: RecordStore, named: Named, *, actor: Actor, terms: UpdateTerms, if_version: str | None = None
) -> StoredEntry:
    """
    Hide a document from professionals; its authors, the patient and the médecin traitant still see it.

    A mask that the patient puts, even on a document already masked, is theirs: no professional lifts it.
    Gives and raises as `update`.
    """
    return await update(store, (named,), lambda _: (MASK,), actor=actor, terms=terms, if_version=if_version)


async def unmask(
    store: RecordStore, named: Named, *, actor: Actor, terms: UpdateTerms, if_version: str | None = None
) -> StoredEntry:
    """Show a document to professionals again. Gives and raises as `update`."""
    return await update(store, (named,), lambda _: (UNMASK,), actor=actor, terms=terms, if_version=if_version)
