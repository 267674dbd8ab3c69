"""A real server on a socket, for clients that are not ours."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import uvicorn

from carnet.app import Carnet, application, open_carnet
from carnet.settings import Settings


@pytest.fixture(scope="module")
async def served(
    database_url: str, tmp_path_factory: pytest.TempPathFactory, unused_tcp_port_factory: object
) -> AsyncIterator[Carnet]:
    """The program on a free port of this machine, in demo mode."""
    port = unused_tcp_port_factory()  # type: ignore[operator]
    settings = Settings(home=tmp_path_factory.mktemp("served"), mode="demo", port=port, database_pool=4)
    carnet = await open_carnet(settings, database_url)
    config = uvicorn.Config(application(carnet), port=port, log_level="warning", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  uvicorn has no event to wait for
        await asyncio.sleep(0.01)
    yield carnet
    server.should_exit = True
    await task
    await carnet.close()
