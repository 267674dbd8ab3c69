"""
« Je ne reconnais pas cet accès »: the person reports one access of their history, and follows what becomes of it.

The operator answers (`answering`). Source: official-app 2.22 (a report on the same object is refused while one runs); CSP L1111-19.
"""

from collections.abc import Sequence
from uuid import UUID

from carnet.domain.access.acting import Judged, RightsTerms, act
from carnet.domain.access.model import Action
from carnet.domain.access.store import RightsStore
from carnet.domain.actor import Actor, ActorKind
from carnet.domain.audit.model import AuditEvent, EventType
from carnet.domain.errors import Conflict, Invalid, NotFound, Refused
from carnet.domain.record.history.model import Told
from carnet.domain.record.history.reading import read_event
from carnet.domain.record.history.telling import OF_A_SECRET
from carnet.domain.record.opening import ReadTerms
from carnet.domain.record.reporting import store as report_store
from carnet.domain.record.reporting.model import AccessReport, Reported, ReportState, Step
from carnet.domain.record.store import RecordStore
from carnet.vocabulary.uuid7 import uuid7

MAX_WORDS = 2_000  # characters


async def read_reportable(
    records: RecordStore, patient_id: UUID, event_id: UUID, *, actor: Actor, terms: ReadTerms
) -> Told:
    """
    The access that somebody wants to report, as they may know it. Traced as a reading of the trail.

    Raises
        NotFound: `event-unknown`. Invalid: `access-not-reportable`: their own act, or one of carnet itself. And as `read_trail`.
    """
    (told,) = (await read_event(records, patient_id, event_id, actor=actor, terms=terms)).events
    if told.event is None:
        raise Refused("record-refused")
    if not is_reportable(told.event, reader=actor):
        raise Invalid("access-not-reportable")
    return told


def is_reportable(event: AuditEvent, *, reader: Actor) -> bool:
    """Whether an act is someone else's."""
    if event.actor.kind is ActorKind.SYSTEM:
        return False
    return event.actor.ins is None or event.actor.ins != reader.ins


async def report_access(
    records: RecordStore, rights: RightsStore, patient_id: UUID, event_id: UUID, *, words: str, actor: Actor, reading: ReadTerms,
    terms: RightsTerms,
) -> AccessReport:  # fmt: skip
    """
    Report an access.

    Takes
        words: what the person says of it; may be empty.
    Raises
        Invalid: `report-too-long`. Conflict: `access-reported-already`, while a report of the same access runs. And as `read_reportable`, `act`.
    """
    if len(words) > MAX_WORDS:
        raise Invalid("report-too-long", limit=str(MAX_WORDS))
    told = await read_reportable(records, patient_id, event_id, actor=actor, terms=reading)
    event = told.event
    assert event is not None
    secret = event.actor.secret_connection or event.details.get(OF_A_SECRET) == "true"

    async def change(judged: Judged) -> AccessReport:
        if await report_store.is_reported(judged.tx, patient_id, event_id):
            raise Conflict("access-reported-already")
        at = judged.held.at
        report = AccessReport(
            uuid7(), event_id, ReportState.RECEIVED, secret, at, at, words.strip(), _passed_on(event),
            (Step(ReportState.RECEIVED, at, by_operator=False, words=None),),
        )  # fmt: skip
        await report_store.insert(judged.tx, patient_id, report, key=judged.key)
        await judged.trace(EventType.ACCESS_REPORTED, event=str(event_id), **details_of(report))
        return report

    return await act(rights, patient_id, change, actor=actor, action=Action.FOLLOW, terms=terms)


async def read_reports(
    rights: RightsStore, patient_id: UUID, *, actor: Actor, terms: RightsTerms
) -> Sequence[AccessReport]:
    """The reports of a record, the last first. Traced when there is one. Raises as `act`."""

    async def read(judged: Judged) -> Sequence[AccessReport]:
        found = await report_store.reports(judged.tx, patient_id, key=judged.key, secrets=_may_know_secrets(actor))
        if found:
            await judged.trace(EventType.REPORT_READ, shown=str(len(found)))
        return found

    return await act(rights, patient_id, read, actor=actor, action=Action.FOLLOW, terms=terms)


async def withdraw_report(
    rights: RightsStore, patient_id: UUID, report_id: UUID, *, actor: Actor, terms: RightsTerms
) -> bool:
    """
    Take a report back: it is closed without an answer; False when it is closed already.

    Raises
        NotFound: `report-unknown`. And as `act`.
    """

    async def change(judged: Judged) -> bool:
        found = await report_store.report(
            judged.tx, patient_id, report_id, key=judged.key, secrets=_may_know_secrets(actor)
        )
        if found is None:
            raise NotFound("report-unknown")
        if found.state is ReportState.CLOSED:
            return False
        step = Step(ReportState.CLOSED, judged.held.at, by_operator=False, words=None)
        await report_store.move(judged.tx, patient_id, report_id, step, key=judged.key)
        await judged.trace(EventType.REPORT_CLOSED, **details_of(found))
        return True

    return await act(rights, patient_id, change, actor=actor, action=Action.FOLLOW, terms=terms)


def details_of(report: AccessReport) -> dict[str, str]:
    """What the trail says of a report."""
    return {"report": str(report.report_id), **({OF_A_SECRET: "true"} if report.is_secret else {})}


def _may_know_secrets(actor: Actor) -> bool:
    return actor.kind is not ActorKind.GUARDIAN


def _passed_on(event: AuditEvent) -> Reported:
    who = event.actor
    return Reported(
        event.type, event.outcome, event.occurred_at, who.name, who.person, who.profession, who.specialty, who.organization,
        who.organization_name, who.purpose,
    )  # fmt: skip
