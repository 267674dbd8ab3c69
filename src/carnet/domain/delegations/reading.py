"""The delegations of someone: those they gave, those that name them where they work now."""

from datetime import datetime, timedelta
from uuid import UUID

from carnet.domain.actor import Actor
from carnet.domain.delegations import store
from carnet.domain.delegations.model import Colleague, Delegation
from carnet.storage.database import Database
from carnet.storage.sealing import SealingKey

TOLD_FOR = timedelta(days=30)  # one that is over is still told
MOST_COLLEAGUES = 60  # past them, nobody chooses in a list


async def given(database: Database, *, actor: Actor, seal: SealingKey, at: datetime) -> list[Delegation]:
    """Those that they gave, running or over lately, the last given first."""
    if actor.person is None:
        return []
    return await store.given_by(database, actor.person, since=at - TOLD_FOR, seal=seal)


async def received(database: Database, *, actor: Actor, seal: SealingKey, at: datetime) -> list[Delegation]:
    """Those that name them in the structure where they act, running or over lately, the last given first."""
    if actor.person is None or actor.organization is None:
        return []
    return await store.given_to(database, actor.person, actor.organization, since=at - TOLD_FOR, seal=seal)


async def running(database: Database, *, actor: Actor, seal: SealingKey, at: datetime) -> dict[UUID, Delegation]:
    """Those under which they may feed now, by their id."""
    found = await received(database, actor=actor, seal=seal, at=at)
    return {each.delegation_id: each for each in found if each.runs(at)}


async def colleagues(database: Database, *, actor: Actor) -> list[Colleague]:
    """Whom they may choose in a list; none when the structure has too many, or is none."""
    if actor.person is None or actor.organization is None:
        return []
    found = await store.colleagues(database, actor.person, actor.organization, limit=MOST_COLLEAGUES + 1)
    return found if len(found) <= MOST_COLLEAGUES else []
