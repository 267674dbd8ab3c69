"""One person with their record, signed in; the world around them."""

import html
import re
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
from tests.doors.world import Person, World
from tests.portals.people import Browser

from carnet.app import Carnet, application
from carnet.domain.demo import store


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
