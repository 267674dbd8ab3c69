"""An act cut between any two of its statements leaves nothing, and can be sent again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import psycopg
import pytest
from tests.doors.integrity import half_acts
from tests.doors.world import World, a_report, codes_of

HERE = 4_242

# Every table that one deposit with a replacement writes, with what is done to it.
STEPS = (
    ("record", "UPDATE"),
    ("audit_event", "INSERT"),
    ("unique_id_claim", "INSERT"),
    ("entry_claim", "INSERT"),
    ("submission_set", "INSERT"),
    ("access_class", "INSERT"),
    ("document_entry", "INSERT"),
    ("content", "INSERT"),
    ("association", "INSERT"),
    ("document_entry_past", "INSERT"),
    ("document_entry", "UPDATE"),
)


@asynccontextmanager
async def _halting(database_url: str, table: str, event: str, *, at_commit: bool = False) -> AsyncIterator[Any]:
    """Within the block, whoever does this to this table stops there, until killed: yields who waits to kill them."""
    kind = "CONSTRAINT TRIGGER" if at_commit else "TRIGGER"
    deferred = "DEFERRABLE INITIALLY DEFERRED" if at_commit else ""
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as judge:
        await judge.execute("SELECT pg_advisory_lock(%s)", (HERE,))
        await judge.execute(
            "CREATE OR REPLACE FUNCTION halt() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN PERFORM pg_advisory_xact_lock_shared({HERE}); RETURN NULL; END $$"
        )
        await judge.execute(
            f"CREATE {kind} halt AFTER {event} ON {table} {deferred} FOR EACH ROW EXECUTE FUNCTION halt()"
        )

        async def kill() -> None:
            for _ in range(500):
                cursor = await judge.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND wait_event = 'advisory'"
                )
                if await cursor.fetchall():
                    return
                await asyncio.sleep(0.01)
            raise AssertionError("nobody stopped there")

        try:
            yield kill
        finally:
            await judge.execute(f"DROP TRIGGER halt ON {table}")
            await judge.execute("SELECT pg_advisory_unlock(%s)", (HERE,))


async def _cut(world: World, bundle: dict[str, Any], kill: Any) -> httpx.Response:
    response, _ = await asyncio.gather(world.send(bundle), kill())
    return response


@pytest.mark.parametrize(("table", "event"), STEPS)
async def test_killed_after_each_statement(world: World, database_url: str, table: str, event: str) -> None:
    person = await world.a_record()
    first = await world.deposit(a_report(person))
    bundle = a_report(person, replaces={"reference": f"DocumentReference/{first.id}"})
    rows, head, events = await world.rows(), await world.head(person), len(await world.events(person))
    async with _halting(database_url, table, event) as kill:
        response = await _cut(world, bundle, kill)
    assert (response.status_code, codes_of(response)) == (503, ["server-unreachable"])
    assert response.headers["retry-after"] == "1"
    assert (await world.rows(), await world.head(person), len(await world.events(person))) == (rows, head, events)
    done = await world.deposit(bundle)
    assert done.statuses == ["201"] * 3
    assert await world.found(person, by=world.a_citizen(person), status="superseded") == [first.id]
    async with world.carnet.database.connection() as connection:
        assert await half_acts(connection) == {}
    assert (await world.verified(person)).faults == ()


async def test_killed_at_the_commit(world: World, database_url: str) -> None:
    person = await world.a_record()
    bundle = a_report(person)
    rows, head, events = await world.rows(), await world.head(person), len(await world.events(person))
    async with _halting(database_url, "content", "INSERT", at_commit=True) as kill:
        response = await _cut(world, bundle, kill)
    assert response.status_code == 503
    assert (await world.rows(), await world.head(person), len(await world.events(person))) == (rows, head, events)
    assert (await world.deposit(bundle)).statuses == ["201"] * 3


async def test_a_reading_killed_before_its_trace_shows_nothing(world: World, database_url: str) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id
    citizen = world.a_citizen(person)
    for address in (
        f"Binary/{document}",
        f"DocumentReference/{document}",
        f"DocumentReference?patient={person.patient_id}",
    ):
        events = len(await world.events(person))
        async with _halting(database_url, "audit_event", "INSERT") as kill:
            response, _ = await asyncio.gather(world.read(address, by=citizen), kill())
        assert (response.status_code, codes_of(response)) == (503, ["server-unreachable"])
        assert len(await world.events(person)) == events
        assert (await world.read(address, by=citizen)).status_code == 200


async def test_a_consent_killed_in_the_middle_is_not_half_given(world: World, database_url: str) -> None:
    from carnet.domain.consent.model import ConsentKind
    from carnet.storage.database import DatabaseUnreachable

    person = await world.a_record()
    rows, head = await world.rows(), await world.head(person)
    for table in ("consent_period", "audit_event"):
        async with _halting(database_url, table, "INSERT") as kill:
            done = await asyncio.gather(
                world.consent(person, ConsentKind.GRANT, "899700000055"), kill(), return_exceptions=True
            )
        assert isinstance(done[0], DatabaseUnreachable | psycopg.OperationalError)
        assert (await world.rows(), await world.head(person)) == (rows, head)
