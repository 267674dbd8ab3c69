"""
Periods of what the patient decided: begun and ended, each with its trace. Whoever may do so has been judged before (`domain/access`).

Source: documents.md §1.2 (TD0.3) and §7; CSP L1111-15, L1111-17, L1111-19, R1111-46.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from carnet.domain.actor import Actor
from carnet.domain.audit.model import AuditEvent, EventType, Ruling, did
from carnet.domain.audit.trail import prepare
from carnet.domain.consent import store
from carnet.domain.consent.model import Consent, ConsentKind
from carnet.domain.errors import NotFound
from carnet.storage.keys import KeyRing

BEGINS: Mapping[ConsentKind, EventType] = {
    ConsentKind.GRANT: EventType.GRANT_GIVEN,
    ConsentKind.BLOCK: EventType.BLOCK_SET,
    ConsentKind.PRIMARY_CARE_DOCTOR: EventType.PRIMARY_CARE_DOCTOR_SET,
    ConsentKind.EMERGENCY_OPPOSITION: EventType.EMERGENCY_OPPOSED,
    ConsentKind.REGULATION_OPPOSITION: EventType.REGULATION_OPPOSED,
    ConsentKind.FEEDING_OPPOSITION: EventType.FEEDING_OPPOSED,
    ConsentKind.EMERGENCY_MASKED: EventType.EMERGENCY_MASKED_ALLOWED,
    ConsentKind.HIDDEN_CATEGORY: EventType.CATEGORY_HIDDEN,
    ConsentKind.WITHHELD_CATEGORY: EventType.CATEGORY_HIDDEN,
    ConsentKind.PARENTAL_AUTHORITY: EventType.REPRESENTATIVE_NAMED,
    ConsentKind.GUARDIANSHIP: EventType.REPRESENTATIVE_NAMED,
    ConsentKind.MASKED_BY_DEFAULT: EventType.DEFAULT_MASK_SET,
}
ENDS: Mapping[ConsentKind, EventType] = {
    ConsentKind.GRANT: EventType.GRANT_ENDED,
    ConsentKind.BLOCK: EventType.BLOCK_LIFTED,
    ConsentKind.PRIMARY_CARE_DOCTOR: EventType.PRIMARY_CARE_DOCTOR_REMOVED,
    ConsentKind.EMERGENCY_OPPOSITION: EventType.EMERGENCY_OPPOSITION_LIFTED,
    ConsentKind.REGULATION_OPPOSITION: EventType.REGULATION_OPPOSITION_LIFTED,
    ConsentKind.FEEDING_OPPOSITION: EventType.FEEDING_OPPOSITION_LIFTED,
    ConsentKind.EMERGENCY_MASKED: EventType.EMERGENCY_MASKED_ENDED,
    ConsentKind.HIDDEN_CATEGORY: EventType.CATEGORY_SHOWN,
    ConsentKind.WITHHELD_CATEGORY: EventType.CATEGORY_SHOWN,
    ConsentKind.PARENTAL_AUTHORITY: EventType.REPRESENTATIVE_REMOVED,
    ConsentKind.GUARDIANSHIP: EventType.REPRESENTATIVE_REMOVED,
    ConsentKind.MASKED_BY_DEFAULT: EventType.DEFAULT_MASK_REMOVED,
}


async def begin(
    tx: store.Connection, patient_id: UUID, consent: Consent, *, actor: Actor, keys: KeyRing, at: datetime,
    since: datetime | None = None, until: datetime | None = None, rule: Ruling | str | None = None, locked: store.Locked | None = None,
) -> UUID | None:  # fmt: skip
    """
    Begin a period; None when one runs already.

    Takes
        tx: a connection inside a transaction. since: when it began, if it was before being recorded; None for now.
        until: end decided in advance, excluded; None for an open end. rule: the line of the access table that allowed it.
        locked: the record's head, when the caller holds it.
    Gives
        the id of the event that tells it.
    Raises
        NotFound: no such record.
    """
    held = locked or await _lock(tx, patient_id, at)
    event = _event(actor, BEGINS[consent.kind], consent, at=held.at, rule=rule, until=until)
    begun = await store.begin_consent(
        tx, held, consent, recorded_by=actor.name, since=since, until=until,
        event=prepare(event, keys.patient_key(patient_id, held.wrapped_key)),
    )  # fmt: skip
    return event.event_id if begun else None


async def end(
    tx: store.Connection, patient_id: UUID, consent: Consent, *, actor: Actor, keys: KeyRing, at: datetime,
    rule: Ruling | str | None = None, locked: store.Locked | None = None,
) -> bool:  # fmt: skip
    """End what runs; False when nothing does. Takes and raises as `begin`."""
    held = locked or await _lock(tx, patient_id, at)
    event = _event(actor, ENDS[consent.kind], consent, at=held.at, rule=rule, until=None)
    return await store.end_consent(
        tx, held, consent, event=prepare(event, keys.patient_key(patient_id, held.wrapped_key))
    )


async def runs(tx: store.Connection, locked: store.Locked, consent: Consent) -> bool:
    """Whether such a period is in force; a scope of None is any."""
    return await store.running_until(tx, locked, consent) is not None


def _event(
    actor: Actor,
    event_type: EventType,
    consent: Consent,
    *,
    at: datetime,
    rule: Ruling | str | None,
    until: datetime | None,
) -> AuditEvent:
    """What the trail says of a period: whom it concerns, and what tells it from another of its kind."""
    known = {
        "holder": consent.holder,
        "kind": consent.kind,
        "basis": consent.basis,
        "scope": consent.scope,
        "until": None if until is None else until.isoformat(),
    }
    details = {name: str(value) for name, value in known.items() if value is not None}
    return replace(did(actor, event_type, at=at, rule=rule), details=details)


async def _lock(tx: store.Connection, patient_id: UUID, at: datetime) -> store.Locked:
    locked = await store.lock_at(tx, patient_id, at)
    if locked is None:
        raise NotFound("record-unknown")
    return locked
