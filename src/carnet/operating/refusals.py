"""`carnet refusals`: what was refused to software, for the operator; codes and places, never a content."""

import argparse
import asyncio
import json
import sys
from collections import Counter
from datetime import datetime, timedelta

from carnet.domain.refusals.register import HourlyCount, Refusal, counts, refusals
from carnet.operating.running import database
from carnet.settings import Settings
from carnet.storage.database import Database
from carnet.vocabulary.clock import system_clock
from carnet.vocabulary.moments import Moment

_DEFAULT_LIMIT = 1000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--client", metavar="ID", help="of this software only")
    parser.add_argument(
        "--since", type=_moment, metavar="DATE", help="2026-11-24, 2026-11-24T08:00:00+01:00… (default: 30 days ago)"
    )
    parser.add_argument(
        "--limit", type=int, default=_DEFAULT_LIMIT, help=f"lines at most, the latest first (default: {_DEFAULT_LIMIT})"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object per line")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """List the refusals, the latest first, then what each software had."""
    since = arguments.since or system_clock() - timedelta(days=30)
    with database(settings) as conninfo:
        found, by_hour = asyncio.run(_read(conninfo, arguments.client, since, arguments.limit))
    if arguments.json:
        for refusal in found:
            print(json.dumps(_as_json(refusal)))
        return 0
    for refusal in found:
        codes = " ".join(
            f"{issue.code}@{issue.expression}" if issue.expression else issue.code for issue in refusal.issues
        )
        when = refusal.refused_at.isoformat(timespec="seconds")
        print(
            f"{when} {refusal.client_id} {refusal.transaction} {refusal.status} {refusal.correlation_id or '-'} {codes}"
        )
    _tell_counts(by_hour)
    return 0


async def _read(
    conninfo: str, client: str | None, since: datetime, limit: int
) -> tuple[list[Refusal], list[HourlyCount]]:
    opened = await Database.open(conninfo, pool_size=1)
    try:
        async with opened.connection() as connection:
            return (
                await refusals(connection, client_id=client, since=since, limit=limit),
                await counts(connection, client_id=client, since=since),
            )
    finally:
        await opened.close()


def _tell_counts(by_hour: list[HourlyCount]) -> None:
    refused: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    for each in by_hour:
        refused[each.client_id] += each.refused
        kept[each.client_id] += each.kept
    for client, number in refused.most_common():
        more = "" if kept[client] == number else f", {number - kept[client]} of them only counted"
        print(f"{client}: {number} refused{more}", file=sys.stderr)
    if not refused:
        print("nothing was refused", file=sys.stderr)


def _as_json(refusal: Refusal) -> dict[str, object]:
    return {
        "at": refusal.refused_at.isoformat(),
        "client": refusal.client_id,
        "transaction": refusal.transaction,
        "status": refusal.status,
        "correlationId": None if refusal.correlation_id is None else str(refusal.correlation_id),
        "issues": [{"code": i.code, "expression": i.expression, "severity": i.severity.value} for i in refusal.issues],
    }


def _moment(text: str) -> datetime:
    try:
        return Moment.from_fhir(text).start
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text} is not a date") from error
