"""The pool, in binary, prepared at first use, and honest about being busy or cut off."""

import asyncio
import uuid

import psycopg
import pytest

from carnet.storage.database import Database, DatabaseBusy, DatabaseCrossed, DatabaseUnreachable


async def test_values_come_back_as_they_went(database: Database) -> None:
    sent = (uuid.uuid4(), b"\x00\xff", 7, 1 << 40, "é")
    async with database.connection() as connection:
        cursor = await connection.execute("SELECT %s, %s, %s, %s, %s::text, '{\"a\": 1}'::jsonb", sent)
        assert await cursor.fetchone() == (*sent, {"a": 1})


async def test_a_statement_is_prepared_once_whatever_the_size_of_integers(database: Database) -> None:
    async with database.connection() as connection:
        for value in (1, -1, 30_000, 100_000, -(1 << 31), (1 << 31) - 1):
            await connection.execute("SELECT %s AS prepared_once", (value,))
        cursor = await connection.execute("SELECT statement FROM pg_prepared_statements")
        statements = [statement for (statement,) in await cursor.fetchall()]
        assert statements.count("SELECT $1 AS prepared_once") == 1
        for value in (1 << 31, -(1 << 31) - 1, 1 << 40):
            cursor = await connection.execute("SELECT %s", (value,))
            assert await cursor.fetchone() == (value,)


@pytest.mark.parametrize(
    "sent",
    [[b"\x00", b"", b"\xff" * 40_000], [1, 1 << 40], [1, None], ["é", None], [], [uuid.UUID(int=5)], [[1, 2], [3, 4]]],
    ids=range(7),
)
async def test_lists_come_back_as_they_went(database: Database, sent: list[object]) -> None:
    async with database.connection() as connection:
        cursor = await connection.execute("SELECT %s", (sent,))
        row = await cursor.fetchone()
    assert row is not None
    assert row[0] == (sent or "{}")  # an empty list has no type of its own: it takes the one of its place


async def test_a_transaction_is_all_or_nothing(database: Database) -> None:
    patient = uuid.uuid4()
    with pytest.raises(psycopg.errors.DivisionByZero):  # noqa: PT012 - the block is the transaction
        async with database.transaction() as connection:
            await connection.execute("INSERT INTO content VALUES (%s, %s, 0, 'x')", (patient, patient))
            await connection.execute("SELECT 1 / 0")
    async with database.connection() as connection:
        cursor = await connection.execute("SELECT count(*) FROM content WHERE patient_id = %s", (patient,))
        assert await cursor.fetchone() == (0,)
    async with database.transaction() as connection:
        await connection.execute("INSERT INTO content VALUES (%s, %s, 0, 'x')", (patient, patient))
    async with database.connection() as connection:
        cursor = await connection.execute("SELECT count(*) FROM content WHERE patient_id = %s", (patient,))
        assert await cursor.fetchone() == (1,)


async def test_a_pool_that_is_spent_says_busy(database_url: str) -> None:
    small = await Database.open(database_url, pool_size=1, wait_seconds=0.05)
    async with small.connection():
        with pytest.raises(DatabaseBusy):
            async with small.connection():
                pass
    async with small.connection() as connection:
        await connection.execute("SELECT 1")
    await small.close()


async def test_a_statement_past_its_time_says_busy(database_url: str) -> None:
    hurried = await Database.open(database_url, pool_size=1, statement_timeout_seconds=0.05)
    with pytest.raises(DatabaseBusy):
        async with hurried.connection() as connection:
            await connection.execute("SELECT pg_sleep(5)")
    await hurried.close()


async def test_transactions_that_cross_are_told(database_url: str) -> None:
    """Each locks what the other wants next: one is undone, the other goes on."""
    crossed = await Database.open(database_url, pool_size=6)
    first_locked, second_locked = asyncio.Event(), asyncio.Event()

    async def locks(own: int, other: int, *, mine: asyncio.Event, theirs: asyncio.Event) -> None:
        async with crossed.transaction() as tx:
            await tx.execute("SELECT pg_advisory_xact_lock(%s)", (own,))
            mine.set()
            await asyncio.wait_for(theirs.wait(), 10)
            await tx.execute("SELECT pg_advisory_xact_lock(%s)", (other,))

    ends = await asyncio.gather(
        locks(7101, 7102, mine=first_locked, theirs=second_locked),
        locks(7102, 7101, mine=second_locked, theirs=first_locked),
        return_exceptions=True,
    )
    assert sorted(type(end) for end in ends if end is not None) == [DatabaseCrossed]
    await crossed.close()


async def test_a_cut_connection_is_told_and_replaced(database_url: str) -> None:
    cut = await Database.open(database_url, pool_size=1)
    with pytest.raises(DatabaseUnreachable):
        async with cut.connection() as connection:
            await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    async with cut.connection() as connection:
        await connection.execute("SELECT 1")
    await cut.close()


async def test_a_fault_of_a_statement_passes_through(database: Database) -> None:
    with pytest.raises(psycopg.errors.UndefinedTable):
        async with database.connection() as connection:
            await connection.execute("SELECT * FROM nowhere")


async def test_an_absent_server_is_unreachable(tmp_path) -> None:
    with pytest.raises(DatabaseUnreachable):
        await Database.open(f"host={tmp_path} dbname=carnet", pool_size=1, wait_seconds=0.1)


async def test_what_the_lanes_run_goes_by_an_index_even_when_planned_on_an_empty_table(database: Database) -> None:
    async with database.connection() as connection:
        await connection.execute("CREATE TABLE grown (patient_id uuid PRIMARY KEY, body text)")
        await connection.execute("VACUUM (ANALYZE) grown")
    try:
        row = await database.row("EXPLAIN SELECT body FROM grown WHERE patient_id = %(id)s", {"id": uuid.UUID(int=5)})
        assert row is not None
        assert "Index" in row[0] or "Bitmap" in row[0]
    finally:
        async with database.connection() as connection:
            await connection.execute("DROP TABLE grown")
