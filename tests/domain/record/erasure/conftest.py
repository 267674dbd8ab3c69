"""The same world as the tests of the doors, with contents in the database and in a folder."""

from collections.abc import AsyncIterator

import httpx
import pytest
from tests.doors.world import World

from carnet.app import application, open_carnet
from carnet.settings import Settings


@pytest.fixture(scope="module", params=["postgresql", "folder"])
async def world(
    request: pytest.FixtureRequest, database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    home = tmp_path_factory.getbasetemp() / f"erasure-{database_url[-12:]}"
    settings = Settings(
        home=home, mode="demo", base_url="http://carnet.test", database_pool=8,
        content_url=None if request.param == "postgresql" else f"file:{home / 'contents'}",
    )  # fmt: skip
    carnet = await open_carnet(settings, database_url)
    transport = httpx.ASGITransport(application(carnet), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://carnet.test") as client:
        yield World(carnet, client)
    await carnet.close()
