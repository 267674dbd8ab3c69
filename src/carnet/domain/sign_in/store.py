"""The SQL of answers already used."""

from datetime import datetime

from carnet.storage.database import Database

# claim: the first inserts; a replay finds the row there and inserts nothing.
_CLAIM = """
    INSERT INTO sign_in_state (state_digest, expires_at) VALUES (%(digest)s, %(expires_at)s) ON CONFLICT DO NOTHING RETURNING expires_at
"""
# forget: each claim also clears a few rows that protect nothing any more.
_FORGET = """
    DELETE FROM sign_in_state WHERE state_digest IN (
        SELECT state_digest FROM sign_in_state WHERE expires_at < %(now)s ORDER BY expires_at LIMIT 20 FOR UPDATE SKIP LOCKED
    ) RETURNING state_digest
"""


async def claim(database: Database, digest: bytes, *, expires_at: datetime, now: datetime) -> bool:
    """True the first time, False for ever after."""
    claimed = await database.row(_CLAIM, {"digest": digest, "expires_at": expires_at})
    await database.fetch(_FORGET, {"now": now})
    return claimed is not None
