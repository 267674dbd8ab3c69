"""The SQL of professionals' sessions."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from carnet.storage.database import Connection, Database

_COLUMNS = "session_id, means, device, begun_at, seen_at, ends_at"

# find: a session with all that is known of it.
_FIND = f"""
    SELECT {_COLUMNS}, secret_hash, ended_at, person, situation, known, tokens, fresh_until
    FROM professional_session WHERE session_id = %(session)s
"""  # noqa: S608 - a constant list of columns
_INSERT = """
    INSERT INTO professional_session (
        session_id, secret_hash, person, situation, known, tokens, fresh_until, provider_session, means, device, begun_at, seen_at, ends_at)
    VALUES (
        %(session_id)s, %(secret_hash)s, %(person)s, %(situation)s, %(known)s, %(tokens)s, %(fresh_until)s, %(provider_session)s, %(means)s,
        %(device)s, %(begun_at)s, %(begun_at)s, %(ends_at)s)
"""
_SEE = """
    UPDATE professional_session SET seen_at = greatest(seen_at, %(at)s) WHERE session_id = %(session)s RETURNING session_id
"""
_CHOOSE = """
    UPDATE professional_session SET situation = %(situation)s WHERE session_id = %(session)s AND ended_at IS NULL RETURNING session_id
"""
# claim_renewal: one request renews, the others go on with what there is.
_CLAIM_RENEWAL = """
    UPDATE professional_session SET renewing_until = %(until)s
    WHERE session_id = %(session)s AND ended_at IS NULL AND fresh_until = %(fresh_until)s
        AND (renewing_until IS NULL OR renewing_until <= %(at)s)
    RETURNING session_id
"""
_RENEW = """
    UPDATE professional_session SET tokens = %(tokens)s, fresh_until = %(fresh_until)s, renewing_until = NULL
    WHERE session_id = %(session)s AND ended_at IS NULL RETURNING session_id
"""
# end: what the provider gave is forgotten with it.
_END = """
    UPDATE professional_session SET ended_at = %(at)s, tokens = NULL, fresh_until = NULL
    WHERE session_id = %(session)s AND ended_at IS NULL RETURNING session_id
"""
_END_BY_PROVIDER = """
    UPDATE professional_session SET ended_at = %(at)s, tokens = NULL, fresh_until = NULL
    WHERE provider_session = %(provider_session)s AND ended_at IS NULL RETURNING session_id
"""


async def find(database: Database, session_id: UUID) -> tuple[Any, ...] | None:
    """The columns of `_FIND`."""
    return await database.row(_FIND, {"session": session_id})


async def insert(tx: Connection, values: Mapping[str, Any]) -> None:
    await tx.execute(_INSERT, values)


async def see(database: Database, session_id: UUID, at: datetime) -> None:
    await database.row(_SEE, {"session": session_id, "at": at})


async def choose(tx: Connection, session_id: UUID, situation: str) -> bool:
    """Whether the session was open."""
    return (await tx.execute(_CHOOSE, {"session": session_id, "situation": situation})).rowcount == 1


async def claim_renewal(
    database: Database, session_id: UUID, *, fresh_until: datetime, at: datetime, until: datetime
) -> bool:
    """True for one asker at a time. fresh_until: of the tokens to renew: those renewed meanwhile are left alone."""
    values = {"session": session_id, "fresh_until": fresh_until, "at": at, "until": until}
    return await database.row(_CLAIM_RENEWAL, values) is not None


async def renew(database: Database, session_id: UUID, *, tokens: bytes, fresh_until: datetime) -> bool:
    """Keep new tokens, sealed; False when the session ended meanwhile."""
    values = {"session": session_id, "tokens": tokens, "fresh_until": fresh_until}
    return await database.row(_RENEW, values) is not None


async def end(tx: Connection, session_id: UUID, at: datetime) -> bool:
    """False when it was not open."""
    return (await tx.execute(_END, {"session": session_id, "at": at})).rowcount == 1


async def end_by_provider(tx: Connection, provider_session: bytes, at: datetime) -> list[UUID]:
    """The sessions that were open."""
    cursor = await tx.execute(_END_BY_PROVIDER, {"provider_session": provider_session, "at": at})
    return [row[0] for row in await cursor.fetchall()]
