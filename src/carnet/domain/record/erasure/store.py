"""
Erasure's SQL. The tables of the patient are those whose comment says so, whatever slice they belong to: a new one is erased without a word here.
"""

from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, sql

from carnet.domain.consent.model import RecordStatus

Connection = AsyncConnection[Any]

# What stays as a tombstone, less what could tell of the person: the record, the proofs of its trail, its last period.
_TOMBSTONE = ("record", "audit_event", "record_period")

_STATUS = "SELECT status FROM record WHERE patient_id = %s"
_LOCK = "SELECT octet_length(wrapped_key) > 0 FROM record WHERE patient_id = %s AND status = 'erased' FOR UPDATE"
_DOCUMENTS = """
    SELECT logical_id FROM document_entry WHERE patient_id = %s AND (%s::uuid IS NULL OR logical_id > %s)
    ORDER BY logical_id LIMIT %s
"""
# Claims, and the names of the demonstration, are keyed by what is looked up: found from the patient's own rows, before these go.
_CLAIMS = (
    """
    DELETE FROM ins_claim c USING (
        SELECT matricule, oid FROM identity WHERE patient_id = %(patient)s AND matricule IS NOT NULL
        UNION SELECT value, system FROM person_identifier WHERE patient_id = %(patient)s AND kind = 'former-matricule'
    ) q WHERE c.matricule = q.matricule AND c.oid = q.oid AND c.patient_id = %(patient)s
    """,
    """
    DELETE FROM local_identifier_claim c USING person_identifier q
    WHERE q.patient_id = %(patient)s AND q.kind = 'local' AND c.value = q.value AND c.system = q.system
        AND c.patient_id = %(patient)s
    """,
    """
    DELETE FROM entry_claim c USING (
        SELECT logical_id AS id FROM document_entry WHERE patient_id = %(patient)s
        UNION SELECT entry_uuid FROM document_entry WHERE patient_id = %(patient)s
        UNION SELECT entry_uuid FROM document_entry_past WHERE patient_id = %(patient)s
        UNION SELECT set_id FROM submission_set WHERE patient_id = %(patient)s
        UNION SELECT folder_id FROM folder WHERE patient_id = %(patient)s
    ) q WHERE c.entry_id = q.id AND c.patient_id = %(patient)s
    """,
    """
    DELETE FROM login_claim c USING account_login q
    WHERE q.patient_id = %(patient)s AND c.login_digest = q.login_digest AND c.patient_id = %(patient)s
    """,
    """
    DELETE FROM passkey_claim c USING account_passkey q
    WHERE q.patient_id = %(patient)s AND c.credential_id = q.credential_id AND c.patient_id = %(patient)s
    """,
    "DELETE FROM sign_in_step WHERE patient_id = %(patient)s",
    """
    DELETE FROM demo_person d USING identity q
    WHERE q.patient_id = %(patient)s AND d.matricule = q.matricule AND d.oid = q.oid
    """,
    """
    DELETE FROM recent_record_claim c USING professional_visit q
    WHERE q.patient_id = %(patient)s AND c.person = q.person AND c.patient_id = %(patient)s
    """,
    """
    DELETE FROM delegated_filing_claim c USING document_entry q JOIN access_class a ON a.patient_id = q.patient_id AND a.class_id = q.class_id
    WHERE q.patient_id = %(patient)s AND c.delegator = ANY (a.author_persons) AND c.unique_id = q.unique_id AND c.patient_id = %(patient)s
    """,
    """
    DELETE FROM held_record_claim c USING consent_period q
    WHERE q.patient_id = %(patient)s AND c.holder = q.holder AND c.patient_id = %(patient)s
    """,
    """
    DELETE FROM share_claim c USING document_share q
    WHERE q.patient_id = %(patient)s AND c.address = q.address AND c.patient_id = %(patient)s
    """,
    """
    DELETE FROM request_claim c USING document_request q
    WHERE q.patient_id = %(patient)s AND c.holder = ANY (q.addressees) AND c.request_id = q.request_id AND c.patient_id = %(patient)s
    """,
)
# Children before those they refer to.
_TABLES = """
    SELECT c.relname FROM pg_class c
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND obj_description(c.oid, 'pg_class') LIKE 'patient:%%' AND c.relname <> ALL (%s)
    ORDER BY (SELECT count(*) FROM pg_constraint k WHERE k.contype = 'f' AND k.confrelid = c.oid), c.relname
"""
_LAST_PERIOD = "DELETE FROM record_period WHERE patient_id = %s AND status <> 'erased'"
_NAMELESS_PERIOD = "UPDATE record_period SET recorded_by = '', motive = NULL, reason = NULL WHERE patient_id = %s"
_BODIES = "UPDATE audit_event SET body = '' WHERE patient_id = %s"
_KEY = "UPDATE record SET wrapped_key = '', linked = NULL, facts_version = facts_version + 1 WHERE patient_id = %s"


async def status_of(connection: Connection, patient_id: UUID) -> RecordStatus | None:
    row = await (await connection.execute(_STATUS, (patient_id,))).fetchone()
    return None if row is None else RecordStatus(row[0])


async def documents(connection: Connection, patient_id: UUID, *, after: UUID | None, limit: int) -> list[UUID]:
    """LogicalIds of a record, in order, after this one."""
    cursor = await connection.execute(_DOCUMENTS, (patient_id, after, after, limit))
    return [row[0] for row in await cursor.fetchall()]


async def erase_rows(connection: Connection, patient_id: UUID) -> bool:
    """
    Delete the rows of a record that is to be erased, empty the bodies of its trail, destroy its key; False when it was done already.

    Takes
        connection: inside a transaction.
    """
    row = await (await connection.execute(_LOCK, (patient_id,))).fetchone()
    if row is None or not row[0]:
        return False
    for claims in _CLAIMS:
        await connection.execute(claims, {"patient": patient_id})
    tables = await (await connection.execute(_TABLES, (list(_TOMBSTONE),))).fetchall()
    for (table,) in tables:
        await connection.execute(
            sql.SQL("DELETE FROM {} WHERE patient_id = %s").format(sql.Identifier(table)), (patient_id,)
        )
    for statement in (_LAST_PERIOD, _NAMELESS_PERIOD, _BODIES, _KEY):
        await connection.execute(statement, (patient_id,))
    return True
