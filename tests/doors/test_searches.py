"""Searches: what they refuse, how they page, what their links say, and the mark from which nothing is missed."""

import asyncio
import base64
import re
from datetime import timedelta
from typing import Any

import httpx
import pytest
import time_machine
from tests.builders import fhir
from tests.doors.world import (
    Caller,
    Person,
    World,
    a_report,
    a_unique_id,
    codes_of,
    every_page,
    fiche_of,
    ids_of,
    links_of,
)

from carnet.domain.actor import Actor, ActorKind
from carnet.domain.consent.model import ConsentKind
from carnet.vocabulary.clock import system_clock

DAYS = ("2026-03-01", "2026-03-01", "2026-03-01", "2026-03-02", "2026-03-03", "2026-03-03", "2026-03-04")


def _dated(person: Person, day: str, **changes: Any) -> dict[str, Any]:
    bundle = a_report(person, date=f"{day}T10:00:00Z", **changes)
    fiche = fiche_of(bundle)
    fiche["content"][0]["attachment"]["creation"] = f"{day}T10:00:00Z"
    fiche["context"]["period"] = {"start": f"{day}T09:00:00Z"}
    return bundle


async def _with_ties(world: World) -> tuple[Person, list[str]]:
    """Seven documents, several of the same day."""
    person = await world.a_record()
    return person, [(await world.deposit(_dated(person, day))).id for day in DAYS]


# Refusals


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"couleur": "bleu"}, "parameter-unknown"),
        ({"status:missing": "true"}, "parameter-unknown"),
        ({"type:text": "compte"}, "parameter-unknown"),
        ({"date": "hier"}, "parameter-value"),
        ({"date": "2026-13-01"}, "parameter-value"),
        ({"status": "perdu"}, "parameter-value"),
        ({"isArchived": "peut-etre"}, "parameter-value"),
        ({"_count": "-1"}, "parameter-value"),
        ({"_count": "beaucoup"}, "parameter-value"),
        ({"_sort": "couleur"}, "parameter-value"),
        ({"_sort": "date,type"}, "parameter-value"),
        ({"_total": "environ"}, "parameter-value"),
        ({"relatesto": "ailleurs"}, "parameter-value"),
        ({"type": ""}, "parameter-value"),
        ({"type": ",".join(["a"] * 300)}, "parameter-too-many-values"),
        ({"_cursor": "n'importe quoi"}, "cursor-not-alone"),
        ({"type": "\0"}, "parameter-encoding"),
        ({"\0": "x"}, "parameter-encoding"),
    ],
)
async def test_a_search_that_is_not_understood(world: World, parameters: dict[str, str], code: str) -> None:
    person = await world.a_record()
    before = len(await world.events(person))
    citizen = world.a_citizen(person)
    response = await world.search(person, by=citizen, **parameters)
    posted = await _posted(world, person, citizen, **parameters)
    assert (response.status_code, code in codes_of(response)) == (400, True), response.text[:300]
    assert (posted.status_code, posted.content) == (400, response.content)
    assert len(await world.events(person)) == before


@pytest.mark.parametrize("query", [b"type=%ff", b"type=%C3", b"type=%e9", b"&".join([b"type=a"] * 600)])
async def test_parameters_that_are_not_utf8(world: World, query: bytes) -> None:
    citizen = world.a_citizen(await world.a_record())
    url = httpx.URL("http://carnet.test/fhir/DocumentReference").copy_with(query=query)
    response = await world.http.get(url, headers=citizen.headers)
    assert response.status_code == 400


@pytest.mark.parametrize("named", [{}, {"patient.identifier": "279035121518989"}, {"patient.identifier": "urn:oid:1.2.3|1"}, {"patient": "1"}])  # fmt: skip
async def test_the_patient_must_be_named(world: World, named: dict[str, str]) -> None:
    citizen = world.a_citizen(await world.a_record())
    response = await world.search(None, by=citizen, **named)
    assert response.status_code == 400


async def test_two_patients_at_once(world: World) -> None:
    person, other = await world.a_record(), await world.a_record()
    citizen = world.a_citizen(person)
    response = await world.http.get(
        "/fhir/DocumentReference",
        params=[("patient.identifier", person.token_of_ins), ("patient.identifier", other.token_of_ins)], headers=citizen.headers,
    )  # fmt: skip
    assert (response.status_code, codes_of(response)) == (400, ["parameter-patients-differ"])
    mixed = await world.search(person, by=citizen, patient=str(other.patient_id))
    assert (mixed.status_code, codes_of(mixed)) == (403, ["record-refused"])


async def test_lenient_handling_tells_what_was_left_out(world: World) -> None:
    person, ids = await _with_ties(world)
    citizen = world.a_citizen(person)
    response = await world.http.get(
        "/fhir/DocumentReference",
        params={"patient.identifier": person.token_of_ins, "couleur": "bleu"}, headers=citizen.headers | {"Prefer": "handling=lenient"},
    )  # fmt: skip
    assert response.status_code == 200
    assert sorted(ids_of(response)) == sorted(ids)
    (outcome,) = [e["resource"] for e in response.json()["entry"] if e["search"]["mode"] == "outcome"]
    assert outcome["issue"][0]["details"]["coding"][0]["code"] == "parameter-unknown"
    assert "couleur" not in links_of(response)["self"]


# Pages


@pytest.mark.parametrize("sort", ["date", "-date", "_lastUpdated", "-_lastUpdated", "period-start", "-creation"])
@pytest.mark.parametrize("count", [1, 2, 3, 7, 8])
async def test_every_entry_comes_exactly_once(world: World, sort: str, count: int) -> None:
    person, ids = await _with_ties(world)
    citizen = world.a_citizen(person)
    whole = await world.search(person, by=citizen, _sort=sort)
    first = await world.search(person, by=citizen, _sort=sort, _count=count)
    pages = await every_page(world, first, by=citizen)
    assert [ident for page in pages for ident in page] == ids_of(whole)
    assert sorted(ids_of(whole)) == sorted(ids)
    assert {len(page) for page in pages[:-1]} <= {count}
    assert pages[-1] != [] or len(pages) == 1
    days = dict(zip(ids, DAYS, strict=True))
    if "pdated" not in sort:
        shown = [days[ident] for ident in ids_of(whole)]
        assert shown == sorted(DAYS, reverse=sort.startswith("-"))


async def test_a_deposit_between_two_pages_moves_nothing(world: World) -> None:
    person, ids = await _with_ties(world)
    citizen = world.a_citizen(person)
    first = await world.search(person, by=citizen, _sort="date", _count=3)
    await world.deposit(_dated(person, "2026-02-01"))
    pages = await every_page(world, first, by=citizen)
    assert sorted(ident for page in pages for ident in page) == sorted(ids)


async def test_totals_and_counts(world: World) -> None:
    person, _ = await _with_ties(world)
    citizen = world.a_citizen(person)
    assert (await world.search(person, by=citizen)).json()["total"] == 7
    assert (await world.search(person, by=citizen, _count=2)).json()["total"] == 7
    assert "total" not in (await world.search(person, by=citizen, _total="none")).json()
    alone = await world.search(person, by=citizen, _count=0)
    assert (alone.json()["total"], ids_of(alone), "next" in links_of(alone)) == (7, [], False)
    assert (await world.search(person, by=citizen, _summary="count")).json()["total"] == 7
    capped = await world.search(person, by=citizen, _count=100_000)
    assert len(ids_of(capped)) == 7
    dated = await world.search(person, by=citizen, date="ge2026-03-03", _count=1)
    assert (dated.json()["total"], len(ids_of(dated))) == (3, 1)


async def _posted(world: World, person: Person, by: Caller, **parameters: Any) -> httpx.Response:
    return await world.http.post(
        "/fhir/DocumentReference/_search",
        data={"patient.identifier": person.token_of_ins} | parameters,
        headers=by.headers,
    )


@pytest.mark.parametrize("parameters", [{}, {"_count": "2", "_sort": "-date"}, {"date": "2026-03-01", "status": "current"}, {"author": "899700000001"}])  # fmt: skip
async def test_post_is_as_get(world: World, parameters: dict[str, str]) -> None:
    person, _ = await _with_ties(world)
    citizen = world.a_citizen(person)
    got, posted = (
        await world.search(person, by=citizen, **parameters),
        await _posted(world, person, citizen, **parameters),
    )
    assert _without_marks(posted) == _without_marks(got)


def _without_marks(response: httpx.Response) -> Any:
    bundle = response.json()
    bundle.pop("meta", None)
    bundle["link"] = [link for link in bundle["link"] if link["relation"] != "next"]
    return response.status_code, bundle


# Cursors


async def _next_of(world: World, person: Person, by: Caller) -> str:
    return links_of(await world.search(person, by=by, _count=2))["next"]


async def test_a_cursor_is_only_for_whom_it_was_made(world: World) -> None:
    person, _ = await _with_ties(world)
    doctor, another = await world.a_professional(authorised_on=person), await world.a_professional(authorised_on=person)
    address = await _next_of(world, person, doctor)
    assert (await world.http.get(address, headers=doctor.headers)).status_code == 200
    for who in (another, world.a_citizen(person)):
        response = await world.http.get(address, headers=who.headers)
        assert (response.status_code, codes_of(response)) == (400, ["cursor-invalid"])


async def test_an_altered_cursor(world: World) -> None:
    person, _ = await _with_ties(world)
    citizen = world.a_citizen(person)
    base, _, cursor = (await _next_of(world, person, citizen)).partition("_cursor=")
    middle = len(cursor) // 2
    flipped = cursor[:middle] + ("A" if cursor[middle] != "A" else "B") + cursor[middle + 1 :]
    for altered in (flipped, cursor[:-8], cursor[8:], "AAAA", "%C3%A9", "A" * 5):
        response = await world.http.get(f"{base}_cursor={altered}", headers=citizen.headers)
        assert (response.status_code, codes_of(response)) == (400, ["cursor-invalid"]), altered


async def test_an_old_cursor(world: World) -> None:
    person, _ = await _with_ties(world)
    actor = Actor(ActorKind.CITIZEN, "La personne", ins=person.ins)
    citizen = Caller(world.token(actor, lifetime=timedelta(days=1)))
    address = await _next_of(world, person, citizen)
    with time_machine.travel(system_clock() + timedelta(hours=13), tick=True):
        response = await world.http.get(address, headers=citizen.headers)
    assert (response.status_code, codes_of(response)) == (400, ["cursor-invalid"])


async def test_a_cursor_gives_no_right(world: World) -> None:
    """The record is opened again for each page."""
    person, _ = await _with_ties(world)
    doctor = await world.a_professional(authorised_on=person)
    address = await _next_of(world, person, doctor)
    await world.consent(person, ConsentKind.BLOCK, doctor.number)
    assert (await world.http.get(address, headers=doctor.headers)).status_code == 403


# What leaves


async def test_no_matricule_in_any_link_or_header(world: World) -> None:
    person, ids = await _with_ties(world)
    citizen = world.a_citizen(person)
    matricule = person.ins.matricule
    responses = [
        await world.search(person, by=citizen, _count=2),
        await world.search(person, by=citizen, **{"subject:Patient.identifier": person.token_of_ins}),
        await world.search(person, by=citizen, author=person.token_of_ins),
        await world.search(person, by=citizen, identifier=person.token_of_ins),
        await world.search(person, by=citizen, related=person.token_of_ins),
        await world.read(f"DocumentReference/{ids[0]}", by=citizen),
        await world.read(f"Binary/{ids[0]}", by=citizen),
        await world.send(a_report(person)),
    ]
    for response in responses:
        assert matricule not in str(response.headers)
        urls = re.findall(r'"(?:url|fullUrl|location|reference)":"([^"]*)"', response.text)
        assert (
            urls or response.status_code != 200 or not response.headers["content-type"].startswith("application/fhir")
        )
        for url in urls:
            assert matricule not in url
            opaque = url.partition("_cursor=")[2]
            assert matricule.encode() not in base64.urlsafe_b64decode(opaque + "=" * (-len(opaque) % 4))


async def test_nothing_of_the_trail_in_an_answer(world: World) -> None:
    person, ids = await _with_ties(world)
    citizen = world.a_citizen(person)
    answers = [
        await world.search(person, by=citizen),
        await world.read(f"DocumentReference/{ids[0]}", by=citizen),
        await world.read(f"Binary/{ids[0]}", by=citizen),
        await world.send(a_report(person)),
        await world.send(a_report(person, type=None)),
    ]
    async with world.carnet.database.connection() as connection:
        rows = await (
            await connection.execute(
                "SELECT hash, commitment, event_id FROM audit_event WHERE patient_id = %s", (person.patient_id,)
            )
        ).fetchall()
    for answer in answers:
        told = (str(answer.headers) + answer.text).lower()
        for hashed, commitment, event_id in rows:
            for secret in (hashed.hex(), commitment.hex(), base64.b64encode(hashed).decode().lower(), str(event_id)):
                assert secret not in told
        for word in ("position", "trail", "commitment"):
            assert f'"{word}' not in told


async def test_links_can_be_followed(world: World) -> None:
    person, ids = await _with_ties(world)
    citizen = world.a_citizen(person)
    first = await world.search(person, by=citizen, date="2026-03-01", status="current")
    again = await world.http.get(links_of(first)["self"], headers=citizen.headers)
    assert sorted(ids_of(again)) == sorted(ids_of(first)) == sorted(ids[:3])


# The mark


async def test_the_mark_misses_nothing(world: World) -> None:
    """A client that asks again from the mark it was given gets each document, however deposits and searches cross."""
    person = await world.a_record()
    citizen = world.a_citizen(person)
    seen: set[str] = set()
    made: list[str] = []
    marks = 0

    async def deposits(many: int) -> None:
        for _ in range(many):
            done = await world.deposit(a_report(person, unique_id=a_unique_id()))
            made.append(done.id)

    async def follows() -> None:
        nonlocal marks
        mark = None
        while True:
            done = writing.done()
            asked = {"_sort": "_lastUpdated", "_count": 200} | ({"_lastUpdated": f"gt{mark}"} if mark else {})
            response = await world.search(person, by=citizen, **asked)
            seen.update(ids_of(response))
            told = response.json().get("meta", {}).get("lastUpdated")
            marks += told is not None
            mark = told or mark
            if done:
                return

    writing = asyncio.gather(*(deposits(10) for _ in range(4)))
    await follows()
    await writing
    assert set(made) == seen
    assert marks > 0


async def test_search_by_each_coded_parameter(world: World) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_report(person, unique_id="1.2.250.1.999.66.1"))).id
    citizen = world.a_citizen(person)
    for found, parameters in (
        (True, {"type": "http://loinc.org|11488-4"}),
        (True, {"type": "urn:oid:2.16.840.1.113883.6.1|11488-4"}),
        (True, {"type": "11488-4"}),
        (False, {"type": "http://loinc.org|11490-0"}),
        (False, {"type:not": "11488-4"}),
        (True, {"category": f"{fhir.A_CLASS['system']}|10"}),
        (True, {"facility": "SA01"}),
        (True, {"setting": "ETABLISSEMENT"}),
        (True, {"format": "urn:ihe:iti:xds-sd:pdf:2008"}),
        (True, {"status": "current"}),
        (False, {"status": "superseded"}),
        (False, {"isArchived": "true"}),
        (True, {"identifier": "urn:oid:1.2.250.1.999.66.1"}),
        (True, {"identifier": "urn:ietf:rfc:3986|urn:oid:1.2.250.1.999.66.1"}),
        (True, {"_id": document}),
        (True, {"author.family": "lamb"}),
        (False, {"author.family": "ambert"}),
        (True, {"author": "urn:oid:1.2.250.1.71.4.2.1|899700000001"}),
        (True, {"period": "2026-03-12"}),
        (True, {"date": "ge2026-03-12"}),
        (False, {"date": "lt2026-03-12"}),
        (True, {"security-label": "N"}),
        (False, {"security-label": "MASQUE_PS"}),
        (False, {"type": "'; DROP TABLE record; --"}),
        (False, {"author.family": "%"}),
        (False, {"event": "x|y"}),
    ):
        assert await world.found(person, by=citizen, **parameters) == [document] * found, parameters
