"""
Loading's connection with the database: what a file says is copied into a temporary table, then merged by the steps of its kind.

All happens in one transaction. Until it commits, the former directory is the one that is read; broken off, nothing of it is left, since
temporary tables go with their transaction.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, AsyncCopy
from psycopg.types.json import Jsonb

from carnet.domain.directory.loading.activities_sql import ACTIVITIES
from carnet.domain.directory.loading.mailboxes_sql import MAILBOXES
from carnet.domain.directory.loading.merging import Merge, Step
from carnet.domain.directory.loading.model import Counts, Published
from carnet.domain.directory.loading.structures_sql import STRUCTURES

Connection = AsyncConnection[Any]
Staged = tuple[str, ...]  # line, `t` when it was read or `f` when only its key was, then the columns of `arriving`

MERGES: Mapping[Published, Merge] = {
    Published.ACTIVITIES: ACTIVITIES,
    Published.STRUCTURES: STRUCTURES,
    Published.MAILBOXES: MAILBOXES,
}

# One import at a time: each is judged against what the one before left.
_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('carnet directory import'))"
# Sets of a whole country need time and room. A client that is gone must not hold the lock until the end of its statement.
_SETTINGS = (
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL work_mem = '64MB'",
    "SET LOCAL client_connection_check_interval = '2s'",
    "SET LOCAL plan_cache_mode = force_custom_plan",
)
_LAST = "SELECT max(at), max(edition) FILTER (WHERE kind = %s) FROM directory_import"
_REMEMBER = """
    INSERT INTO directory_import (import_id, kind, file, edition, is_complete, at, started_at, counts)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""
_BOOLEANS = frozenset({"is_legal_entity", "is_open", "is_unlisted"})
_LINES_A_WRITE = 500


def only_key(kind: Published, line: int, key: str) -> Staged:
    """The row of a line that could not be read, but for whom it speaks of."""
    columns = MERGES[kind].arriving.split(", ")
    values = {MERGES[kind].key: key}
    return (str(line), "f", *(values.get(name, "f" if name in _BOOLEANS else "") for name in columns))


async def begin(connection: Connection) -> bool:
    """Take the place of the one import that may run; False when another has it."""
    for setting in _SETTINGS:
        await connection.execute(setting)
    row = await (await connection.execute(_LOCK)).fetchone()
    return row is not None and bool(row[0])


async def last(connection: Connection, kind: Published) -> tuple[datetime | None, datetime | None]:
    """The instant of the last import, and the newest edition of this kind."""
    row = await (await connection.execute(_LAST, (kind.value,))).fetchone()
    return (None, None) if row is None else (row[0], row[1])


async def stage(connection: Connection, kind: Published, rows: Iterator[Staged]) -> None:
    """Copy rows into the temporary table, as they come."""
    columns = MERGES[kind].arriving
    typed = ", ".join(f"{name} {'boolean' if name in _BOOLEANS else 'text'}" for name in columns.split(", "))
    await connection.execute(f"CREATE TEMP TABLE arriving (line integer, is_read boolean, {typed}) ON COMMIT DROP")
    async with connection.cursor() as cursor:
        copying: AbstractAsyncContextManager[AsyncCopy] = cursor.copy("COPY arriving FROM STDIN")
        async with copying as copy:
            while lines := list(islice(rows, _LINES_A_WRITE)):
                text = "\n".join(["\t".join(row) for row in lines])
                # Tabs and ends of lines were taken out by the reader; the backslash is all that is left to escape.
                await copy.write((text.replace("\\", "\\\\") if "\\" in text else text) + "\n")


async def prepare(connection: Connection, kind: Published) -> None:
    for statement in MERGES[kind].prepare:
        await connection.execute(statement, prepare=False)


async def losing(connection: Connection, kind: Published, *, origin: str) -> Mapping[str, tuple[int, int]]:
    """By population, how many are active and how many of these the file does not name."""
    found = {}
    for population, statement in MERGES[kind].losing.items():
        row = await (await connection.execute(statement, {"origin": origin}, prepare=False)).fetchone()
        assert row is not None
        found[population] = (int(row[0]), int(row[1]))
    return found


async def merge(
    connection: Connection, kind: Published, *, at: datetime, origin: str, is_complete: bool
) -> dict[str, Counts]:
    """Carry out what was prepared; gives what changed, by population."""
    steps: Iterable[Step] = (*(MERGES[kind].complete if is_complete else ()), *MERGES[kind].merge)
    counts = {step.population: Counts() for step in steps if step.population}
    for step in steps:
        cursor = await connection.execute(step.sql, {"at": at, "origin": origin}, prepare=False)
        if step.population:
            count = counts[step.population]
            setattr(count, step.effect, getattr(count, step.effect) + cursor.rowcount)
    return counts


async def remember(
    connection: Connection, import_id: UUID, *, kind: Published, file: str, edition: datetime | None, is_complete: bool, at: datetime,
    started_at: datetime, counts: Mapping[str, Mapping[str, int]],
) -> None:  # fmt: skip
    """Remember an import that was carried out."""
    values = (import_id, kind.value, file, edition, is_complete, at, started_at, Jsonb(counts))
    await connection.execute(_REMEMBER, values)


async def analyze(connection: Connection, kind: Published) -> None:
    """Count anew what searches are planned on."""
    for statement in MERGES[kind].analyze:
        await connection.execute(statement, prepare=False)
