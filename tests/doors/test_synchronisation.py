"""A client that synchronises by `_lastUpdated` loses nothing that comes into its sight, and is told of nothing that is hidden from it."""

import asyncio
import json
import random
from datetime import timedelta
from typing import Any

import pytest
from tests.doors.test_patches import DELETE, MASK, UNMASK, operation, patched, path_patch
from tests.doors.world import Caller, Person, World, a_report

from carnet.domain.consent.model import ConsentKind
from carnet.domain.record import synchronising

AUTHOR = "899700000001"
REVEAL = path_patch(operation("delete", "DocumentReference.securityLabel.where(coding.code='INVISIBLE_PATIENT')"))


class Client:
    """Keeps what it was told, and the mark from where it asks again."""

    def __init__(self, world: World, person: Person, caller: Caller) -> None:
        self.world, self.person, self.caller = world, person, caller
        self.mark: str | None = None
        self.held: dict[str, dict[str, Any]] = {}

    async def synchronise(self) -> list[str]:
        """Ids told this time."""
        asked: dict[str, Any] = {"_sort": "_lastUpdated", "_count": 3} | (
            {"_lastUpdated": f"gt{self.mark}"} if self.mark else {}
        )
        response = await self.world.search(self.person, by=self.caller, **asked)
        if response.status_code == 503:  # the record does not stand still: another time
            return []
        assert response.status_code == 200, response.text
        mark = response.json().get("meta", {}).get("lastUpdated")
        told = []
        while True:
            bundle = response.json()
            for entry in bundle.get("entry", ()):
                self.held[entry["resource"]["id"]] = entry["resource"]
                told.append(entry["resource"]["id"])
            following = [link["url"] for link in bundle["link"] if link["relation"] == "next"]
            if not following:
                break
            response = await self.world.http.get(following[0], headers=self.caller.headers)
            if response.status_code == 503:
                return told
            assert response.status_code == 200, response.text
        self.mark = mark or self.mark
        return told

    async def lacks(self) -> list[str]:
        """What a full search shows that is not held as it is now."""
        everything = await self.world.search(self.person, by=self.caller, _count=200)
        return [
            entry["resource"]["id"]
            for entry in everything.json().get("entry", ())
            if self.held.get(entry["resource"]["id"]) != entry["resource"]
        ]


@pytest.fixture(autouse=True)
def _no_margin(monkeypatch: pytest.MonkeyPatch) -> None:
    """One process and one clock here: what a right gave is told once."""
    monkeypatch.setattr(synchronising, "MARGIN", timedelta(0))


async def test_what_is_unmasked_comes_up_and_what_is_masked_does_not(world: World) -> None:
    person = await world.a_record()
    ids = [(await world.deposit(a_report(person))).id for _ in range(3)]
    me = world.a_citizen(person)
    reader = Client(world, person, await world.a_professional(authorised_on=person))
    assert sorted(await reader.synchronise()) == sorted(ids)
    assert await reader.synchronise() == []
    await patched(world, f"DocumentReference/{ids[0]}", MASK, by=me)
    assert await reader.synchronise() == []
    await patched(world, f"DocumentReference/{ids[0]}", UNMASK, by=me)
    assert await reader.synchronise() == [ids[0]]
    assert await reader.lacks() == []


async def test_what_is_shown_to_the_patient_comes_up(world: World) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_report(person, labels=["INVISIBLE_PATIENT"]))).id
    client = Client(world, person, world.a_citizen(person))
    assert await client.synchronise() == []
    await patched(world, f"DocumentReference/{document}", REVEAL, by=await world.a_professional(number=AUTHOR))
    assert await client.synchronise() == [document]


async def test_what_a_right_gives_to_see_comes_up_whatever_its_date(world: World) -> None:
    person = await world.a_record()
    plain = (await world.deposit(a_report(person))).id
    masked = (await world.deposit(a_report(person, labels=["MASQUE_PS"]))).id
    number = "899700009901"
    client = Client(world, person, await world.a_professional(authorised_on=person, number=number))
    assert await client.synchronise() == [plain]
    assert await client.synchronise() == []
    await world.consent(person, ConsentKind.PRIMARY_CARE_DOCTOR, number)
    assert masked in await client.synchronise()
    assert await client.lacks() == []
    # The total tells it too, and a replaced version comes with what replaced it.
    newer = (await world.deposit(a_report(person, labels=["MASQUE_PS"], replaces={"reference": f"DocumentReference/{plain}"}))).id  # fmt: skip
    assert {plain, newer} <= set(await client.synchronise())


async def test_a_right_of_a_moment_ago_tells_twice_rather_than_never(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its date is of another clock than the mark, and earlier than its commit."""
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id
    client = Client(world, person, await world.a_professional(authorised_on=person))
    await client.synchronise()
    monkeypatch.setattr(synchronising, "MARGIN", timedelta(minutes=5))
    assert await client.synchronise() == [document]


async def test_an_authorisation_that_ended_and_began_again(world: World) -> None:
    person = await world.a_record()
    number = "899700009902"
    first = (await world.deposit(a_report(person))).id
    client = Client(world, person, await world.a_professional(authorised_on=person, number=number))
    assert await client.synchronise() == [first]
    await world.consent(person, ConsentKind.GRANT, number, ends=True)
    second = (await world.deposit(a_report(person))).id
    await world.consent(person, ConsentKind.GRANT, number)
    assert second in await client.synchronise()
    assert await client.lacks() == []


async def test_what_is_hidden_behind_a_new_version_comes_back_with_it(world: World) -> None:
    person = await world.a_record()
    old = (await world.deposit(a_report(person))).id
    client = Client(world, person, await world.a_professional(authorised_on=person))
    await client.synchronise()
    new = (await world.deposit(a_report(person, labels=["MASQUE_PS"], replaces={"reference": f"DocumentReference/{old}"}))).id  # fmt: skip
    assert await client.synchronise() == []
    await patched(world, f"DocumentReference/{new}", UNMASK, by=world.a_citizen(person))
    assert sorted(await client.synchronise()) == sorted([old, new])
    assert client.held[old]["status"] == "superseded"


async def test_many_act_while_some_synchronise(world: World) -> None:
    person = await world.a_record()
    me, author = world.a_citizen(person), await world.a_professional(number=AUTHOR)
    clients = [Client(world, person, await world.a_professional(authorised_on=person)), Client(world, person, me)]
    documents = [(await world.deposit(a_report(person))).id for _ in range(4)]
    done = asyncio.Event()

    async def acting(seed: int) -> None:
        dice = random.Random(seed)
        for _ in range(12):
            target = dice.choice(documents)
            match dice.choice(["deposit", "mask", "unmask", "replace", "delete"]):
                case "deposit":
                    documents.append((await world.deposit(a_report(person, labels=dice.choice([[], ["INVISIBLE_PATIENT"]])))).id)  # fmt: skip
                case "replace":
                    sent = await world.send(a_report(person, replaces={"reference": f"DocumentReference/{target}"}))
                    if sent.status_code == 200:
                        documents.append(sent.json()["entry"][1]["response"]["location"].split("/")[1])
                case "mask":
                    await patched(world, f"DocumentReference/{target}", MASK, by=dice.choice([me, author]))
                case "unmask":
                    await patched(world, f"DocumentReference/{target}", dice.choice([UNMASK, REVEAL]), by=dice.choice([me, author]))  # fmt: skip
                case _:
                    await patched(world, f"DocumentReference/{target}", DELETE, by=author)

    async def synchronising(client: Client) -> None:
        while not done.is_set():
            await client.synchronise()
            await asyncio.sleep(0)

    following = [asyncio.create_task(synchronising(client)) for client in clients]
    await asyncio.gather(*(acting(seed) for seed in range(4)))
    done.set()
    await asyncio.gather(*following)
    for client in clients:
        await client.synchronise()
        assert await client.lacks() == []
        assert "INVISIBLE_PATIENT" not in json.dumps(clients[1].held)
    assert (await world.verified(person)).faults == ()


async def test_a_set_comes_up_with_what_it_shows(world: World) -> None:
    """Sets and folders are synchronised too: one whose documents come into sight is told, whatever its own date."""
    person = await world.a_record()
    number = "899700009903"
    reader = await world.a_professional(authorised_on=person, number=number)
    masked = await world.deposit(a_report(person, labels=["MASQUE_PS"]))
    later = await world.deposit(a_report(person, labels=["MASQUE_PS"]))

    async def told(mark: str | None) -> tuple[list[str], str]:
        since = f"&_lastUpdated=gt{mark}" if mark else ""
        response = await world.read(f"List?patient={person.patient_id}{since}", by=reader)
        assert response.status_code == 200, response.text
        bundle = response.json()
        return [entry["resource"]["id"] for entry in bundle.get("entry", ())], bundle["meta"]["lastUpdated"]

    found, mark = await told(None)
    assert found == []
    await patched(world, f"DocumentReference/{masked.id}", UNMASK, by=await world.a_professional(number=AUTHOR))
    found, mark = await told(mark)
    assert found == [masked.set_id]
    assert (await told(mark))[0] == []
    await world.consent(person, ConsentKind.PRIMARY_CARE_DOCTOR, number)
    assert (await told(mark))[0] == [later.set_id]
