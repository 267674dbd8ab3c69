"""
An identity comes into question: a doubt, a fiction, a strict trait changed by hand, a matricule attributed by mistake.

The record and its documents stay; no door finds them by a matricule that is no longer the person's. The way back is `receive_identity`.
Source: identity-and-messaging.md §1.4 (EXI SI 07 to 09, EXI ID 24, 26); docs/decisions/0016-identities-received.md.
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from carnet.domain.actor import Actor
from carnet.domain.audit import store as audit_store
from carnet.domain.audit.model import EventType, did
from carnet.domain.audit.trail import prepare
from carnet.domain.consent import store
from carnet.domain.consent.model import RecordStatus
from carnet.domain.consent.receiving import event_of
from carnet.domain.errors import Conflict, Invalid, NotFound
from carnet.domain.people import store as people_store
from carnet.domain.people.identity_status import EFFECTS, IdentityStep, after, may_carry_ins
from carnet.domain.people.model import HeldIdentity, InsTraits, ReceivedIdentity
from carnet.storage.keys import KeyRing
from carnet.vocabulary.ins import Ins

# What may be done to the identity of a record here; to qualify it again is the identity source's.
_ACTS = frozenset(step for step, effect in EFFECTS.items() if effect.withdraws) | {
    IdentityStep.DOUBT_LIFTED,
    IdentityStep.HOMONYM_NOTED,
    IdentityStep.HOMONYM_LIFTED,
}


async def step_identity(
    tx: store.Connection, patient_id: UUID, step: IdentityStep, *, actor: Actor, keys: KeyRing, at: datetime,
    traits: InsTraits | None = None,
) -> bool:  # fmt: skip
    """
    Take a step with the identity of a record; False when it changes nothing.

    Takes
        tx: a connection inside a transaction. traits: the new ones, of a trait changed by hand.
    Raises
        NotFound: no such record. Conflict: `identity-step-not-allowed`: a step of the identity source's, or that this status does not
        take. Invalid: `identity-attributes-together`.
    """
    wrapped, held = await _locked(tx, patient_id)
    if step not in _ACTS or (traits is not None) is not (step is IdentityStep.TRAIT_CHANGED):
        raise Conflict("identity-step-not-allowed", step=step)
    try:
        status, attributes = after(held.status, held.attributes, step)
    except ValueError as error:
        raise Invalid(str(error)) from None
    said = ReceivedIdentity(
        traits or held.traits, status, held.ins if may_carry_ins(status) else None, attributes=attributes, used_name=held.used_name,
        used_given_name=held.used_given_name, validation_mode=held.validation_mode, method_collection=held.method_collection,
        insi_questioned_on=held.insi_questioned_on, validated_on=held.validated_on,
    )  # fmt: skip
    if (said.traits, said.status, said.attributes) == (held.traits, held.status, held.attributes):
        return False
    since = await people_store.end_identity(tx, patient_id, at=at)
    await people_store.write_identity(tx, patient_id, said, since=since, at=at, recorded_by=actor.name)
    await store.raise_facts(tx, patient_id)
    event = replace(did(actor, event_of(held, said), at=at), details={"step": step.value, "status": status.value})
    await audit_store.append(tx, patient_id, prepare(event, keys.patient_key(patient_id, wrapped)))
    return True


async def release_matricule(
    tx: store.Connection, patient_id: UUID, ins: Ins, *, actor: Actor, keys: KeyRing, at: datetime
) -> None:
    """
    Give back a matricule that was attributed to this person by mistake, so that whose it is can have their record.

    Raises
        NotFound: no such record. Conflict: `matricule-not-released`: it is not theirs, or it is the one of now (doubt it first).
    """
    wrapped, held = await _locked(tx, patient_id)
    if held.ins == ins or not await people_store.release(tx, patient_id, ins):
        raise Conflict("matricule-not-released")
    event = did(actor, EventType.MATRICULE_RELEASED, at=at)
    await audit_store.append(tx, patient_id, prepare(event, keys.patient_key(patient_id, wrapped)))


async def _locked(tx: store.Connection, patient_id: UUID) -> tuple[bytes, HeldIdentity]:
    locked = await store.lock_record(tx, patient_id)
    held = None if locked is None else await people_store.held_identity(tx, patient_id)
    if locked is None or held is None or locked[0] is RecordStatus.ERASED:
        raise NotFound("record-unknown")
    return locked[1], held
