"""The history as people read it: by day, what one did in one go on one line, in sentences."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta, tzinfo
from uuid import UUID

from carnet.domain.actor import Actor, Purpose
from carnet.domain.audit.model import EventType, Outcome
from carnet.domain.record.history.model import Told
from carnet.domain.record.reporting import is_reportable
from carnet.domain.record.reporting.model import ReportState
from carnet.vocabulary.frozen import frozen
from carnet.web.wording.sentences import TypeName, undated
from carnet.web.wording.typography import unbroken

IN_ONE_GO = timedelta(minutes=30)
# Of what was done in one go, the sentence tells the act that says most.
_SAYS_MOST = (EventType.DOCUMENT_READ, EventType.FICHE_READ, EventType.DOCUMENTS_LISTED)
READINGS = frozenset(_SAYS_MOST)
_GROUPED = READINGS | {EventType.DOCUMENTS_FILED}


@frozen
class Row:
    """
    One line. at, until: of the first and the last act. more: every act, when they are several, in their order. report: state of the report of
    one of them.
    """

    told: Told
    sentence: str
    at: Told
    until: Told
    more: Sequence[tuple[Told, str]]
    is_urgent: bool
    is_refused: bool
    is_reportable: bool
    report: ReportState | None


@frozen
class Day:
    day: date
    rows: Sequence[Row]


def by_day(
    events: Sequence[Told], *, viewer: Actor, type_name: TypeName, zone: tzinfo, reports: Mapping[UUID, ReportState]
) -> list[Day]:
    """
    Takes
        events: the last first. reports: states by event.
    """
    days: list[Day] = []
    for visit in in_one_go(events, zone):
        row = _row(visit, viewer=viewer, type_name=type_name, reports=reports)
        day = row.at.occurred_at.astimezone(zone).date()
        if days and days[-1].day == day:
            days[-1] = Day(day, [*days[-1].rows, row])
        else:
            days.append(Day(day, [row]))
    return days


def in_one_go(events: Sequence[Told], zone: tzinfo) -> list[list[Told]]:
    """What the same one did of the same kind, in the same capacity, with less than IN_ONE_GO between two acts, on one day."""
    visits: list[list[Told]] = []
    for each in events:
        if visits and _goes_with(visits[-1][-1], each, zone):
            visits[-1].append(each)
        else:
            visits.append([each])
    return visits


def _goes_with(later: Told, earlier: Told, zone: tzinfo) -> bool:
    one, other = later.event, earlier.event
    if one is None or other is None or {later.type, earlier.type} - _GROUPED:
        return False
    if (later.type is EventType.DOCUMENTS_FILED) is not (earlier.type is EventType.DOCUMENTS_FILED):
        return False
    same = (
        replace(one.actor, correlation_id=None) == replace(other.actor, correlation_id=None)
        and one.outcome is other.outcome
        and one.rule == other.rule
    ) or (_who(one.actor) == _who(other.actor) and one.outcome is other.outcome is Outcome.SUCCESS)
    near = timedelta(0) <= later.occurred_at - earlier.occurred_at <= IN_ONE_GO
    return same and near and later.occurred_at.astimezone(zone).date() == earlier.occurred_at.astimezone(zone).date()


def _who(actor: Actor) -> tuple[object, ...]:
    return (
        actor.kind, actor.person, actor.organization, actor.name, actor.ins, actor.purpose, actor.motive, actor.secret_connection,
        actor.on_behalf_of,
    )  # fmt: skip


def _row(visit: list[Told], *, viewer: Actor, type_name: TypeName, reports: Mapping[UUID, ReportState]) -> Row:
    first, last = visit[-1], visit[0]
    told = _summed(visit)
    event = told.event
    report = next((reports[each.event_id] for each in visit if each.event_id in reports), None)
    return Row(
        told,
        unbroken(undated(told, viewer=viewer, type_name=type_name)),
        first,
        last,
        [(each, unbroken(undated(each, viewer=viewer, type_name=type_name))) for each in reversed(visit)]
        if len(visit) > 1
        else (),
        is_urgent=event is not None and event.actor.purpose is not Purpose.NORMAL,
        is_refused=told.outcome is Outcome.REFUSED,
        is_reportable=event is not None and is_reportable(event, reader=viewer),
        report=report,
    )


def _summed(visit: list[Told]) -> Told:
    """The act that says most, with the documents of all those of its kind, each once."""
    kinds = {each.type for each in visit}
    kind = next((each for each in _SAYS_MOST if each in kinds), visit[-1].type)
    of_kind = [each for each in reversed(visit) if each.type is kind]
    documents = {each.logical_id: each for told in of_kind for each in told.documents}
    return replace(of_kind[0], documents=tuple(documents.values()))
