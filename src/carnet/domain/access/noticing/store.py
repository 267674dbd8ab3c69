"""The SQL of notices as they are read: a page, what is unread, which kinds are not wanted."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from carnet.domain.access.notices import KeptNotice, Notice, NoticeKind
from carnet.storage.database import Database

Connection = AsyncConnection[Any]

_KINDS = sorted(NoticeKind)
_PAGE = """
    SELECT notice_id, kind, event_id, occurred_at, about, is_secret, read_at FROM notice
    WHERE patient_id = %(patient)s AND is_told AND kind = ANY (%(kinds)s) AND (%(secrets)s OR NOT is_secret)
        AND (read_at IS NULL OR NOT %(unread)s)
        AND (%(at)s::timestamptz IS NULL OR (occurred_at, notice_id) < (%(at)s, %(id)s::uuid))
    ORDER BY occurred_at DESC, notice_id DESC LIMIT %(limit)s
"""
_UNREAD = """
    SELECT count(*) FROM notice
    WHERE patient_id = %(patient)s AND is_told AND kind = ANY (%(kinds)s) AND (%(secrets)s OR NOT is_secret) AND read_at IS NULL
"""
_ANY_UNREAD = f"SELECT EXISTS ({_UNREAD.replace('count(*)', '1')})"
_MARK = """
    UPDATE notice SET read_at = %(read_at)s
    WHERE patient_id = %(patient)s AND is_told AND (%(notices)s::uuid[] IS NULL OR notice_id = ANY (%(notices)s)) AND (%(secrets)s OR NOT is_secret)
        AND (read_at IS NULL) = (%(read_at)s::timestamptz IS NOT NULL)
"""
_UNWANTED = "SELECT kind FROM notice_choice WHERE patient_id = %s AND NOT wanted"
_CHOOSE = """
    INSERT INTO notice_choice (patient_id, kind, wanted, chosen_at) VALUES (%s, %s, %s, %s)
    ON CONFLICT (patient_id, kind) DO UPDATE SET wanted = excluded.wanted, chosen_at = excluded.chosen_at
"""


async def page(
    connection: Connection, patient_id: UUID, *, secrets: bool, unread_only: bool, before: tuple[datetime, UUID] | None, limit: int
) -> list[KeptNotice]:  # fmt: skip
    """
    Notices of a record, the last first.

    Takes
        secrets: those of secret connections too.
    """
    at, notice_id = before or (None, None)
    values = {
        "patient": patient_id, "kinds": _KINDS, "secrets": secrets, "unread": unread_only, "at": at, "id": notice_id, "limit": limit,
    }  # fmt: skip
    cursor = await connection.execute(_PAGE, values)
    return [
        KeptNotice(row[0], Notice(NoticeKind(row[1]), *row[2:6]), row[6]) for row in await cursor.fetchall()
    ]  # fmt: skip


async def count_unread(connection: Connection, patient_id: UUID, *, secrets: bool) -> int:
    """How many are unread."""
    cursor = await connection.execute(_UNREAD, {"patient": patient_id, "kinds": _KINDS, "secrets": secrets})
    row = await cursor.fetchone()
    return 0 if row is None else int(row[0])


async def has_unread(database: Database, patient_id: UUID, *, secrets: bool) -> bool:
    """Whether any is unread, without opening an act."""
    row = await database.row(_ANY_UNREAD, {"patient": patient_id, "kinds": _KINDS, "secrets": secrets})
    return row is not None and bool(row[0])


async def mark(
    connection: Connection,
    patient_id: UUID,
    notices: Collection[UUID] | None,
    *,
    read_at: datetime | None,
    secrets: bool,
) -> int:
    """Mark these, or all, as read at an instant, or as unread when it is None; how many changed."""
    wanted = None if notices is None else list(notices)
    values = {"patient": patient_id, "notices": wanted, "read_at": read_at, "secrets": secrets}
    return (await connection.execute(_MARK, values)).rowcount


async def unwanted(connection: Connection, patient_id: UUID) -> frozenset[str]:
    """Kinds that the citizen does not want to be told of."""
    return frozenset(row[0] for row in await (await connection.execute(_UNWANTED, (patient_id,))).fetchall())


async def choose(connection: Connection, patient_id: UUID, kind: NoticeKind, *, wanted: bool, at: datetime) -> None:
    """Keep what the citizen wants of a kind."""
    await connection.execute(_CHOOSE, (patient_id, kind, wanted, at))
