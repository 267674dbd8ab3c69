"""
The operator looks at reports of accesses and answers them: told who acted, when, which kind of act and the person's words, no document.

Source: RGPD, art. 12 (an answer within a month); PGSSI-S, imputabilité.
"""

from collections.abc import Sequence
from uuid import UUID

from carnet.domain.access.acting import Judged, RightsTerms, act
from carnet.domain.access.model import Action, RecordFacts
from carnet.domain.access.notices import Notice, NoticeKind
from carnet.domain.access.policy import decide
from carnet.domain.access.store import RightsStore
from carnet.domain.actor import Actor
from carnet.domain.audit.model import EventType, Outcome, did
from carnet.domain.audit.trail import prepare
from carnet.domain.consent.model import RecordStatus
from carnet.domain.errors import Conflict, Invalid, NotFound, Refused
from carnet.domain.record.reporting import MAX_WORDS, details_of
from carnet.domain.record.reporting import store as report_store
from carnet.domain.record.reporting.model import BY_OPERATOR, AccessReport, ReportState, Step, WaitingReport

LISTED = 200  # waiting reports of one list
_TOLD = {
    ReportState.IN_REVIEW: EventType.REPORT_TAKEN,
    ReportState.ANSWERED: EventType.REPORT_ANSWERED,
    ReportState.CLOSED: EventType.REPORT_CLOSED,
}


async def waiting_reports(rights: RightsStore, *, actor: Actor, terms: RightsTerms) -> Sequence[WaitingReport]:
    """
    Reports of every record that wait for an answer, the oldest first. Traced in the system's trail.

    Raises
        Refused: `record-refused`.
    """
    at = terms.clock()
    facts = RecordFacts(RecordStatus.OPEN, at)  # it is nobody's record: no consent counts
    decision = decide(actor, Action.ANSWER, record=facts, document=None, matrix=terms.matrix)
    if not decision.allowed:
        event = did(
            actor, EventType.AUTHORISATION_REFUSED, at=at, outcome=Outcome.REFUSED, rule=decision, action=Action.ANSWER
        )
        await rights.trace_alone(None, prepare(event, rights.system_key))
        raise Refused("record-refused")
    async with rights.database.connection() as connection:
        found = await report_store.waiting(connection, limit=LISTED)
    event = did(actor, EventType.REPORTS_LISTED, at=at, rule=decision, shown=str(len(found)))
    await rights.trace_alone(None, prepare(event, rights.system_key))
    return found


async def read_report(
    rights: RightsStore, patient_id: UUID, report_id: UUID, *, actor: Actor, terms: RightsTerms
) -> AccessReport:
    """One report, as it was passed on. Traced in the record's trail. Raises NotFound: `report-unknown`; and as `act`."""

    async def read(judged: Judged) -> AccessReport:
        found = await _found(judged, report_id)
        await judged.trace(EventType.REPORT_READ, **details_of(found))
        return found

    return await act(rights, patient_id, read, actor=actor, action=Action.ANSWER, terms=terms)


async def move_report(
    rights: RightsStore, patient_id: UUID, report_id: UUID, to: ReportState, *, words: str | None, actor: Actor, terms: RightsTerms
) -> AccessReport:  # fmt: skip
    """
    Take a report in hand, answer it, or close it. The person is told of an answer.

    Takes
        words: the answer, for the person; compulsory with ANSWERED, refused without meaning otherwise.
    Raises
        Invalid: `report-answer-missing`, `report-too-long`. Conflict: `report-step`. NotFound: `report-unknown`. And as `act`.
    """
    said = (words or "").strip()
    if to is ReportState.ANSWERED and not said:
        raise Invalid("report-answer-missing")
    if len(said) > MAX_WORDS:
        raise Invalid("report-too-long", limit=str(MAX_WORDS))

    async def change(judged: Judged) -> AccessReport:
        found = await _found(judged, report_id)
        if to not in BY_OPERATOR[found.state]:
            raise Conflict("report-step", state=found.state, wanted=to)
        step = Step(to, judged.held.at, by_operator=True, words=said or None)
        await report_store.move(judged.tx, patient_id, report_id, step, key=judged.key)
        event_id = await judged.trace(_TOLD[to], **details_of(found))
        if to is ReportState.ANSWERED:
            notice = Notice(
                NoticeKind.REPORT_ANSWERED, event_id, judged.held.at, str(report_id), is_secret=found.is_secret
            )
            await rights.ask_notice(judged.tx, judged.held, notice)
        return await _found(judged, report_id)

    return await act(rights, patient_id, change, actor=actor, action=Action.ANSWER, terms=terms)


async def _found(judged: Judged, report_id: UUID) -> AccessReport:
    found = await report_store.report(judged.tx, judged.held.patient_id, report_id, key=judged.key, secrets=True)
    if found is None:
        raise NotFound("report-unknown")
    return found
