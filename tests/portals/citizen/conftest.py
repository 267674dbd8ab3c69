"""Someone at the citizen's portal, with the desk where accounts are made."""

from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
from tests.builders.accounts import Desk
from tests.doors.world import World
from tests.portals.people import Browser

from carnet.app import Carnet, application

ABrowser = Callable[..., Awaitable[Browser]]


@pytest.fixture(scope="module")
def world(carnet: Carnet, http: httpx.AsyncClient) -> World:
    return World(carnet, http)


@pytest.fixture
def desk(carnet: Carnet, world: World) -> Desk:
    return Desk(carnet, world)


@pytest.fixture
async def a_browser(carnet: Carnet) -> AsyncIterator[ABrowser]:
    """Makes browsers, each a device of its own; `address`: where it is."""
    made: list[Browser] = []

    async def make(**options: str) -> Browser:
        made.append(Browser(application(carnet), **options))
        return made[-1]

    yield make
    for browser in made:
        await browser.close()
