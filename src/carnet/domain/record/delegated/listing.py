"""
What was filed in a professional's name, for them: who typed it, when, in whose record.

Whose record it is, and the document, are theirs to know as far as the rules let them come back to it as its author (`update.author`): who answers
for a document must be able to tell that it is not theirs, and remove it.
"""

from carnet.domain.access.model import Action, AvailabilityStatus
from carnet.domain.access.policy import decide
from carnet.domain.actor import Actor, ActorKind
from carnet.domain.audit.model import EventType, Outcome, did
from carnet.domain.audit.trail import prepare
from carnet.domain.delegations.store import delegate_name
from carnet.domain.errors import Refused
from carnet.domain.record.delegated import store as delegated_store
from carnet.domain.record.delegated.model import DelegatedFiling
from carnet.domain.record.delegated.store import Listed
from carnet.domain.record.opening import ReadTerms
from carnet.domain.record.store import RecordStore
from carnet.storage.sealing import SealingKey

LISTED_AT_MOST = 100


async def filed_in_their_name(
    store: RecordStore, *, actor: Actor, seal: SealingKey, terms: ReadTerms, count: int = LISTED_AT_MOST
) -> list[DelegatedFiling]:
    """
    The last filed first. Traced in the system's trail: no record was opened.

    Takes
        seal: of what was known of delegates.
    Raises
        Refused: `record-refused` to anyone but a professional.
    """
    at = terms.clock()
    if actor.kind is not ActorKind.PROFESSIONAL or actor.person is None:
        event = did(actor, EventType.DELEGATED_LISTED, at=at, outcome=Outcome.REFUSED, rule="deny.actor-kind")
        await store.trace_system(prepare(event, store.system_key))
        raise Refused("record-refused")
    found = await delegated_store.listed(store, actor, at=at, limit=min(count, LISTED_AT_MOST))
    shown = [_told(each, actor=actor, seal=seal, terms=terms) for each in found]
    event = did(actor, EventType.DELEGATED_LISTED, at=at, shown=str(len(shown)))
    await store.trace_system(prepare(event, store.system_key))
    return shown


def _told(each: Listed, *, actor: Actor, seal: SealingKey, terms: ReadTerms) -> DelegatedFiling:
    is_deleted = each.document.status is AvailabilityStatus.DELETED
    may_read, may_return = (
        decide(actor, action, record=each.record, document=each.document, matrix=terms.matrix).allowed
        for action in (Action.READ, Action.ARCHIVE)
    )
    return DelegatedFiling(
        each.logical_id, each.patient_id, each.type_code, each.filed_at, delegate_name(each.delegation_id, each.told, seal), each.delegation_id,
        each.identity if may_return else None, is_deleted, may_read,
    )  # fmt: skip
