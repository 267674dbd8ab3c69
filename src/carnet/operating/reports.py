"""`carnet reports`, for the operator: accesses that people did not recognise, listed, looked at, answered and closed; never a document."""

import argparse
import asyncio
import sys
from pathlib import Path
from uuid import UUID

from carnet.app import Carnet, open_carnet
from carnet.domain.actor import Actor, ActorKind, Authentication
from carnet.domain.errors import DomainError
from carnet.domain.record.reporting.answering import move_report, read_report, waiting_reports
from carnet.domain.record.reporting.model import AccessReport, ReportState, WaitingReport
from carnet.operating.running import database
from carnet.settings import Settings
from carnet.web.wording import issue_text

_OPERATOR = Actor(ActorKind.OPERATOR, "Exploitant", authentication=Authentication("command-line"))
_MOVES = {
    "take": (ReportState.IN_REVIEW, "say that it is being looked at"),
    "answer": (ReportState.ANSWERED, "answer the person, who is told of it"),
    "close": (ReportState.CLOSED, "close a report that was answered"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    found = [actions.add_parser("list", help="those that wait for an answer, the oldest first")]
    for name, text in {"show": "one report", **{name: text for name, (_, text) in _MOVES.items()}}.items():
        action = actions.add_parser(name, help=text)
        action.add_argument("record", type=UUID, metavar="RECORD", help="a record's id, as listed")
        action.add_argument("report", type=UUID, metavar="REPORT", help="a report's id, as listed")
        if name in _MOVES:
            action.add_argument("--words", required=name == "answer", help="for the person, in French: kept sealed")
        found.append(action)
    for action in found:
        action.add_argument("--home", type=Path, default=argparse.SUPPRESS, help="where carnet keeps what it must keep")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Exit status 0 done; 2 refused."""
    try:
        with database(settings) as conninfo:
            asyncio.run(_run(arguments, settings, conninfo))
    except DomainError as refused:
        print(f"{issue_text(refused.issues[0])[1]} ({refused.code})", file=sys.stderr)
        return 2
    return 0


async def _run(arguments: argparse.Namespace, settings: Settings, conninfo: str) -> None:
    carnet = await open_carnet(settings, conninfo)
    try:
        await _act(arguments, carnet)
    finally:
        await carnet.close()


async def _act(arguments: argparse.Namespace, carnet: Carnet) -> None:
    rights, terms = carnet.services.rights, carnet.services.rights_terms
    if arguments.action == "list":
        waiting = await waiting_reports(rights, actor=_OPERATOR, terms=terms)
        for each in waiting:
            print(_line(each))
        print(f"{len(waiting)} waiting", file=sys.stderr)
        return
    named = (arguments.record, arguments.report)
    if arguments.action == "show":
        _tell(await read_report(rights, *named, actor=_OPERATOR, terms=terms))
        return
    to, _ = _MOVES[arguments.action]
    _tell(await move_report(rights, *named, to, words=arguments.words, actor=_OPERATOR, terms=terms))


def _line(report: WaitingReport) -> str:
    return f"{report.made_at.isoformat(timespec='seconds')} {report.state} {report.patient_id} {report.report_id}"


def _tell(report: AccessReport) -> None:
    what = report.reported
    who = " ".join(filter(None, (what.name, what.person, what.profession, what.specialty)))
    where = " ".join(filter(None, (what.organization_name, what.organization)))
    print(f"state     {report.state}")
    print(f"access    {what.type} {what.outcome} {what.purpose} {what.occurred_at.isoformat(timespec='seconds')}")
    print(f"by        {who}")
    print(f"of        {where or '-'}")
    print(f"person    {report.words or '-'}")
    for step in report.steps:
        side = "operator" if step.by_operator else "person"
        print(f"step      {step.at.isoformat(timespec='seconds')} {step.state} {side} {step.words or ''}".rstrip())
