"""The SQL of sessions, visits and preferences."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from carnet.domain.accounts.model import CitizenSession, Preferences, SignedIn, Theme
from carnet.domain.consent.model import RecordStatus
from carnet.domain.people.store import IDENTITY_COLUMNS, IdentityRow
from carnet.storage.database import Connection, Database

_SESSION: LiteralString = "s.session_id, s.means, s.device, s.begun_at, s.seen_at, s.ends_at"
_IDENTITY_WIDTH = 12
_LARGE = "large"  # the one size of text that is chosen
_FIND: LiteralString = f"""
    SELECT {IDENTITY_COLUMNS}, {_SESSION}, r.status, a.time_zone, a.theme, a.text_size, a.former_visit_at, s.secret_hash, s.ended_at
    FROM citizen_session s
    JOIN record r ON r.patient_id = s.patient_id
    JOIN identity i ON i.patient_id = s.patient_id AND i.valid_to IS NULL AND i.status = 'QUAL'
    LEFT JOIN account a ON a.patient_id = s.patient_id
    WHERE s.patient_id = %(patient)s AND s.session_id = %(session)s
"""  # noqa: S608  constants only
_UNENDED: LiteralString = (
    f"SELECT {_SESSION} FROM citizen_session s WHERE s.patient_id = %(patient)s AND s.ended_at IS NULL "  # noqa: S608  constants only
    "ORDER BY s.seen_at DESC, s.session_id"
)
_INSERT = """
    INSERT INTO citizen_session (patient_id, session_id, secret_hash, means, device, begun_at, seen_at, ends_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""
_SEE = """
    UPDATE citizen_session SET seen_at = greatest(seen_at, %(at)s) WHERE patient_id = %(patient)s AND session_id = %(session)s
    RETURNING session_id
"""
_EXTEND = """
    UPDATE citizen_session SET seen_at = greatest(seen_at, %(at)s), ends_at = greatest(ends_at, %(ends)s)
    WHERE patient_id = %(patient)s AND session_id = %(session)s AND ended_at IS NULL RETURNING session_id
"""
_END = """
    UPDATE citizen_session SET ended_at = %(at)s
    WHERE patient_id = %(patient)s AND session_id = %(session)s AND ended_at IS NULL RETURNING session_id
"""
_END_ALL = """
    UPDATE citizen_session SET ended_at = %(at)s
    WHERE patient_id = %(patient)s AND ended_at IS NULL AND (%(but)s::uuid IS NULL OR session_id <> %(but)s) RETURNING session_id
"""
# A second session begun within the hour belongs to the same visit: what was new stays new.
_VISIT = """
    INSERT INTO account (patient_id, visited_at) VALUES (%(patient)s, %(at)s)
    ON CONFLICT (patient_id) DO UPDATE SET
        former_visit_at = CASE WHEN account.visited_at > %(at)s - interval '1 hour' THEN account.former_visit_at ELSE account.visited_at END,
        visited_at = CASE WHEN account.visited_at > %(at)s - interval '1 hour' THEN account.visited_at ELSE %(at)s END
"""
_PREFER = """
    INSERT INTO account (patient_id, time_zone, theme, text_size) VALUES (%(patient)s, %(zone)s, %(theme)s, %(text)s)
    ON CONFLICT (patient_id) DO UPDATE SET
        time_zone = excluded.time_zone, theme = excluded.theme, text_size = excluded.text_size
"""


async def find(
    database: Database, patient_id: UUID, session_id: UUID
) -> tuple[SignedIn, bytes, datetime | None] | None:
    """Who this session signs in, the digest of its secret, when it was ended."""
    row = await database.row(_FIND, {"patient": patient_id, "session": session_id})
    if row is None:
        return None
    status, zone, theme, text_size, former, digest, ended_at = row[_IDENTITY_WIDTH + 6 :]
    signed_in = SignedIn(
        patient_id, IdentityRow(row[:_IDENTITY_WIDTH]).identity(), RecordStatus(status),
        _session(row[_IDENTITY_WIDTH : _IDENTITY_WIDTH + 6]), Preferences(zone, theme and Theme(theme), text_size == _LARGE), former,
    )  # fmt: skip
    return signed_in, bytes(digest), ended_at


async def insert(tx: Connection, patient_id: UUID, session: CitizenSession, secret_hash: bytes) -> None:
    await tx.execute(
        _INSERT,
        (
            patient_id, session.session_id, secret_hash, session.means, session.device, session.begun_at, session.seen_at,
            session.ends_at,
        ),
    )  # fmt: skip


async def begin_visit(tx: Connection, patient_id: UUID, at: datetime) -> None:
    await tx.execute(_VISIT, {"patient": patient_id, "at": at})


async def see(database: Database, patient_id: UUID, session_id: UUID, at: datetime) -> None:
    await database.row(_SEE, {"patient": patient_id, "session": session_id, "at": at})


async def extend(database: Database, patient_id: UUID, session_id: UUID, at: datetime, *, ends_at: datetime) -> bool:
    values = {"patient": patient_id, "session": session_id, "at": at, "ends": ends_at}
    return await database.row(_EXTEND, values) is not None


async def end(database: Database, patient_id: UUID, session_id: UUID, at: datetime) -> bool:
    return await database.row(_END, {"patient": patient_id, "session": session_id, "at": at}) is not None


async def end_all(database: Database, patient_id: UUID, at: datetime, *, but: UUID | None) -> int:
    return len(await database.fetch(_END_ALL, {"patient": patient_id, "at": at, "but": but}))


async def end_in(tx: Connection, patient_id: UUID, at: datetime, *, session_id: UUID | None, but: UUID | None) -> int:
    """Within a transaction: one session, or all of them but one. How many were open."""
    values = {"patient": patient_id, "session": session_id, "at": at, "but": but}
    return (await tx.execute(_END_ALL if session_id is None else _END, values)).rowcount


async def unended(database: Database, patient_id: UUID) -> list[CitizenSession]:
    return [_session(row) for row in await database.fetch(_UNENDED, {"patient": patient_id})]


async def prefer(tx: Connection, patient_id: UUID, preferences: Preferences) -> None:
    """Keep what the holder prefers."""
    values = {
        "patient": patient_id, "zone": preferences.time_zone, "theme": preferences.theme,
        "text": _LARGE if preferences.large_text else None,
    }  # fmt: skip
    await tx.execute(_PREFER, values)


def _session(row: Sequence[Any]) -> CitizenSession:
    return CitizenSession(*row)
