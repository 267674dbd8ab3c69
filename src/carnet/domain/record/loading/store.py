"""Loading's SQL: rows of many records at once, by COPY. Columns are written as text; contents, being large, in binary."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, LiteralString
from uuid import UUID

from psycopg import AsyncConnection

from carnet.vocabulary.ins import Ins

Connection = AsyncConnection[Any]
Row = Sequence[str | None]

# Table: columns, in the order of the rows. The record comes first: others refer to it.
TABLES: Mapping[LiteralString, LiteralString] = {
    "ins_claim": "matricule, oid, patient_id",
    "record": "patient_id, wrapped_key, status, facts_version, trail_length, trail_hash, changed_at",
    "record_period": "patient_id, period_id, status, valid_from, recorded_at, recorded_by",
    "identity": (
        "patient_id, identity_id, matricule, oid, status, attributes, birth_name, first_given_name, given_names, birth_date, sex,"
        " birth_place, used_name, used_given_name, valid_from, recorded_at, recorded_by"
    ),
    "consent_period": (
        "patient_id, period_id, kind, holder, holder_is_organization, valid_from, valid_to, recorded_at, recorded_by"
    ),
    "held_record_claim": "holder, patient_id, authorised_at",
    "unique_id_claim": "unique_id, patient_id",
    "entry_claim": "entry_id, patient_id",
    "submission_set": (
        "patient_id, set_id, unique_id, source_id, content_type, submitted_at, filed_at, body, authors, author_names, organizations,"
        " title_index"
    ),
    "access_class": (
        "patient_id, class_id, status, labels, type_code, class_code, owner, author_persons, author_organizations, successors"
    ),
    "document_entry": (
        "patient_id, logical_id, class_id, created_from, created_to, updated_at, version, entry_uuid, set_id, unique_id, status,"
        " confidentiality, labels, type, category, format, facility, setting, events, reference_ids, authors, author_names,"
        " started_from, started_to, stopped_from, stopped_to, filed_at, mime_type, size_bytes, hash_sha1, hash_sha256, fiche"
    ),
    "health_facts": "patient_id, logical_id, edition, state",
    "association": "patient_id, source_id, kind, target_id, set_id",
    "document_entry_past": (
        "patient_id, logical_id, version, class_id, entry_uuid, status, labels, valid_from, valid_to, ended_by"
    ),
    "audit_event": "patient_id, event_id, position, type, outcome, occurred_at, commitment, hash, body",
}
_COPY: Mapping[str, LiteralString] = {
    table: f"COPY {table} ({columns}) FROM STDIN" for table, columns in TABLES.items()
}
_COPY_CONTENTS = "COPY content (patient_id, logical_id, segment, bytes) FROM STDIN (FORMAT BINARY)"
_HELD = """
    SELECT c.matricule, c.oid FROM ins_claim c
    JOIN unnest(%s::text[], %s::text[]) AS q (matricule, oid) ON q.matricule = c.matricule AND q.oid = c.oid
"""


def columns(table: str) -> tuple[str, ...]:
    """The names of a table's columns, in the order of its rows."""
    return tuple(TABLES[table].split(", "))


async def held(connection: Connection, inses: Iterable[Ins]) -> set[Ins]:
    """Those of these identities that have a record here already."""
    wanted = list(inses)
    cursor = await connection.execute(_HELD, ([ins.matricule for ins in wanted], [ins.oid for ins in wanted]))
    return {Ins(matricule, oid) for matricule, oid in await cursor.fetchall()}


async def write(
    connection: Connection, rows: Mapping[str, Sequence[Row]], contents: Sequence[tuple[UUID, UUID, int, bytes]]
) -> None:
    """
    Write rows into their tables.

    Takes
        connection: inside a transaction. rows: by table of TABLES, values as PostgreSQL reads them in text, None for null.
        contents: patient, document, number of the segment, sealed bytes.
    """
    async with connection.cursor() as cursor:
        for table, statement in _COPY.items():
            async with cursor.copy(statement) as copy:
                for row in rows[table]:
                    await copy.write_row(row)
        async with cursor.copy(_COPY_CONTENTS) as copy:
            copy.set_types(["uuid", "uuid", "int4", "bytea"])
            for content in contents:
                await copy.write_row(content)
