"""
Migrations: numbered plain SQL, forward only. `NNNN_pre_name.sql` runs before the new code is deployed, `NNNN_post_name.sql` after.

What each table is, and how it is distributed, stands in its comment: see storage/distribution.py and docs/storage.md.
"""

import hashlib
import re
from pathlib import Path
from typing import Literal

import psycopg
from psycopg.rows import TupleRow

from carnet.storage.database import DatabaseUnreachable
from carnet.storage.distribution import distribute_tables
from carnet.vocabulary.frozen import frozen

Phase = Literal["pre", "post"]

MIGRATIONS = Path(__file__).with_name("migrations")

_LOCK_KEY = 0x6361726E6574  # "carnet": one migrator at a time on a database
_FILE_NAME = re.compile(r"(?P<number>\d{4})_(?P<phase>pre|post)_[a-z0-9_]+\.sql")
_JOURNAL = """
CREATE TABLE IF NOT EXISTS schema_migration (
    name text PRIMARY KEY,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE schema_migration IS 'local: migrations applied, with the SHA-256 of their files'
"""


class MigrationError(RuntimeError):
    """The files and what the database has applied do not agree; the message names the file."""


@frozen
class Migration:
    """One file. checksum: SHA-256 of its bytes, in hexadecimal."""

    name: str
    phase: str
    sql: str
    checksum: str


def read_migrations(folder: Path = MIGRATIONS) -> list[Migration]:
    """
    The files of the folder, in order.

    Raises
        MigrationError: a badly named file, or two files of one number.
    """
    found: dict[str, Migration] = {}
    for path in sorted(folder.glob("*.sql")):
        named = _FILE_NAME.fullmatch(path.name)
        if named is None:
            raise MigrationError(f"{path.name} is not named NNNN_pre_name.sql or NNNN_post_name.sql")
        if named["number"] in found:
            raise MigrationError(f"{path.name} and {found[named['number']].name} have the same number")
        content = path.read_bytes()
        found[named["number"]] = Migration(
            path.name, named["phase"], content.decode(), hashlib.sha256(content).hexdigest()
        )
    return list(found.values())


def migrate(
    conninfo: str, *, phase: Phase | None = None, distribute: bool = False, folder: Path = MIGRATIONS
) -> list[str]:
    """
    Apply the pending files, each in its own transaction; may be interrupted and run again.

    Takes
        phase: only the files of this phase, or None for all of them in order.
        distribute: then declare the distribution of tables to Citus; nothing happens where the extension is absent.
    Gives
        names of the files applied now.
    Raises
        MigrationError: an applied file changed or is missing, or a pending file would run out of order.
        DatabaseUnreachable: no connection.
    """
    migrations = read_migrations(folder)
    with _connect(conninfo) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK_KEY,))
        connection.execute(_JOURNAL)
        chosen = [each for each in _pending(connection, migrations, phase) if phase in {None, each.phase}]
        for migration in chosen:
            with connection.transaction():
                connection.execute(migration.sql.encode())
                connection.execute(
                    "INSERT INTO schema_migration (name, checksum) VALUES (%s, %s)",
                    (migration.name, migration.checksum),
                )
        if distribute:
            distribute_tables(connection)
    return [each.name for each in chosen]


def pending_migrations(conninfo: str, *, folder: Path = MIGRATIONS) -> list[str]:
    """
    Names of the files that the database lacks: what readiness asks before serving.

    Raises
        MigrationError: as `migrate`.
    """
    with _connect(conninfo) as connection:
        if connection.execute("SELECT to_regclass('schema_migration')").fetchone() == (None,):
            return [each.name for each in read_migrations(folder)]
        return [each.name for each in _pending(connection, read_migrations(folder), None)]


def _connect(conninfo: str) -> psycopg.Connection[TupleRow]:
    """prepare_threshold None: a file holds several statements, which only the simple protocol takes."""
    try:
        return psycopg.connect(conninfo, autocommit=True, prepare_threshold=None, application_name="carnet migrate")
    except psycopg.OperationalError as error:
        raise DatabaseUnreachable(f"the database cannot be reached: {str(error).strip()}") from error


def _pending(
    connection: psycopg.Connection[TupleRow], migrations: list[Migration], phase: Phase | None
) -> list[Migration]:
    applied: dict[str, str] = dict(connection.execute("SELECT name, checksum FROM schema_migration").fetchall())
    known = {each.name: each for each in migrations}
    for name, checksum in sorted(applied.items()):
        if name not in known:
            raise MigrationError(
                f"{name} was applied to this database and its file is missing: is this an older version of carnet?"
            )
        if known[name].checksum != checksum:
            raise MigrationError(
                f"{name} changed after it was applied: put the former file back and write a new migration"
            )
    pending = [each for each in migrations if each.name not in applied]
    late = next((each for each in pending if applied and each.name < max(applied)), None)
    if late is not None:
        raise MigrationError(f"{late.name} comes before {max(applied)}, which is already applied: number it after")
    if phase is not None:
        first_other = next((index for index, each in enumerate(pending) if each.phase != phase), len(pending))
        overtaken = next((each for each in pending[first_other:] if each.phase == phase), None)
        if overtaken is not None:
            raise MigrationError(
                f"{pending[first_other].name} must run before {overtaken.name}: run all phases in order"
            )
    return pending
