"""`carnet records`: what it says, and how it ends."""

import asyncio
import uuid

import httpx
import pytest
from tests.doors.world import World

from carnet.app import Carnet
from carnet.cli import main


async def test_records_are_linked_by_matricule_or_id(
    carnet: Carnet,
    http: httpx.AsyncClient,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    world = World(carnet, http)
    one, other = await world.a_record(), await world.a_record()
    monkeypatch.setenv("CARNET_DATABASE_URL", database_url)
    named = [f"{one.ins.matricule}@{one.ins.oid}", str(other.patient_id)]
    home = str(carnet.settings.home)

    async def records(*words: str) -> tuple[int, str]:
        status = await asyncio.to_thread(main, ["records", *words, "--home", home])
        told = capsys.readouterr()
        return status, told.out + told.err

    assert await records("link", *named, "--motive", "Doublon") == (0, "done\n")
    assert await records("link", *named, "--motive", "Doublon") == (0, "so already\n")
    assert await records("unlink", *named, "--motive", "Collision") == (0, "done\n")
    for wrong in (["x", named[1]], ["1@2", named[1]], [named[1], named[1]], [named[0], str(uuid.uuid4())]):
        status, said = await records("link", *wrong, "--motive", "Doublon")
        assert (status, said.count("\n")) == (2, 1)
    assert (await records("link", *named, "--motive", " "))[0] == 2
