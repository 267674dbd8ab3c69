"""The world of the doors, whose answers are judged here."""

import httpx
import pytest
from tests.doors.world import World

from carnet.app import Carnet


@pytest.fixture(scope="module")
def world(carnet: Carnet, http: httpx.AsyncClient) -> World:
    return World(carnet, http)
