"""
Make sure of a patient's identity before feeding in someone's name: a matricule and the traits that go with it, nothing less, nothing more told.

A secretary searches nobody: without the traits of the very person, the answer is that of nobody. Source: identity-and-messaging.md §1.3;
documents.md §6 (SECRETARIAT_MEDICAL feeds, never reads); docs/decisions/0042-feeding-for-a-colleague.md.
"""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from carnet.domain.access.model import Action, RecordFacts
from carnet.domain.access.policy import decide
from carnet.domain.access.store import RightsStore
from carnet.domain.actor import Actor
from carnet.domain.audit.model import EventType, Outcome, did
from carnet.domain.audit.trail import prepare
from carnet.domain.consent.model import RecordStatus
from carnet.domain.errors import Refused
from carnet.domain.people import store as people_store
from carnet.domain.people.model import Identity
from carnet.domain.record.desk import store as desk_store
from carnet.domain.record.desk.finding import is_sought
from carnet.domain.record.identities.model import StatedTraits
from carnet.domain.record.identities.store import Candidate
from carnet.domain.record.opening import ReadTerms
from carnet.domain.record.store import RecordStore
from carnet.vocabulary.ins import PRODUCTION_OIDS, Ins


async def registers_of(store: RecordStore, matricule: str, *, accepts_test: bool) -> list[Ins]:
    """The INS that a matricule may be, when its register was not said."""
    async with store.database.connection() as connection:
        registers = await desk_store.registers_of(connection, matricule)
    return [Ins(matricule, oid) for oid in registers if accepts_test or oid in PRODUCTION_OIDS]


async def identify(
    store: RecordStore, rights: RightsStore, named: Sequence[Ins], stated: StatedTraits, *, actor: Actor, terms: ReadTerms
) -> tuple[UUID, Identity] | None:  # fmt: skip
    """
    The one person who has this matricule and these traits, and an open record; each asking is in the trail, of the record when there is one.

    Takes
        named: the INS that was scanned, or those that the matricule may be. stated: traits, of the card or of the scan.
    Raises
        Refused: `delegation-over`: nobody lets them feed now; the same whether the record exists or not.
    """
    at = terms.clock()
    has_delegation = await rights.is_delegated(actor, at=at)
    nobodys = RecordFacts(RecordStatus.OPEN, at, has_delegation=has_delegation)
    decision = decide(actor, Action.LOOK_UP, record=nobodys, document=None, matrix=terms.matrix)
    if not decision.allowed:
        event = did(actor, EventType.RECORD_LOOKED_UP, at=at, outcome=Outcome.REFUSED, rule=decision)
        await store.trace_system(prepare(event, store.system_key))
        raise Refused("delegation-over")
    told = None
    for ins in named:
        found = await store.search_facts(actor, ins=ins, patient_id=None, at=at)
        if found is None:
            continue
        facts, _ = found
        decision = decide(
            actor, Action.LOOK_UP, record=replace(facts.record, has_delegation=has_delegation), document=None, matrix=terms.matrix
        )  # fmt: skip
        if not decision.allowed:  # struck off since they signed in
            event = did(actor, EventType.RECORD_LOOKED_UP, at=at, outcome=Outcome.REFUSED, rule=decision)
            await store.trace(facts.patient_id, prepare(event, facts.key))
            raise Refused("record-refused")
        identity = None
        if (
            facts.record.status is RecordStatus.OPEN and facts.ins == ins
        ):  # by a former matricule, what changed is not theirs to know
            async with store.database.connection() as connection:
                identity = await people_store.current_identity(connection, facts.patient_id)
        is_them = identity is not None and _is_them(facts.patient_id, identity, stated)
        event = did(
            actor, EventType.RECORD_LOOKED_UP, at=at, rule=decision, told=facts.record.status if is_them else "none"
        )
        await store.trace(facts.patient_id, prepare(event, facts.key))
        if is_them and identity is not None:
            told = facts.patient_id, identity
    if told is None:
        event = did(actor, EventType.RECORD_LOOKED_UP, at=at, told="none")
        await store.trace_system(prepare(event, store.system_key))
    return told


def _is_them(patient_id: UUID, known: Identity, stated: StatedTraits) -> bool:
    one = Candidate(patient_id, known.traits, known.attributes, known.ins, known.used_name, known.used_given_name)
    return known.traits.birth_date == stated.birth_date and is_sought(one, stated)
