"""The SQL of a professional's desk."""

from collections.abc import Sequence
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from carnet.domain.people.model import Identity
from carnet.domain.people.store import IDENTITY_COLUMNS, IdentityRow
from carnet.domain.record.desk.model import RecentRecord, RunningMode
from carnet.storage.database import Connection, Database

_VISIT = """
    INSERT INTO professional_visit (patient_id, person, visited_at) VALUES (%(patient)s, %(person)s, %(at)s)
    ON CONFLICT (patient_id, person) DO UPDATE SET
        former_visit_at = CASE WHEN professional_visit.visited_at > %(at)s - interval '1 hour'
            THEN professional_visit.former_visit_at ELSE professional_visit.visited_at END,
        visited_at = CASE WHEN professional_visit.visited_at > %(at)s - interval '1 hour'
            THEN professional_visit.visited_at ELSE %(at)s END
    RETURNING former_visit_at
"""
_CLAIM = """
    INSERT INTO recent_record_claim (person, patient_id, visited_at) VALUES (%(person)s, %(patient)s, %(at)s)
    ON CONFLICT (person, patient_id) DO UPDATE SET visited_at = greatest(recent_record_claim.visited_at, excluded.visited_at)
"""
_RUNS: LiteralString = "c.valid_from <= greatest(%(at)s, r.changed_at) AND (c.valid_to IS NULL OR c.valid_to > greatest(%(at)s, r.changed_at))"
_IDENTITY_WIDTH = 12
_RECENT: LiteralString = f"""
    SELECT {IDENTITY_COLUMNS}, l.patient_id, l.visited_at, EXISTS (
        SELECT 1 FROM consent_period c WHERE c.patient_id = l.patient_id AND c.kind IN ('grant', 'primary-care-doctor')
            AND c.holder = ANY (%(names)s) AND {_RUNS})
    FROM recent_record_claim l
    JOIN record r ON r.patient_id = l.patient_id AND r.status = 'open'
    JOIN identity i ON i.patient_id = l.patient_id AND i.valid_to IS NULL AND i.status = 'QUAL'
    WHERE l.person = %(person)s AND NOT EXISTS (
        SELECT 1 FROM consent_period c WHERE c.patient_id = l.patient_id AND c.kind = 'block' AND c.holder = ANY (%(names)s) AND {_RUNS})
    ORDER BY l.visited_at DESC, l.patient_id LIMIT %(limit)s
"""  # noqa: S608  constants only
_WRITE_MODE = """
    INSERT INTO reading_mode (patient_id, session_id, mode, motive, begun_at, ends_at) VALUES (%s, %s, %s, %s, %s, %s)
    ON CONFLICT (patient_id, session_id) DO UPDATE SET
        mode = excluded.mode, motive = excluded.motive, begun_at = excluded.begun_at, ends_at = excluded.ends_at, ended_at = NULL
"""
_MODE = """
    SELECT m.mode, m.motive, m.begun_at, m.ends_at, r.wrapped_key FROM reading_mode m JOIN record r ON r.patient_id = m.patient_id
    WHERE m.patient_id = %(patient)s AND m.session_id = %(session)s AND m.ended_at IS NULL AND m.ends_at > %(at)s AND r.status = 'open'
"""
_END_MODE = """
    UPDATE reading_mode m SET ended_at = %(at)s FROM record r
    WHERE m.patient_id = %(patient)s AND m.session_id = %(session)s AND m.ended_at IS NULL AND r.patient_id = m.patient_id
    RETURNING r.wrapped_key
"""
_REGISTERS = "SELECT oid FROM ins_claim WHERE matricule = %(matricule)s ORDER BY oid"
_IDENTITIES: LiteralString = f"""
    SELECT {IDENTITY_COLUMNS}, i.patient_id FROM identity i
    WHERE i.patient_id = ANY (%(patients)s) AND i.valid_to IS NULL AND i.status = 'QUAL'
"""  # noqa: S608  constants only
_LAST_VISIT = (
    "SELECT visited_at, former_visit_at FROM professional_visit WHERE patient_id = %(patient)s AND person = %(person)s"
)
_DOCTORS = """
    SELECT c.holder, coalesce(nullif(concat_ws(' ', nullif(d.title, ''), d.given, d.family), ''), o.name)
    FROM consent_period c JOIN record r ON r.patient_id = c.patient_id
    LEFT JOIN directory_professional d ON d.person = c.holder AND NOT c.holder_is_organization
    LEFT JOIN directory_organization o ON o.organization = c.holder AND c.holder_is_organization
    WHERE c.patient_id = %(patient)s AND c.kind = 'primary-care-doctor' AND c.valid_from <= greatest(%(at)s, r.changed_at)
        AND (c.valid_to IS NULL OR c.valid_to > greatest(%(at)s, r.changed_at))
    ORDER BY c.valid_from
"""

ModeRow = tuple[str, bytes | None, datetime, datetime, bytes]


async def begin_visit(tx: Connection, patient_id: UUID, person: str, at: datetime) -> datetime | None:
    """When the visit before began."""
    row = await (await tx.execute(_VISIT, {"patient": patient_id, "person": person, "at": at})).fetchone()
    assert row is not None
    former: datetime | None = row[0]
    return former


async def claim_recent(tx: Connection, person: str, patient_id: UUID, at: datetime) -> None:
    await tx.execute(_CLAIM, {"person": person, "patient": patient_id, "at": at})


async def recent(
    database: Database, person: str, *, names: Sequence[str], at: datetime, limit: int
) -> list[RecentRecord]:
    rows = await database.fetch(_RECENT, {"person": person, "names": list(names), "at": at, "limit": limit})
    return [
        RecentRecord(row[_IDENTITY_WIDTH], IdentityRow(row[:_IDENTITY_WIDTH]).identity(), *row[_IDENTITY_WIDTH + 1 :])
        for row in rows
    ]


async def write_mode(
    tx: Connection, patient_id: UUID, session_id: UUID, running: RunningMode, *, motive: bytes | None
) -> None:
    """motive: sealed."""
    await tx.execute(_WRITE_MODE, (patient_id, session_id, running.mode, motive, running.begun_at, running.ends_at))


async def mode(database: Database, patient_id: UUID, session_id: UUID, at: datetime) -> ModeRow | None:
    """What runs: mode, sealed motive, since, until, and the record's wrapped key."""
    row = await database.row(_MODE, {"patient": patient_id, "session": session_id, "at": at})
    return None if row is None else (row[0], row[1], row[2], row[3], row[4])


async def mode_in(tx: Connection, patient_id: UUID, session_id: UUID, at: datetime) -> ModeRow | None:
    """The same, inside a transaction."""
    row = await (await tx.execute(_MODE, {"patient": patient_id, "session": session_id, "at": at})).fetchone()
    return None if row is None else (row[0], row[1], row[2], row[3], row[4])


async def end_mode(tx: Connection, patient_id: UUID, session_id: UUID, at: datetime) -> bytes | None:
    """The record's wrapped key; None when nothing ran."""
    row = await (await tx.execute(_END_MODE, {"patient": patient_id, "session": session_id, "at": at})).fetchone()
    return None if row is None else row[0]


async def registers_of(connection: Connection, matricule: str) -> list[str]:
    """OIDs of the registers where this matricule names someone."""
    return [row[0] for row in await (await connection.execute(_REGISTERS, {"matricule": matricule})).fetchall()]


async def identities(database: Database, patients: Sequence[UUID]) -> dict[UUID, Identity]:
    """The identity in force of each of these people, when it is qualified."""
    rows = await database.fetch(_IDENTITIES, {"patients": list(patients)})
    return {row[_IDENTITY_WIDTH]: IdentityRow(row[:_IDENTITY_WIDTH]).identity() for row in rows}


async def last_visit(database: Database, patient_id: UUID, person: str) -> tuple[datetime, datetime | None] | None:
    """When their last visit began, and the one before; None when they never came."""
    row = await database.row(_LAST_VISIT, {"patient": patient_id, "person": person})
    return None if row is None else (row[0], row[1])


async def doctors(database: Database, patient_id: UUID, at: datetime) -> list[tuple[str, str | None]]:
    """Médecins traitants: number, and name as the directory has it."""
    return [(row[0], row[1]) for row in await database.fetch(_DOCTORS, {"patient": patient_id, "at": at})]
