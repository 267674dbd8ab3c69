"""Rules are data; each deletes what is past its time, and nothing else."""

import csv
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from carnet.jobs.apply_retention import apply_retention
from carnet.jobs.schedule import periodic_jobs
from carnet.storage import retention
from carnet.storage.contents import FilesystemContents, PostgresqlContents
from carnet.storage.database import Connection, Database

NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)


def test_every_rule_says_what_how_long_from_when_and_why() -> None:
    with retention.RULES.open(encoding="utf-8", newline="") as file:
        rules = list(csv.DictReader(file))
    assert len({each["rule"] for each in rules}) == len(rules)
    for each in rules:
        assert all(
            each[name] for name in ("edition", "table_name", "since_table", "since_column", "keep", "what", "source")
        )
    (closed,) = [each for each in rules if each["since_table"] == "closed_record"]
    assert (closed["rule"], closed["table_name"], closed["keep"]) == ("record-after-closing", "record", "10 years")


async def test_seeding_twice_changes_nothing_and_an_operator_s_later_rule_stays(database: Database) -> None:
    async with database.connection() as connection:
        await retention.seed_rules(connection)
        assert await retention.seed_rules(connection) == 0
        await connection.execute(
            "UPDATE retention_rule SET keep = '1 day', edition = '2099-01-01' WHERE rule = 'dead-letters'"
        )
        await connection.execute("UPDATE retention_rule SET keep = '1 day' WHERE rule = 'used-assertions'")
        assert await retention.seed_rules(connection) == 1
        cursor = await connection.execute(
            "SELECT rule FROM retention_rule WHERE keep = '1 day' AND rule IN ('dead-letters', 'used-assertions')"
        )
        assert await cursor.fetchall() == [("dead-letters",)]
        await connection.execute("DELETE FROM retention_rule")


async def test_only_dead_letters_past_their_time_go(database: Database) -> None:
    async with database.connection() as connection:
        for state, age in (("dead", 91), ("dead", 89), ("due", 91)):
            moment = NOW - timedelta(days=age)
            await connection.execute(
                "INSERT INTO outbox (patient_id, job_id, kind, payload, state, due_at, created_at) VALUES (%s, %s, 'mail', '{}', %s, %s, %s)",
                (uuid4(), uuid4(), state, moment, moment),
            )
        deleted = await apply_retention(database, clock=lambda: NOW)
        assert deleted["dead-letters"] == 1
        cursor = await connection.execute("SELECT state FROM outbox ORDER BY state")
        assert await cursor.fetchall() == [("dead",), ("due",)]
    assert (await apply_retention(database, clock=lambda: NOW))["dead-letters"] == 0


async def test_a_record_is_left_to_its_own_job(database: Database) -> None:
    async with database.connection() as connection:
        await retention.seed_rules(connection)
        assert "record-after-closing" not in {each.rule for each in await retention.applicable_rules(connection)}


async def test_a_rule_that_counts_from_the_closing_of_a_record_deletes_in_batches(
    database: Database, monkeypatch
) -> None:
    monkeypatch.setattr(retention, "_BATCH_ROWS", 2)
    past, recent, open_still = uuid4(), uuid4(), uuid4()
    async with database.connection() as connection, connection.transaction(force_rollback=True):
        await _closings(connection, {past: NOW - timedelta(days=3660), recent: NOW - timedelta(days=3640)})
        for patient in (past, recent, open_still):
            for _ in range(5):
                await connection.execute("INSERT INTO content VALUES (%s, %s, 0, 'x')", (patient, uuid4()))
        await connection.execute(
            "INSERT INTO retention_rule VALUES ('x', '2026-01-01', 'content', 'closed_record', 'closed_at', '10 years', NULL, NULL, 'x', 'x')"
        )
        (rule,) = [each for each in await retention.applicable_rules(connection) if each.rule == "x"]
        assert await retention.apply_rule(connection, rule, now=NOW) == 5
        cursor = await connection.execute("SELECT DISTINCT patient_id FROM content")
        assert {patient for (patient,) in await cursor.fetchall()} == {recent, open_still}


async def _closings(connection: Connection, closed: dict[object, datetime]) -> None:
    """Stand for the view of closed records, or replace it inside this transaction."""
    await connection.execute("DROP VIEW IF EXISTS closed_record")
    await connection.execute(
        "CREATE TEMPORARY TABLE closed_record (patient_id uuid PRIMARY KEY, closed_at timestamptz) ON COMMIT DROP"
    )
    for patient, moment in closed.items():
        await connection.execute("INSERT INTO closed_record VALUES (%s, %s)", (patient, moment))


async def test_a_rule_whose_table_is_not_there_waits(database: Database) -> None:
    async with database.connection() as connection:
        await retention.seed_rules(connection)
        await connection.execute(
            "INSERT INTO retention_rule VALUES ('later', '2026-01-01', 'not_yet', 'not_yet', 'at', '1 day', NULL, NULL, 'x', 'x')"
        )
        assert "later" not in {each.rule for each in await retention.applicable_rules(connection)}


async def test_the_schedule_sweeps_only_a_folder(database: Database, tmp_path) -> None:
    async def known(owners):
        return set(owners)

    kinds = [each.kind for each in periodic_jobs(database, contents=PostgresqlContents(), known_contents=known)]
    assert kinds == ["apply-retention"]
    jobs = periodic_jobs(database, contents=FilesystemContents(tmp_path, key=b"k" * 32), known_contents=known)
    assert [each.kind for each in jobs] == ["apply-retention", "sweep-contents"]
    for each in jobs:
        await each.run()
