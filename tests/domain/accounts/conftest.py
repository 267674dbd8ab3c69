"""The same world as the tests of the doors, and a desk of accounts."""

import httpx
import pytest
from tests.builders.accounts import Desk
from tests.doors.world import World

from carnet.app import Carnet


@pytest.fixture(scope="module")
def world(carnet: Carnet, http: httpx.AsyncClient) -> World:
    return World(carnet, http)


@pytest.fixture
def desk(carnet: Carnet, world: World) -> Desk:
    return Desk(carnet, world)
