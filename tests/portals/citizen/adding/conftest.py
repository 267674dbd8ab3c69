"""Someone at their own record, over HTTP: pages are asked for, forms are sent as a browser sends them."""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest
from tests.doors.world import Person, World

from carnet.app import Carnet, application
from carnet.domain.demo import store

FILES = Sequence[tuple[str, bytes]]
SAID = {
    "titre": "Radio du genou",
    "categorie": "image",
    "visibilite": "professionnels",
    "jour": "",
    "mois": "3",
    "annee": "2024",
}


@dataclass
class Citizen:
    """Signed in, with a record of their own."""

    person: Person
    client: httpx.AsyncClient
    world: World

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(path)

    async def post(self, path: str, fields: Mapping[str, str], files: FILES = (), *, csrf: str | None = None) -> httpx.Response:  # fmt: skip
        """As the form of `/documents/ajouter` would be sent."""
        token = csrf if csrf is not None else hidden(await self.get("/documents/ajouter/visibilite"), "csrf")
        sent = [("fichiers", (name, data, "application/octet-stream")) for name, data in files]
        if not path.startswith("/documents/ajouter") or path.endswith(("visibilite", "annuler")):
            return await self.client.post(path, data={"csrf": token, **fields})
        return await self.client.post(path, data={"csrf": token, **fields}, files=sent or {"rien": ("", b"")})

    async def begin(self) -> str:
        """The address of a new form."""
        return action(await self.get("/documents/ajouter"))

    async def add(self, files: FILES, **said: str) -> httpx.Response:
        """Files and what is said of them, in one go."""
        return await self.post(await self.begin(), {**SAID, "action": "ajouter", **said}, files)

    async def added(self, files: FILES, **said: str) -> UUID:
        """The document that was filed."""
        answer = await self.add(files, **said)
        assert answer.status_code == 303, answer.text
        return document_of(answer)

    async def fiche(self, document: UUID) -> dict[str, Any]:
        found = await self.client.get(f"/fhir/DocumentReference/{document}", headers=self.bearer)
        assert found.status_code == 200, found.text
        resource: dict[str, Any] = orjson.loads(found.content)
        return resource

    async def content(self, document: UUID) -> bytes:
        found = await self.client.get(f"/fhir/Binary/{document}", headers=self.bearer)
        assert found.status_code == 200, found.text
        return found.content

    @property
    def bearer(self) -> dict[str, str]:
        return self.world.a_citizen(self.person).headers


def hidden(page: httpx.Response, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page.text)
    assert found, page.text[:2000]
    return found[1]


def action(page: httpx.Response) -> str:
    found = re.search(r'action="(/documents/ajouter/[0-9a-f-]{36})"', page.text)
    assert found, page.text[:2000]
    return found[1]


def document_of(answer: httpx.Response) -> UUID:
    found = re.fullmatch(r"/documents/([0-9a-f-]{36})\?fait=document-ajoute", answer.headers["location"])
    assert found, answer.headers["location"]
    return UUID(found[1])


@pytest.fixture(scope="module")
def world(carnet: Carnet, http: httpx.AsyncClient) -> World:
    return World(carnet, http)


@pytest.fixture
async def citizen(carnet: Carnet, world: World) -> AsyncIterator[Citizen]:
    person = await world.a_record()
    name = f"someone-{person.ins.matricule}"
    async with carnet.database.transaction() as tx:
        await store.save(tx, store.DemoPerson(name, "Une personne inventée", ins=person.ins))
    transport = httpx.ASGITransport(application(carnet), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://carnet.test") as client:
        answer = await client.get(f"/demo/enter/{name}")
        assert answer.status_code == 303, answer.text
        yield Citizen(person, client, world)
