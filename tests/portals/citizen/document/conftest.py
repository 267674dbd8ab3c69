"""Someone at the pages of their documents, over HTTP, and a stranger who holds a link."""

import html
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import httpx
import pytest
from starlette.applications import Starlette
from tests.doors.world import Person, World

from carnet.app import Carnet, application
from carnet.domain.actor import Actor, ActorKind
from carnet.domain.demo import store


@dataclass
class Holder:
    """Signed in, with a record of their own."""

    person: Person
    client: httpx.AsyncClient
    world: World

    @property
    def actor(self) -> Actor:
        return Actor(ActorKind.CITIZEN, "Louise Essai", ins=self.person.ins)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    async def page(self, document: str, *more: str) -> httpx.Response:
        answer = await self.get("/".join((f"/documents/{document}", *more)))
        assert answer.status_code == 200, answer.text[:2000]
        return answer

    async def send(self, document: str, *more: str, **fields: str) -> httpx.Response:
        """A form of the document, with the token of this session."""
        token = form_token(await self.get("/connexion/rien"))
        return await self.client.post("/".join((f"/documents/{document}", *more)), data={"csrf": token, **fields})

    async def kinds(self) -> list[str]:
        return [event.type for event in await self.world.events(self.person)]


def form_token(page: httpx.Response) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found, page.text[:2000]
    return found[1]


def text_of(page: httpx.Response) -> str:
    """What a page says, without its tags, spaces told as one."""
    body = re.sub(r"<(script|style|svg).*?</\1>", " ", page.text, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


@pytest.fixture(scope="module")
def world(carnet: Carnet, http: httpx.AsyncClient) -> World:
    return World(carnet, http)


@pytest.fixture(scope="module")
def app(carnet: Carnet) -> Starlette:
    return application(carnet)


SignIn = Callable[[Person], Awaitable[Holder]]


@pytest.fixture
async def sign_in(carnet: Carnet, world: World, app: Starlette) -> AsyncIterator[SignIn]:
    clients: list[httpx.AsyncClient] = []

    async def enter(person: Person) -> Holder:
        name = f"someone-{person.ins.matricule}"
        async with carnet.database.transaction() as tx:
            await store.save(tx, store.DemoPerson(name, "Une personne inventée", ins=person.ins))
        client = a_browser(app)
        clients.append(client)
        assert (await client.get(f"/demo/enter/{name}")).status_code == 303
        return Holder(person, client, world)

    yield enter
    for client in clients:
        await client.aclose()


@pytest.fixture
async def holder(world: World, sign_in: SignIn) -> Holder:
    return await sign_in(await world.a_record())


@pytest.fixture
async def stranger(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that nobody signed in with."""
    async with a_browser(app) as client:
        yield client


def a_browser(app: Starlette) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://carnet.test")
