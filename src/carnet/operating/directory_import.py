"""`carnet directory import`: bring the published files of the Annuaire Santé, of MSSanté and of FINESS into the directory."""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from carnet.domain.actor import Actor, ActorKind, Authentication
from carnet.domain.audit import store as audit_store
from carnet.domain.audit.model import EventType, Outcome, did
from carnet.domain.audit.trail import SYSTEM_TRAIL, Sealer, prepare
from carnet.domain.directory.loading import import_published
from carnet.domain.directory.loading.model import PUBLISHED, ImportReport, ImportTerms, LineFault, Published, Tally
from carnet.domain.errors import DomainError, Issue, NotFound
from carnet.operating.directory_files import FoundFile, Reading, blocks_of, found_in, reading
from carnet.operating.running import database, migrated
from carnet.settings import Settings
from carnet.storage.database import Database
from carnet.storage.keys import open_ring
from carnet.storage.migrator import pending_migrations
from carnet.vocabulary.clock import Clock, system_clock
from carnet.vocabulary.frozen import frozen
from carnet.web.wording import issue_text

_OPERATOR = Actor(
    ActorKind.OPERATOR, "Import de l’annuaire", software="carnet directory import", authentication=Authentication("command-line")
)  # fmt: skip
# Published beside Personne_activite, in the same archive; nothing here reads them.
_LEFT_ALONE = ("_SavoirFaire_", "_Dipl_AutExerc_")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    into = actions.add_parser(
        "import",
        help="bring published files into the directory",
        description="Bring published files into the directory: PS_LibreAcces_Personne_activite_….txt, Extraction_Correspondance_MSSante_….txt,"
        " FINESS structures in JSON, or the archive they come in. Each file is all or nothing, and may be imported again.",
    )
    into.add_argument("files", nargs="+", type=Path, metavar="FILE", help="text, JSON, or ZIP as published")
    into.add_argument("--home", type=Path, default=argparse.SUPPRESS, help="where carnet keeps what it must keep")
    into.add_argument(
        "--kind", choices=[kind.value for kind in Published], help="what the file is, when its header does not tell"
    )
    into.add_argument(
        "--partial", action="store_true", help="the file is an excerpt: whom it does not name stays as they are"
    )
    into.add_argument(
        "--max-lost", type=_percent, default=ImportTerms().max_lost_percent, metavar="PERCENT",
        help="refuse a complete file that would end more than this share of what is active (default: 10)",
    )  # fmt: skip
    into.add_argument(
        "--force", action="store_true", help="whatever the share, and even from an edition older than the one held"
    )
    into.add_argument("--json", action="store_true", help="one JSON object per file instead of sentences")


def _percent(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 100:
        raise ValueError(text)
    return value


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Exit status: 0 when all was read, 1 when lines were refused, 2 when a file was not imported (the message says why)."""
    with database(settings) as conninfo:
        if settings.database_url is None:
            settings = migrated(settings, conninfo)  # ours alone: nobody else would do it
        missing = pending_migrations(conninfo)
        if missing:
            print(f"the database lacks {', '.join(missing)}: run « carnet migrate »", file=sys.stderr)
            return 2
        return asyncio.run(_import_all(arguments, settings, conninfo))


async def _import_all(arguments: argparse.Namespace, settings: Settings, conninfo: str) -> int:
    terms = ImportTerms(arguments.partial, arguments.max_lost, arguments.force)
    kind = Published(arguments.kind) if arguments.kind else None
    tell: Callable[[dict[str, Any]], None] = _tell_json if arguments.json else _tell
    status = 0
    opened = await Database.open(conninfo, application_name="carnet directory import")
    try:
        async with opened.connection() as connection:
            keys = await open_ring(connection, settings.master_key_file, now=system_clock())
        importing = Importing(opened, keys.server_sealing_key(SYSTEM_TRAIL), _OPERATOR)
        for path in arguments.files:
            try:
                files = found_in(path)
            except (DomainError, OSError) as error:
                refused = error if isinstance(error, DomainError) else NotFound("file-unreadable")
                tell({"file": str(path), **_refusal(refused)})
                status = 2
                continue
            for file in files:
                if len(files) > 1 and any(part in file.name for part in _LEFT_ALONE):
                    tell({"file": file.name, "status": "left-alone"})
                    continue
                told = await importing.take(file, kind=kind, terms=terms)
                tell(told)
                status = max(status, {"done": 0, "done-with-refusals": 1}.get(told["status"], 2))
    finally:
        await opened.close()
    return status


@frozen
class Importing:
    """What an import needs. sealer: of the system's trail. actor: whose act it is. origin: of the files."""

    database: Database
    sealer: Sealer
    actor: Actor
    clock: Clock = system_clock
    origin: str = PUBLISHED

    async def take(self, file: FoundFile, *, kind: Published | None = None, terms: ImportTerms) -> dict[str, Any]:
        """Import one file; gives what is told of it. A refusal leaves its event in the system's trail."""
        progress = _Progress(file)
        try:
            with file.open_it() as stream:
                begun = reading(file.name, blocks_of(stream, progress.read), kind)
                report = await import_published(
                    self.database, replace(begun.source, origin=self.origin), begun.entries, terms=terms, actor=self.actor, sealer=self.sealer, clock=self.clock,
                    progress=progress.tell,
                )  # fmt: skip
        except DomainError as error:
            await self._trace_refusal(file, error)
            return {"file": file.name, **_refusal(error)}
        finally:
            progress.end()
        return _done(report, begun)

    async def _trace_refusal(self, file: FoundFile, error: DomainError) -> None:
        codes = " ".join(dict.fromkeys(issue.code for issue in error.issues))
        event = did(
            self.actor, EventType.DIRECTORY_IMPORTED, at=self.clock(), outcome=Outcome.REFUSED, file=file.name, issues=codes
        )  # fmt: skip
        async with self.database.connection() as connection:
            await audit_store.append_system(connection, prepare(event, self.sealer))


def _refusal(error: DomainError) -> dict[str, Any]:
    return {"status": "refused", "issues": [{"code": i.code, "text": issue_text(i)[1]} for i in error.issues]}


def _done(report: ImportReport, begun: Reading) -> dict[str, Any]:
    tally, source = report.tally, report.source
    took = (report.finished_at - report.started_at).total_seconds()
    return {
        "file": source.name,
        "status": "done-with-refusals" if tally.refused else "done",
        "kind": source.kind.value,
        "edition": source.edition.isoformat() if source.edition else None,
        "complete": report.is_complete,
        "lines": tally.lines,
        "read": tally.read,
        "refused": tally.refused,
        "warned": tally.warned,
        "first": [{"line": f.line, "code": f.code, "text": _worded(f)} for f in tally.first],
        "columns": {
            "unknown": list(begun.columns.unknown) if begun.columns else [],
            "missing": list(begun.columns.missing) if begun.columns else [],
        },
        "counts": {population: asdict(count) for population, count in report.counts.items()},
        "seconds": round(took, 3),
    }


def _worded(fault: LineFault) -> str:
    return issue_text(Issue(fault.code, facts=dict(fault.facts)))[1]


def _tell_json(told: dict[str, Any]) -> None:
    print(json.dumps(told, ensure_ascii=False), flush=True)


def _tell(told: dict[str, Any]) -> None:
    if told["status"] == "left-alone":
        print(f"{told['file']}: not read, nothing here uses it")
        return
    if told["status"] == "refused":
        print(f"{told['file']}: not imported", file=sys.stderr)
        for issue in told["issues"]:
            print(f"  {issue['code']}: {issue['text']}", file=sys.stderr)
        return
    whole = "complete" if told["complete"] else "partial: nobody was put out of activity"
    print(
        f"{told['file']}: {told['kind']}, {whole}; {told['read']} of {told['lines']} lines read in {told['seconds']} s"
    )
    for population, count in told["counts"].items():
        print(f"  {population}: " + ", ".join(f"{number} {effect}" for effect, number in count.items()))
    for name in told["columns"]["missing"]:
        print(f"  column absent: {name}")
    for name in told["columns"]["unknown"]:
        print(f"  column not known: {name}")
    for code, number in (told["warned"] | told["refused"]).items():
        print(f"  {code}: {number} lines" + ("" if code in told["refused"] else ", kept"))
    for fault in told["first"]:
        print(f"  line {fault['line']}: {fault['text']}")
    left = sum(told["refused"].values()) - len(told["first"])
    if left > 0:
        print(f"  and {left} other lines refused")


class _Progress:
    """One line, written over, on a terminal."""

    def __init__(self, file: FoundFile) -> None:
        self._file = file
        self._done = 0
        self._shown = False
        self._last = 0.0

    def read(self, done: int) -> None:
        self._done = done

    def tell(self, tally: Tally) -> None:
        now = time.monotonic()
        if not sys.stderr.isatty() or now - self._last < 0.2:
            return
        self._last, self._shown = now, True
        share = 100 * self._done // max(1, self._file.size_bytes)
        refused = sum(tally.refused.values())
        print(f"\r{self._file.name}  {share:3d} %  {tally.lines} lines, {refused} refused", end="", file=sys.stderr)

    def end(self) -> None:
        if self._shown:
            print(file=sys.stderr)
