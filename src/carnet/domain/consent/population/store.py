"""The SQL of population imports: who is known already, new records by COPY, and the journal of imports."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import orjson
from psycopg import AsyncConnection, errors

from carnet.domain.consent.population.model import BatchName, BatchOutcome, LineRefusal
from carnet.domain.people.model import HeldIdentity, LocalIdentifier
from carnet.domain.people.store import HELD_COLUMNS, held_of
from carnet.vocabulary.ins import Ins

Connection = AsyncConnection[Any]

# Another writer was first, or each waited for the other: nothing was written, and all can be done again.
MEANWHILE = (errors.UniqueViolation, errors.DeadlockDetected)

# Table: columns, in the order of the rows. The record comes first: others refer to it.
TABLES: Mapping[LiteralString, LiteralString] = {
    "record": "patient_id, wrapped_key, status, trail_length, trail_hash, changed_at",
    "record_period": "patient_id, period_id, status, valid_from, valid_to, recorded_at, recorded_by",
    "identity": (
        "patient_id, identity_id, matricule, oid, status, attributes, birth_name, first_given_name, given_names, birth_date, sex,"
        " birth_place, used_name, used_given_name, validation_mode, method_collection, insi_questioned_on, validated_on, valid_from,"
        " recorded_at, recorded_by"
    ),
    "person_identifier": "patient_id, kind, value, system, recorded_at, recorded_by",
    "audit_event": "patient_id, event_id, position, type, outcome, occurred_at, commitment, hash, body",
}
_COPY: Mapping[str, LiteralString] = {
    table: f"COPY {table} ({columns}) FROM STDIN" for table, columns in TABLES.items()
}
# In one order, so that two imports of the same people wait for each other and do not lock each other.
_CLAIM = """
    INSERT INTO ins_claim (matricule, oid, patient_id)
    SELECT m, o, p FROM unnest(%s::text[], %s::text[], %s::uuid[]) AS q (m, o, p) ORDER BY m, o
    ON CONFLICT DO NOTHING RETURNING patient_id
"""
_CLAIM_LOCAL = """
    INSERT INTO local_identifier_claim (value, system, patient_id)
    SELECT v, s, p FROM unnest(%s::text[], %s::text[], %s::uuid[]) AS q (v, s, p) ORDER BY v, s
    ON CONFLICT DO NOTHING
"""
_LOCAL_HOLDERS = """
    SELECT c.value, c.system, c.patient_id FROM local_identifier_claim c
    JOIN unnest(%s::text[], %s::text[]) AS q (v, s) ON c.value = q.v AND c.system = q.s
"""
_KNOWN: LiteralString = f"""
    SELECT i.patient_id, r.status, {HELD_COLUMNS}
    FROM ins_claim c
    JOIN unnest(%s::text[], %s::text[]) AS q (m, o) ON q.m = c.matricule AND q.o = c.oid
    JOIN identity i ON i.patient_id = c.patient_id AND i.matricule = c.matricule AND i.oid = c.oid AND i.valid_to IS NULL
    JOIN record r ON r.patient_id = c.patient_id
"""  # noqa: S608  a constant list of columns
_BEGIN_IMPORT = """
    INSERT INTO people_import (import_id, source, started_at) VALUES (%s, %s, %s)
    ON CONFLICT (source) WHERE finished_at IS NULL DO UPDATE SET source = excluded.source RETURNING import_id, started_at
"""
_BATCH = """
    INSERT INTO people_import_batch (import_id, batch, digest, counts, refused) VALUES (%s, %s, %s, %s::jsonb, %s::jsonb)
    ON CONFLICT (import_id, batch) DO UPDATE
    SET digest = excluded.digest, counts = excluded.counts, refused = excluded.refused
    WHERE people_import_batch.digest <> excluded.digest
"""
_DONE = "SELECT batch, digest FROM people_import_batch WHERE import_id = %s"
_REPORT = "SELECT counts, refused FROM people_import_batch WHERE import_id = %s ORDER BY batch"
_FINISH = "UPDATE people_import SET finished_at = %s, counts = %s::jsonb WHERE import_id = %s"
_FORGET_BATCHES = "DELETE FROM people_import_batch WHERE import_id = %s"
_LOCK = "SELECT pg_try_advisory_lock(hashtextextended('people import ' || %s, 0))"


async def claim_all(connection: Connection, claims: Sequence[tuple[Ins, UUID]]) -> set[UUID]:
    """Claim matricules for new patients; gives the patients who got theirs."""
    cursor = await connection.execute(
        _CLAIM, ([i.matricule for i, _ in claims], [i.oid for i, _ in claims], [p for _, p in claims])
    )
    return {row[0] for row in await cursor.fetchall()}


async def claim_locals(connection: Connection, claims: Sequence[tuple[LocalIdentifier, UUID]]) -> int:
    """Claim the sources' identifiers for new patients; gives how many were free."""
    cursor = await connection.execute(
        _CLAIM_LOCAL, ([c.value for c, _ in claims], [c.system for c, _ in claims], [p for _, p in claims])
    )
    return cursor.rowcount


async def local_holders(connection: Connection, locals_: Sequence[LocalIdentifier]) -> dict[LocalIdentifier, UUID]:
    """Whom the sources name so already."""
    cursor = await connection.execute(_LOCAL_HOLDERS, ([c.value for c in locals_], [c.system for c in locals_]))
    return {LocalIdentifier(row[0], row[1]): row[2] for row in await cursor.fetchall()}


async def known(connection: Connection, inses: Sequence[Ins]) -> dict[Ins, tuple[UUID, str, HeldIdentity]]:
    """Of these matricules, those that index a record: patient, status of the record, identity in force."""
    cursor = await connection.execute(_KNOWN, ([i.matricule for i in inses], [i.oid for i in inses]))
    found: dict[Ins, tuple[UUID, str, HeldIdentity]] = {}
    for patient_id, status, *columns in await cursor.fetchall():
        held = held_of(tuple(columns))
        assert held.ins is not None
        found[held.ins] = (patient_id, status, held)
    return found


async def write_records(connection: Connection, rows: Mapping[str, Sequence[str]]) -> None:
    """
    Write the rows of new records.

    Takes
        rows: by table of TABLES, each row as COPY reads it in text.
    """
    async with connection.cursor() as cursor:
        for table, statement in _COPY.items():
            if rows[table]:
                async with cursor.copy(statement) as copy:
                    await copy.write("".join(rows[table]).encode())


async def lock_import(connection: Connection, source: str) -> bool:
    """Hold the import of this file for as long as the connection lives; False when another one does."""
    row = await (await connection.execute(_LOCK, (source,))).fetchone()
    return row is not None and bool(row[0])


async def begin_import(connection: Connection, import_id: UUID, source: str, *, at: datetime) -> tuple[UUID, datetime]:
    """The import of this file that was interrupted, or a new one; and when it began."""
    row = await (await connection.execute(_BEGIN_IMPORT, (import_id, source, at))).fetchone()
    assert row is not None
    return row[0], row[1]


async def keep_batch(connection: Connection, batch: BatchName, outcome: BatchOutcome, *, kept: int) -> None:
    """Note, in the batch's own transaction, what became of it: counts, and its first `kept` refusals."""
    refused = [[each.number, each.code, each.place] for each in outcome.refused[:kept]]
    await connection.execute(
        _BATCH,
        (batch.import_id, batch.number, batch.digest, orjson.dumps(dict(outcome.counts)).decode(), orjson.dumps(refused).decode()),
    )  # fmt: skip


async def done(connection: Connection, import_id: UUID) -> dict[int, bytes]:
    """Batches taken already, with their digests."""
    rows = await (await connection.execute(_DONE, (import_id,))).fetchall()
    return {row[0]: row[1] for row in rows}


async def report(connection: Connection, import_id: UUID, *, kept: int) -> BatchOutcome:
    """The whole of an import: counts, and the first `kept` refusals."""
    told = BatchOutcome()
    async with connection.cursor() as cursor:
        async for counts, refused in cursor.stream(_REPORT, (import_id,)):
            told.counts.update(counts)
            room = kept - len(told.refused)
            told.refused.extend(_refusals(refused[:room]) if room > 0 else ())
    return told


def _refusals(rows: Iterable[Sequence[Any]]) -> Iterable[LineRefusal]:
    return (LineRefusal(number, code, place) for number, code, place in rows)


async def finish_import(connection: Connection, import_id: UUID, outcome: BatchOutcome, *, at: datetime) -> None:
    """The file is taken to its end: what remains is its counts."""
    await connection.execute(_FINISH, (at, orjson.dumps(dict(outcome.counts)).decode(), import_id))
    await connection.execute(_FORGET_BATCHES, (import_id,))
