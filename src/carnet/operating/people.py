"""`carnet people import`: take population files; interrupted or killed, run again, it goes on where it stopped. docs/population-file.md."""

import argparse
import asyncio
import csv
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from time import monotonic
from typing import BinaryIO
from uuid import UUID

from carnet.domain.actor import Actor, ActorKind, Authentication
from carnet.domain.audit import store as audit_store
from carnet.domain.audit.model import EventType, did
from carnet.domain.audit.trail import SYSTEM_TRAIL, PreparedEvent, prepare
from carnet.domain.consent.population import store, take_batch
from carnet.domain.consent.population.model import BatchName, BatchOutcome, LineRefusal, PopulationLine
from carnet.domain.consent.receiving import ReceivingTerms
from carnet.domain.errors import Conflict, DomainError, Invalid, Issue
from carnet.domain.people.model import ReceivedIdentity
from carnet.formats.fhir.identity.reading import read_patient
from carnet.formats.fhir.json_reading import read_json
from carnet.formats.population_csv import PopulationCsv
from carnet.operating.population_file import FileBatch, batches, heading, source_of
from carnet.operating.running import database, migrated
from carnet.settings import Settings
from carnet.storage.database import Database
from carnet.storage.keys import KeyRing, open_ring
from carnet.storage.migrator import pending_migrations
from carnet.vocabulary.clock import system_clock
from carnet.vocabulary.moments import PARIS
from carnet.vocabulary.uuid7 import uuid7
from carnet.web.wording import issue_text

REPORTED = 1_000  # lines named in a report; its counts are of all
_SHOWN = 20
_IN_FLIGHT = 3  # batches: one is written while the next is read
_OPERATOR = Actor(
    ActorKind.OPERATOR, "Import de population", software="carnet people import", authentication=Authentication("command-line")
)  # fmt: skip

LineReader = Callable[[bytes], ReceivedIdentity]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    taking = actions.add_parser("import", help="announce, open or update the records of a population file")
    taking.add_argument("--home", type=Path, default=argparse.SUPPRESS, help="where carnet keeps what it must keep")
    taking.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="NDJSON of FR Core Patients, or CSV with its heading; UTF-8"
    )
    taking.add_argument(
        "--announced-on", type=date.fromisoformat, metavar="YYYY-MM-DD",
        help="the day these people were told that their record would open (default: today)",
    )  # fmt: skip
    taking.add_argument("--report", type=Path, metavar="FILE", help="write what was refused, by line number and code")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Exit status: 0 when every line was taken, 1 when some were refused, 2 when a file could not be."""
    if arguments.announced_on is not None and arguments.announced_on > date.today():  # noqa: DTZ011  a day of this place
        print("--announced-on is a day that has come", file=sys.stderr)
        return 2
    missing = [path for path in arguments.files if not path.is_file()]
    if missing:
        print(f"no such file: {missing[0]}", file=sys.stderr)
        return 2
    with database(settings) as conninfo:
        if settings.database_url is None:
            settings = migrated(settings, conninfo)  # ours alone, as for serve
        missing_migrations = pending_migrations(conninfo)
        if missing_migrations:
            print(f"the database lacks {', '.join(missing_migrations)}: run « carnet migrate »", file=sys.stderr)
            return 2
        return asyncio.run(_import(arguments, settings, conninfo))


async def _import(arguments: argparse.Namespace, settings: Settings, conninfo: str) -> int:
    opened = await Database.open(conninfo, application_name="carnet people import")
    try:
        async with opened.connection() as connection:
            keys = await open_ring(connection, settings.master_key_file, now=system_clock())
        terms = ReceivingTerms.of_mode(settings.mode, objection_period=timedelta(days=settings.objection_period_days))
        worst = 0
        for path in arguments.files:
            taking = Importing(opened, keys, terms, path, arguments.announced_on)
            try:
                outcome = await taking.run()
            except DomainError as error:
                print(f"{path}: {_sentence(error.code, error.issues[0].facts)}", file=sys.stderr)
                return 2
            _tell(path, outcome, taking.unknown)
            if arguments.report is not None:
                _write_report(arguments.report, path, outcome)
            worst = max(worst, 1 if outcome.counts["refused"] else 0)
        return worst
    finally:
        await opened.close()


@dataclass(slots=True)
class Importing:
    """One file. unknown: columns that are not read, known once it has run."""

    database: Database
    keys: KeyRing
    terms: ReceivingTerms
    path: Path
    announced_on: date | None
    unknown: tuple[str, ...] = ()

    async def run(self) -> BatchOutcome:
        """
        Take the file, or what is left of it.

        Raises
            Invalid: the heading cannot be used: `line-encoding`, `population-column-missing`, `population-column-twice`.
            Conflict: `import-under-way`: another process takes this file now.
        """
        source = source_of(self.path, said=f"{self.announced_on} {sorted(self.terms.oids)}")
        with self.path.open("rb") as file:
            read, first_line = self._reader(file)
            async with self.database.connection() as journal:
                if not await store.lock_import(journal, source):
                    raise Conflict("import-under-way")
                import_id, started_at = await store.begin_import(journal, uuid7(), source, at=system_clock())
                done = await store.done(journal, import_id)
                await self._take(batches(file, first_line=first_line), read, import_id, self._told_at(started_at), done)
                outcome = await store.report(journal, import_id, kept=REPORTED)
                async with journal.transaction():
                    await store.finish_import(journal, import_id, outcome, at=system_clock())
                    await audit_store.append_system(journal, self._event(outcome))
        return outcome

    def _reader(self, file: BinaryIO) -> tuple[LineReader, int]:
        first = heading(file)
        if first.startswith(b"{"):
            file.seek(0)
            return _read_ndjson, 1
        table = PopulationCsv.of_heading(first)
        self.unknown = table.unknown
        return table.read, 2

    def _told_at(self, started_at: datetime) -> datetime:
        """When the people of this file were told: a run that goes on says what the first one said."""
        if self.announced_on is None:
            return started_at
        return min(datetime.combine(self.announced_on, time(), PARIS), started_at).astimezone(started_at.tzinfo)

    async def _take(
        self, parts: Iterator[FileBatch], read: LineReader, import_id: UUID, announced_at: datetime, done: Mapping[int, bytes]
    ) -> None:  # fmt: skip
        """Every batch that is not done, a few at once: PostgreSQL writes one while the next is read."""
        under_way: set[asyncio.Task[None]] = set()
        progress = _Progress()
        try:
            for part in parts:
                if done.get(part.number) == part.digest:
                    progress.add(len(part.lines))
                    continue
                lines, unread = _read_lines(part, read)
                name = BatchName(import_id, part.number, part.digest)
                under_way.add(asyncio.create_task(self._take_one(lines, unread, name, announced_at, progress)))
                await asyncio.sleep(0)
                if len(under_way) == _IN_FLIGHT:
                    finished, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                    for task in finished:
                        task.result()
            await asyncio.gather(*under_way)
        finally:
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)
            progress.end()

    async def _take_one(
        self, lines: list[PopulationLine], unread: list[LineRefusal], name: BatchName, announced_at: datetime, progress: "_Progress"
    ) -> None:  # fmt: skip
        await take_batch(
            self.database, lines, unread, batch=name, actor=_OPERATOR, keys=self.keys, terms=self.terms, at=system_clock(),
            announced_at=announced_at,
        )  # fmt: skip
        progress.add(len(lines) + len(unread))

    def _event(self, outcome: BatchOutcome) -> PreparedEvent:
        counts = {name: str(count) for name, count in sorted(outcome.counts.items()) if count}
        event = replace(did(_OPERATOR, EventType.PEOPLE_IMPORTED, at=system_clock()), details=counts)
        return prepare(event, self.keys.server_sealing_key(SYSTEM_TRAIL))


def _read_ndjson(line: bytes) -> ReceivedIdentity:
    return read_patient(read_json(line)).identity


def _read_lines(part: FileBatch, read: LineReader) -> tuple[list[PopulationLine], list[LineRefusal]]:
    lines: list[PopulationLine] = []
    unread = [LineRefusal(number, "line-too-long") for number in part.too_long]
    for number, text in part.lines:
        try:
            lines.append(PopulationLine(number, read(text)))
        except Invalid as error:
            first = error.issues[0]
            unread.append(LineRefusal(number, error.code, first.facts.get("column") or first.expression))
    return lines, unread


class _Progress:
    """Lines taken, on a terminal."""

    def __init__(self) -> None:
        self._lines = 0
        self._since = monotonic()
        self._shows = sys.stderr.isatty()

    def add(self, lines: int) -> None:
        self._lines += lines
        if self._shows:
            pace = self._lines / max(0.001, monotonic() - self._since)
            print(f"\r{self._lines} lines, {pace:.0f}/s  ", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        if self._shows and self._lines:
            print(file=sys.stderr)


def _tell(path: Path, outcome: BatchOutcome, unknown: Sequence[str]) -> None:
    counts = outcome.counts
    told = ", ".join(f"{counts[name]} {name}" for name in ("created", "changed", "unchanged", "refused"))
    print(f"{path}: {told}")
    if unknown:
        print(f"  columns that were not read: {', '.join(unknown)}")
    for name, count in sorted(counts.items()):
        kind, _, code = name.partition(":")
        if code:
            print(f"  {kind} {count}: {code}, {_sentence(code, {})}")
    for refusal in outcome.refused[:_SHOWN]:
        print(f"  line {refusal.number}: {refusal.code}{f' ({refusal.place})' if refusal.place else ''}")
    if counts["refused"] > _SHOWN:
        print(f"  … {counts['refused'] - _SHOWN} other lines refused; --report FILE names the first {REPORTED}")


def _write_report(report: Path, path: Path, outcome: BatchOutcome) -> None:
    """Line numbers and codes, no value of anyone: this file may be sent to whoever made the population file."""
    with report.open("a", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, delimiter=";")
        rows.writerow(["file", "line", "code", "column"])
        rows.writerows([path.name, each.number, each.code, each.place or ""] for each in outcome.refused)
        left = outcome.counts["refused"] - len(outcome.refused)
        if left:
            rows.writerow([path.name, "", f"{left} more", ""])


def _sentence(code: str, facts: Mapping[str, str]) -> str:
    return issue_text(Issue(code, facts=dict(facts)))[1]
