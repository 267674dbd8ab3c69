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


# keep: under the digest of a key that only a browser holds.
_KEEP = """
    INSERT INTO kept_form (key_digest, sealed, expires_at) VALUES (%(digest)s, %(sealed)s, %(expires_at)s) RETURNING expires_at
"""
_KEPT = "SELECT sealed FROM kept_form WHERE key_digest = %(digest)s AND expires_at > %(now)s"
_DROP = "DELETE FROM kept_form WHERE key_digest = %(digest)s RETURNING key_digest"
# forget_forms: each one kept also clears a few that nobody came back for.
_FORGET_FORMS = """
    DELETE FROM kept_form WHERE key_digest IN (
        SELECT key_digest FROM kept_form WHERE expires_at < %(now)s ORDER BY expires_at LIMIT 20 FOR UPDATE SKIP LOCKED
    ) RETURNING key_digest
"""


async def keep_form(database: Database, digest: bytes, sealed: bytes, *, expires_at: datetime, now: datetime) -> None:
    await database.row(_KEEP, {"digest": digest, "sealed": sealed, "expires_at": expires_at})
    await database.fetch(_FORGET_FORMS, {"now": now})


async def kept_form(database: Database, digest: bytes, *, now: datetime) -> bytes | None:
    """The sealed form of this digest, while it is kept."""
    row = await database.row(_KEPT, {"digest": digest, "now": now})
    return None if row is None else bytes(row[0])


async def drop_form(database: Database, digest: bytes) -> None:
    await database.row(_DROP, {"digest": digest})
