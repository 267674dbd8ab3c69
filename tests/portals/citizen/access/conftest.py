"""One person with their record, signed in; the world around them."""

import html
import re
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
from tests.builders.annuaire import a_person, activities, an_activity
from tests.doors.world import Person, World
from tests.portals.people import Browser

from carnet.app import Carnet, application
from carnet.domain.actor import SYSTEM
from carnet.domain.demo import store
from carnet.domain.directory.loading import import_published
from carnet.domain.directory.loading.model import ImportTerms
from carnet.operating.directory_files import reading

HOSPITAL, CLINIC = "990000001", "990000027"


async def press(browser: Browser, page: httpx.Response, button: str, **typed: str) -> httpx.Response:
    """Send the first form of a page that has this button, with its hidden fields."""
    for form in re.findall(r"<form[^>]*>.*?</form>", page.text, re.DOTALL):
        if button in form:
            action = re.search(r'action="([^"]*)"', form)
            assert action is not None
            hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form)
            fields = {name: html.unescape(value) for name, value in hidden} | typed
            answer = await browser.http.post(html.unescape(action[1]), data=fields)
            return await browser.open(answer.headers["location"]) if answer.has_redirect_location else answer
    raise AssertionError(f"no form of {page.url} says {button}:\n{page.text[:3000]}")


Enter = Callable[[Person], Awaitable[Browser]]


@pytest.fixture(scope="module")
def world(carnet: Carnet, http: httpx.AsyncClient) -> World:
    return World(carnet, http)


@pytest.fixture
async def enter(carnet: Carnet) -> AsyncIterator[Enter]:
    """The browser of someone who is signed in."""
    opened: list[Browser] = []

    async def entered(person: Person) -> Browser:
        name = f"p{str(person.patient_id)[-12:]}"
        async with carnet.database.transaction() as tx:
            await store.save(tx, store.DemoPerson(name, "Une personne", ins=person.ins))
        browser = Browser(application(carnet))
        opened.append(browser)
        await browser.open(f"/demo/enter/{name}")
        return browser

    yield entered
    for each in opened:
        await each.close()


@pytest.fixture(scope="module")
async def directory(carnet: Carnet) -> None:
    """Two namesakes, and one who left in between."""
    people = (
        an_activity(1, at=HOSPITAL, family="MARTIN", given="ANNE", skill="SM04", skill_type="S", civility="MME", title="DR"),
        an_activity(2, at=CLINIC, family="MARTIN", given="ANNE", profession="60", civility="MME"),
    )  # fmt: skip
    for content in (activities(*people, a_person(3, family="PARTI", given="LÉON")), activities(*people)):
        begun = reading("extraction.txt", iter([content]), None)
        await import_published(
            carnet.database, begun.source, begun.entries, terms=ImportTerms(max_lost_percent=100), actor=SYSTEM,
            sealer=carnet.services.store.system_key, clock=carnet.services.clock,
        )  # fmt: skip
