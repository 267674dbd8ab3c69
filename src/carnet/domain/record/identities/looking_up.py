"""
TD0.2: does a record exist, is it open, and what may the one who asks do there? Each answer leaves its trace in the record.

Source: documents.md §1.2 (TD0.2), §1.6; docs/decisions/0018-identities-told.md.
"""

from datetime import datetime
from uuid import UUID

from carnet.domain.access.model import Action, RecordFacts
from carnet.domain.access.policy import decide
from carnet.domain.access.reviewing import status_of
from carnet.domain.access.store import RightsStore
from carnet.domain.actor import Actor, ActorKind
from carnet.domain.audit.model import EventType, Outcome, did
from carnet.domain.audit.trail import prepare
from carnet.domain.consent.model import AuthorisationStatus, RecordStatus
from carnet.domain.consent.record_life import read_reason
from carnet.domain.errors import Refused, Unavailable
from carnet.domain.people import store as people_store
from carnet.domain.people.model import HeldIdentity
from carnet.domain.record.facts import ReadFacts
from carnet.domain.record.identities import store as identities_store
from carnet.domain.record.identities.model import Closing, RecordStanding
from carnet.domain.record.identities.store import State
from carnet.domain.record.opening import ATTEMPTS, ReadTerms
from carnet.domain.record.store import RecordStore
from carnet.vocabulary.ins import Ins
from carnet.vocabulary.moments import PARIS

# An announced or opposed record does not exist for anyone but the person and whoever represents them.
_TOLD = frozenset({RecordStatus.OPEN, RecordStatus.CLOSED})
_FOR_THEMSELVES = frozenset({ActorKind.CITIZEN, ActorKind.GUARDIAN})
_TOLD_TRAITS = _FOR_THEMSELVES | {ActorKind.PROFESSIONAL, ActorKind.ORGANIZATION}


async def look_up_record(
    store: RecordStore, rights: RightsStore, *, actor: Actor, ins: Ins | None, patient_id: UUID | None, terms: ReadTerms
) -> RecordStanding | None:
    """
    Tell whether someone has a record, to whoever knows their INS; or tell it again by its id, to whoever may open it.

    Gives
        None when there is none, or none that this asker may know of: the same answer.
    Raises
        Refused: `record-refused`: not their own, or an actor who may not ask; the same whether it exists or not. Unavailable: `record-busy`.
    """
    for _ in range(ATTEMPTS):
        at = terms.clock()
        found = await store.search_facts(actor, ins=ins, patient_id=patient_id, at=at)
        if found is None:
            await _unknown(store, actor, ins, at=at, terms=terms)
            return None
        facts, _ = found
        standing, traced = await _of_record(store, rights, actor, facts, ins=ins, at=at, terms=terms)
        if traced:
            return standing
    raise Unavailable("record-busy")


async def _unknown(store: RecordStore, actor: Actor, ins: Ins | None, *, at: datetime, terms: ReadTerms) -> None:
    """The answer when there is no record: judged as if there were one, so that a refusal says nothing."""
    is_holder = actor.kind is ActorKind.CITIZEN and ins is not None and actor.ins == ins
    nobodys = RecordFacts(RecordStatus.OPEN, at, is_holder=is_holder)
    decision = decide(actor, Action.LOOK_UP, record=nobodys, document=None, matrix=terms.matrix)
    allowed = decision.allowed and ins is not None
    event = did(
        actor,
        EventType.RECORD_LOOKED_UP,
        at=at,
        outcome=Outcome.SUCCESS if allowed else Outcome.REFUSED,
        rule=decision,
    )
    await store.trace_system(prepare(event, store.system_key))
    if not allowed:
        raise Refused("record-refused")


async def _of_record(
    store: RecordStore,
    rights: RightsStore,
    actor: Actor,
    facts: ReadFacts,
    *,
    ins: Ins | None,
    at: datetime,
    terms: ReadTerms,
) -> tuple[RecordStanding | None, bool]:
    """What is told, and whether its trace was written; it is not when the facts moved meanwhile."""
    by_id = ins is None
    action = Action.OPEN if by_id else Action.LOOK_UP
    decision = decide(actor, action, record=facts.record, document=None, matrix=terms.matrix)
    if not decision.allowed:
        refusal = did(actor, EventType.RECORD_LOOKED_UP, at=at, outcome=Outcome.REFUSED, rule=decision)
        await store.trace(facts.patient_id, prepare(refusal, facts.key))
        raise Refused("record-refused")
    standing = None
    if facts.record.status in _TOLD or actor.kind in _FOR_THEMSELVES:
        async with store.database.connection() as connection:
            state = await identities_store.state(connection, facts.patient_id)
            identity = await people_store.held_identity(connection, facts.patient_id)
            authorisation = None
            if actor.kind is ActorKind.PROFESSIONAL:
                periods = await rights.periods_of_holder(
                    connection, facts.patient_id, person=actor.person, organization=actor.organization
                )
                authorisation, _ = status_of(periods, at=max(at, facts.changed_at))
        may_open = by_id or decide(actor, Action.OPEN, record=facts.record, document=None, matrix=terms.matrix).allowed
        if state is not None and identity is not None:
            standing = _told(actor, facts, state, identity, authorisation, asked_by=ins, may_open=may_open)
    event = did(
        actor,
        EventType.RECORD_LOOKED_UP,
        at=at,
        rule=decision,
        told="none" if standing is None else facts.record.status,
    )
    written = await store.trace(facts.patient_id, prepare(event, facts.key), facts_version=facts.record.facts_version)
    return standing, written is not None


def _told(
    actor: Actor,
    facts: ReadFacts,
    state: State,
    identity: HeldIdentity,
    authorisation: AuthorisationStatus | None,
    *,
    asked_by: Ins | None,
    may_open: bool,
) -> RecordStanding:
    """
    What this asker is told. A producer that gives no care learns neither traits nor why a record closed; nor does whoever asks by a former
    matricule and has no right on the record, since what changed is not theirs to know (a sex, an adoption).
    """
    asked_by_former = asked_by is not None and asked_by != facts.ins and not may_open and not facts.record.is_holder
    knows_the_person = actor.kind in _TOLD_TRAITS and not asked_by_former
    is_professional = actor.kind is ActorKind.PROFESSIONAL
    closing = None
    if facts.record.status is RecordStatus.CLOSED and knows_the_person:
        reason = None
        if state.reason is not None and actor.kind is ActorKind.CITIZEN:
            reason = read_reason(state.reason, patient_id=facts.patient_id, key=facts.key)
        closing = Closing(state.since.astimezone(PARIS).date(), state.motive, reason)
    return RecordStanding(
        patient_id=facts.patient_id,
        ins=asked_by if asked_by is not None and asked_by_former else facts.ins,
        is_open=facts.record.status is RecordStatus.OPEN,
        identity=identity if knows_the_person else None,
        closing=closing,
        authorisation=authorisation,
        is_primary_care_doctor=facts.record.is_primary_care_doctor if is_professional else None,
    )
