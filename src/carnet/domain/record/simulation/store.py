"""SQL of simulations: the documents of now by their class, and all the facts of a past instant from the periods alone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from carnet.domain.access.facts import holder_of
from carnet.domain.access.facts_sql import CONSENTS_THEN
from carnet.domain.actor import Actor
from carnet.domain.record.facts_sql import CLASSES
from carnet.storage.database import Database

_NOW = """
    SELECT logical_id, class_id FROM document_entry WHERE patient_id = %(patient)s AND class_id = ANY (%(allowed)s)
    ORDER BY created_from DESC, logical_id DESC
"""
# A document existed from its filing; its class then is the one of now if that began before, else that of the former state around.
_THEN: LiteralString = f"""
    SELECT p.status, r.facts_version, {CONSENTS_THEN}, i.matricule, i.oid, i.birth_date,
        {CLASSES},
        (SELECT jsonb_agg(jsonb_build_array(
                e.logical_id, CASE WHEN e.updated_at <= %(at)s THEN e.class_id ELSE q.class_id END)
                ORDER BY e.created_from DESC, e.logical_id DESC)
            FROM document_entry e
            LEFT JOIN document_entry_past q ON q.patient_id = e.patient_id AND q.logical_id = e.logical_id
                AND q.valid_from <= %(at)s AND %(at)s < q.valid_to
            WHERE e.patient_id = r.patient_id AND e.filed_at <= %(at)s)
    FROM record r
    JOIN record_period p ON p.patient_id = r.patient_id AND p.valid_from <= %(at)s AND (p.valid_to IS NULL OR p.valid_to > %(at)s)
    JOIN identity i ON i.patient_id = r.patient_id AND i.status = 'QUAL'
        AND i.valid_from <= %(at)s AND (i.valid_to IS NULL OR i.valid_to > %(at)s)
    WHERE r.patient_id = %(patient)s
"""  # noqa: S608  constants only
_DESCRIBED = """
    SELECT logical_id, split_part(type, '|', 2), created_from FROM document_entry
    WHERE patient_id = %(patient)s AND logical_id = ANY (%(documents)s)
"""
_OF_CLASSES = """
    SELECT a.class_code, count(*) FROM document_entry e
    JOIN access_class a ON a.patient_id = e.patient_id AND a.class_id = e.class_id
    WHERE e.patient_id = %(patient)s AND e.logical_id = ANY (%(documents)s) GROUP BY a.class_code
"""


async def documents_now(database: Database, patient_id: UUID, *, allowed: Sequence[UUID]) -> list[tuple[UUID, UUID]]:
    """The documents of these classes, newest first."""
    rows = await database.fetch(_NOW, {"patient": patient_id, "allowed": list(allowed)})
    return [(logical_id, class_id) for logical_id, class_id in rows]


async def facts_then(database: Database, patient_id: UUID, actor: Actor, *, at: datetime) -> tuple[Any, ...] | None:
    """The row of the past; None when there was no such record, or no qualified identity, then."""
    return await database.row(
        _THEN, {"patient": patient_id, "person": holder_of(actor), "organization": actor.organization, "at": at}
    )


async def described(
    database: Database, patient_id: UUID, documents: Sequence[UUID]
) -> dict[UUID, tuple[str, datetime]]:
    """Type and date of documents that a simulation told of."""
    rows = await database.fetch(_DESCRIBED, {"patient": patient_id, "documents": list(documents)})
    return {row[0]: (row[1], row[2]) for row in rows}


async def counted_by_class(database: Database, patient_id: UUID, documents: Sequence[UUID]) -> dict[str, int]:
    """How many of the documents that a simulation told of are of each class."""
    rows = await database.fetch(_OF_CLASSES, {"patient": patient_id, "documents": list(documents)})
    return {row[0]: int(row[1]) for row in rows}
