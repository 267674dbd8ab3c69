"""
The life of a record: announced, opened, opposed, closed, reopened, erased; each change ends a period and begins another.

Source: CSP L1111-14, L1111-13-1 and R1111-26 ff.; identity-and-messaging.md §3.3; documents.md §1.3 (TD1.x) and §7.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from carnet.domain.actor import SYSTEM, Actor, ActorKind
from carnet.domain.audit import store as audit_store
from carnet.domain.audit.model import EventType, did
from carnet.domain.audit.trail import SYSTEM_TRAIL, Sealer, prepare
from carnet.domain.consent import store
from carnet.domain.consent.model import Motive, RecordStatus
from carnet.domain.errors import Conflict, NotFound, Refused
from carnet.domain.people import store as people_store
from carnet.domain.people.model import Identity, IdentityStatus, ReceivedIdentity
from carnet.storage import outbox
from carnet.storage.keys import KeyRing
from carnet.vocabulary.uuid7 import uuid7

_ANNOUNCED, _OPEN, _OPPOSED, _CLOSED, _ERASED = RecordStatus

# From, to: the event that says so. What is not here does not happen.
CHANGES: Mapping[tuple[RecordStatus, RecordStatus], EventType] = {
    (
        _ANNOUNCED,
        _OPEN,
    ): EventType.RECORD_ACTIVATED,  # before the term, on request; at the term the clock says RECORD_OPENED
    (_ANNOUNCED, _OPPOSED): EventType.RECORD_OPPOSED,
    (_ANNOUNCED, _CLOSED): EventType.RECORD_CLOSED,  # the person died meanwhile
    (_OPPOSED, _OPEN): EventType.RECORD_ACTIVATED,
    (_OPEN, _CLOSED): EventType.RECORD_CLOSED,
    (_CLOSED, _OPEN): EventType.RECORD_REOPENED,
    (_OPPOSED, _ERASED): EventType.RECORD_ERASED,
    (_CLOSED, _ERASED): EventType.RECORD_ERASED,
}
_REASON = b"record reason"
ERASE_JOB = "erase-record"
# In the system's trail: that the erasure was asked for, not by whom, which would name the person.
_SOMEONE = Actor(ActorKind.ANONYMOUS, "demande d’effacement")


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
    Begin a record for a qualified identity, whatever was announced; idempotent. People arrive by `receive_identity`; this is for those
    whom the demonstration invents.

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
    received = ReceivedIdentity(
        identity.traits, identity.status, identity.ins, attributes=identity.attributes, used_name=identity.used_name,
        used_given_name=identity.used_given_name,
    )  # fmt: skip
    await begin(tx, patient_id, received, actor=actor, keys=keys, at=at, status=status)
    return patient_id, True


async def begin(
    tx: store.Connection, patient_id: UUID, received: ReceivedIdentity, *, actor: Actor, keys: KeyRing, at: datetime,
    status: RecordStatus, announced_at: datetime | None = None,
) -> None:  # fmt: skip
    """
    Begin the record of someone whose matricule has just been claimed for it.

    Takes
        announced_at: when the person was told, when they were.
    """
    wrapped = keys.new_patient_key(patient_id)
    await store.create_record(
        tx, patient_id, wrapped_key=wrapped, status=status, at=at, recorded_by=actor.name, announced_at=announced_at
    )
    await people_store.write_identity(tx, patient_id, received, since=at, at=at, recorded_by=actor.name)
    event = replace(did(actor, beginning(status), at=at), details=announcement(announced_at))
    await audit_store.append(tx, patient_id, prepare(event, keys.patient_key(patient_id, wrapped)))


def beginning(status: RecordStatus) -> EventType:
    """The event of a record that begins in this status."""
    return EventType.RECORD_ANNOUNCED if status is RecordStatus.ANNOUNCED else EventType.RECORD_OPENED


def announcement(announced_at: datetime | None) -> dict[str, str]:
    """What the event of a beginning says of the announcement."""
    return {} if announced_at is None else {"announced_at": announced_at.isoformat()}


async def activate(tx: store.Connection, patient_id: UUID, *, actor: Actor, keys: KeyRing, at: datetime) -> None:
    """
    Open at once a record that is announced or opposed, at the person's request.

    Raises
        NotFound: no such record. Conflict: `record-status` when it is neither.
    """
    await _change(tx, patient_id, _OPEN, actor=actor, keys=keys, at=at, allowed=frozenset({_ANNOUNCED, _OPPOSED}))


async def oppose(tx: store.Connection, patient_id: UUID, *, actor: Actor, keys: KeyRing, at: datetime) -> None:
    """Record the opposition to the opening of an announced record. Raises as `activate`."""
    await _change(tx, patient_id, _OPPOSED, actor=actor, keys=keys, at=at)


async def close(
    tx: store.Connection, patient_id: UUID, *, actor: Actor, keys: KeyRing, at: datetime, motive: Motive = Motive.PATIENT_REQUEST,
    reason: str | None = None,
) -> None:  # fmt: skip
    """
    Close a record, which is kept ten years; an announced one only by the death of the person.

    Takes
        reason: free text of whoever asks, sealed.
    Raises
        as `activate`.
    """
    allowed = frozenset({_ANNOUNCED, _OPEN}) if motive is Motive.DEATH else frozenset({_OPEN})
    await _change(tx, patient_id, _CLOSED, actor=actor, keys=keys, at=at, allowed=allowed, motive=motive, reason=reason)


async def reopen(tx: store.Connection, patient_id: UUID, *, actor: Actor, keys: KeyRing, at: datetime) -> None:
    """Open again a closed record, with all that it held. Raises as `activate`."""
    await _change(tx, patient_id, _OPEN, actor=actor, keys=keys, at=at, allowed=frozenset({_CLOSED}))


async def erase(tx: store.Connection, patient_id: UUID, *, actor: Actor, keys: KeyRing, at: datetime) -> None:
    """
    Decide that a closed or opposed record is erased for good: at the holder's request, or when the ten years are over.

    From this act on no door finds it; the job it leaves destroys contents, identity and key (domain/record/erasure). The system's trail
    says so too, since the record's own is then only proofs.

    Raises
        as `activate`.
    """
    await _change(tx, patient_id, _ERASED, actor=actor, keys=keys, at=at)
    event = did(
        SYSTEM if actor.kind is ActorKind.SYSTEM else _SOMEONE, EventType.RECORD_ERASED, at=at, record=str(patient_id)
    )
    await audit_store.append_system(tx, prepare(event, keys.server_sealing_key(SYSTEM_TRAIL)))
    await outbox.enqueue(tx, patient_id, kind=ERASE_JOB, payload={}, now=at)


async def change_record(
    tx: store.Connection, patient_id: UUID, *, to: RecordStatus, actor: Actor, keys: KeyRing, at: datetime
) -> None:
    """
    Bring a record to a status, by whatever change leads there.

    Raises
        NotFound: no such record.
        Conflict: `record-status` when the record cannot pass from its status now to this one.
    """
    if to is _CLOSED:
        await close(tx, patient_id, actor=actor, keys=keys, at=at)
    else:
        await _change(tx, patient_id, to, actor=actor, keys=keys, at=at)


def read_reason(sealed: bytes, *, patient_id: UUID, key: Sealer) -> str:
    """The words of whoever asked for a closing. Raises SealBroken."""
    return key.open(sealed, _REASON + patient_id.bytes).decode()


async def _change(
    tx: store.Connection, patient_id: UUID, to: RecordStatus, *, actor: Actor, keys: KeyRing, at: datetime,
    allowed: frozenset[RecordStatus] = frozenset(RecordStatus), motive: Motive | None = None, reason: str | None = None,
) -> None:  # fmt: skip
    locked = await store.lock_record(tx, patient_id)
    if locked is None:
        raise NotFound("record-unknown")
    status, wrapped = locked
    kind = CHANGES.get((status, to))
    if kind is None or status not in allowed:
        raise Conflict("record-status", status=status)
    key = keys.patient_key(patient_id, wrapped)
    event = replace(did(actor, kind, at=at), details={} if motive is None else {"motive": motive.value})
    await store.change_status(
        tx, patient_id, to, allowed_from=frozenset({status}), at=at, recorded_by=actor.name,
        event=prepare(event, key), motive=motive,
        reason=None if reason is None else key.seal(reason.encode(), _REASON + patient_id.bytes),
    )  # fmt: skip
