"""What a deletion asks for is done by the worker, where the contents are files too."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from tests.doors.world import World, a_report

from carnet.app import application, open_carnet
from carnet.domain.actor import Actor, ActorKind
from carnet.domain.record.deletion import delete
from carnet.domain.record.updating import DESTROY_CONTENTS
from carnet.domain.record.updating.model import UpdateTerms
from carnet.domain.record.wanted import Named
from carnet.jobs.destroy_contents import contents_destroyer
from carnet.jobs.worker import Worker
from carnet.settings import Settings


@pytest.fixture
async def filed_world(database_url: str, tmp_path: Path) -> AsyncIterator[tuple[World, Path]]:
    folder = tmp_path / "contents"
    settings = Settings(home=tmp_path, mode="demo", base_url="http://carnet.test", content_url=f"file:{folder}")
    carnet = await open_carnet(settings, database_url)
    transport = httpx.ASGITransport(application(carnet))
    async with httpx.AsyncClient(transport=transport, base_url="http://carnet.test") as http:
        yield World(carnet, http), folder
    await carnet.close()


def _files(folder: Path) -> int:
    return sum(path.is_file() for path in folder.rglob("*"))


async def test_the_files_of_a_deleted_line_are_destroyed(filed_world: tuple[World, Path]) -> None:
    world, folder = filed_world
    person = await world.a_record()
    kept, first = [(await world.deposit(a_report(person))).id for _ in range(2)]
    second = (await world.deposit(a_report(person, replaces={"reference": f"DocumentReference/{first}"}))).id
    assert _files(folder) == 3
    services = world.carnet.services
    author = Actor(ActorKind.PROFESSIONAL, "Dr Essai", person="899700000001", profession="10")
    terms = UpdateTerms(services.read_terms.matrix, services.clock)
    await delete(services.store, Named(logical_id=UUID(second)), actor=author, terms=terms)
    worker = Worker(world.carnet.database, handlers={DESTROY_CONTENTS: contents_destroyer(services.store)})
    assert await worker.run_due() == 1
    assert _files(folder) == 1
    assert (await world.read(f"Binary/{kept}", by=world.a_citizen(person))).status_code == 200
    assert await worker.run_due() == 0
