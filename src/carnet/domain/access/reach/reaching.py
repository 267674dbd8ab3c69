"""Count a record reached, say when the cap is passed, raise the alert, clear it."""

from datetime import date, datetime
from uuid import UUID

from carnet.domain.access.reach import store
from carnet.domain.access.reach.model import ReachKind, ReachTerms
from carnet.domain.actor import Actor
from carnet.domain.audit import store as audit_store
from carnet.domain.audit.model import EventType, did
from carnet.domain.audit.trail import Sealer, prepare
from carnet.storage.database import Connection
from carnet.vocabulary.moments import PARIS


async def is_past(
    tx: Connection, actor: Actor, patient_id: UUID, kind: ReachKind, *, at: datetime, terms: ReachTerms
) -> bool:
    """Whether this professional has reached all they may this day; a record already reached stays within. Notes nothing."""
    if actor.person is None or not terms.cap(kind):
        return False
    day = at.astimezone(PARIS).date()
    reached, is_known, was_looked_at = await store.standing(tx, actor.person, day, kind, patient_id)
    return not is_known and not was_looked_at and reached >= terms.cap(kind)


async def within(
    tx: Connection, actor: Actor, patient_id: UUID, kind: ReachKind, *, at: datetime, terms: ReachTerms, system: Sealer
) -> bool:
    """
    Count this record among those reached today; False, and nothing counted, past the cap.

    An alert is raised, and told in the system's trail, when the day is unlike the others or the cap is reached.

    Takes
        tx: a connection inside a transaction. system: seals the system's trail.
    """
    if actor.person is None or not terms.cap(kind):
        return True
    day = at.astimezone(PARIS).date()
    await store.lock(tx, actor.person)
    reached, is_known, was_looked_at = await store.standing(tx, actor.person, day, kind, patient_id)
    if is_known:
        return True
    if reached >= terms.cap(kind) and not was_looked_at:
        return False
    await store.count(tx, actor.person, day, kind, patient_id, at=at)
    reached += 1
    if not was_looked_at and reached in await _worth_a_look(tx, actor.person, day, kind, terms):
        await store.raise_alert(tx, actor.person, day, kind, reached=reached, at=at)
        event = did(actor, EventType.READING_UNUSUAL, at=at, kind=kind.value, reached=str(reached))
        await audit_store.append_system(tx, prepare(event, system))
    return True


async def _worth_a_look(tx: Connection, person: str, day: date, kind: ReachKind, terms: ReachTerms) -> set[int]:
    """The counts at which an operator is told: where the day ceases to be like the others, and the cap."""
    return {max(terms.usual + 1, 3 * await store.busiest_day(tx, person, day, kind)), terms.cap(kind)}


async def clear(tx: Connection, person: str, *, by: Actor, at: datetime, system: Sealer) -> int:
    """
    Someone asked the professional and was satisfied: what was reached today is no bar any more. How many alerts that was.

    Takes
        person: PS_IdNat. by: the operator.
    """
    cleared = await store.clear(tx, person, at.astimezone(PARIS).date(), by=by.name, at=at)
    if cleared:
        event = did(by, EventType.READING_CLEARED, at=at, holder=person)
        await audit_store.append_system(tx, prepare(event, system))
    return cleared
