"""SQL of the register of refusals."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from carnet.storage.database import Connection

# count: one more in this hour.
_COUNT = """
INSERT INTO refusal_count AS c (client_id, hour, refused) VALUES (%s, %s, 1)
ON CONFLICT (client_id, hour) DO UPDATE SET refused = c.refused + 1
RETURNING refused
"""

# add: one line.
_ADD = """
INSERT INTO refusal (client_id, refusal_id, refused_at, transaction, status, issues, correlation_id)
VALUES (%s, %s, %s, %s, %s, %s, %s)
"""

# lines: the latest first; identifiers follow time (UUIDv7), so that a page begins where the former one ended.
_LINES = """
SELECT client_id, refusal_id, refused_at, transaction, status, issues, correlation_id FROM refusal
WHERE (%(client)s::text IS NULL OR client_id = %(client)s) AND refused_at >= %(since)s
  AND (%(before)s::uuid IS NULL OR refusal_id < %(before)s)
ORDER BY refusal_id DESC LIMIT %(limit)s
"""

# counts: by hour.
_COUNTS = """
SELECT client_id, hour, refused FROM refusal_count
WHERE (%(client)s::text IS NULL OR client_id = %(client)s) AND hour >= date_trunc('hour', %(since)s::timestamptz)
ORDER BY hour DESC, client_id
"""


async def count(connection: Connection, client_id: str, *, hour: datetime) -> int:
    row = await (await connection.execute(_COUNT, (client_id, hour))).fetchone()
    assert row is not None
    return int(row[0])


async def add(
    connection: Connection, client_id: str, *, refusal_id: UUID, at: datetime, transaction: str, status: int,
    issues: Sequence[Mapping[str, str]], correlation_id: UUID | None,
) -> None:  # fmt: skip
    await connection.execute(
        _ADD, (client_id, refusal_id, at, transaction, status, Jsonb(list(issues)), correlation_id)
    )


async def lines(
    connection: Connection, client_id: str | None, *, since: datetime, before: UUID | None, limit: int
) -> list[tuple[Any, ...]]:
    values = {"client": client_id, "since": since, "before": before, "limit": limit}
    return await (await connection.execute(_LINES, values)).fetchall()


async def counts(connection: Connection, client_id: str | None, *, since: datetime) -> list[tuple[Any, ...]]:
    return await (await connection.execute(_COUNTS, {"client": client_id, "since": since})).fetchall()
