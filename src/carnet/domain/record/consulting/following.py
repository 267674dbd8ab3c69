"""
Where the requests and the links of a patient stand, all documents together: what an author removed stays to be answered for.

Told as events are: of a deleted document as it was, of a hidden one nothing.
"""

from collections.abc import Sequence
from uuid import UUID

from carnet.domain.access.acting import REFUSALS
from carnet.domain.access.model import Action
from carnet.domain.access.policy import decide
from carnet.domain.actor import Actor
from carnet.domain.audit.model import EventType, did
from carnet.domain.audit.trail import prepare
from carnet.domain.errors import Refused, Unavailable
from carnet.domain.record.asking import store as request_store
from carnet.domain.record.asking.model import DocumentRequest
from carnet.domain.record.history import store as history_store
from carnet.domain.record.history.model import ToldDocument
from carnet.domain.record.history.telling import showable_classes
from carnet.domain.record.linked.reading import gathered
from carnet.domain.record.opening import ATTEMPTS, ReadTerms, trace_refusal, trace_unknown
from carnet.domain.record.sharing.making import shown_shares
from carnet.domain.record.sharing.model import Share, ShareTerms
from carnet.domain.record.store import RecordStore
from carnet.vocabulary.frozen import frozen

SHOWN_AT_MOST = 200  # of each


@frozen
class Followed:
    """requests: each with its document. shares: each with those of its documents that are still there to be seen."""

    requests: Sequence[tuple[DocumentRequest, ToldDocument]]
    shares: Sequence[tuple[Share, Sequence[ToldDocument]]]


async def follow(
    store: RecordStore, patient_id: UUID, *, actor: Actor, terms: ReadTerms, sharing: ShareTerms
) -> Followed:
    """
    The requests and links of a record that exist for this actor; traced.

    Raises
        Refused: `record-refused`, `patient-decides`: it is the patient's and their representatives' to know. Unavailable: `record-busy`.
    """
    for _ in range(ATTEMPTS):
        at = terms.clock()
        found = await store.search_facts(actor, ins=None, patient_id=patient_id, at=at)
        if found is None:
            await trace_unknown(store, actor, at)
            raise Refused("record-refused")
        facts, classes = found
        if facts.linked:
            facts, _ = await gathered(store, facts, actor=actor, at=at)
        decision = decide(actor, Action.SIMULATE, record=facts.record, document=None, matrix=terms.matrix)
        if not decision.allowed:
            await trace_refusal(store, facts, actor, decision, at)
            raise Refused(REFUSALS.get(decision.rule, "record-refused"))
        requests = await request_store.all_requests(store, facts, limit=SHOWN_AT_MOST)
        shares = (await shown_shares(store, facts, classes, actor=actor, terms=sharing))[:SHOWN_AT_MOST]
        named = {each.logical_id for each in requests} | {one for each in shares for one in each.documents}
        allowed = showable_classes(actor, classes, record=facts.record, matrix=terms.matrix)
        told = await history_store.documents(store.database, facts.patient_id, named, allowed=allowed)
        event = did(actor, EventType.FOLLOWED_UP, at=facts.record.at, rule=decision)
        version = facts.record.facts_version
        if await store.trace(facts.patient_id, prepare(event, facts.key), facts_version=version) is not None:
            return Followed(
                [(each, told[each.logical_id]) for each in requests if each.logical_id in told],
                [(each, [told[one] for one in each.documents if one in told]) for each in shares],
            )
    raise Unavailable("record-busy")
