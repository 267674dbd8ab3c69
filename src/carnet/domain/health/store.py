"""The SQL of facts of health: the content they are read from, the row where they are kept, those that a reader may see."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from carnet.domain.consent.store import Connection
from carnet.domain.health import kept
from carnet.domain.health.model import EDITION, ReadState, Stated
from carnet.domain.record.linked.reading import Member
from carnet.domain.record.store import RecordStore
from carnet.storage.database import Database
from carnet.storage.sealing import PatientKey, open_range, segment_count
from carnet.vocabulary.frozen import frozen

# A document whose content is still there, with the key that opens it.
_CONTENT = """
    SELECT r.wrapped_key, e.size_bytes,
        ARRAY(SELECT c.bytes FROM content c WHERE c.patient_id = e.patient_id AND c.logical_id = e.logical_id ORDER BY c.segment)
    FROM document_entry e JOIN record r ON r.patient_id = e.patient_id
    WHERE e.patient_id = %(patient)s AND e.logical_id = %(document)s AND e.status <> 'deleted' AND octet_length(r.wrapped_key) > 0
"""
# Kept only beside a document that is not deleted: the row of its entry is held, so that a deletion comes before or after.
_KEEP = """
    INSERT INTO health_facts (patient_id, logical_id, edition, state, body, read_at)
    SELECT e.patient_id, e.logical_id, %(edition)s, %(state)s, %(body)s, %(at)s FROM document_entry e
    WHERE e.patient_id = %(patient)s AND e.logical_id = %(document)s AND e.status <> 'deleted' FOR SHARE OF e
    ON CONFLICT (patient_id, logical_id) DO UPDATE
    SET edition = excluded.edition, state = excluded.state, body = excluded.body, read_at = excluded.read_at
"""
_FORGET = """
    DELETE FROM health_facts f USING document_entry e
    WHERE f.patient_id = %(patient)s AND f.logical_id = ANY (%(documents)s)
        AND e.patient_id = f.patient_id AND e.logical_id = f.logical_id AND e.status = 'deleted'
"""
_UNREAD = """
    SELECT f.patient_id, f.logical_id FROM health_facts f
    JOIN document_entry e ON e.patient_id = f.patient_id AND e.logical_id = f.logical_id
    WHERE (f.patient_id, f.logical_id) > (%(patient)s, %(document)s) AND f.edition < %(edition)s AND e.status IN ('approved', 'archived')
    ORDER BY f.patient_id, f.logical_id LIMIT %(limit)s
"""
# Of the current documents of the allowed classes: those that state something, and those that may and were not read.
_STATED = """
    SELECT f.logical_id, f.state, f.body FROM health_facts f
    JOIN document_entry e ON e.patient_id = f.patient_id AND e.logical_id = f.logical_id
    WHERE f.patient_id = %(patient)s AND e.class_id = ANY (%(allowed)s) AND e.status = 'approved'
        AND (f.body IS NOT NULL OR f.state <> 'read')
"""


@frozen
class SealedStatement:
    """What one document states, before it is opened."""

    logical_id: UUID
    state: ReadState
    body: bytes | None

    def opened(self, patient_id: UUID, key: PatientKey) -> Stated:
        facts = () if self.body is None else kept.read(key.open(self.body, kept.facts_aad(self.logical_id)))
        return Stated(patient_id, self.logical_id, self.state, facts)


async def content_of(store: RecordStore, patient_id: UUID, logical_id: UUID) -> tuple[PatientKey, bytes] | None:
    """
    The bytes of a document in clear, for the program itself, with the key of its patient; None when it is deleted or erased.

    Raises
        ContentDamaged: it is not whole.
    """
    row = await store.database.row(_CONTENT, {"patient": patient_id, "document": logical_id})
    if row is None:
        return None
    wrapped, size_bytes, rows = row
    key = store.keys.patient_key(patient_id, wrapped)
    segments = range(segment_count(size_bytes))
    sealed = await store.contents.read(patient_id, logical_id, segments, rows)
    clear = open_range(
        key, dict(zip(segments, sealed, strict=True)), patient_id=patient_id, logical_id=logical_id, size_bytes=size_bytes,
        first_byte=0, last_byte=size_bytes - 1,
    )  # fmt: skip
    return key, clear


async def keep(
    database: Database, patient_id: UUID, logical_id: UUID, *, state: ReadState, body: bytes | None, at: datetime
) -> None:
    """Keep what a document states, sealed, in the place of what was kept; nothing for one that was deleted meanwhile."""
    values = {
        "patient": patient_id, "document": logical_id, "edition": EDITION, "state": state, "body": body, "at": at,
    }  # fmt: skip
    async with database.connection() as connection:
        await connection.execute(_KEEP, values)


async def forget(connection: Connection, patient_id: UUID, documents: Sequence[UUID]) -> None:
    """Forget what these documents state, those that are deleted only."""
    await connection.execute(_FORGET, {"patient": patient_id, "documents": list(documents)})


async def unread(database: Database, after: tuple[UUID, UUID], *, limit: int) -> list[tuple[UUID, UUID]]:
    """Current documents, of any record, that may state facts and were not read in this edition; in order, after this one."""
    values: dict[str, Any] = {"patient": after[0], "document": after[1], "edition": EDITION, "limit": limit}
    async with database.connection() as connection:
        cursor = await connection.execute(_UNREAD, values)
        return [(patient_id, logical_id) for patient_id, logical_id in await cursor.fetchall()]


async def stated(database: Database, member: Member) -> list[SealedStatement]:
    """What the current documents of the classes that the reader may see in a record state, in no order."""
    values = {"patient": member.facts.patient_id, "allowed": list(member.allowed)}
    rows = await database.fetch(_STATED, values)
    return [SealedStatement(row[0], ReadState(row[1]), row[2]) for row in rows]
