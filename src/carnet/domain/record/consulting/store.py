"""The SQL of the page of a document: its line of versions, both ways, as far as its reader sees."""

from collections.abc import Sequence
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from carnet.domain.record.consulting.model import ShownVersion
from carnet.domain.record.fact_rows import STATUSES
from carnet.domain.record.store import Moved
from carnet.storage.database import Database

# What it replaced and what replaced it, one after another; then itself, which alone tells whose the mask is.
_LINE: LiteralString = """
    WITH RECURSIVE older AS (
        SELECT s.target_id AS logical_id FROM association s
        WHERE s.patient_id = %(patient)s AND s.kind = 'replaces' AND s.source_id = %(document)s
        UNION
        SELECT s.target_id FROM older o JOIN association s ON s.patient_id = %(patient)s AND s.kind = 'replaces' AND s.source_id = o.logical_id
    ), newer AS (
        SELECT s.source_id AS logical_id FROM association s
        WHERE s.patient_id = %(patient)s AND s.kind = 'replaces' AND s.target_id = %(document)s
        UNION
        SELECT s.source_id FROM newer n JOIN association s ON s.patient_id = %(patient)s AND s.kind = 'replaces' AND s.target_id = n.logical_id
    )
    SELECT e.logical_id, e.created_from, e.filed_at, e.status, e.masked_by_patient, l.place
    FROM (SELECT logical_id, 'older' AS place FROM older UNION ALL SELECT logical_id, 'newer' FROM newer
        UNION ALL SELECT %(document)s::uuid, 'self') l
    JOIN document_entry e ON e.patient_id = %(patient)s AND e.logical_id = l.logical_id
    WHERE e.class_id = ANY (%(allowed)s) ORDER BY e.filed_at DESC, e.logical_id DESC
"""


async def versions(
    database: Database, patient_id: UUID, logical_id: UUID, *, allowed: Sequence[UUID]
) -> tuple[list[ShownVersion], datetime, bool]:
    """Its other versions of allowed classes, the newest first; when it was made; whether its mask is the patient's own. Raises Moved."""
    values = {"patient": patient_id, "document": logical_id, "allowed": list(allowed)}
    rows = await database.fetch(_LINE, values)
    own = next((row for row in rows if row[5] == "self"), None)
    if own is None:
        raise Moved
    return (
        [ShownVersion(row[0], row[1], row[2], STATUSES[row[3]], row[5] == "newer") for row in rows if row[5] != "self"],
        own[1],
        own[4],
    )
