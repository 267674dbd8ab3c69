"""Statements of the hot path: what goes in comes out, faults are told as psycopg tells them, and a lost connection is replaced."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import errors

from carnet.storage.database import Database, DatabaseBusy, DatabaseUnreachable
from carnet.storage.lane import _PREPARED_PER_LANE, Lane


class Colour(StrEnum):
    RED = "red"


@pytest.fixture(scope="module")
async def narrow(database_url: str) -> AsyncIterator[Database]:
    """One lane."""
    opened = await Database.open(database_url, pool_size=2, wait_seconds=0.3, statement_timeout_seconds=2)
    yield opened
    await opened.close()


@pytest.mark.parametrize(
    ("cast", "value", "given"),
    [
        ("text", "é\t\\", None),
        ("text", Colour.RED, "red"),
        ("bytea", b"\x00\xff", None),
        ("bigint", -(2**62), None),
        ("boolean", False, None),
        ("uuid", UUID("01900000-0000-7000-8000-000000000001"), None),
        ("timestamptz", datetime(1899, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), None),
        ("timestamptz", datetime(2026, 3, 12, 10, tzinfo=timezone(timedelta(hours=1))), None),
        ("text[]", ["a", "{b}", ""], None),
        ("text[]", [], None),
        ("uuid[]", [], None),
        ("bytea[]", [b"", b"x" * 100_000], None),
        ("integer[]", [0, 70_000], None),
        ("text", None, None),
    ],
)
async def test_values_come_back_as_they_went(database: Database, cast: str, value: Any, given: Any) -> None:
    row = await database.row(f"SELECT %(value)s::{cast}", {"value": value})
    assert row == (value if given is None else given,)


@given(
    st.lists(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00")), max_size=5),
    st.datetimes(timezones=st.just(UTC)),
    st.integers(-(2**63), 2**63 - 1),
    st.binary(max_size=200),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_value_comes_back(
    database: Database, texts: list[str], at: datetime, number: int, data: bytes
) -> None:
    values = {"texts": texts, "at": at, "number": number, "data": data}
    statement = "SELECT %(texts)s::text[], %(at)s::timestamptz, %(number)s::bigint, %(data)s::bytea, %(texts)s::text[]"
    assert await database.row(statement, values) == (texts, at, number, data, texts)


async def test_rows_come_in_order_and_none_is_none(database: Database) -> None:
    assert await database.fetch("SELECT n FROM generate_series(1, %(n)s::int) n", {"n": 3}) == [(1,), (2,), (3,)]
    assert await database.row("SELECT 1 WHERE %(no)s", {"no": False}) is None


async def test_a_value_of_no_known_type_is_refused(database: Database) -> None:
    with pytest.raises(TypeError, match="object"):
        await database.row("SELECT %(value)s::text", {"value": object()})


async def test_a_statement_that_fails_leaves_its_lane_sound(narrow: Database) -> None:
    await narrow.fetch("CREATE TABLE once (n integer PRIMARY KEY)", {})
    insert = "INSERT INTO once (n) VALUES (%(n)s) RETURNING n"
    assert await narrow.row(insert, {"n": 1}) == (1,)
    with pytest.raises(errors.UniqueViolation) as failed:
        await narrow.row(insert, {"n": 1})
    assert failed.value.sqlstate == "23505"
    with pytest.raises(errors.SyntaxError):
        await narrow.row("SELEC 1", {})
    assert await narrow.row(insert, {"n": 2}) == (2,)


async def test_large_values_pass_while_others_work(database: Database) -> None:
    large = bytes(range(256)) * 40_000  # 10 MB: more than the socket takes at once
    many = [database.row("SELECT length(%(v)s::bytea), %(n)s", {"v": large, "n": n}) for n in range(6)]
    assert await asyncio.gather(*many) == [(len(large), n) for n in range(6)]
    assert await database.row("SELECT %(v)s::bytea", {"v": large}) == (large,)


async def test_one_that_fails_among_those_sent_together_fails_alone(narrow: Database, database: Database) -> None:
    await narrow.fetch("CREATE TABLE together (n integer PRIMARY KEY)", {})
    insert = "INSERT INTO together (n) VALUES (%(n)s) RETURNING n"
    asked = [narrow.row(insert, {"n": n}) for n in (1, 2, 1, 3)]
    told = await asyncio.gather(*asked, narrow.row("SELECT 1 / %(n)s::int", {"n": 0}), return_exceptions=True)
    assert [told[0], told[1], told[3]] == [(1,), (2,), (3,)]
    assert isinstance(told[2], errors.UniqueViolation)
    assert isinstance(told[4], errors.DivisionByZero)
    assert await database.fetch("SELECT n FROM together ORDER BY n", {}) == [(1,), (2,), (3,)]


async def test_what_cannot_be_prepared_says_why_to_all_who_asked_it_together(narrow: Database) -> None:
    asked = [narrow.row("SELECT n FROM not_yet", {}) for _ in range(3)]
    told = await asyncio.gather(narrow.row("SELECT 1", {}), *asked, narrow.row("SELECT 2", {}), return_exceptions=True)
    assert [told[0], told[4]] == [(1,), (2,)]
    assert {type(each) for each in told[1:4]} == {errors.UndefinedTable}
    await narrow.fetch("CREATE TABLE not_yet (n integer)", {})
    assert await narrow.row("SELECT n FROM not_yet", {}) is None


async def test_who_waits_too_long_for_a_lock_is_told_busy(narrow: Database, database: Database) -> None:
    await narrow.fetch("CREATE TABLE held (n integer)", {})
    await narrow.fetch("INSERT INTO held VALUES (1)", {})
    async with database.transaction() as holding:
        await holding.execute("SELECT n FROM held FOR UPDATE")
        with pytest.raises(DatabaseBusy):
            await narrow.row("UPDATE held SET n = 2 RETURNING n", {})
    assert await narrow.row("UPDATE held SET n = 3 RETURNING n", {}) == (3,)


async def test_those_left_behind_by_a_full_lane_are_told_busy_too(narrow: Database) -> None:
    await narrow.row("SELECT 0", {})
    asked = [asyncio.create_task(narrow.row("SELECT pg_sleep(0.1)", {})) for _ in range(12)]
    told = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(each, DatabaseBusy) for each in told) == 4
    assert sum(isinstance(each, tuple) for each in told) == 8


async def test_statements_share_the_lanes(narrow: Database) -> None:
    asked = [narrow.row("SELECT %(n)s::bigint", {"n": n}) for n in range(40)]
    assert await asyncio.gather(*asked) == [(n,) for n in range(40)]


async def test_who_waits_too_long_is_told_busy(narrow: Database) -> None:
    slow = asyncio.create_task(narrow.row("SELECT pg_sleep(1)", {}))
    await asyncio.sleep(0.05)
    with pytest.raises(DatabaseBusy):
        await narrow.row("SELECT 1", {})
    await slow
    assert await narrow.row("SELECT 1", {}) == (1,)


async def test_too_many_who_wait_are_told_at_once(narrow: Database) -> None:
    asked = [asyncio.create_task(narrow.row("SELECT pg_sleep(0.01)", {})) for _ in range(70)]
    told = await asyncio.gather(*asked, return_exceptions=True)
    assert {type(answer) for answer in told} == {tuple, DatabaseBusy}
    assert await narrow.row("SELECT 1", {}) == (1,)


async def test_a_statement_past_its_time_is_busy(narrow: Database) -> None:
    with pytest.raises(DatabaseBusy):
        await narrow.row("SELECT pg_sleep(5)", {})
    assert await narrow.row("SELECT 1", {}) == (1,)


async def test_a_statement_abandoned_does_not_answer_another(narrow: Database) -> None:
    abandoned = asyncio.create_task(narrow.row("SELECT 'old', pg_sleep(0.2)", {}))
    await asyncio.sleep(0.05)
    abandoned.cancel()
    with pytest.raises(asyncio.CancelledError):
        await abandoned
    assert await narrow.row("SELECT 'new'", {}) == ("new",)


async def test_a_lane_that_prepared_its_fill_makes_room_for_another(narrow: Database) -> None:
    """Searches have as many shapes as clients think of: what the server remembers of them stays bounded."""
    first = await narrow.row("SELECT pg_backend_pid()", {})
    for number in range(_PREPARED_PER_LANE + 5):
        assert await narrow.row(f"SELECT {number}", {}) == (number,)
    held = await narrow.row("SELECT count(*)::int FROM pg_prepared_statements", {})
    assert held is not None
    assert held[0] < _PREPARED_PER_LANE
    assert await narrow.row("SELECT pg_backend_pid()", {}) != first


async def test_who_leaves_while_waiting_takes_no_lane_away(narrow: Database) -> None:
    slow = asyncio.create_task(narrow.row("SELECT pg_sleep(0.1)", {}))
    await asyncio.sleep(0.02)
    leaving = asyncio.create_task(narrow.row("SELECT 1", {}))
    await asyncio.sleep(0.02)
    leaving.cancel()
    await slow
    assert await narrow.row("SELECT 2", {}) == (2,)


async def test_a_connection_cut_while_it_works_says_unreachable_then_another_serves(
    narrow: Database, database: Database
) -> None:
    row = await narrow.row("SELECT pg_backend_pid()", {})
    assert row is not None
    working = asyncio.create_task(narrow.row("SELECT pg_sleep(1)", {}))
    await asyncio.sleep(0.05)
    await database.row("SELECT pg_terminate_backend(%(pid)s::int)", {"pid": row[0]})
    with pytest.raises(DatabaseUnreachable):
        await working
    again = await narrow.row("SELECT pg_backend_pid()", {})
    assert again is not None
    assert again != row


async def test_a_connection_cut_while_idle_is_replaced_unseen(narrow: Database, database: Database) -> None:
    row = await narrow.row("SELECT pg_backend_pid()", {})
    assert row is not None
    await database.row("SELECT pg_terminate_backend(%(pid)s::int)", {"pid": row[0]})
    await asyncio.sleep(0.05)
    again = await narrow.row("SELECT pg_backend_pid()", {})
    assert again is not None
    assert again != row


async def test_nobody_is_left_waiting_when_it_closes(database_url: str) -> None:
    opened = await Database.open(database_url, pool_size=2)
    await opened.row("SELECT 1", {})
    slow = asyncio.create_task(opened.row("SELECT pg_sleep(0.2)", {}))
    await asyncio.sleep(0.02)
    waiting = asyncio.create_task(opened.row("SELECT 1", {}))
    await asyncio.sleep(0.02)
    await opened.close()
    with pytest.raises(DatabaseBusy):
        await waiting
    with pytest.raises(DatabaseUnreachable):
        await slow


async def test_an_answer_is_read_before_its_connection_may_be_lost(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    readable = Lane._readable

    def and_lost(lane: Lane) -> None:
        readable(lane)
        lane.close()

    monkeypatch.setattr(Lane, "_readable", and_lost)
    opened = await Database.open(database_url, pool_size=2)
    row = await opened.row("SELECT %(at)s::timestamptz", {"at": datetime(2026, 3, 12, 10, tzinfo=UTC)})
    await opened.close()
    assert row == (datetime(2026, 3, 12, 10, tzinfo=UTC),)
