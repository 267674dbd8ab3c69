"""
An act on rights: the record is locked, the actor judged, the change and its trace written, in one transaction; a refusal leaves its own.

Source: documents.md §1.2 (TD0.3), §7; product promises 3, 4 and 6.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import field, replace
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from carnet.domain.access.model import AccessMatrix, Action, Decision, RecordFacts
from carnet.domain.access.policy import decide
from carnet.domain.access.reach import ReachKind, is_past, within
from carnet.domain.access.store import Connection, RightsStore
from carnet.domain.actor import Actor, ActorKind
from carnet.domain.audit.model import EventType, Outcome, did
from carnet.domain.audit.trail import prepare
from carnet.domain.consent import granting
from carnet.domain.consent import store as consent_store
from carnet.domain.consent.model import Consent, RecordStatus
from carnet.domain.consent.store import Locked
from carnet.domain.errors import NotFound, Refused
from carnet.storage.sealing import PatientKey
from carnet.vocabulary.clock import Clock
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.ins import Ins

Whose = Ins | UUID  # a record, by its matricule or its id

# What a refusal tells: precise to whom the record is known, the same for all to a stranger.
REFUSALS: Mapping[str, str] = {
    "deny.represents-to-read": "representation-to-read",
    "deny.purpose": "purpose-not-for-this",
    "deny.record-announced": "record-announced",
    "deny.record-opposed": "record-opposed",
    "deny.record-closed": "record-closed",
    "deny.patient-decides": "patient-decides",
    "deny.blocked": "authorisation-blocked",
    "deny.reach": "reach-exceeded",
    "deny.not-yours": "authorisation-not-yours",
    "deny.no-physician": "no-physician",
    "deny.not-primary-care-doctor": "not-primary-care-doctor",
}


@frozen
class GrantDurations:
    """How long an authorisation lasts when its end is not said. No text gives a figure: the operator decides."""

    care_team: timedelta = timedelta(days=365)
    explicit_consent: timedelta = timedelta(hours=24)


@frozen
class RightsTerms:
    """What acts on rights are judged by."""

    matrix: AccessMatrix
    clock: Clock
    durations: GrantDurations = field(default_factory=GrantDurations)


@frozen
class Judged:
    """An act that is allowed, inside its transaction, on a record that it holds."""

    store: RightsStore
    actor: Actor
    tx: Connection
    held: Locked
    decision: Decision
    facts: RecordFacts
    ins: Ins

    async def begin(self, consent: Consent, *, until: datetime | None = None) -> UUID | None:
        """Begin a period; the id of its event, or None when one runs already."""
        return await granting.begin(
            self.tx, self.held.patient_id, consent, actor=self.actor, keys=self.store.keys, at=self.held.at, until=until,
            rule=self.decision, locked=self.held,
        )  # fmt: skip

    async def end(self, consent: Consent) -> bool:
        """End a period; False when none runs."""
        return await granting.end(
            self.tx, self.held.patient_id, consent, actor=self.actor, keys=self.store.keys, at=self.held.at,
            rule=self.decision, locked=self.held,
        )  # fmt: skip

    @property
    def key(self) -> PatientKey:
        """What is sealed in this record is sealed under it."""
        return self.store.keys.patient_key(self.held.patient_id, self.held.wrapped_key)

    async def trace(self, event_type: EventType, **details: str) -> UUID:
        """Leave the trace of a reading of rights, or of an act that is no period; gives the id of its event."""
        event = replace(did(self.actor, event_type, at=self.held.at, rule=self.decision), details=details)
        await self.store.trace(self.tx, self.held.patient_id, prepare(event, self.key))
        return event.event_id


T = TypeVar("T")


async def act(
    store: RightsStore, whose: Whose, change: Callable[[Judged], Awaitable[T]], *, actor: Actor, action: Action, terms: RightsTerms,
    holder: str | None = None, gives_reach: bool = False,
) -> T:  # fmt: skip
    """
    Do something about the rights on a record, if this actor may.

    Takes
        change: what is done, inside the transaction. holder: whom an authorisation is about.
        gives_reach: whether a professional's own word opens a record to them: the records of a day are counted (`access/reach`).
    Gives
        what `change` gives.
    Raises
        NotFound: `patient-unknown`, to who could have acted on an open record.
        Refused: a precise code of REFUSALS to those whom the record is known to; `record-refused` to others.
    """
    at = terms.clock()
    patient_id: UUID | None = None
    async with store.database.transaction() as tx:
        patient_id = await store.find(tx, whose, at=at) if isinstance(whose, Ins) else whose
        held = None if patient_id is None else await consent_store.lock_at(tx, patient_id, at)
        found = None if held is None else await store.facts(tx, held.patient_id, actor=actor, at=held.at)
        if held is None or found is None:
            patient_id = None
            facts = RecordFacts(RecordStatus.OPEN, at)
            decision = decide(actor, action, record=facts, document=None, matrix=terms.matrix, holder=holder)
        else:
            facts, ins = found
            counted = gives_reach and actor.kind is ActorKind.PROFESSIONAL
            if counted:
                past = await is_past(
                    tx, actor, held.patient_id, ReachKind.DECLARED, at=held.at, terms=store.fact_terms.reach
                )
                facts = replace(facts, reaches_too_many=past)
            decision = decide(actor, action, record=facts, document=None, matrix=terms.matrix, holder=holder)
            if decision.allowed and counted:
                await within(
                    tx, actor, held.patient_id, ReachKind.DECLARED, at=held.at, terms=store.fact_terms.reach,
                    system=store.system_key,
                )  # fmt: skip
            if decision.allowed:
                return await change(Judged(store, actor, tx, held, decision, facts, ins))
    await trace_refusal(store, patient_id, decision, actor=actor, action=action, at=at, holder=holder)
    if patient_id is None and decision.allowed:
        raise NotFound("patient-unknown")
    raise Refused("record-refused" if patient_id is None else REFUSALS.get(decision.rule, "record-refused"))


async def trace_refusal(
    store: RightsStore, patient_id: UUID | None, decision: Decision, *, actor: Actor, action: Action, at: datetime,
    holder: str | None = None,
) -> None:  # fmt: skip
    """The attempt stays: in the record's trail, or in the system's when there is no record."""
    rule = "deny.unknown" if patient_id is None and decision.allowed else decision.rule
    details = {"action": action.value} if holder is None else {"action": action.value, "holder": holder}
    event = did(
        actor, EventType.AUTHORISATION_REFUSED, at=at, outcome=Outcome.REFUSED, documents=(), rule=rule, **details
    )
    if patient_id is None:
        await store.trace_alone(None, prepare(event, store.system_key))
        return
    async with store.database.transaction() as tx:
        held = await consent_store.lock_at(tx, patient_id, at)
        if held is not None:
            await store.trace(tx, patient_id, prepare(event, store.keys.patient_key(patient_id, held.wrapped_key)))
