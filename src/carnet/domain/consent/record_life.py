"""
The life of a record: begun, closed, opposed, reopened; each change ends a period and begins another.

Source: CSP L1111-14 and R1111-26 ff.; documents.md §1.3 (TD1.x) and §7.
"""

from datetime import datetime
from uuid import UUID

from carnet.domain.actor import Actor
from carnet.domain.audit import store as audit_store
from carnet.domain.audit.model import EventType, did
from carnet.domain.audit.trail import prepare
from carnet.domain.consent import store
from carnet.domain.consent.model import RecordStatus
from carnet.domain.errors import Conflict, NotFound, Refused
from carnet.domain.people import store as people_store
from carnet.domain.people.model import Identity, IdentityStatus
from carnet.storage.keys import KeyRing
from carnet.vocabulary.uuid7 import uuid7

_CHANGES: dict[RecordStatus, tuple[EventType, frozenset[RecordStatus]]] = {
    RecordStatus.CLOSED: (EventType.RECORD_CLOSED, frozenset({RecordStatus.OPEN})),
    RecordStatus.OPPOSED: (EventType.RECORD_OPPOSED, frozenset({RecordStatus.ANNOUNCED})),
    RecordStatus.OPEN: (
        EventType.RECORD_REOPENED,
        frozenset({RecordStatus.ANNOUNCED, RecordStatus.CLOSED, RecordStatus.OPPOSED}),
    ),
}


async def begin_record(
    tx: store.Connection,
    identity: Identity,
    *,
    actor: Actor,
    keys: KeyRing,
    at: datetime,
    status: RecordStatus = RecordStatus.OPEN,
) -> tuple[UUID, bool]:
    """
    Begin a record for a qualified identity; idempotent.

    Takes
        tx: a connection inside a transaction.
    Gives
        the patient's id, and whether the record is new.
    Raises
        Refused: `identity-not-qualified`: a record is indexed only by a qualified identity.
        Conflict: `matricule-held`: the matricule already opens a record with other traits.
    """
    if identity.status is not IdentityStatus.QUALIFIED:
        raise Refused("identity-not-qualified")
    patient_id = uuid7()
    holder = await people_store.claim(tx, identity.ins, patient_id)
    if holder != patient_id:
        known = await people_store.current_identity(tx, holder)
        if known is not None and known.traits != identity.traits:
            raise Conflict("matricule-held")
        return holder, False
    wrapped = keys.new_patient_key(patient_id)
    await store.create_record(tx, patient_id, wrapped_key=wrapped, status=status, at=at, recorded_by=actor.name)
    await people_store.record_identity(tx, patient_id, identity, at=at, recorded_by=actor.name)
    event = did(actor, EventType.RECORD_OPENED, at=at, status=status)
    await audit_store.append(tx, patient_id, prepare(event, keys.patient_key(patient_id, wrapped)))
    return patient_id, True


async def change_record(
    tx: store.Connection, patient_id: UUID, *, to: RecordStatus, actor: Actor, keys: KeyRing, at: datetime
) -> None:
    """
    Close, oppose or reopen a record.

    Raises
        NotFound: no such record.
        Conflict: `record-status` when the record cannot pass from its status now to this one.
    """
    locked = await store.lock_record(tx, patient_id)
    if locked is None:
        raise NotFound("record-unknown")
    status, wrapped = locked
    type_, allowed_from = _CHANGES[to]
    event = prepare(did(actor, type_, at=at), keys.patient_key(patient_id, wrapped))
    changed = await store.change_status(
        tx, patient_id, to, allowed_from=allowed_from, at=at, recorded_by=actor.name, event=event
    )
    if not changed:
        raise Conflict("record-status", status=status)
