"""
`kill -9` at random moments of the server, and of PostgreSQL itself, while several clients deposit: what was acknowledged is there byte for
byte, no half act is, and the trail holds.
"""

import asyncio
import base64
import hashlib
import os
import random
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.builders import fhir
from tests.builders.cda import a_pdf
from tests.doors.integrity import half_acts
from tests.doors.world import Caller, Deposited, Person, World, a_folder_entry, a_letter, a_report, several

from carnet.app import open_carnet
from carnet.settings import Settings
from carnet.storage.embedded import EmbeddedPostgres

ROUNDS = 12
CLIENTS = 4


@dataclass
class Ledger:
    """What the clients know: acknowledged contents by id, and messages whose answer never came."""

    people: list[Person] = field(default_factory=list)
    hospital: Caller | None = None
    acknowledged: dict[str, str] = field(default_factory=dict)
    owners: dict[str, Person] = field(default_factory=dict)
    unanswered: list[tuple[Person, dict[str, Any]]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    heads: dict[Any, str] = field(default_factory=dict)

    def note(self, person: Person, bundle: dict[str, Any], response: httpx.Response) -> Deposited:
        done = Deposited(response)
        for ident, content in zip(done.ids("Binary"), _contents(bundle), strict=True):
            self.acknowledged[ident] = hashlib.sha256(content).hexdigest()
            self.owners[ident] = person
        return done


def _contents(bundle: dict[str, Any]) -> list[bytes]:
    return [
        base64.b64decode(entry["resource"]["data"])
        for entry in bundle["entry"]
        if entry["resource"]["resourceType"] == "Binary"
    ]


@dataclass
class Running:
    process: asyncio.subprocess.Process
    world: World
    home: Path

    def kill_server(self) -> None:
        self.process.kill()

    def kill_postgresql(self) -> None:
        pid = (self.home / "postgresql" / "data" / "postmaster.pid").read_text().splitlines()[0]
        os.kill(int(pid), signal.SIGKILL)


@asynccontextmanager
async def _running(home: Path, port: int) -> AsyncIterator[Running]:
    """`carnet serve` with its own durable PostgreSQL, until the end of the block at the latest."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CARNET_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "carnet.cli", "serve", "--home", str(home), "--port", str(port),
        env=environment | {"CARNET_MODE": "demo"}, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20) as http:
            for _ in range(600):
                try:
                    if (await http.get("/health/ready")).status_code == 200:
                        break
                except httpx.TransportError:
                    pass
                assert process.returncode is None, "the server did not come back"
                await asyncio.sleep(0.05)
            database = EmbeddedPostgres(home).start()
            assert database.is_attached
            carnet = await open_carnet(Settings(home=home, mode="demo", port=port, database_pool=3), database.url)
            try:
                yield Running(process, World(carnet, http), home)
            finally:
                await carnet.close()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def _a_message(person: Person, ledger: Ledger, dice: random.Random) -> dict[str, Any]:
    """Small, large, several at once, within a folder that others fill too, or in place of the last one acknowledged."""
    kind = dice.choice(["report", "letter", "large", "several", "replacement", "folder"])
    match kind:
        case "letter":
            return a_letter(person)
        case "large":
            return a_report(person, content=a_pdf(size_bytes=dice.randint(900_000, 2_300_000)))
        case "several":
            return several(person, a_report(person), a_letter(person), a_report(person))
        case "folder":
            number = f"1.2.250.1.999.80.{ledger.people.index(person)}.{dice.randrange(3)}"
            return a_report(person, more=[a_folder_entry(person, fhir.urn("fiche"), unique_id=number)])
        case "replacement" if person.patient_id in ledger.heads:
            target = ledger.heads.pop(person.patient_id)
            return a_report(person, replaces={"reference": f"DocumentReference/{target}"})
    return a_report(person)


async def _deposits(world: World, ledger: Ledger, seed: int) -> None:
    """A client that deposits until the server is gone; persons are shared between clients."""
    dice = random.Random(seed)
    while True:
        person = dice.choice(ledger.people)
        bundle = _a_message(person, ledger, dice)
        try:
            response = await world.send(bundle, by=ledger.hospital)
        except httpx.TransportError:
            ledger.unanswered.append((person, bundle))
            return
        if response.status_code == 503:
            ledger.unanswered.append((person, bundle))
            await asyncio.sleep(0.05)
            continue
        if response.status_code != 200:
            ledger.refused.append(response.text)
            return
        ledger.heads[person.patient_id] = ledger.note(person, bundle, response).ids()[0]


async def _check(world: World, ledger: Ledger, fresh: set[str]) -> None:
    """Everything acknowledged reads back; nothing is half there; the trail holds."""
    assert ledger.refused == []
    for ident in fresh:
        response = await world.read(f"Binary/{ident}", by=world.a_citizen(ledger.owners[ident]))
        assert response.status_code == 200, (ident, response.text)
        assert hashlib.sha256(response.content).hexdigest() == ledger.acknowledged[ident], ident
    async with world.carnet.database.connection() as connection:
        assert await half_acts(connection) == {}
    for person in (*ledger.people, None):
        assert (await world.verified(person)).faults == ()


async def _send_again(world: World, ledger: Ledger) -> int:
    """What had no answer is sent as it was: it is stored once, whether it had been or not."""
    stored_before = 0
    for person, bundle in ledger.unanswered:
        response = await world.send(bundle, by=ledger.hospital)
        if response.status_code == 422:
            assert "relates-to-not-current" in response.text  # another client replaced the same document meanwhile
            continue
        done = ledger.note(person, bundle, response)
        stored_before += done.statuses[1] == "200"
    ledger.unanswered.clear()
    return stored_before


@pytest.mark.long
async def test_nothing_acknowledged_is_lost_whatever_is_killed(tmp_path: Path) -> None:
    dice = random.Random(os.environ.get("PYTEST_SEED", "carnet"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    ledger = Ledger()
    checked: set[str] = set()
    found_stored = 0
    for number in range(ROUNDS):
        async with _running(tmp_path, port) as running:
            world = running.world
            if not ledger.people:
                ledger.people = [await world.a_record() for _ in range(3)]
                ledger.hospital = world.hospital
            found_stored += await _send_again(world, ledger)
            await _check(world, ledger, set(ledger.acknowledged) - checked)
            checked = set(ledger.acknowledged)
            clients = asyncio.gather(*(_deposits(world, ledger, number * 100 + n) for n in range(CLIENTS)))
            await asyncio.sleep(dice.uniform(0.05, 1.2))
            if number % 3 == 2:
                running.kill_postgresql()
                await asyncio.sleep(dice.uniform(0, 0.3))
            running.kill_server()
            await asyncio.wait_for(clients, 30)
    async with _running(tmp_path, port) as running:
        found_stored += await _send_again(running.world, ledger)
        await _check(running.world, ledger, set(ledger.acknowledged))
    assert len(ledger.acknowledged) > ROUNDS * 10
    # Some acts were kept whose answer was never heard: the moments were well chosen.
    assert found_stored > 0
