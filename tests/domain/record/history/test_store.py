"""A page of a long trail is a walk on the primary key, whatever is asked: no sort, and no more rows than the page."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest

from carnet.domain.audit.model import EventType, Outcome
from carnet.domain.record.history import store
from carnet.domain.record.history.model import Span, TrailQuery
from carnet.storage.database import Database
from carnet.vocabulary.uuid7 import first_of

PATIENT = UUID("01900000-0000-7000-8000-000000000001")
START = datetime(2026, 3, 1, tzinfo=UTC)
LONG = """
    INSERT INTO audit_event SELECT %s, ('01900000-' || lpad(to_hex(g), 4, '0') || '-7000-8000-000000000000')::uuid, g, 'document-read',
        'success', now(), '', '', decode(repeat('ab', 300), 'hex') FROM generate_series(1, 20000) g
"""


@pytest.mark.parametrize("descending", [True, False])
def test_a_page_is_a_walk_on_the_primary_key(database_url: str, descending: bool) -> None:
    values = {
        "patient": PATIENT, "low": UUID(int=0), "high": UUID(int=2**128 - 1), "after": UUID(int=(2**128 - 1) * descending),
        "since": None, "until": None, "types": sorted(EventType), "outcomes": sorted(Outcome), "limit": 51,
    }  # fmt: skip
    with psycopg.connect(
        database_url, options="-c plan_cache_mode=force_generic_plan", prepare_threshold=0
    ) as connection:
        connection.execute(LONG, (PATIENT,))
        connection.execute("ANALYZE audit_event")
        plan = connection.execute("EXPLAIN (ANALYZE) " + store._RECORD_EVENTS[descending], values).fetchall()
        connection.rollback()
    told = "\n".join(row[0] for row in plan)
    assert re.search(rf"Index Scan{' Backward' * descending} using audit_event_pkey", told), told
    assert "Sort" not in told
    assert "Rows Removed" not in told


async def test_kinds_that_this_program_does_not_know_are_not_read(database: Database) -> None:
    """While a newer program writes already."""
    event = first_of(START)
    row = "INSERT INTO audit_event VALUES (%s, %s, 1, 'teleported', 'success', %s, '', '', '')"
    async with database.connection() as connection:
        await connection.execute(row, (PATIENT, event, START))
    assert await store.event(database, PATIENT, event) is None
    assert await store.events(database, PATIENT, TrailQuery(), after=None, limit=10) == []


async def test_bounds(database: Database) -> None:
    """`since` is included, `until` is not, to the millisecond."""
    patient = UUID("01900000-0000-7000-8000-000000000002")
    instants = [START + timedelta(milliseconds=n) for n in range(4)]
    row = "INSERT INTO audit_event VALUES (%s, %s, %s, 'document-read', 'success', %s, '', '', '')"
    async with database.connection() as connection:
        for position, instant in enumerate(instants):
            await connection.execute(row, (patient, UUID(int=first_of(instant).int + 7), position, instant))

    async def found(**asked: Span) -> list[int]:
        rows = await store.events(database, patient, TrailQuery(descending=False, **asked), after=None, limit=10)
        return [instants.index(row.occurred_at) for row in rows]

    assert await found() == [0, 1, 2, 3]
    for name in ("recorded", "occurred"):
        assert await found(**{name: Span(since=instants[1])}) == [1, 2, 3]
        assert await found(**{name: Span(until=instants[2])}) == [0, 1]
        assert await found(**{name: Span(instants[1], instants[3])}) == [1, 2]
        assert await found(**{name: Span(instants[3], instants[1])}) == []
