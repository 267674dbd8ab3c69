"""When a professional last came to a record: what came since is new to them."""

from datetime import datetime, timedelta
from uuid import UUID

from carnet.domain.access.acting import RightsTerms
from carnet.domain.access.reviewing import held_records
from carnet.domain.access.store import RightsStore
from carnet.domain.actor import Actor, ActorKind
from carnet.domain.audit.model import EventType, Outcome, did
from carnet.domain.audit.trail import prepare
from carnet.domain.errors import Refused
from carnet.domain.record.desk import store as desk_store
from carnet.domain.record.desk.model import AuthorisedRecord, RecentRecord
from carnet.storage.database import Database
from carnet.vocabulary.clock import Clock

MAX_RECENT = 20
_SAME_VISIT = timedelta(hours=1)


async def begin_visit(database: Database, patient_id: UUID, *, actor: Actor, at: datetime) -> datetime | None:
    """
    Note that this professional opened the record, which they may: the opening left its trace.

    Gives
        when their visit before this one began; None at the first. Within the hour, it is the same visit.
    """
    assert actor.person is not None
    async with database.transaction() as tx:
        former = await desk_store.begin_visit(tx, patient_id, actor.person, at)
        await desk_store.claim_recent(tx, actor.person, patient_id, at)
    return former


async def last_visit(
    database: Database, patient_id: UUID, *, actor: Actor, at: datetime
) -> tuple[datetime | None, bool]:
    """
    Gives
        what came after this is new to them: their visit before the one that a reading now would make, None when they never came; whether that
        visit is under way already.
    """
    assert actor.person is not None
    found = await desk_store.last_visit(database, patient_id, actor.person)
    if found is None:
        return None, False
    begun, former = found
    return (former, True) if at - begun < _SAME_VISIT else (begun, False)


async def authorised_records(
    rights: RightsStore, *, actor: Actor, terms: RightsTerms, count: int = MAX_RECENT
) -> tuple[list[AuthorisedRecord], bool]:
    """
    Where this professional holds an authorisation (TD0.4), with the names; and whether there are more. Traced as `held_records`.

    Raises
        Refused: `record-refused` to anyone but a professional.
    """
    held, more = await held_records(rights, actor=actor, terms=terms, count=count)
    names = await desk_store.identities(rights.database, [each.position[1] for each in held])
    return [
        AuthorisedRecord(each.position[1], names[each.position[1]], each.position[0], each.held.period.valid_to)
        for each in held
        if each.position[1] in names
    ], more


async def recent_records(rights: RightsStore, *, actor: Actor, clock: Clock) -> list[RecentRecord]:
    """
    The open records that this professional opened lately, the last one first; none of someone who has blocked them since.

    Traced in the system's trail: no record was opened.

    Raises
        Refused: `record-refused` to anyone but a professional.
    """
    at = clock()
    if actor.kind is not ActorKind.PROFESSIONAL or actor.person is None:
        event = did(actor, EventType.AUTHORISATION_REFUSED, at=at, outcome=Outcome.REFUSED, rule="deny.actor-kind")
        await rights.trace_alone(None, prepare(event, rights.system_key))
        raise Refused("record-refused")
    names = [name for name in (actor.person, actor.organization) if name is not None]
    found = await desk_store.recent(rights.database, actor.person, names=names, at=at, limit=MAX_RECENT)
    event = did(actor, EventType.HELD_RECORDS_LISTED, at=at, shown=str(len(found)))
    await rights.trace_alone(None, prepare(event, rights.system_key))
    return found
