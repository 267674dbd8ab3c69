"""The journal of takeovers: which stock, by whom, how far."""

from datetime import datetime
from uuid import UUID

import orjson

from carnet.domain.audit import store as audit_store
from carnet.domain.audit.trail import PreparedEvent
from carnet.domain.record.takeover.model import Progress, Takeover
from carnet.storage.database import Connection, Database
from carnet.vocabulary.uuid7 import uuid7

_BEGIN = """
    INSERT INTO takeover (takeover_id, source, client, started_at) VALUES (%s, %s, %s, %s)
    ON CONFLICT (source, client) WHERE finished_at IS NULL DO UPDATE SET source = excluded.source
    RETURNING takeover_id, position, counts, codes, refusals
"""
_KEEP = """
    UPDATE takeover SET position = %(position)s, counts = %(counts)s::text::jsonb, codes = %(codes)s::text::jsonb,
        refusals = %(refusals)s::text::jsonb
    WHERE takeover_id = %(takeover)s AND position <= %(position)s
"""
_FINISH = "UPDATE takeover SET finished_at = %s WHERE takeover_id = %s"
_LOCK = "SELECT pg_try_advisory_lock(hashtextextended('takeover ' || %s || ' ' || %s, 0))"


async def lock(connection: Connection, *, source: str, client: str) -> bool:
    """Hold the takeover of this stock for as long as the connection lives; False when another one does."""
    row = await (await connection.execute(_LOCK, (source, client))).fetchone()
    return row is not None and bool(row[0])


async def begin(connection: Connection, *, source: str, client: str, at: datetime) -> Takeover:
    """The takeover of this stock that was interrupted, or a new one."""
    row = await (await connection.execute(_BEGIN, (uuid7(), source, client, at))).fetchone()
    assert row is not None
    takeover_id, position, counts, codes, refusals = row
    kept = [(place, name, tuple(said)) for place, name, said in refusals]
    return Takeover(takeover_id, Progress(position, counts, codes, kept), position)


async def keep(database: Database, takeover_id: UUID, progress: Progress) -> None:
    """Keep the place reached."""
    values = {
        "takeover": takeover_id,
        "position": progress.position,
        "counts": orjson.dumps(progress.counts).decode(),
        "codes": orjson.dumps(progress.codes).decode(),
        "refusals": orjson.dumps(progress.refusals).decode(),
    }
    async with database.connection() as connection:
        await connection.execute(_KEEP, values)


async def finish(connection: Connection, takeover_id: UUID, *, at: datetime, event: PreparedEvent) -> None:
    """The end of the stock, with its trace. Needs a transaction."""
    await connection.execute(_FINISH, (at, takeover_id))
    await audit_store.append_system(connection, event)
