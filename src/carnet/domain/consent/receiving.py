"""
Receive a person from an identity source: a record is announced, its identity changes, or nothing does.

Source: identity-and-messaging.md §1.4, §3.3; CSP R1111-28; docs/decisions/0016-identities-received.md.
"""

from datetime import datetime, timedelta
from uuid import UUID

from carnet.domain.actor import Actor
from carnet.domain.audit import store as audit_store
from carnet.domain.audit.model import EventType, did
from carnet.domain.audit.trail import prepare
from carnet.domain.consent import store
from carnet.domain.consent.model import Motive, RecordStatus
from carnet.domain.consent.record_life import begin, close
from carnet.domain.errors import Conflict, Invalid, Issue, Severity
from carnet.domain.people import store as people_store
from carnet.domain.people.model import HeldIdentity, IdentityReceipt, IdentityStatus, ReceivedIdentity, Reception
from carnet.domain.people.reception import (
    Holders,
    changes,
    check_received,
    check_same_person,
    completed,
    refusal_to_open,
    warnings_of,
    whose,
)
from carnet.storage import outbox
from carnet.storage.keys import KeyRing
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.ins import PRODUCTION_OIDS, TEST_OIDS
from carnet.vocabulary.moments import PARIS
from carnet.vocabulary.uuid7 import uuid7

RENAME_JOB = "rename-subjects"  # what is kept ready to be served names the person by their matricule
_LIVING = frozenset({RecordStatus.ANNOUNCED, RecordStatus.OPEN})


@frozen
class ReceivingTerms:
    """
    What an identity is received by.

    oids: registers whose matricules may open a record here: those of production, or in the demonstration those of test. The matricule
    of a record that is here already is received whatever its register (the demonstration opens records of published test sets).
    objection_period: from the announcement to the opening.
    """

    oids: frozenset[str]
    objection_period: timedelta

    @staticmethod
    def of_mode(mode: str, *, objection_period: timedelta) -> "ReceivingTerms":
        return ReceivingTerms(TEST_OIDS if mode == "demo" else PRODUCTION_OIDS, objection_period)


async def receive_identity(
    tx: store.Connection, received: ReceivedIdentity, *, actor: Actor, keys: KeyRing, at: datetime, terms: ReceivingTerms,
    announced_at: datetime | None = None,
) -> IdentityReceipt:  # fmt: skip
    """
    Receive one person; idempotent. Former periods are closed, never overwritten.

    A new qualified person's record is announced, and opens once the objection period is over. An identity that is no longer qualified
    (doubt, fiction, a trait changed by hand) loses its matricule: the record and its documents stay, and nobody finds them by it until
    it is qualified again. The death of the person closes the record.

    Takes
        tx: a connection inside a transaction. announced_at: when the person was told, `at` when not given.
    Gives
        IdentityReceipt: the record, what happened to it, and what the source should look at.
    Raises
        Invalid: as `check_received`. Refused: `identity-not-qualified`, `identity-inactive`, `person-deceased`: no record opens for
        them. Conflict: `person-has-two-records`, `local-identifier-held`, `matricule-former`, `person-has-other-matricule`,
        `matricule-held`, `record-status` (it is being erased): nothing changed.
    """
    foreign: Invalid | None = None
    try:
        check_received(received, today=at.astimezone(PARIS).date(), oids=terms.oids)
    except Invalid as error:
        if error.code != "ins-register-not-here":
            raise
        foreign = error
    holders = await _holders(tx, received)
    patient_id = whose(received, holders)
    if foreign is not None and received.ins not in holders.inses:
        raise foreign
    if patient_id is None:
        refusal = refusal_to_open(received)
        if refusal is not None:
            raise refusal
        return await _open(tx, received, actor=actor, keys=keys, at=at, terms=terms, announced_at=announced_at or at)
    locked = await store.lock_record(tx, patient_id)
    held = None if locked is None else await people_store.held_identity(tx, patient_id)
    if locked is None or held is None or locked[0] is RecordStatus.ERASED:
        raise Conflict("record-status", status=RecordStatus.ERASED)
    warnings = list(warnings_of(received))
    reception = Reception.UNCHANGED
    if received.is_active:
        reception = await _change(
            tx, patient_id, received, held, holders, wrapped=locked[1], actor=actor, keys=keys, at=at
        )
    else:
        warnings.append(Issue("identity-set-aside", severity=Severity.WARNING))
    if received.is_deceased and locked[0] in _LIVING:
        await close(tx, patient_id, motive=Motive.DEATH, actor=actor, keys=keys, at=at)
        reception = Reception.CHANGED
    return IdentityReceipt(patient_id, reception, tuple(warnings))


async def _holders(tx: store.Connection, received: ReceivedIdentity) -> Holders:
    inses = [*([received.ins] if received.ins else []), *(former.ins for former in received.former)]
    claims = await people_store.holders_of(tx, inses) if inses else {}
    local = None if received.local is None else await people_store.local_holder(tx, received.local)
    return Holders({ins: (claim.patient_id, claim.former_since) for ins, claim in claims.items()}, local)


async def _open(
    tx: store.Connection, received: ReceivedIdentity, *, actor: Actor, keys: KeyRing, at: datetime, terms: ReceivingTerms,
    announced_at: datetime,
) -> IdentityReceipt:  # fmt: skip
    assert received.ins is not None
    patient_id = uuid7()
    if await people_store.claim(tx, received.ins, patient_id) != patient_id:
        # Someone else was first, and has committed: what they opened is what we would have.
        return await receive_identity(
            tx, received, actor=actor, keys=keys, at=at, terms=terms, announced_at=announced_at
        )
    await begin(
        tx, patient_id, received, actor=actor, keys=keys, at=at, announced_at=announced_at,
        status=first_status(announced_at, at=at, objection_period=terms.objection_period),
    )  # fmt: skip
    await _keep_identifiers(tx, patient_id, received, actor=actor, at=at)
    return IdentityReceipt(patient_id, Reception.CREATED, warnings_of(received))


async def _change(
    tx: store.Connection, patient_id: UUID, received: ReceivedIdentity, held: HeldIdentity, holders: Holders, *, wrapped: bytes,
    actor: Actor, keys: KeyRing, at: datetime,
) -> Reception:  # fmt: skip
    check_same_person(received, held, holders)
    received = completed(received, held)
    kept = await _keep_identifiers(tx, patient_id, received, actor=actor, at=at)
    if not changes(received, held):
        return Reception.CHANGED if kept else Reception.UNCHANGED
    if received.ins is not None and received.ins != held.ins:
        if await people_store.claim(tx, received.ins, patient_id) != patient_id:
            raise Conflict("person-has-two-records")
        await people_store.resume(tx, patient_id, received.ins)
        await people_store.cease_others(tx, patient_id, received.ins, at=at)
        await outbox.enqueue(tx, patient_id, kind=RENAME_JOB, payload={}, now=at)
    since = await people_store.end_identity(tx, patient_id, at=at)
    await people_store.write_identity(tx, patient_id, received, since=since, at=at, recorded_by=actor.name)
    await store.raise_facts(tx, patient_id)
    event = did(actor, event_of(held, received), at=at, status=received.status)
    await audit_store.append(tx, patient_id, prepare(event, keys.patient_key(patient_id, wrapped)))
    return Reception.CHANGED


def first_status(announced_at: datetime, *, at: datetime, objection_period: timedelta) -> RecordStatus:
    """Announced, or open when the objection period is over already."""
    return RecordStatus.OPEN if announced_at + objection_period <= at else RecordStatus.ANNOUNCED


def event_of(held: HeldIdentity, received: ReceivedIdentity) -> EventType:
    """The event that says what an identity became."""
    was, is_now = (status is IdentityStatus.QUALIFIED for status in (held.status, received.status))
    if was and not is_now:
        return EventType.IDENTITY_WITHDRAWN
    if is_now and not was:
        return EventType.IDENTITY_REQUALIFIED
    return EventType.MATRICULE_CHANGED if held.ins != received.ins else EventType.IDENTITY_CHANGED


async def _keep_identifiers(
    tx: store.Connection, patient_id: UUID, received: ReceivedIdentity, *, actor: Actor, at: datetime
) -> bool:
    """Keep the former matricules and the source's own identifier; whether one of them was new."""
    before = await people_store.identifier_count(tx, patient_id)
    for former in received.former:
        if await people_store.claim_former(tx, patient_id, former, at=at, recorded_by=actor.name) != patient_id:
            raise Conflict("person-has-two-records")
    if received.local is not None:
        holder = await people_store.claim_local(tx, patient_id, received.local, at=at, recorded_by=actor.name)
        if holder != patient_id:
            raise Conflict("local-identifier-held")
    return await people_store.identifier_count(tx, patient_id) > before
