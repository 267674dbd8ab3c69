"""The SQL of launches in context."""

from datetime import datetime

from carnet.storage.database import Database

_ADD = """
    INSERT INTO record_launch (launch_digest, launched, expires_at) VALUES (%(digest)s, %(launched)s, %(expires_at)s) RETURNING expires_at
"""
# use: one browser gets it, whoever else comes finds it used.
_USE = """
    UPDATE record_launch SET used_at = %(now)s
    WHERE launch_digest = %(digest)s AND used_at IS NULL AND expires_at > %(now)s RETURNING launched
"""
_FIND = "SELECT used_at IS NOT NULL FROM record_launch WHERE launch_digest = %(digest)s"
# forget: each one added also clears a few that are long over; a used one is remembered for a day, to be told apart.
_FORGET = """
    DELETE FROM record_launch WHERE launch_digest IN (
        SELECT launch_digest FROM record_launch WHERE expires_at < %(now)s - interval '1 day' ORDER BY expires_at LIMIT 20
        FOR UPDATE SKIP LOCKED
    ) RETURNING launch_digest
"""


async def add(database: Database, digest: bytes, launched: bytes, *, expires_at: datetime, now: datetime) -> None:
    await database.row(_ADD, {"digest": digest, "launched": launched, "expires_at": expires_at})
    await database.fetch(_FORGET, {"now": now})


async def use(database: Database, digest: bytes, *, now: datetime) -> bytes | None:
    """What was launched, sealed, to the first who comes in time."""
    row = await database.row(_USE, {"digest": digest, "now": now})
    return None if row is None else bytes(row[0])


async def find(database: Database, digest: bytes) -> bool | None:
    """Whether it was used; None when there never was one, or too long ago."""
    row = await database.row(_FIND, {"digest": digest})
    return None if row is None else bool(row[0])
