"""
Read one list by its id, with what the asker may see of it.

Source: FHIR R4 §3.1.0.3 (read); documents.md §3.1 (List); product promises 3 and 5.
"""

from uuid import UUID

from carnet.domain.access.model import Action
from carnet.domain.access.policy import decide
from carnet.domain.actor import Actor
from carnet.domain.audit.model import EventType, did
from carnet.domain.errors import NotFound, Refused, Unavailable
from carnet.domain.record.linked.reading import gathered
from carnet.domain.record.lists import store as lists
from carnet.domain.record.lists.model import StoredList
from carnet.domain.record.opening import ATTEMPTS, ReadTerms, seen_classes, trace, trace_refusal, trace_unknown
from carnet.domain.record.store import Moved, RecordStore


async def read_list(store: RecordStore, list_id: UUID, *, actor: Actor, terms: ReadTerms) -> StoredList:
    """
    A submission set or a folder, when at least one of its documents is visible; a list of hidden documents does not exist.

    Raises
        as `record.opening.open_document`.
    """
    for _ in range(ATTEMPTS):
        at = terms.clock()
        found = await lists.list_facts(store, actor, list_id, at=at)
        if found is None:
            await trace_unknown(store, actor, at)
            raise NotFound("document-unknown")
        facts, held, classes = found
        if facts.linked:
            facts, _ = await gathered(store, facts, actor=actor, at=at)
        decision = decide(actor, Action.OPEN, record=facts.record, document=None, matrix=terms.matrix)
        if not decision.allowed:
            await trace_refusal(store, facts, actor, decision, at)
            raise Refused("record-refused")
        seen = held.seen(set(seen_classes(actor, facts, classes, terms)))
        if seen is None:
            await trace_refusal(store, facts, actor, decision, at, documents=held.members)
            raise NotFound("document-unknown")
        event = did(actor, EventType.DOCUMENTS_LISTED, at=at, documents=seen.documents, rule=decision, parameters="_id")
        try:
            await trace(store, facts, event)
        except Moved:
            continue
        return seen
    raise Unavailable("record-busy")
