"""
Read rights: one's own status on a record (TD0.2), who holds what on it (TD1.6), the records where one holds an authorisation (TD0.4).

Source: documents.md §1.2, §1.3; official-app 2.8.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from carnet.domain.access.acting import Judged, RightsTerms, Whose, act
from carnet.domain.access.model import Action
from carnet.domain.access.opposing import SWITCHES
from carnet.domain.access.store import HeldRecord, RightsStore
from carnet.domain.actor import Actor, ActorKind
from carnet.domain.audit.model import EventType, Outcome, did
from carnet.domain.audit.trail import prepare
from carnet.domain.consent import store as consent_store
from carnet.domain.consent.model import AuthorisationStatus, Consent, ConsentKind, ConsentPeriod
from carnet.domain.errors import NotFound, Refused
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.ins import Ins


@frozen
class OwnStatus:
    """
    What a professional, or their structure, holds on a record.

    period: the authorisation or block that says so, or the last authorisation that ended; None when there never was one, or when the
    status comes from being médecin traitant. periods: every one of theirs, past and present. at: when they were read.
    """

    patient_id: UUID
    ins: Ins
    status: AuthorisationStatus
    period: ConsentPeriod | None
    is_primary_care_doctor: bool
    periods: Sequence[ConsentPeriod]
    at: datetime


@frozen
class Review:
    """Every period of a record, past and present, and the instant they were read at."""

    patient_id: UUID
    ins: Ins
    periods: Sequence[ConsentPeriod]
    at: datetime


async def own_status(store: RightsStore, whose: Whose, *, actor: Actor, terms: RightsTerms) -> OwnStatus:
    """
    Whether this professional, or the structure they act for, is authorised on a record. Traced.

    Raises
        Refused, NotFound: as `act`.
    """

    async def read(judged: Judged) -> OwnStatus:
        held = judged.held
        periods = await store.periods_of_holder(
            judged.tx, held.patient_id, person=actor.person, organization=actor.organization
        )
        status, period = status_of(periods, at=held.at)
        await judged.trace(EventType.AUTHORISATIONS_READ)
        treating = judged.facts.is_primary_care_doctor
        return OwnStatus(held.patient_id, judged.ins, status, period, treating, periods, held.at)

    return await act(store, whose, read, actor=actor, action=Action.KNOW_STATUS, terms=terms)


def status_of(periods: Sequence[ConsentPeriod], *, at: datetime) -> tuple[AuthorisationStatus, ConsentPeriod | None]:
    """
    The status that a holder's periods give at an instant, and the period that says so.

    A block wins; then an authorisation, or the role of médecin traitant; then an authorisation that ended.
    """
    now = [each for each in periods if each.period.holds_at(at)]
    for kind, status in (
        (ConsentKind.BLOCK, AuthorisationStatus.BLOCKED),
        (ConsentKind.GRANT, AuthorisationStatus.VALID),
    ):
        for each in reversed(now):
            if each.consent.kind is kind:
                return status, each
    if any(each.consent.kind is ConsentKind.PRIMARY_CARE_DOCTOR for each in now):
        return AuthorisationStatus.VALID, None
    past = [each for each in periods if each.consent.kind is ConsentKind.GRANT and each.period.valid_from <= at]
    return (AuthorisationStatus.EXPIRED, past[-1]) if past else (AuthorisationStatus.NONE, None)


async def list_authorisations(store: RightsStore, whose: Whose, *, actor: Actor, terms: RightsTerms) -> Review:
    """
    All that was decided about a record: who is or was authorised or blocked, and the rest, which is not told to a professional. Traced.

    Raises
        Refused, NotFound: as `act`.
    """

    async def read(judged: Judged) -> Review:
        periods = await consent_store.periods(judged.tx, judged.held.patient_id)
        if actor.kind is ActorKind.PROFESSIONAL:
            periods = [each for each in periods if each.consent.kind in DECLARED]
        await judged.trace(EventType.AUTHORISATIONS_READ)
        return Review(judged.held.patient_id, judged.ins, periods, judged.held.at)

    return await act(store, whose, read, actor=actor, action=Action.REVIEW, terms=terms)


async def held_records(
    store: RightsStore, *, actor: Actor, terms: RightsTerms, since: datetime | None = None,
    after: tuple[datetime, UUID] | None = None, count: int = 50, by_organization: bool = False,
) -> tuple[list[HeldRecord], bool]:  # fmt: skip
    """
    The open records where this professional (or their structure) holds an authorisation that runs, the last authorised first.

    Traced in the system's trail: no record was opened.

    Takes
        since: authorised since then. after: `position` of the last record of the page before.
    Gives
        one page, and whether another follows.
    Raises
        Refused: `record-refused` to anyone but a professional.
    """
    at = terms.clock()
    holder = actor.organization if by_organization else actor.person
    if actor.kind is not ActorKind.PROFESSIONAL or holder is None:
        event = did(actor, EventType.AUTHORISATION_REFUSED, at=at, outcome=Outcome.REFUSED, rule="deny.actor-kind")
        await store.trace_alone(None, prepare(event, store.system_key))
        raise Refused("record-refused")
    async with store.database.transaction() as tx:
        names = [name for name in (actor.person, actor.organization) if name is not None]
        found = await store.held_records(
            tx, holder, is_organization=by_organization, names=names, at=at, since=since, after=after, limit=count + 1
        )
    event = did(actor, EventType.HELD_RECORDS_LISTED, at=at, shown=str(min(len(found), count)))
    await store.trace_alone(None, prepare(event, store.system_key))
    return found[:count], len(found) > count


async def one_period(
    store: RightsStore, patient_id: UUID, period_id: UUID, *, actor: Actor, terms: RightsTerms
) -> tuple[ConsentPeriod, Ins, datetime]:
    """
    One authorisation, block or médecin traitant by its id: a professional's own, any for the patient. Traced.

    Gives
        the period, the record's matricule, and the instant it was read at.
    Raises
        NotFound: `consent-unknown`, whether there is none or it is not theirs to know.
    """
    try:
        if actor.kind is ActorKind.PROFESSIONAL:
            own = await own_status(store, patient_id, actor=actor, terms=terms)
            periods, ins, at = own.periods, own.ins, own.at
        else:
            review = await list_authorisations(store, patient_id, actor=actor, terms=terms)
            periods, ins, at = review.periods, review.ins, review.at
    except (Refused, NotFound) as hidden:
        raise NotFound("consent-unknown") from hidden
    for each in periods:
        if each.period_id == period_id and each.consent.kind in EXPRESSED:
            return each, ins, at
    raise NotFound("consent-unknown")


async def running(
    store: RightsStore, whose: Whose, consent: Consent, *, actor: Actor, terms: RightsTerms
) -> tuple[ConsentPeriod, Ins, datetime]:
    """
    What runs of what was just declared, for its answer: the act left its trace, and this leaves none.

    Raises
        NotFound: `consent-unknown`: another ended it meanwhile.
    """
    at = terms.clock()
    person, organization = (None, consent.holder) if consent.holder_is_organization else (consent.holder, None)
    async with store.database.transaction() as tx:
        patient_id = await store.find(tx, whose, at=at) if isinstance(whose, Ins) else whose
        held = None if patient_id is None else await consent_store.lock_at(tx, patient_id, at)
        facts = None if held is None else await store.facts(tx, held.patient_id, actor=actor, at=held.at)
        if held is None or facts is None:
            raise NotFound("consent-unknown")
        if consent.kind in SWITCHES:
            periods = await consent_store.periods(tx, held.patient_id)
        else:
            periods = await store.periods_of_holder(tx, held.patient_id, person=person, organization=organization)
        for each in periods:
            if each.consent.kind is consent.kind and each.period.holds_at(held.at):
                return each, facts[1], held.at
    raise NotFound("consent-unknown")


# What is declared of a named holder, by software or by the patient.
DECLARED = frozenset({ConsentKind.GRANT, ConsentKind.BLOCK, ConsentKind.PRIMARY_CARE_DOCTOR})
# With what the patient says to everyone.
EXPRESSED = DECLARED | SWITCHES
