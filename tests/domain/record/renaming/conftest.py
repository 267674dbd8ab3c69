"""The same world as the tests of the doors."""

import httpx
import pytest
from tests.doors.world import World

from carnet.app import Carnet


@pytest.fixture(scope="module")
def world(carnet: Carnet, http: httpx.AsyncClient) -> World:
    return World(carnet, http)
