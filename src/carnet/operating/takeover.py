"""`carnet takeover`: take over an existing stock of documents; interrupted or killed, run again, it goes on. docs/takeover.md."""

import argparse
import asyncio
import csv
import sys
from dataclasses import replace
from pathlib import Path
from time import monotonic

from carnet.app import Carnet, open_carnet
from carnet.document_types.table import DocumentTypes
from carnet.domain.actor import Actor, Authentication
from carnet.domain.audit.model import EventType, did
from carnet.domain.audit.trail import prepare
from carnet.domain.clients import store as client_store
from carnet.domain.errors import Conflict, DomainError, Issue, NotFound, Refused
from carnet.domain.record.takeover import store as journal
from carnet.domain.record.takeover import take_over
from carnet.domain.record.takeover.model import Became, Progress, Taken, Takeover
from carnet.operating.running import database, migrated
from carnet.operating.stock import LINES, source_of, stock_items
from carnet.settings import Settings
from carnet.storage.database import DatabaseBusy, DatabaseUnreachable
from carnet.web.wording import issue_text

_SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("stock", type=Path, metavar="STOCK", help="a folder (as carnet feed reads them), or .ndjson of ITI-65 transactions")  # fmt: skip
    parser.add_argument("--as", dest="client", required=True, metavar="CLIENT", help="the registered software in whose name they are filed")  # fmt: skip
    parser.add_argument("--report", type=Path, metavar="FILE", help="write what was refused: place, file or line, codes (CSV)")  # fmt: skip


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Exit status: 0 when everything was filed, 1 when some was refused, 2 when the stock or the client cannot be used."""
    stock: Path = arguments.stock
    if not stock.is_dir() and not (stock.is_file() and stock.suffix.lower() in LINES):
        print(f"{stock} is neither a folder nor a .ndjson file", file=sys.stderr)
        return 2
    with database(settings) as conninfo:
        settings = migrated(settings, conninfo)
        try:
            progress = asyncio.run(_take(arguments, settings, conninfo))
        except DomainError as refused:
            print(f"{arguments.client}: {issue_text(refused.issues[0])[1]}", file=sys.stderr)
            return 2
        except (DatabaseUnreachable, DatabaseBusy) as stopped:
            said = str(stopped) or "the database stopped answering"
            print(f"{said}; the place reached is kept: run the same command again", file=sys.stderr)
            return 2
    _tell(progress)
    if arguments.report is not None:
        _write_report(arguments.report, progress)
    return 1 if progress.counts.get(Became.REFUSED) else 0


async def _take(arguments: argparse.Namespace, settings: Settings, conninfo: str) -> Progress:
    carnet = await open_carnet(settings, conninfo)
    try:
        actor = await _actor(carnet, arguments.client)
        source = source_of(arguments.stock)
        async with carnet.database.connection() as held:
            if not await journal.lock(held, source=source, client=arguments.client):
                raise Conflict("takeover-under-way")
            takeover = await journal.begin(held, source=source, client=arguments.client, at=carnet.services.clock())
            return await _go_on(carnet, arguments.stock, takeover, actor)
    finally:
        await carnet.close()


async def _go_on(carnet: Carnet, stock: Path, takeover: Takeover, actor: Actor) -> Progress:
    services = carnet.services
    if takeover.resumed_from:
        print(f"going on after {takeover.resumed_from}", file=sys.stderr)
    items = stock_items(
        stock, types=DocumentTypes.load(), max_line_bytes=carnet.settings.max_body_bytes
    )  # fmt: skip
    shown = _Shown()
    progress = await take_over(
        services.store, items, takeover, actor=actor, terms=services.deposit_terms, clock=services.clock, tell=shown.add
    )
    shown.end()
    at = services.clock()
    counts = {name: str(count) for name, count in sorted(progress.counts.items())}
    event = replace(did(actor, EventType.STOCK_TAKEN_OVER, at=at), details=counts)
    async with carnet.database.transaction() as tx:
        await journal.finish(tx, takeover.takeover_id, at=at, event=prepare(event, services.store.system_key))
    return progress


async def _actor(carnet: Carnet, client_id: str) -> Actor:
    """
    The client, as it would be once signed in, by the hand of an operator.

    Raises
        NotFound: `client-unknown`. Refused: `client-disabled`.
    """
    async with carnet.database.connection() as connection:
        client = await client_store.find(connection, client_id)
    if client is None:
        raise NotFound("client-unknown", client=client_id)
    if client.disabled_at is not None:
        raise Refused("client-disabled")
    level = client.template.authentication.level
    return replace(client.template, software=client_id, authentication=Authentication("command-line", level))


class _Shown:
    """How far it has come, on a terminal."""

    def __init__(self) -> None:
        self._done, self._since, self._shows = 0, monotonic(), sys.stderr.isatty()

    def add(self, _: Taken) -> None:
        self._done += 1
        if self._shows and self._done % 100 == 0:
            print(f"\r{self._done}  {self._done / (monotonic() - self._since):.0f}/s ", end="", file=sys.stderr)

    def end(self) -> None:
        if self._shows:
            print(file=sys.stderr)


def _tell(progress: Progress) -> None:
    for position, name, codes in progress.refusals[:_SHOWN]:
        print(f"refused  {position}  {name}  {' '.join(codes)}")
    for code, count in sorted(progress.codes.items(), key=lambda each: (-each[1], each[0])):
        print(f"{count:>8}  {code}  {issue_text(Issue(code))[1]}")
    counts = progress.counts
    print(
        f"{progress.position} submissions: {counts.get(Became.STORED, 0)} stored ({counts.get('documents', 0)} documents),"
        f" {counts.get(Became.REPLAYED, 0)} already there, {counts.get(Became.REFUSED, 0)} refused"
    )


def _write_report(path: Path, progress: Progress) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("place", "name", "codes"))
        rows.writerows((position, name, " ".join(codes)) for position, name, codes in progress.refusals)
        left_out = progress.counts.get(Became.REFUSED, 0) - len(progress.refusals)
        if left_out:
            rows.writerow(("", f"{left_out} more", ""))
