"""
Find the patient: by matricule, by what was scanned, or by traits. Each person told of learns it from their trail.

By traits, the birth name, a first given name and the date of birth are needed, compared exactly; homonyms are all told, so that nobody
opens the wrong one; past a few, nobody is. Source: documents.md §1.2 (TD0.2, TD0.5: capped); identity-and-messaging.md §1.3, §1.6;
docs/decisions/0018-identities-told.md.
"""

from carnet.domain.access.model import Action, RecordFacts
from carnet.domain.access.policy import decide
from carnet.domain.access.store import RightsStore
from carnet.domain.actor import Actor, ActorKind
from carnet.domain.audit.model import EventType, Outcome, did
from carnet.domain.audit.trail import prepare
from carnet.domain.consent.model import RecordStatus
from carnet.domain.errors import Invalid, Refused
from carnet.domain.people.comparison import compare_traits
from carnet.domain.people.model import InsTraits
from carnet.domain.people.normalisation import comparable
from carnet.domain.record.desk import store as desk_store
from carnet.domain.record.desk.model import Found
from carnet.domain.record.identities import store as identities_store
from carnet.domain.record.identities.looking_up import look_up_record
from carnet.domain.record.identities.matching import agrees
from carnet.domain.record.identities.model import StatedTraits
from carnet.domain.record.identities.store import Candidate
from carnet.domain.record.opening import ReadTerms
from carnet.domain.record.store import RecordStore
from carnet.vocabulary.ins import NIR, NIR_TEST, PRODUCTION_OIDS, Ins

MAX_FOUND = 10


async def find_by_ins(
    store: RecordStore,
    rights: RightsStore,
    ins: Ins,
    *,
    actor: Actor,
    terms: ReadTerms,
    stated: InsTraits | None = None,
) -> Found | None:
    """
    Whose matricule this is; None when they have no record that may be told of.

    Takes
        stated: the traits that came with the matricule (a scan), to be compared with those of the record.
    Raises
        Refused: `record-refused`. Unavailable: `record-busy`.
    """
    standing = await look_up_record(store, rights, actor=actor, ins=ins, patient_id=None, terms=terms)
    if standing is None:
        return None
    known = standing.identity
    return Found(standing, () if known is None or stated is None else compare_traits(known.traits, stated))


async def find_by_matricule(
    store: RecordStore, rights: RightsStore, matricule: str, *, actor: Actor, terms: ReadTerms, accepts_test: bool
) -> list[Found]:
    """
    Whom a matricule names whose register was not said: one person, unless two registers gave it to two.

    Takes
        accepts_test: whether registers of tests count.
    Raises
        ValueError: not a matricule (`ins-format`, `ins-key`). Refused, Unavailable: as `find_by_ins`.
    """
    Ins(matricule, NIR_TEST)  # the form, whatever the register
    async with store.database.connection() as connection:
        registers = await desk_store.registers_of(connection, matricule)
    named = [Ins(matricule, oid) for oid in registers if accepts_test or oid in PRODUCTION_OIDS]
    if not named:
        named = [Ins(matricule, NIR_TEST if accepts_test else NIR)]  # the key is looked at, and the attempt traced
    found = [await find_by_ins(store, rights, ins, actor=actor, terms=terms) for ins in named]
    return [each for each in found if each is not None]


async def find_by_traits(
    store: RecordStore, rights: RightsStore, stated: StatedTraits, *, actor: Actor, terms: ReadTerms
) -> list[Found]:
    """
    Everyone with these traits who has an open record; each is told of it by their trail.

    Raises
        Invalid: `traits-missing`: no first given name. `traits-too-many`: more than MAX_FOUND people have them.
        Refused: `record-refused`, to anyone but a professional. Unavailable: `record-busy`.
    """
    await _judge(store, actor, terms)
    if not comparable(stated.first_given_name or "") or not comparable(stated.birth_name):
        raise Invalid("traits-missing")
    async with store.database.connection() as connection:
        born = await identities_store.born(connection, stated.birth_date, sex=stated.sex)
    candidates = [each for each in born if is_sought(each, stated)]
    if len(candidates) > MAX_FOUND:
        await _trace_nobody(store, actor, terms)
        raise Invalid("traits-too-many", limit=str(MAX_FOUND))
    found = []
    for candidate in candidates:
        assert candidate.ins is not None
        standing = await look_up_record(store, rights, actor=actor, ins=candidate.ins, patient_id=None, terms=terms)
        if standing is not None and standing.is_open:
            found.append(Found(standing))
    if not candidates:
        await _trace_nobody(store, actor, terms)
    return found


def is_sought(candidate: Candidate, stated: StatedTraits) -> bool:
    """The name may be the one of birth or the one in use; the given name, the first one or the one in use."""
    if candidate.ins is None:
        return False
    if agrees(candidate.traits, stated):
        return True
    in_use = candidate.traits
    names = {comparable(name) for name in (in_use.birth_name, candidate.used_name) if name}
    givens = {comparable(name) for name in (in_use.first_given_name, candidate.used_given_name) if name}
    return (
        comparable(stated.birth_name) in names
        and comparable(stated.first_given_name or "") in givens
        and stated.birth_place in {None, in_use.birth_place}
    )


async def _judge(store: RecordStore, actor: Actor, terms: ReadTerms) -> None:
    """As for a record that would be open, before any is looked for: a refusal tells nothing."""
    at = terms.clock()
    decision = decide(
        actor, Action.LOOK_UP, record=RecordFacts(RecordStatus.OPEN, at), document=None, matrix=terms.matrix
    )
    if decision.allowed and actor.kind is ActorKind.PROFESSIONAL:
        return
    event = did(actor, EventType.RECORD_LOOKED_UP, at=at, outcome=Outcome.REFUSED, rule=decision)
    await store.trace_system(prepare(event, store.system_key))
    raise Refused("record-refused")


async def _trace_nobody(store: RecordStore, actor: Actor, terms: ReadTerms) -> None:
    event = did(actor, EventType.RECORD_LOOKED_UP, at=terms.clock(), told="none")
    await store.trace_system(prepare(event, store.system_key))
