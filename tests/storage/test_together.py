"""Statements that share a transaction, each as if it were alone; writes wait for each other, to share a flush of the log."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import errors

from carnet.storage.database import Database, DatabaseBusy, DatabaseUnreachable

Row = tuple[Any, ...] | None


@pytest.fixture(scope="module")
async def narrow(database_url: str) -> AsyncIterator[Database]:
    """One lane, which waits for no lock longer than 0.3 s."""
    opened = await Database.open(database_url, pool_size=2, wait_seconds=0.3, statement_timeout_seconds=10)
    yield opened
    await opened.close()


@pytest.fixture(scope="module", autouse=True)
def tables(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("""
            CREATE TABLE kept (n integer PRIMARY KEY, at serial);
            CREATE TABLE kept_late (n integer UNIQUE DEFERRABLE INITIALLY DEFERRED);
        """)


@pytest.fixture(autouse=True)
async def empty(tables: None, database: Database) -> None:
    async with database.connection() as connection:
        await connection.execute("TRUNCATE kept, kept_late")


_KEEP = "INSERT INTO kept (n) SELECT %(n)s FROM (SELECT pg_sleep(%(seconds)s::text::float)) s RETURNING n, pg_current_xact_id()::text"


def _patient(n: int) -> UUID:
    return UUID(int=n)


async def _keep(database: Database, n: int, *, patient: int | None = None, seconds: float = 0) -> Row:
    values = {"n": n, "seconds": str(seconds)}
    return await database.write(_KEEP, values, patient=_patient(n if patient is None else patient))


async def _kept(database: Database) -> list[int]:
    return [n for (n,) in await database.fetch("SELECT n FROM kept ORDER BY n", {})]


async def test_writes_asked_in_one_turn_are_one_transaction(narrow: Database) -> None:
    told = await asyncio.gather(*(_keep(narrow, n) for n in range(5)))
    assert [row[0] for row in told if row] == [0, 1, 2, 3, 4]
    assert len({row[1] for row in told if row}) == 1


async def test_those_asked_while_others_are_kept_leave_next_and_together(database: Database) -> None:
    await _keep(database, 0)
    first = asyncio.create_task(_keep(database, 1, seconds=0.03))
    later = []
    for n in (2, 3, 4):
        await asyncio.sleep(0.002)
        later.append(asyncio.create_task(_keep(database, n)))
    transactions = [row[1] for row in await asyncio.gather(first, *later) if row]
    assert len(set(transactions[1:])) == 1
    assert transactions[0] != transactions[1]


async def test_a_base_may_ask_for_one_transaction_each(database_url: str) -> None:
    apart = await Database.open(database_url, pool_size=2, together=1)
    told = await asyncio.gather(*(_keep(apart, n) for n in range(4)))
    await apart.close()
    assert len({row[1] for row in told if row}) == 4


async def test_reads_asked_in_one_turn_are_one_transaction_each_with_its_own_sight(
    narrow: Database, database: Database
) -> None:
    await _keep(narrow, 0)
    seen = "SELECT pg_current_xact_id()::text, (SELECT count(*) FROM kept), pg_sleep(0.05)"
    first = [asyncio.create_task(narrow.row(seen, {})) for _ in range(3)]
    await asyncio.sleep(0.02)
    await _keep(database, 1)
    told = [row for row in await asyncio.gather(*first) if row]
    assert len({row[0] for row in told}) == 1
    assert [row[1] for row in told] == [1, 2, 2]  # what is kept meanwhile is seen at once


async def test_writes_are_not_held_back_by_reads(narrow: Database) -> None:
    told = await asyncio.gather(_keep(narrow, 1), narrow.row("SELECT pg_current_xact_id()::text", {}), _keep(narrow, 2))
    (_, kept), (read,), (_, also) = (row for row in told if row)
    assert kept == also != read


async def test_one_that_fails_fails_alone(narrow: Database) -> None:
    told = await asyncio.gather(*(_keep(narrow, n) for n in (1, 2, 1, 3)), return_exceptions=True)
    assert sum(isinstance(each, errors.UniqueViolation) for each in told) == 1
    assert isinstance(told[0], errors.UniqueViolation) != isinstance(told[2], errors.UniqueViolation)
    assert [each[0] for each in (told[1], told[3]) if isinstance(each, tuple)] == [2, 3]
    assert await _kept(narrow) == [1, 2, 3]


async def test_all_that_fail_are_told_so(narrow: Database) -> None:
    await asyncio.gather(*(_keep(narrow, n) for n in range(4)))
    told = await asyncio.gather(*(_keep(narrow, n) for n in range(5)), return_exceptions=True)
    assert [type(each) for each in told[:4]] == [errors.UniqueViolation] * 4
    assert isinstance(told[4], tuple)
    assert await _kept(narrow) == [0, 1, 2, 3, 4]


async def test_one_refused_at_the_commit_is_told_and_the_others_are_kept(narrow: Database) -> None:
    insert = "INSERT INTO kept_late (n) VALUES (%(n)s) RETURNING n"
    asked = [narrow.write(insert, {"n": n}, patient=_patient(at)) for at, n in enumerate((1, 2, 1))]
    told = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(each, errors.UniqueViolation) for each in told) == 1
    assert told[1] == (2,)
    assert await narrow.fetch("SELECT n FROM kept_late ORDER BY n", {}) == [(1,), (2,)]


async def test_what_cannot_be_prepared_does_not_harm_what_was_to_be_prepared_after_it(narrow: Database) -> None:
    told = await asyncio.gather(
        narrow.write("SELECT n FROM of_no_table", {}, patient=_patient(1)),
        narrow.write("INSERT INTO kept (n) VALUES (40), (41) RETURNING n", {}, patient=_patient(2)),
        narrow.write("INSERT INTO kept (n) VALUES (42), (43) RETURNING n", {}, patient=_patient(3)),
        return_exceptions=True,
    )
    assert isinstance(told[0], errors.UndefinedTable)
    assert told[1:] == [(40,), (42,)]


async def test_locks_are_taken_in_the_order_of_patients(narrow: Database) -> None:
    insert = "INSERT INTO kept (n) VALUES (%(n)s) RETURNING at"
    order = (3, 1, 2, 0)
    told = await asyncio.gather(*(narrow.write(insert, {"n": n}, patient=_patient(n)) for n in order))
    at = dict(zip(order, told, strict=True))
    assert sorted(at, key=lambda n: at[n] or ()) == [0, 1, 2, 3]


async def test_what_moves_the_facts_of_a_patient_comes_after_what_relies_on_them(narrow: Database) -> None:
    insert = "INSERT INTO kept (n) VALUES (%(n)s) RETURNING at"
    order = ((1, True), (2, False), (3, True), (4, False))
    asked = (narrow.write(insert, {"n": n}, patient=_patient(1), moves_facts=moves) for n, moves in order)
    at = dict(zip((1, 2, 3, 4), await asyncio.gather(*asked), strict=True))
    assert sorted(at, key=lambda n: at[n] or ()) == [2, 4, 1, 3]


async def test_who_waits_too_long_for_a_lock_is_told_once_and_holds_back_no_neighbour(
    narrow: Database, database: Database
) -> None:
    update = "UPDATE kept SET n = n WHERE n = %(n)s RETURNING n"
    await asyncio.gather(*(_keep(narrow, n) for n in range(3)))
    async with database.transaction() as holding:
        await holding.execute("SELECT n FROM kept WHERE n = 1 FOR UPDATE")
        asked = (narrow.write(update, {"n": n}, patient=_patient(n)) for n in range(3))
        started = asyncio.get_running_loop().time()
        told = await asyncio.gather(*asked, return_exceptions=True)
        assert asyncio.get_running_loop().time() - started < 0.55  # the 0.3 s of a lock, not twice that
    assert [told[0], told[2]] == [(0,), (2,)]
    assert isinstance(told[1], DatabaseBusy)


async def test_writes_behind_a_lock_hold_the_next_ones_up_but_a_moment(database: Database) -> None:
    await asyncio.gather(*(_keep(database, n) for n in range(3)))
    async with database.transaction() as holding:
        await holding.execute("SELECT n FROM kept WHERE n = 1 FOR UPDATE")
        update = "UPDATE kept SET n = n WHERE n = %(n)s RETURNING n"
        behind = asyncio.create_task(database.write(update, {"n": 1}, patient=_patient(1)))
        await asyncio.sleep(0.01)
        assert await asyncio.wait_for(_keep(database, 5), timeout=2)
        assert not behind.done()
    assert await behind == (1,)


async def test_transactions_that_cross_are_asked_again_apart(database_url: str) -> None:
    """Two writers claim the same two names, each in the other's order: PostgreSQL undoes one, and nobody is told of it."""
    one, other = [await Database.open(database_url, pool_size=2) for _ in range(2)]
    try:
        told = await asyncio.gather(
            _keep(one, 1, patient=1, seconds=0.2), _keep(one, 2, patient=2),
            _keep(other, 2, patient=3, seconds=0.2), _keep(other, 1, patient=4),
            return_exceptions=True,
        )  # fmt: skip
        assert {type(each) for each in told} == {tuple, errors.UniqueViolation}
        assert sum(isinstance(each, tuple) for each in told) == 2
        assert await _kept(one) == [1, 2]
    finally:
        await one.close()
        await other.close()


async def test_one_who_leaves_takes_nothing_from_the_others_and_is_kept_with_them(narrow: Database) -> None:
    await _keep(narrow, 0)
    asked = [asyncio.create_task(_keep(narrow, n, seconds=0.02)) for n in range(1, 5)]
    await asyncio.sleep(0.01)
    asked[1].cancel()
    told = await asyncio.gather(*asked, return_exceptions=True)
    assert [each[0] for each in told if isinstance(each, tuple)] == [1, 3, 4]
    assert isinstance(told[1], asyncio.CancelledError)
    assert await _kept(narrow) == [0, 1, 2, 3, 4]


async def test_a_connection_lost_before_the_commit_keeps_none_of_them(narrow: Database, database: Database) -> None:
    asked = [asyncio.create_task(_keep(narrow, n, seconds=0.2)) for n in range(3)]
    await asyncio.sleep(0.25)  # the first has run
    async with database.connection() as connection:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'INSERT INTO kept%'"
        )
    told = await asyncio.gather(*asked, return_exceptions=True)
    assert {type(each) for each in told} == {DatabaseUnreachable}
    assert await _kept(database) == []
    assert await _keep(narrow, 9)


async def test_many_writes_are_each_kept_once(database: Database) -> None:
    told = await asyncio.gather(*(_keep(database, n % 60) for n in range(100)), return_exceptions=True)
    assert sum(isinstance(each, tuple) for each in told) == 60
    assert sum(isinstance(each, errors.UniqueViolation) for each in told) == 40
    assert await _kept(database) == list(range(60))
