"""What one software may take, and what was refused to it, as it meets them at the FHIR door."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import httpx
import orjson
import pytest
from tests.doors.world import Caller, World

from carnet.app import application
from carnet.domain.actor import Actor, ActorKind
from carnet.domain.refusals import register
from carnet.vocabulary.clock import system_clock
from carnet.web.doorkeeper import Doorkeeper
from carnet.web.shares import FairShare, Rates

ABSENT = "/fhir/Binary/0197d0b5-0000-7000-8000-000000000000"


def software(world, name):
    actor = Actor(ActorKind.ORGANIZATION, "Hôpital inventé", organization="1990000001", software=name)
    return Caller(world.token(actor))


@pytest.fixture
def narrow(carnet):
    """The same program with little room: 3 requests at once of which 2 of one software, 5 a second."""

    def make(**changes):
        settings = {"rates": Rates(0), "share": FairShare(at_once=3, per_client=2, waiting=1, patience=0.2)} | changes
        keeper = Doorkeeper(carnet.database, carnet.services.verifier, clock=system_clock, **settings)
        app = application(replace(carnet, keeper=keeper))
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url="http://carnet.test"
        )

    return make


def told(answer):
    return answer.status_code, answer.json()["issue"][0]["details"]["coding"][0]["code"]


async def test_past_its_rate_a_software_is_told_when_to_come_back(world, narrow):
    greedy, polite = software(world, "glouton"), software(world, "poli")
    async with narrow(rates=Rates(1)) as http:
        answers = [await http.get(ABSENT, headers=greedy.headers) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [404, 404, 429, 429]
        assert told(answers[2]) == (429, "client-rate-exceeded")
        assert answers[2].headers["retry-after"] == "1"
        assert answers[2].json()["issue"][0]["code"] == "throttled"
        assert (await http.get(ABSENT, headers=polite.headers)).status_code == 404
        assert (await http.get("/fhir/metadata")).status_code == 200
        assert (await http.get(ABSENT, headers={"Authorization": "Bearer x"})).status_code == 401


async def test_full_of_one_software_there_is_room_for_another(world, narrow, monkeypatch, carnet):
    """The store waits: two acts of the greedy one are under way, one waits, the fourth is refused; the polite one passes."""
    greedy, polite = software(world, "glouton"), software(world, "poli")
    goes_on, entry_facts = asyncio.Event(), type(carnet.services.store).entry_facts

    async def slow(store, actor, *arguments, **options):
        if actor.software == "glouton":
            await goes_on.wait()
        return await entry_facts(store, actor, *arguments, **options)

    monkeypatch.setattr(type(carnet.services.store), "entry_facts", slow)
    share = FairShare(at_once=3, per_client=2, waiting=1, patience=30)
    async with narrow(share=share) as http:
        under_way = [asyncio.create_task(http.get(ABSENT, headers=greedy.headers)) for _ in range(3)]
        while share._queues.get("glouton") is None:  # noqa: ASYNC110  what is waited for is that someone waits
            await asyncio.sleep(0.01)
        full = await http.get(ABSENT, headers=greedy.headers)
        assert told(full) == (503, "client-share-exceeded")
        assert full.headers["retry-after"] == "1"
        assert (await asyncio.wait_for(http.get(ABSENT, headers=polite.headers), 5)).status_code == 404
        goes_on.set()
        assert {answer.status_code for answer in await asyncio.gather(*under_way)} == {404}
        assert (share._busy, share._of, len(share._queues)) == (0, {}, 0)


async def test_people_who_came_by_carnet_itself_have_no_part_in_common(world, narrow):
    person = await world.a_record()
    citizen = world.a_citizen(person)
    async with narrow(rates=Rates(1), share=FairShare(at_once=1, per_client=1, waiting=0)) as http:
        answers = await asyncio.gather(*(http.get(ABSENT, headers=citizen.headers) for _ in range(12)))
    assert {answer.status_code for answer in answers} == {404}


async def test_a_body_that_is_slow_to_come_takes_no_place(world, narrow):
    share = FairShare(at_once=1, per_client=1, waiting=0)
    arrives, asked = asyncio.Event(), asyncio.Event()

    async def body():
        yield b'{"resourceType": '
        asked.set()
        await arrives.wait()
        yield b'"Bundle"}'

    slow, other = software(world, "lent"), software(world, "autre")
    async with narrow(share=share) as http:
        headers = {**slow.headers, "Content-Type": "application/fhir+json"}
        sending = asyncio.create_task(http.post("/fhir", content=body(), headers=headers))
        await asyncio.wait_for(asked.wait(), 5)
        assert (await http.get(ABSENT, headers=other.headers)).status_code == 404
        arrives.set()
        assert (await sending).status_code in {400, 422}
        assert share._busy == 0


# The register of refusals


async def refusals(world, caller, **parameters):
    answer = await world.http.get("/fhir/$refusals", params=parameters, headers=caller.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_refused_deposit_is_read_again_by_its_sender_only(world: World):
    hospital, laboratory = software(world, "hopital-refus"), software(world, "labo-refus")
    wrong = {
        "resourceType": "Bundle",
        "type": "transaction",
        "secret": "MARTIN",
        "entry": [{"resource": {"resourceType": "Patient"}}],
    }
    answer = await world.send(wrong, by=hospital)
    assert answer.status_code in {400, 422}
    found = await refusals(world, hospital)
    (entry,) = found["entry"]
    outcome = entry["resource"]
    assert outcome["id"] == answer.headers["x-request-id"]
    codes = [issue["details"]["coding"][0]["code"] for issue in answer.json()["issue"]]
    assert [issue["details"]["coding"][0]["code"] for issue in outcome["issue"]] == codes
    assert [e.get("expression") for e in outcome["issue"]] == [e.get("expression") for e in answer.json()["issue"]]
    assert [extension.get("valueString") or extension["valueInteger"] for extension in outcome["extension"]] == [
        "POST /fhir",
        answer.status_code,
    ]
    assert "MARTIN" not in orjson.dumps(found).decode()
    assert "entry" not in await refusals(world, laboratory)


async def test_what_is_not_an_act_refused_leaves_no_line(world: World):
    caller = software(world, "lecteur-refus")
    await world.http.get(ABSENT, headers=caller.headers)
    await world.http.get("/fhir/DocumentReference", headers=caller.headers)
    await world.http.post("/fhir/DocumentReference/_search", data={"unknown": "1"}, headers=caller.headers)
    await world.http.post("/fhir", content=b"{}", headers={"Authorization": "Bearer x"})
    assert "entry" not in await refusals(world, caller)
    citizen = world.a_citizen(await world.a_record())
    await world.send(b"{}", by=citizen)
    answer = await world.http.get("/fhir/$refusals", headers=citizen.headers)
    assert told(answer) == (403, "refusals-of-software")


async def test_pages_and_dates(world: World):
    caller = software(world, "pages-refus")
    for _ in range(5):
        await world.send(b"not json", by=caller)
    seen, page = [], await refusals(world, caller, _count=2)
    while True:
        seen += [entry["resource"]["id"] for entry in page.get("entry", [])]
        following = [link["url"] for link in page.get("link", []) if link["relation"] == "next"]
        if not following:
            break
        page = (await world.http.get(following[0], headers=caller.headers)).json()
    assert len(seen) == len(set(seen)) == 5
    tomorrow = (system_clock() + timedelta(days=2)).date().isoformat()  # whatever the hour, here and in Paris
    assert "entry" not in await refusals(world, caller, _since=tomorrow)
    for wrong in ({"_count": "0"}, {"_count": "²"}, {"_since": "hier"}, {"_before": "x"}, {"client": "hopital"}):
        answer = await world.http.get("/fhir/$refusals", params=wrong, headers=caller.headers)
        assert answer.status_code == 400, wrong


async def test_a_loop_of_refusals_is_counted_and_fills_nothing(world: World, monkeypatch):
    monkeypatch.setattr(register, "KEPT_EACH_HOUR", 3)
    caller = software(world, "boucle-refus")
    answers = await asyncio.gather(*(world.send(b"not json", by=caller) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {400}
    assert len((await refusals(world, caller))["entry"]) == 3
    async with world.carnet.database.connection() as connection:
        (hour,) = await register.counts(
            connection, client_id="boucle-refus", since=system_clock() - timedelta(minutes=1)
        )
    assert (hour.refused, hour.kept) == (8, 3)


async def test_a_register_that_cannot_be_written_changes_no_answer(world: World, monkeypatch):
    async def broken(*_, **__):
        raise RuntimeError("no room")

    monkeypatch.setattr(register, "keep", broken)
    answer = await world.send(b"not json", by=software(world, "panne-refus"))
    assert told(answer)[0] == 400
