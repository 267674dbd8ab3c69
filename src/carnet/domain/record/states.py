"""
The states of a fiche, one after another, as far as the asker may see them: former ones by the labels that they had, under today's rights.

A state that was hidden from the asker is left out and not counted, so that the numbers have no gap; a deleted document has no history.
Source: FHIR R4 §3.1.0.4 (vread), §3.1.0.14 (history); documents.md §3.2; docs/decisions/0019-lives-of-documents.md.
"""

from collections.abc import Sequence
from uuid import UUID

from carnet.domain.actor import Actor
from carnet.domain.audit.model import EventType, did
from carnet.domain.audit.trail import prepare
from carnet.domain.errors import NotFound, Unavailable
from carnet.domain.record.model import StoredEntry
from carnet.domain.record.opening import ATTEMPTS, ReadTerms, open_document
from carnet.domain.record.sight import allowed_classes
from carnet.domain.record.store import RecordStore
from carnet.domain.record.updating.store import former_states


async def read_states(
    store: RecordStore, logical_id: UUID, *, actor: Actor, terms: ReadTerms, parameters: str = "_history"
) -> Sequence[StoredEntry]:
    """
    The states of a fiche that the actor may see, the one in force first, numbered from 1 for the oldest.

    Raises
        as `open_document`; Unavailable: `record-busy`.
    """
    for _ in range(ATTEMPTS):
        opened = await open_document(store, logical_id, actor=actor, terms=terms)
        facts, at = opened.facts, opened.facts.record.at
        found = await store.search_facts(actor, ins=None, patient_id=facts.patient_id, at=at)
        assert found is not None
        allowed = allowed_classes(found[1], actor=actor, record=facts.record, matrix=terms.matrix)
        entry = await store.entry(facts, logical_id, allowed=allowed)
        past = await former_states(store, facts, logical_id, allowed=allowed)
        event = did(
            actor,
            EventType.FICHE_READ,
            at=at,
            documents=(logical_id,),
            rule=opened.decision,
            parameters=parameters,
        )
        version = facts.record.facts_version
        if await store.trace(facts.patient_id, prepare(event, facts.key), facts_version=version) is None:
            continue
        former = [
            entry._replace(version=number, updated_at=since, status=status, labels=labels, entry_uuid=entry_uuid)
            for number, (since, status, labels, entry_uuid) in enumerate(past, start=1)
        ]
        return [entry, *reversed(former)]
    raise Unavailable("record-busy")


async def read_state(
    store: RecordStore, logical_id: UUID, version: str, *, actor: Actor, terms: ReadTerms
) -> StoredEntry:
    """
    One state of a fiche, by the number that the actor knows it by.

    Raises
        NotFound: `document-unknown`: no such state for this actor. Otherwise as `read_states`.
    """
    states = await read_states(store, logical_id, actor=actor, terms=terms, parameters="_history _vid")
    for state in states:
        if str(state.version) == version:
            return state
    raise NotFound("document-unknown")
