"""
Identities told to an identity source: one, by its id or by what names it. Each transmission of an INS leaves its trace in the record.

Source: guide INS, INS 41; identity-and-messaging.md §1.7, §1.8; docs/decisions/0018-identities-told.md.
"""

from datetime import datetime
from uuid import UUID

from carnet.domain.access.model import Action, Decision, RecordFacts
from carnet.domain.access.policy import decide
from carnet.domain.actor import Actor
from carnet.domain.audit import store as audit_store
from carnet.domain.audit.model import EventType, Outcome, did
from carnet.domain.audit.trail import prepare
from carnet.domain.consent.model import RecordStatus
from carnet.domain.errors import NotFound, Refused
from carnet.domain.people import store as people_store
from carnet.domain.people.model import LocalIdentifier
from carnet.domain.record.identities import store as identities_store
from carnet.domain.record.identities.model import KnownIdentity
from carnet.domain.record.opening import ReadTerms
from carnet.domain.record.store import RecordStore
from carnet.storage.database import Connection
from carnet.vocabulary.ins import Ins

# What names someone: a matricule, a source's own identifier, or a value whose system was not told.
Name = Ins | LocalIdentifier | str


async def read_identity(store: RecordStore, patient_id: UUID, *, actor: Actor, terms: ReadTerms) -> KnownIdentity:
    """
    One identity by the id of its record.

    Raises
        Refused: `identity-sources-only`. NotFound: `identity-unknown`.
    """
    at = terms.clock()
    rule = await judge_source(store, actor, at=at, terms=terms)
    known = await tell(store, patient_id, actor=actor, event_type=EventType.IDENTITY_READ, rule=rule, at=at)
    if known is None:
        await trace_nobody(store, actor, EventType.IDENTITY_READ, rule=rule, at=at)
        raise NotFound("identity-unknown")
    return known


async def find_identities(store: RecordStore, name: Name, *, actor: Actor, terms: ReadTerms) -> list[KnownIdentity]:
    """
    The identities that a matricule or a source's own identifier names: none, one, or two when the name has no system.

    Raises
        Refused: `identity-sources-only`.
    """
    at = terms.clock()
    rule = await judge_source(store, actor, at=at, terms=terms)
    async with store.database.connection() as connection:
        found = await named(connection, name)
    told = [
        await tell(store, patient_id, actor=actor, event_type=EventType.IDENTITY_READ, rule=rule, at=at)
        for patient_id in found
    ]
    known = [each for each in told if each is not None]
    if not known:
        await trace_nobody(store, actor, EventType.IDENTITY_READ, rule=rule, at=at)
    return known


async def judge_source(store: RecordStore, actor: Actor, *, at: datetime, terms: ReadTerms) -> Decision:
    """The decision that lets this actor know identities, whosever they are. Raises Refused: `identity-sources-only`, traced."""
    nobodys = RecordFacts(RecordStatus.OPEN, at)
    decision = decide(actor, Action.IDENTIFY, record=nobodys, document=None, matrix=terms.matrix)
    if not decision.allowed:
        refusal = did(actor, EventType.ACCESS_REFUSED, at=at, outcome=Outcome.REFUSED, rule=decision)
        await store.trace_system(prepare(refusal, store.system_key))
        raise Refused("identity-sources-only")
    return decision


async def tell(
    store: RecordStore, patient_id: UUID, *, actor: Actor, event_type: EventType, rule: Decision, at: datetime
) -> KnownIdentity | None:
    """Read an identity and leave its trace, in one transaction; None when there is no such record."""
    async with store.database.transaction() as tx:
        known = await known_identity(tx, patient_id, source=actor.name)
        if known is None:
            return None
        head = await audit_store.head(tx, patient_id)
        assert head is not None
        assert head.wrapped_key is not None
        key = store.keys.patient_key(patient_id, head.wrapped_key)
        await audit_store.append(tx, patient_id, prepare(did(actor, event_type, at=at, rule=rule), key))
    return known


async def known_identity(tx: Connection, patient_id: UUID, *, source: str) -> KnownIdentity | None:
    """What a source of this name may be told; None when there is no such record. Whoever asks leaves the trace."""
    told = await identities_store.told(tx, patient_id, source=source)
    held = await people_store.held_identity(tx, patient_id)
    if told is None or held is None:
        return None
    former = await people_store.former_matricules(tx, patient_id)
    return KnownIdentity(patient_id, held, former, told.local, told.version, told.updated_at, told.is_deceased)


async def named(connection: Connection, name: Name) -> list[UUID]:
    """The patients that a name names; two at most."""
    if isinstance(name, Ins):
        holder = await people_store.holder_of(connection, name)
        return [] if holder is None else [holder]
    if isinstance(name, LocalIdentifier):
        return await identities_store.named(connection, name.value, system=name.system)
    return await identities_store.named(connection, name, system=None)


async def trace_nobody(
    store: RecordStore, actor: Actor, event_type: EventType, *, rule: Decision, at: datetime
) -> None:
    """The trace of a question that names nobody: in the system's trail."""
    await store.trace_system(prepare(did(actor, event_type, at=at, rule=rule, told="none"), store.system_key))
