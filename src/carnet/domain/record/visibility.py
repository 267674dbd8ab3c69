"""
Make a document visible to the patient, or to the legal representatives: one way, it is not hidden again.

Source: TD3.3b and EX_3.3-1045; documents.md §4, rule 2.
"""

from dataclasses import replace

from carnet.domain.access.model import Action, Confidentiality
from carnet.domain.actor import Actor
from carnet.domain.audit.model import EventType
from carnet.domain.record.model import StoredEntry
from carnet.domain.record.store import RecordStore
from carnet.domain.record.updating import update
from carnet.domain.record.updating.model import Act, DocumentState, UpdateTerms
from carnet.domain.record.wanted import Named


def _to_the_patient(state: DocumentState, _: Actor) -> DocumentState:
    return replace(state, labels=state.labels - {Confidentiality.INVISIBLE_PATIENT})


def _to_the_representatives(state: DocumentState, _: Actor) -> DocumentState:
    return replace(state, labels=state.labels - {Confidentiality.INVISIBLE_REPRESENTANTS_LEGAUX})


REVEAL_TO_PATIENT = Act(Action.REVEAL_TO_PATIENT, EventType.DOCUMENT_SHOWN_TO_PATIENT, _to_the_patient)
REVEAL_TO_REPRESENTATIVES = Act(
    Action.REVEAL_TO_REPRESENTATIVES, EventType.DOCUMENT_SHOWN_TO_REPRESENTATIVES, _to_the_representatives
)


async def reveal_to_patient(
    store: RecordStore, named: Named, *, actor: Actor, terms: UpdateTerms, if_version: str | None = None
) -> StoredEntry:
    """The announcement was made: the patient sees the document from now on. Gives and raises as `update`."""
    return await update(
        store, (named,), lambda _: (REVEAL_TO_PATIENT,), actor=actor, terms=terms, if_version=if_version
    )


async def reveal_to_representatives(
    store: RecordStore, named: Named, *, actor: Actor, terms: UpdateTerms, if_version: str | None = None
) -> StoredEntry:
    """The young patient agrees: the legal representatives see the document from now on. Gives and raises as `update`."""
    return await update(
        store, (named,), lambda _: (REVEAL_TO_REPRESENTATIVES,), actor=actor, terms=terms, if_version=if_version
    )
