"""
Hide a document from one professional or one structure, by name, and show it to them again: the patient alone.

The name becomes one of the facts that make the document's access class (docs/decisions/0015-rights-as-facts.md).
Source: CSP L1111-19; documents.md §6 (« the patient may decide otherwise for a given person or document »).
"""

from dataclasses import replace

from carnet.domain.access.model import Action
from carnet.domain.actor import Actor
from carnet.domain.audit.model import EventType
from carnet.domain.record.model import StoredEntry
from carnet.domain.record.store import RecordStore
from carnet.domain.record.updating import update
from carnet.domain.record.updating.model import Act, DocumentState, UpdateTerms
from carnet.domain.record.wanted import Named


async def hide_from(
    store: RecordStore, named: Named, holder: str, *, actor: Actor, terms: UpdateTerms, if_version: str | None = None
) -> StoredEntry:
    """
    Hide a document from someone, whatever their role.

    Takes
        holder: PS_IdNat, or Struct_IdNat of the structure they act for.
    Raises
        Invalid: `holder-wrote-it`: authors keep what they wrote. And as `update`.
    """

    def hidden(state: DocumentState, _: Actor) -> DocumentState:
        return replace(state, hidden_from=state.hidden_from | {holder})

    def fault(state: DocumentState) -> str | None:
        return "holder-wrote-it" if holder in state.authors else None

    act = Act(Action.GOVERN, EventType.DOCUMENT_HIDDEN, hidden, fault, details={"holder": holder})
    return await update(store, (named,), lambda _: (act,), actor=actor, terms=terms, if_version=if_version)


async def show_to(
    store: RecordStore, named: Named, holder: str, *, actor: Actor, terms: UpdateTerms, if_version: str | None = None
) -> StoredEntry:
    """Show it to them again; what else hides it from them still does. Takes and raises as `hide_from`."""

    def shown(state: DocumentState, _: Actor) -> DocumentState:
        return replace(state, hidden_from=state.hidden_from - {holder})

    act = Act(Action.GOVERN, EventType.DOCUMENT_SHOWN, shown, details={"holder": holder})
    return await update(store, (named,), lambda _: (act,), actor=actor, terms=terms, if_version=if_version)
