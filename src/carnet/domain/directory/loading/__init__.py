"""
Import a published file into the directory: all of it or nothing, the same file twice changing nothing.

A complete file also says who is no longer there: they become inactive, from the instant of the import. So that a broken file does not
strike off a profession, no more than a share of what is active may go; a file cut short takes nothing away.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from datetime import date, timedelta

from carnet.domain.actor import Actor
from carnet.domain.audit import store as audit_store
from carnet.domain.audit.model import EventType, did
from carnet.domain.audit.trail import Sealer, prepare
from carnet.domain.directory.loading import store
from carnet.domain.directory.loading.model import (
    Activity,
    ImportReport,
    ImportTerms,
    LineFault,
    Published,
    PublishedMailbox,
    Source,
    Structure,
    Tally,
    Warned,
)
from carnet.domain.directory.names import search_key, town
from carnet.domain.errors import Conflict, Invalid, Issue
from carnet.storage.database import Database
from carnet.vocabulary.clock import Clock
from carnet.vocabulary.uuid7 import uuid7

Value = Activity | PublishedMailbox | Structure
Entry = tuple[int, Value] | LineFault | Warned
Progress = Callable[[Tally], None]

_TELL_EVERY = 5_000


async def import_published(
    database: Database, source: Source, entries: Iterable[Entry], *, terms: ImportTerms, actor: Actor, sealer: Sealer, clock: Clock,
    progress: Progress | None = None,
) -> ImportReport:  # fmt: skip
    """
    Bring what a file says into the directory, in one transaction with its event in the system's trail.

    Memory does not depend on the length of the file. Broken off at any point, even by SIGKILL, the directory is what it was; run it again.

    Takes
        entries: consumed as they come; lines that could not be read stand among them. sealer: of the system's trail.
        progress: told every few thousand lines.
    Raises
        Conflict: `directory-import-running`; `directory-edition-older`: a newer edition is held.
        Invalid: `directory-losing-too-many`: one issue per population; `directory-empty`: no line could be read.
    Source
        identity-and-messaging.md §5.
    """
    started_at = clock()
    tally = Tally()
    async with database.transaction() as tx:
        if not await store.begin(tx):
            raise Conflict("directory-import-running")
        last_at, newest = await store.last(tx, source.kind)
        is_older = source.edition is not None and newest is not None and source.edition < newest
        if is_older and not terms.is_forced:
            assert newest is not None
            raise Conflict("directory-edition-older", held=newest.isoformat(), file=source.name)
        await store.stage(tx, source.kind, _staged(source.kind, entries, tally, progress, today=started_at.date()))
        if tally.read == 0:
            raise Invalid("directory-empty", refused=str(sum(tally.refused.values())))
        # A clock that steps back must not put a change before the ones that were already told.
        at = clock() if last_at is None else max(clock(), last_at + timedelta(microseconds=1))
        is_complete = not terms.is_partial and not tally.is_cut
        await store.prepare(tx, source.kind)
        if is_complete and not terms.is_forced:
            _guard(await store.losing(tx, source.kind, origin=source.origin), terms)
        counts = await store.merge(tx, source.kind, at=at, origin=source.origin, is_complete=is_complete)
        report = ImportReport(source, tally, is_complete, counts, at, started_at, clock())
        written = {population: asdict(count) for population, count in counts.items()}
        await store.remember(
            tx, uuid7(), kind=source.kind, file=source.name, edition=source.edition, is_complete=is_complete, at=at, started_at=started_at,
            counts=written,
        )  # fmt: skip
        event = replace(did(actor, EventType.DIRECTORY_IMPORTED, at=report.finished_at), details=_told(report))
        # Last of all: the system's trail waits for whoever appends to it.
        await audit_store.append_system(tx, prepare(event, sealer))
    async with database.transaction() as tx:
        await store.analyze(tx, source.kind)
    return report


def _guard(losing: Mapping[str, tuple[int, int]], terms: ImportTerms) -> None:
    issues = [
        Issue("directory-losing-too-many", facts={"population": population, "lost": str(lost), "held": str(held)})
        for population, (held, lost) in losing.items()
        if lost * 100 > held * terms.max_lost_percent
    ]
    if issues:
        raise Invalid(issues[0].code, issues=issues)


def _staged(
    kind: Published, entries: Iterable[Entry], tally: Tally, progress: Progress | None, *, today: date
) -> Iterator[store.Staged]:
    """Rows of the temporary table, counting what passes."""
    for entry in entries:
        if isinstance(entry, Warned):
            tally.warn(entry)
            continue
        tally.lines += 1
        if progress is not None and tally.lines % _TELL_EVERY == 0:
            progress(tally)
        if isinstance(entry, LineFault):
            tally.meet(entry)
            if entry.key:
                yield store.only_key(kind, entry.line, entry.key)
            continue
        tally.read += 1
        line, value = entry
        if isinstance(value, Activity):
            yield _activity(line, value)
        elif isinstance(value, Structure):
            yield _structure(line, value, today)
        else:
            yield (str(line), "t", *value[:6], "t" if value.is_unlisted else "f")


def _activity(line: int, read: Activity) -> store.Staged:
    place = read.place
    city = town(place.delivery, place.postal_code, place.city)
    return (
        str(line), "t", *read[:-1], *place[:10], city, *place[11:], search_key(read.family), search_key(read.given), search_key(read.name),
        search_key(city), _situation(read),
    )  # fmt: skip


def _situation(read: Activity) -> str:
    """The identifier of a situation: a digest of what makes it, since the file gives none; empty when the person has no activity."""
    what = (read.organization, read.mode, read.sector, read.section, read.role, read.activity)
    if not any(what):
        return ""
    text = "|".join((read.person, read.profession, read.category, *what))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _structure(line: int, read: Structure, today: date) -> store.Staged:
    place = read.place
    city = town(place.delivery, place.postal_code, place.city)
    is_open = not read.closed or read.closed > today.isoformat()
    return (
        str(line), "t", read.organization, _boolean(value=read.is_legal_entity), *read[2:-1], *place[:10], city, *place[11:],
        search_key(read.name), search_key(city), _boolean(value=is_open),
    )  # fmt: skip


def _boolean(*, value: bool) -> str:
    return "t" if value else "f"


def _told(report: ImportReport) -> dict[str, str]:
    """What the event keeps: the file, its edition, when it began and ended, and how much was done."""
    told = {
        "kind": report.source.kind.value,
        "file": report.source.name,
        "started": report.started_at.isoformat(),
        "finished": report.finished_at.isoformat(),
        "complete": str(report.is_complete).lower(),
        "lines": str(report.tally.lines),
        "refused": str(sum(report.tally.refused.values())),
    }
    if report.source.edition is not None:
        told["edition"] = report.source.edition.isoformat()
    for population, count in report.counts.items():
        told |= {f"{population}_{effect}": str(number) for effect, number in asdict(count).items()}
    return told
