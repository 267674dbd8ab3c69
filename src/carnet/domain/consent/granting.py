"""
Authorisations, blocks and médecins traitants: given, set, ended, each with its trace.

Source: documents.md §1.2 (TD0.3) and §7; CSP L1111-19, R1111-46.
"""

from datetime import datetime
from uuid import UUID

from carnet.domain.actor import Actor
from carnet.domain.audit.model import EventType, did
from carnet.domain.audit.trail import Sealer, prepare
from carnet.domain.consent import store
from carnet.domain.consent.model import ConsentKind
from carnet.domain.errors import NotFound
from carnet.storage.keys import KeyRing

BEGINS = {
    ConsentKind.GRANT: EventType.GRANT_GIVEN,
    ConsentKind.BLOCK: EventType.BLOCK_SET,
    ConsentKind.PRIMARY_CARE_DOCTOR: EventType.PRIMARY_CARE_DOCTOR_SET,
}
_ENDS = {
    ConsentKind.GRANT: EventType.GRANT_ENDED,
    ConsentKind.BLOCK: EventType.BLOCK_LIFTED,
    ConsentKind.PRIMARY_CARE_DOCTOR: EventType.PRIMARY_CARE_DOCTOR_REMOVED,
}


async def begin(
    tx: store.Connection, patient_id: UUID, kind: ConsentKind, *, holder: str, actor: Actor, keys: KeyRing, at: datetime,
    until: datetime | None = None, holder_is_organization: bool = False,
) -> bool:  # fmt: skip
    """
    Begin a grant, a block or a médecin traitant; False when it runs already.

    Takes
        tx: a connection inside a transaction. holder: PS_IdNat, or Struct_IdNat when `holder_is_organization`.
        until: end decided in advance, excluded; None for an open end.
    Raises
        NotFound: no such record.
    """
    event = did(actor, BEGINS[kind], at=at, holder=holder)
    return await store.begin_consent(
        tx, patient_id, kind, holder=holder, holder_is_organization=holder_is_organization, since=at, until=until, at=at,
        recorded_by=actor.name, event=prepare(event, await _sealer(tx, patient_id, keys)),
    )  # fmt: skip


async def end(
    tx: store.Connection, patient_id: UUID, kind: ConsentKind, *, holder: str, actor: Actor, keys: KeyRing, at: datetime,
    holder_is_organization: bool = False,
) -> bool:  # fmt: skip
    """End what runs; False when nothing does. Takes and raises as `begin`."""
    event = did(actor, _ENDS[kind], at=at, holder=holder)
    return await store.end_consent(
        tx, patient_id, kind, holder=holder, holder_is_organization=holder_is_organization, at=at,
        event=prepare(event, await _sealer(tx, patient_id, keys)),
    )  # fmt: skip


async def _sealer(tx: store.Connection, patient_id: UUID, keys: KeyRing) -> Sealer:
    locked = await store.lock_record(tx, patient_id)
    if locked is None:
        raise NotFound("record-unknown")
    return keys.patient_key(patient_id, locked[1])
