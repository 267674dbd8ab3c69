"""
Link two records of one person, or take one out: periods on each side, an event in each trail, in one transaction.

Records linked together are all linked to each other: whoever opens one opens them all, from whichever they come. Source: design §5;
RNIV (doublons, collisions); docs/decisions/0032-linked-records.md.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from carnet.domain.actor import Actor, ActorKind
from carnet.domain.audit import store as audit_store
from carnet.domain.audit.model import EventType, did
from carnet.domain.audit.trail import prepare
from carnet.domain.consent import store as consent_store
from carnet.domain.consent.model import RecordStatus
from carnet.domain.consent.store import Connection, Locked
from carnet.domain.errors import Invalid, NotFound, Refused, Unavailable
from carnet.domain.record.linked import store
from carnet.storage.keys import KeyRing
from carnet.vocabulary.uuid7 import uuid7

MAX_LINKED = 8
_MAX_MOTIVE_CHARACTERS = 500
# Who says who people are: never a professional nor the person, who could thus open someone else's record.
LINKERS = frozenset({ActorKind.IDENTITY_SOURCE, ActorKind.OPERATOR, ActorKind.SYSTEM})
_SEAL = b"record link"


async def link(
    tx: Connection, one: UUID, other: UUID, *, actor: Actor, motive: str, keys: KeyRing, at: datetime
) -> bool:
    """
    Say that two records are of one person; with each come those that were linked to it. False when that is said already.

    Takes
        tx: a connection inside a transaction. motive: why, kept sealed and told in each trail.
    Raises
        Refused: `link-not-yours`. Invalid: `link-motive`, `link-same-record`, `link-too-many`. NotFound: `record-unknown`.
        Unavailable: `record-busy`: links changed meanwhile; ask again.
    """
    motive = _checked(actor, one, other, motive)
    locked = await _lock(tx, await _group(tx, one) | await _group(tx, other), at)
    left, right = await _group(tx, one), await _group(tx, other)
    _still_held(left | right, locked)
    if other in left:
        return False
    together = left | right
    if len(together) > MAX_LINKED:
        raise Invalid("link-too-many", limit=str(MAX_LINKED))
    for own, news in ((left, right), (right, left)):
        for patient_id in own:
            held = locked[patient_id]
            sealed = _sealed(keys, held, motive)
            for to in news:
                await store.begin(tx, patient_id, uuid7(), to=to, at=held.at, recorded_by=actor.name, motive=sealed)
            await store.set_linked(tx, patient_id, sorted(together - {patient_id}), at=held.at)
            await _trace(tx, held, EventType.RECORDS_LINKED, news, actor=actor, motive=motive, keys=keys)
    return True


async def unlink(
    tx: Connection, one: UUID, other: UUID, *, actor: Actor, motive: str, keys: KeyRing, at: datetime
) -> bool:
    """
    Say that `other` is not of the person of `one` after all: it leaves `one` and all that is linked to it. False when it was not linked.

    Each record keeps what was deposited in it meanwhile. Takes and raises as `link`.
    """
    motive = _checked(actor, one, other, motive)
    locked = await _lock(tx, await _group(tx, one) | {other}, at)
    group = await _group(tx, one)
    _still_held(group, locked)
    if other not in group:
        return False
    others = group - {other}
    for own, gone in ((others, {other}), ({other}, others)):
        for patient_id in own:
            held = locked[patient_id]
            sealed = _sealed(keys, held, motive)
            for to in gone:
                await store.end(tx, patient_id, to=to, at=held.at, ended_by=actor.name, motive=sealed)
            await store.set_linked(tx, patient_id, sorted(own - {patient_id}), at=held.at)
            await _trace(tx, held, EventType.RECORDS_UNLINKED, gone, actor=actor, motive=motive, keys=keys)
    return True


def _checked(actor: Actor, one: UUID, other: UUID, motive: str) -> str:
    if actor.kind not in LINKERS:
        raise Refused("link-not-yours")
    motive = motive.strip()
    if not 0 < len(motive) <= _MAX_MOTIVE_CHARACTERS:
        raise Invalid("link-motive", limit=str(_MAX_MOTIVE_CHARACTERS))
    if one == other:
        raise Invalid("link-same-record")
    return motive


async def _group(tx: Connection, patient_id: UUID) -> set[UUID]:
    """A record with all that is linked to it."""
    return {patient_id, *await store.linked(tx, patient_id)}


def _still_held(group: set[UUID], locked: Mapping[UUID, Locked]) -> None:
    """A link made while we waited may have brought a record that we do not hold, and taking it now could wait for ever."""
    if not group <= locked.keys():
        raise Unavailable("record-busy")


async def _lock(tx: Connection, patient_ids: set[UUID], at: datetime) -> Mapping[UUID, Locked]:
    """The heads, one by one in the order of their ids: two links at once wait for each other, and never for ever."""
    locked = {}
    for patient_id in sorted(patient_ids):
        held = await consent_store.lock_at(tx, patient_id, at)
        if held is None or held.status is RecordStatus.ERASED:
            raise NotFound("record-unknown")
        locked[patient_id] = held
    return locked


def _sealed(keys: KeyRing, held: Locked, motive: str) -> bytes:
    return keys.patient_key(held.patient_id, held.wrapped_key).seal(motive.encode(), _SEAL + held.patient_id.bytes)


async def _trace(
    tx: Connection, held: Locked, kind: EventType, others: set[UUID], *, actor: Actor, motive: str, keys: KeyRing
) -> None:  # fmt: skip
    details = {"records": " ".join(map(str, sorted(others))), "motive": motive}
    event = replace(did(actor, kind, at=held.at), details=details)
    await audit_store.append(tx, held.patient_id, prepare(event, keys.patient_key(held.patient_id, held.wrapped_key)))
