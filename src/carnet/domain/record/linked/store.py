"""SQL of the links between records of one person."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from carnet.domain.access.notices import Notice
from carnet.domain.access.store import asking
from carnet.domain.audit import store as audit_store
from carnet.domain.audit.trail import PreparedEvent
from carnet.domain.consent.store import Connection
from carnet.storage.database import Database

_LINKED = "SELECT linked FROM record WHERE patient_id = %s"
_LIVES = "SELECT 1 FROM record WHERE patient_id = %s AND status <> 'erased'"
_BEGIN = """
    INSERT INTO record_link (patient_id, link_id, linked_to, valid_from, recorded_at, recorded_by, motive)
    VALUES (%s, %s, %s, %s, %s, %s, %s)
"""
_END = """
    UPDATE record_link SET valid_to = greatest(%s, valid_from), ended_by = %s, ended_motive = %s
    WHERE patient_id = %s AND linked_to = %s AND valid_to IS NULL
"""
# set_linked: the head says who is linked now; decisions taken before cannot write any more.
_SET = """
    UPDATE record SET linked = %s, facts_version = facts_version + 1, changed_at = %s WHERE patient_id = %s
"""
_THEN = """
    SELECT linked_to FROM record_link
    WHERE patient_id = %(patient)s AND valid_from <= %(at)s AND (valid_to IS NULL OR valid_to > %(at)s)
"""


async def linked_then(database: Database, patient_id: UUID, *, at: datetime) -> list[UUID]:
    """The records linked to this one at a past instant."""
    return [linked_to for (linked_to,) in await database.fetch(_THEN, {"patient": patient_id, "at": at})]


async def linked(connection: Connection, patient_id: UUID) -> tuple[UUID, ...]:
    """The records linked to this one now; none when there is no such record. One that was erased is linked to nobody."""
    row = await (await connection.execute(_LINKED, (patient_id,))).fetchone()
    found = () if row is None or row[0] is None else tuple(row[0])
    return tuple([each for each in found if await lives(connection, each)])


async def lives(connection: Connection, patient_id: UUID) -> bool:
    """Whether there is such a record, and it was not erased."""
    return await (await connection.execute(_LIVES, (patient_id,))).fetchone() is not None


async def begin(
    connection: Connection, patient_id: UUID, link_id: UUID, *, to: UUID, at: datetime, recorded_by: str, motive: bytes
) -> None:
    """One side of a link. motive: sealed by the key of this record."""
    await connection.execute(_BEGIN, (patient_id, link_id, to, at, at, recorded_by, motive))


async def end(
    connection: Connection, patient_id: UUID, *, to: UUID, at: datetime, ended_by: str, motive: bytes
) -> None:
    """The end of one side. motive: sealed by the key of this record."""
    await connection.execute(_END, (at, ended_by, motive, patient_id, to))


async def set_linked(connection: Connection, patient_id: UUID, linked_to: Sequence[UUID], *, at: datetime) -> None:
    """The head as it is from now on."""
    await connection.execute(_SET, (sorted(linked_to) or None, at, patient_id))


async def append(
    connection: Connection, patient_id: UUID, event: PreparedEvent, *, facts_version: int, notice: Notice | None
) -> datetime | None:
    """One of several traces of an act, with the notice that it asks for; None when the facts moved."""
    values = audit_store.appended(patient_id, event, facts_version=facts_version)
    row = await (await connection.execute(*asking(audit_store.APPEND, values, notice))).fetchone()
    return None if row is None else row[0]
