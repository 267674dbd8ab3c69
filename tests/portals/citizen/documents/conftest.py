"""Someone at home and at the list of their documents, over HTTP."""

import html
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import httpx
import pytest
from starlette.applications import Starlette
from tests.doors.world import Person, World
from tests.portals.people import Browser

from carnet.app import Carnet, application
from carnet.domain.demo import store


@dataclass
class Holder:
    """Signed in, with a record of their own."""

    person: Person
    browser: Browser

    async def page(self, path: str) -> httpx.Response:
        answer = await self.browser.open(path)
        assert answer.status_code == 200, answer.text[:2000]
        return answer

    async def post(self, path: str, fields: dict[str, str | list[str]]) -> httpx.Response:
        """A form with the token of this session, whatever the page offers; the answer is the last page of the redirects."""
        token = re.search(r'name="csrf" value="([^"]+)"', (await self.page("/documents")).text)
        assert token is not None
        answer = await self.browser.http.post(path, data={"csrf": token[1], **fields})
        return await self.browser._arrived(answer)


SignIn = Callable[[Person], Awaitable[Holder]]


@pytest.fixture(scope="module")
def world(carnet: Carnet, http: httpx.AsyncClient) -> World:
    return World(carnet, http)


@pytest.fixture(scope="module")
def app(carnet: Carnet) -> Starlette:
    return application(carnet)


@pytest.fixture
async def sign_in(carnet: Carnet, app: Starlette) -> AsyncIterator[SignIn]:
    """Sign someone in, on a device of their own."""
    browsers: list[Browser] = []

    async def enter(person: Person) -> Holder:
        name = f"someone-{person.ins.matricule}"
        async with carnet.database.transaction() as tx:
            await store.save(tx, store.DemoPerson(name, "Une personne inventée", ins=person.ins))
        browsers.append(Browser(app))
        holder = Holder(person, browsers[-1])
        await holder.page(f"/demo/enter/{name}")
        return holder

    yield enter
    for each in browsers:
        await each.close()


def titles_of(page: httpx.Response) -> list[str]:
    """Titles of the rows, in order."""
    found = re.findall(r'<p class="row-title">.*?<a [^>]*>(.*?)</a>', page.text, re.DOTALL)
    return [html.unescape(re.sub(r"<[^>]+>", "", each)).strip() for each in found]


def lead_of(page: httpx.Response) -> str:
    found = re.search(r'<p class="lead">(.*?)</p>', page.text, re.DOTALL)
    assert found is not None, page.text[:3000]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", found[1])).split())
