"""End a delegation before its time: either of the two may, and it holds no more at the very next request."""

from datetime import datetime
from uuid import UUID

from carnet.domain.actor import Actor
from carnet.domain.audit import store as audit_store
from carnet.domain.audit.model import EventType, did
from carnet.domain.audit.trail import prepare
from carnet.domain.delegations import store
from carnet.domain.delegations.model import Delegation
from carnet.domain.delegations.naming import Seals
from carnet.domain.errors import NotFound
from carnet.storage.database import Database


async def end_delegation(
    database: Database, delegation_id: UUID, *, actor: Actor, seals: Seals, at: datetime
) -> Delegation:
    """
    Raises
        NotFound: `delegation-unknown`: none runs under this name, or it is between two others.
    """
    async with database.transaction() as tx:
        ended = await store.end(tx, delegation_id, person=actor.person or "", at=at, seal=seals.people)
        if ended is None:
            raise NotFound("delegation-unknown")
        other = ended.delegate if actor.person == ended.delegator else ended.delegator
        event = did(actor, EventType.DELEGATION_ENDED, at=at, holder=other, delegation=str(delegation_id))
        await audit_store.append_system(tx, prepare(event, seals.trail))
    return ended
