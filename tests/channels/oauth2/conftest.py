"""The door, in demo mode and in production."""

import pytest
from tests.channels.oauth2.door import DISABLED, HOSPITAL, LABORATORY, NO_GRANT, START, Door

from carnet.domain.clients.registration import disable, register
from carnet.web.tokens import SigningKeys


@pytest.fixture(scope="module")
async def keys(database):
    made = SigningKeys(
        seal=lambda plain: plain[::-1],  # sealing itself is tested with the key ring and in tests/web/test_tokens.py
        unseal=lambda sealed: sealed[::-1],
        clock=lambda: START,
    )
    async with database.connection() as connection:
        await made.start(connection)
        for client in (HOSPITAL, LABORATORY, DISABLED, NO_GRANT):
            await register(connection, client, mode="demo")
        await disable(connection, "ferme", at=START)
    return made


@pytest.fixture
def door(database, keys):
    return Door(database, keys, "demo")


@pytest.fixture
def production(database, keys):
    return Door(database, keys, "production")
