"""
`kill -9` at random moments of the server, and of PostgreSQL itself, while several clients change fiches: what was acknowledged is so, no half
act is, and the trail holds.
"""

import asyncio
import os
import random
import socket
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.doors.integrity import half_acts
from tests.doors.test_killed import _running
from tests.doors.test_patches import ARCHIVE, AUTHOR, DELETE, MASK, UNARCHIVE, UNMASK, flags_of, labels_of, patched
from tests.doors.world import Caller, Person, World, a_report

from carnet.formats.fhir import systems

ROUNDS = 10
DOCUMENTS = 8
ACTS: dict[str, Any] = {"mask": MASK, "unmask": UNMASK, "archive": ARCHIVE, "unarchive": UNARCHIVE, "delete": DELETE}


@dataclass
class Known:
    """What the client of one document knows: what it was told last, and what it asked and has no answer to."""

    person: Person
    document: str
    masked: bool = False
    archived: bool = False
    deleted: bool = False
    version: int = 1
    unanswered: str | None = None

    def after(self, act: str) -> "Known":
        told = Known(self.person, self.document, self.masked, self.archived, self.deleted, self.version + 1)
        match act:
            case "mask" | "unmask":
                told.masked = act == "mask"
            case "archive" | "unarchive":
                told.archived = act == "archive"
            case _:
                told.deleted = True
        return told


@dataclass
class Ledger:
    people: list[Person] = field(default_factory=list)
    author: Caller | None = None
    known: list[Known] = field(default_factory=list)
    acknowledged: int = 0
    found_done: int = 0


async def _changes(world: World, ledger: Ledger, index: int, dice: random.Random) -> None:
    """The one client of a document, until the server is gone."""
    while True:
        held = ledger.known[index]
        if held.deleted:
            fresh = await _deposited(world, held.person)
            if fresh is None:
                return
            ledger.known[index] = held = fresh
        acts = ["unmask" if held.masked else "mask", "unarchive" if held.archived else "archive", *(["delete"] if dice.random() < 0.1 else [])]  # fmt: skip
        act = dice.choice(acts)
        try:
            assert ledger.author is not None
            answer = await patched(world, f"DocumentReference/{held.document}", ACTS[act], by=ledger.author)
        except httpx.TransportError:
            held.unanswered = act
            return
        if answer.status_code == 503:
            held.unanswered = act
            return
        assert answer.status_code == 200, answer.text
        ledger.known[index] = held.after(act)
        ledger.acknowledged += 1


async def _deposited(world: World, person: Person) -> Known | None:
    try:
        response = await world.send(a_report(person))
    except httpx.TransportError:
        return None
    if response.status_code != 200:
        return None
    return Known(person, response.json()["entry"][1]["response"]["location"].split("/")[1])


async def _check(world: World, ledger: Ledger) -> None:
    """Each document is as it was acknowledged, or as what had no answer would have left it; nothing is half there."""
    for index, held in enumerate(ledger.known):
        response = await world.read(f"DocumentReference/{held.document}", by=world.a_citizen(held.person))
        told = [held, *([held.after(held.unanswered)] if held.unanswered else [])]
        if response.status_code == 404:
            found = [each for each in told if each.deleted]
        else:
            resource = response.json()
            state = (
                "MASQUE_PS" in labels_of(resource),
                flags_of(resource).get(systems.IS_ARCHIVED, False),
                resource["meta"]["versionId"],
            )
            found = [
                each for each in told if not each.deleted and (each.masked, each.archived, str(each.version)) == state
            ]
        assert len(found) == 1, (held, response.text)
        ledger.found_done += found[0] is not held
        ledger.known[index] = found[0]
        found[0].unanswered = None
    async with world.carnet.database.connection() as connection:
        assert await half_acts(connection) == {}
    for person in (*ledger.people, None):
        assert (await world.verified(person)).faults == ()


@pytest.mark.long
async def test_no_change_is_lost_nor_half_done_whatever_is_killed(tmp_path: Path) -> None:
    dice = random.Random(os.environ.get("PYTEST_SEED", "carnet"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    ledger = Ledger()
    for number in range(ROUNDS):
        async with _running(tmp_path, port) as running:
            world = running.world
            if not ledger.people:
                ledger.people = [await world.a_record() for _ in range(2)]
                ledger.author = await world.a_professional(number=AUTHOR)
                ledger.known = [
                    Known(person, (await world.deposit(a_report(person))).id)
                    for person in ledger.people * (DOCUMENTS // 2)
                ]
            await _check(world, ledger)
            clients = asyncio.gather(
                *(_changes(world, ledger, n, random.Random(number * 100 + n)) for n in range(DOCUMENTS))
            )
            await asyncio.sleep(dice.uniform(0.05, 1.0))
            if number % 3 == 2:
                running.kill_postgresql()
                await asyncio.sleep(dice.uniform(0, 0.3))
            running.kill_server()
            await asyncio.wait_for(clients, 30)
    async with _running(tmp_path, port) as running:
        await _check(running.world, ledger)
    assert ledger.acknowledged > ROUNDS * 10
    # Some acts were kept whose answer was never heard: the moments were well chosen.
    assert ledger.found_done > 0
