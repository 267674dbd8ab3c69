"""`carnet records`: what it says, and how it ends."""

import asyncio
import uuid

import httpx
import pytest
from tests.builders.people import an_ins
from tests.doors.world import World

from carnet.app import Carnet
from carnet.cli import main
from carnet.domain.consent.model import RecordStatus


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


async def test_acts_on_the_life_of_a_record(
    carnet: Carnet,
    http: httpx.AsyncClient,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    world = World(carnet, http)
    person, announced = await world.a_record(), await world.a_record(status=RecordStatus.ANNOUNCED)
    monkeypatch.setenv("CARNET_DATABASE_URL", database_url)
    record, matricule = str(person.patient_id), f"{person.ins.matricule}@{person.ins.oid}"

    async def acts(*words: str) -> tuple[int, str]:
        status = await asyncio.to_thread(main, ["records", *words, "--home", str(carnet.settings.home)])
        told = capsys.readouterr()
        return status, told.out + told.err

    assert (await acts("close", matricule, "--reason", "Je pars"))[0] == 0
    assert (await acts("close", record))[0] == 2
    assert (await acts("reopen", record))[0] == 0
    assert (await acts("oppose", str(announced.patient_id)))[0] == 0
    assert (await acts("activate", str(announced.patient_id)))[0] == 0
    assert (await acts("close", str(announced.patient_id), "--death"))[0] == 0
    assert await acts("doubt", record) == (0, "done\n")
    assert await acts("doubt", record) == (0, "so already\n")
    assert (await acts("clear", record))[0] == 0
    assert (await acts("release", matricule))[0] == 0
    assert (await acts("release", matricule))[0] == 2
    assert [event.type for event in await world.events(person)] == [
        "record-opened", "record-closed", "record-reopened", "identity-withdrawn", "identity-changed", "matricule-released",
    ]  # fmt: skip
    with pytest.raises(SystemExit):
        await acts("erase", str(announced.patient_id))
    capsys.readouterr()
    assert (await acts("erase", str(announced.patient_id), "--for-good"))[0] == 0
    assert (await world.head(announced))[0] == "erased"


async def test_representatives(
    carnet: Carnet,
    http: httpx.AsyncClient,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    world = World(carnet, http)
    child = await world.a_record(birth_date="2016-06-12")
    mother = an_ins()
    monkeypatch.setenv("CARNET_DATABASE_URL", database_url)
    named = [str(child.patient_id), f"{mother.matricule}@{mother.oid}"]

    async def records(*words: str) -> tuple[int, str]:
        status = await asyncio.to_thread(main, ["records", *words, "--home", str(carnet.settings.home)])
        told = capsys.readouterr()
        return status, told.out + told.err

    by = world.a_representative(mother, of=child)
    assert (await world.search(child, by=by)).status_code == 403
    assert await records("represent", *named, "--until", "2034-06-11") == (0, "done\n")
    assert await records("represent", *named) == (0, "so already\n")
    assert (await records("represent", *named, "--read"))[0] == 2
    assert (await world.search(child, by=by)).status_code == 200
    assert await records("unrepresent", *named, "--guardianship") == (0, "so already\n")
    assert await records("unrepresent", *named) == (0, "done\n")
    assert (await world.search(child, by=by)).status_code == 403
    for wrong in (
        [named[0], "x"],
        [named[0], "1@2"],
        ["x", named[1]],
        [named[0], f"{child.ins.matricule}@{child.ins.oid}"],
    ):
        status, said = await records("represent", *wrong)
        assert (status, said.count("\n")) == (2, 1)
    assert (await records("represent", *named, "--until", "demain"))[0] == 2
    assert (await records("represent", *named, "--until", "2020-01-01"))[0] == 2
