"""
The SQL of browsing: the documents of the allowed classes, the fiches that are opened, and what a reader keeps for themselves.

Ids that are only compared travel as one string of bytes: two thousand of them cost no more than a few.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from carnet.domain.consent.store import Connection
from carnet.domain.record.browsing.model import OwnFolder
from carnet.domain.record.facts import ReadFacts
from carnet.domain.record.store import fiche_aad
from carnet.storage.database import Database
from carnet.storage.sealing import PatientKey

# Since when the reader may see a document: its first state that they may see now; `was_hidden` when it had one before that they may not.
_ENTRIES: LiteralString = """
    SELECT e.logical_id, e.class_id, e.created_from, e.created_to, e.started_from, e.started_to,
        CASE WHEN e.version = 1 THEN e.filed_at ELSE coalesce((
            SELECT min(p.valid_from) FROM document_entry_past p
            WHERE p.patient_id = e.patient_id AND p.logical_id = e.logical_id AND p.class_id = ANY (%(allowed)s)), e.updated_at) END,
        e.version > 1 AND NOT EXISTS (
            SELECT 1 FROM document_entry_past p
            WHERE p.patient_id = e.patient_id AND p.logical_id = e.logical_id AND p.version = 1 AND p.class_id = ANY (%(allowed)s)),
        e.authors,
        CASE WHEN e.status = 'deprecated' THEN (
            SELECT s.source_id FROM association s
            JOIN document_entry t ON t.patient_id = s.patient_id AND t.logical_id = s.source_id
            WHERE s.patient_id = e.patient_id AND s.target_id = e.logical_id AND s.kind = 'replaces' AND t.class_id = ANY (%(allowed)s)
            LIMIT 1) END
    FROM document_entry e WHERE e.patient_id = %(patient)s AND e.class_id = ANY (%(allowed)s)
"""
_FICHES: LiteralString = """
    SELECT e.logical_id, e.fiche FROM document_entry e
    WHERE e.patient_id = %(patient)s AND e.logical_id = ANY (%(documents)s) AND e.class_id = ANY (%(allowed)s)
"""
_VISIBLE: LiteralString = """
    SELECT e.logical_id FROM document_entry e
    WHERE e.patient_id = %(patient)s AND e.logical_id = ANY (%(documents)s) AND e.class_id = ANY (%(allowed)s)
"""
_MARKS: LiteralString = """
    SELECT string_agg(uuid_send(m.logical_id), '') FROM read_mark m WHERE m.patient_id = %(patient)s AND m.reader = %(reader)s
"""
_FOLDERS: LiteralString = """
    SELECT f.folder_id, f.name, string_agg(uuid_send(d.logical_id), '') FROM own_folder f
    LEFT JOIN own_folder_document d ON d.patient_id = f.patient_id AND d.folder_id = f.folder_id
    WHERE f.patient_id = %(patient)s GROUP BY f.patient_id, f.folder_id
"""
_MARK: LiteralString = """
    INSERT INTO read_mark (patient_id, reader, logical_id, marked_at)
    SELECT %(patient)s, %(reader)s, d, %(at)s FROM unnest(%(documents)s::uuid[]) d ON CONFLICT DO NOTHING
    RETURNING logical_id
"""
_UNMARK: LiteralString = (
    "DELETE FROM read_mark WHERE patient_id = %(patient)s AND reader = %(reader)s AND logical_id = ANY (%(documents)s) "
    "RETURNING logical_id"
)
_MAKE_FOLDER = "INSERT INTO own_folder (patient_id, folder_id, name, created_at) VALUES (%s, %s, %s, %s)"
_RENAME_FOLDER = "UPDATE own_folder SET name = %s WHERE patient_id = %s AND folder_id = %s"
_DELETE_FOLDER = "DELETE FROM own_folder WHERE patient_id = %s AND folder_id = %s"
_PUT_IN = """
    INSERT INTO own_folder_document (patient_id, folder_id, logical_id, added_at)
    SELECT %s, %s, d, %s FROM unnest(%s::uuid[]) d ON CONFLICT DO NOTHING RETURNING logical_id
"""
_TAKE_OUT = "DELETE FROM own_folder_document WHERE patient_id = %s AND folder_id = %s AND logical_id = ANY (%s)"


class EntryRow:
    """One row of the documents of a record, beside the class that it names."""

    __slots__ = (
        "authors",
        "class_id",
        "created_from",
        "created_to",
        "logical_id",
        "replaced_by",
        "shown_at",
        "started_from",
        "started_to",
        "was_hidden",
    )

    def __init__(self, row: Sequence[Any]) -> None:
        (
            self.logical_id, self.class_id, self.created_from, self.created_to, self.started_from, self.started_to, self.shown_at, self.was_hidden, self.authors, self.replaced_by,
        ) = row  # fmt: skip


async def entries(database: Database, facts: ReadFacts, *, allowed: Sequence[UUID]) -> list[EntryRow]:
    """Every document of these classes."""
    rows = await database.fetch(_ENTRIES, {"patient": facts.patient_id, "allowed": list(allowed)})
    return [EntryRow(row) for row in rows]


async def sealed_fiches(
    database: Database, patient_id: UUID, documents: Iterable[UUID], *, allowed: Sequence[UUID]
) -> list[tuple[UUID, bytes]]:
    """The fiches of those of these documents that have an allowed class, sealed."""
    values = {"patient": patient_id, "documents": list(documents), "allowed": list(allowed)}
    return [(row[0], row[1]) for row in await database.fetch(_FICHES, values)]


def opened(fiches: Iterable[tuple[UUID, bytes]], key: PatientKey, read: Callable[[bytes], Any]) -> dict[UUID, Any]:
    """What `read` makes of each fiche."""
    return {logical_id: read(key.open(sealed, fiche_aad(logical_id))) for logical_id, sealed in fiches}


async def visible(
    database: Database, patient_id: UUID, documents: Iterable[UUID], *, allowed: Sequence[UUID]
) -> set[UUID]:
    """Those of these documents that have an allowed class."""
    values = {"patient": patient_id, "documents": list(documents), "allowed": list(allowed)}
    return {logical_id for (logical_id,) in await database.fetch(_VISIBLE, values)}


async def own_folders(database: Database, facts: ReadFacts) -> tuple[OwnFolder, ...]:
    """The person's folders, by name."""
    return _folders(await database.fetch(_FOLDERS, {"patient": facts.patient_id}), facts.key)


async def marks(database: Database, patient_id: UUID, reader: str) -> frozenset[bytes]:
    """What a reader read in a record."""
    row = await database.row(_MARKS, {"patient": patient_id, "reader": reader})
    assert row is not None
    return _ids(row[0])


async def mark(
    database: Database, patient_id: UUID, reader: str, documents: Sequence[UUID], *, read: bool, at: datetime
) -> set[UUID]:
    """Mark documents as read, or not; those that were not so before."""
    values: Mapping[str, Any] = {"patient": patient_id, "reader": reader, "documents": list(documents)}
    rows = await database.fetch(_MARK if read else _UNMARK, {**values, "at": at} if read else values)
    return {logical_id for (logical_id,) in rows}


async def folders_of(connection: Connection, patient_id: UUID, key: PatientKey) -> tuple[OwnFolder, ...]:
    """As `own_folders`, within an act."""
    cursor = await connection.execute(_FOLDERS, {"patient": patient_id})
    return _folders(await cursor.fetchall(), key)


async def make_folder(connection: Connection, patient_id: UUID, folder_id: UUID, name: bytes, *, at: datetime) -> None:
    await connection.execute(_MAKE_FOLDER, (patient_id, folder_id, name, at))


async def rename_folder(connection: Connection, patient_id: UUID, folder_id: UUID, name: bytes) -> None:
    await connection.execute(_RENAME_FOLDER, (name, patient_id, folder_id))


async def delete_folder(connection: Connection, patient_id: UUID, folder_id: UUID) -> None:
    """The folder goes; the documents stay where they are."""
    await connection.execute(_DELETE_FOLDER, (patient_id, folder_id))


async def put_in(
    connection: Connection, patient_id: UUID, folder_id: UUID, documents: Sequence[UUID], *, at: datetime
) -> set[UUID]:
    """Put documents into a folder; those that it did not hold."""
    cursor = await connection.execute(_PUT_IN, (patient_id, folder_id, at, list(documents)))
    return {logical_id for (logical_id,) in await cursor.fetchall()}


async def take_out(connection: Connection, patient_id: UUID, folder_id: UUID, documents: Sequence[UUID]) -> None:
    await connection.execute(_TAKE_OUT, (patient_id, folder_id, list(documents)))


def folder_name_aad(folder_id: UUID) -> bytes:
    """What the sealed name of a folder is bound to."""
    return b"own folder:" + folder_id.bytes


def _folders(rows: Iterable[Sequence[Any]], key: PatientKey) -> tuple[OwnFolder, ...]:
    found = [
        OwnFolder(folder_id, key.open(name, folder_name_aad(folder_id)).decode(), _ids(documents))
        for folder_id, name, documents in rows
    ]
    return tuple(sorted(found, key=lambda each: (each.name.casefold(), each.folder_id)))


def _ids(joined: bytes | None) -> frozenset[bytes]:
    return frozenset() if not joined else frozenset(joined[n : n + 16] for n in range(0, len(joined), 16))
