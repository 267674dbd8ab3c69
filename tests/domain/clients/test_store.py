"""Assertions serve once, and what protects nothing any more goes away."""

import asyncio
from datetime import UTC, datetime, timedelta

from carnet.domain.clients import store

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


async def claim(database, jti, *, client="hopital", now=NOW):
    async with database.connection() as connection:
        return await store.claim_assertion(connection, client, jti=jti, expires_at=now + timedelta(minutes=5), now=now)


async def test_an_assertion_serves_once_for_its_client(database):
    assert await claim(database, "a")
    assert not await claim(database, "a")
    assert await claim(database, "a", client="laboratoire")


async def test_one_of_many_simultaneous_claims_wins(database):
    assert sum(await asyncio.gather(*(claim(database, "course") for _ in range(6)))) == 1


async def test_expired_claims_are_cleared_and_living_ones_stay(database):
    for number in range(5):
        await claim(database, f"vieux-{number}", client="menage")
    await claim(database, "vivant", client="menage", now=NOW + timedelta(minutes=4))
    await claim(database, "nouveau", client="menage", now=NOW + timedelta(minutes=6))
    async with database.connection() as connection:
        cursor = await connection.execute("SELECT count(*) FROM client_assertion WHERE client_id = 'menage'")
        assert await cursor.fetchone() == (2,)
    assert not await claim(database, "vivant", client="menage", now=NOW + timedelta(minutes=6))
