"""The professionals of the demonstration and its directory, and a clock that a test may move."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from tests.doors.world import World
from tests.portals.people import Browser

from carnet.app import Carnet, application, open_carnet
from carnet.operating.demo import invent_sized, register_people
from carnet.operating.demo_directory import load_directory
from carnet.settings import Settings


class Hands:
    """A clock: what a test adds to the time that it is."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture(scope="module")
def hands() -> Hands:
    return Hands()


@pytest.fixture(autouse=True)
def right_time(hands: Hands):
    yield
    hands.ahead = timedelta(0)


@pytest.fixture(scope="module")
async def carnet(database_url: str, tmp_path_factory: pytest.TempPathFactory, hands: Hands) -> AsyncIterator[Carnet]:
    """The whole program in demo mode, with its professionals and its directory, and no citizen."""
    settings = Settings(
        home=tmp_path_factory.mktemp("home"), mode="demo", base_url="http://carnet.test", database_pool=8
    )
    opened = await open_carnet(settings, database_url, clock=hands)
    territory = invent_sized({"seed": 2026, "today": "2026-06-01"}, citizens=0, documents=0)
    await register_people(opened, territory)
    await load_directory(opened, territory)
    yield opened
    await opened.close()


@pytest.fixture(scope="module")
async def world(carnet: Carnet) -> AsyncIterator[World]:
    browser = Browser(application(carnet))
    yield World(carnet, browser.http)
    await browser.close()
