"""
A hidden document casts no shadow: whatever rule hides it, its answers and the statements behind them are those of a document that does not
exist.
"""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

import httpx
import orjson
import pytest
from tests.builders import fhir
from tests.doors.statements import statements
from tests.doors.world import Caller, Person, World, a_folder_entry, a_report, a_unique_id

UNKNOWN = "01900000-0000-7000-8000-0000000000aa"
UNKNOWN_NUMBER = "1.2.250.1.999.404.1"


@dataclass
class Hidden:
    """Someone with one document that this caller sees, and one that they do not."""

    person: Person
    caller: Caller
    shown: str
    document: str
    set_id: str
    number: str
    folder: str
    folder_number: str


async def _hidden(world: World, person: Person, caller: Caller, *, shown_to: dict[str, Any] | None = None, **changes: Any) -> Hidden:  # fmt: skip
    shown = (await world.deposit(a_report(person, **shown_to or {}))).id
    number = a_unique_id()
    folder_number = a_unique_id()
    within = a_folder_entry(person, fhir.urn("fiche"), unique_id=folder_number)
    kept = await world.deposit(a_report(person, unique_id=number, more=[within], **changes))
    # One visible document speaks of the hidden one.
    await world.deposit(a_report(person, relatesTo=[{"code": "appends", "target": {"reference": f"DocumentReference/{kept.id}"}}], **shown_to or {}))  # fmt: skip
    set_id, folder = kept.ids("List")
    return Hidden(person, caller, shown, kept.id, set_id, number, folder, folder_number)


async def _invisible_to_the_patient(world: World) -> Hidden:
    person = await world.a_record()
    return await _hidden(world, person, world.a_citizen(person), labels=["INVISIBLE_PATIENT"])


async def _masked(world: World) -> Hidden:
    person = await world.a_record()
    return await _hidden(world, person, await world.a_professional(authorised_on=person), labels=["MASQUE_PS"])


async def _secret(world: World) -> Hidden:
    person = await world.a_record()
    doctor = await world.a_professional(authorised_on=person)
    return await _hidden(world, person, doctor, labels=["INVISIBLE_REPRESENTANTS_LEGAUX"])


async def _denied_by_the_matrix(world: World) -> Hidden:
    """A dentist does not read the advance directives."""
    person = await world.a_record()
    dentist = await world.a_professional(authorised_on=person, profession="40")
    directives = {
        "type": fhir.concept({"system": "https://mos.esante.gouv.fr/NOS/TRE_A05-TypeDocComplementaire/FHIR/TRE-A05-TypeDocComplementaire", "code": "EXPPAT_3"}),
        "category": [fhir.concept(fhir.A_CLASS | {"code": "90"})],
    }  # fmt: skip
    return await _hidden(world, person, dentist, **directives)


async def _deleted(world: World) -> Hidden:
    person = await world.a_record()
    hidden = await _hidden(world, person, world.a_citizen(person))
    await world.mark_deleted(person, hidden.document)
    return hidden


HIDING: dict[str, Callable[[World], Awaitable[Hidden]]] = {
    "not shown to the patient yet": _invisible_to_the_patient,
    "masked to professionals": _masked,
    "secret from the representatives": _secret,
    "denied by the matrix": _denied_by_the_matrix,
    "deleted": _deleted,
}

# Requests about a document: (id, set id, uniqueId) to a method, an address, a body, headers.
Ask = Callable[[str, str, str], tuple[str, str, Any, dict[str, str]]]


def _get(address: str, **headers: str) -> Ask:
    return lambda ident, set_id, number: ("GET", address.format(id=ident, set=set_id, number=number), None, headers)


def _batched(*addresses: str) -> Ask:
    def ask(ident: str, set_id: str, number: str) -> tuple[str, str, Any, dict[str, str]]:
        entries = [{"request": {"method": "GET", "url": a.format(id=ident, set=set_id)}} for a in addresses]
        return "POST", "", {"resourceType": "Bundle", "type": "batch", "entry": entries}, {}

    return ask


READS: dict[str, Ask] = {
    "fiche": _get("/DocumentReference/{id}"),
    "version": _get("/DocumentReference/{id}/_history/1"),
    "another version": _get("/DocumentReference/{id}/_history/7"),
    "content": _get("/Binary/{id}"),
    "part of the content": _get("/Binary/{id}", Range="bytes=0-9"),
    "past the end of the content": _get("/Binary/{id}", Range="bytes=99999999-"),
    "content as FHIR": _get("/Binary/{id}", Accept="application/fhir+json"),
    "content as something else": _get("/Binary/{id}", Accept="image/png"),
    "content if changed": _get("/Binary/{id}", **{"If-None-Match": "*"}),
    "set": _get("/List/{set}"),
    "version of the set": _get("/List/{set}/_history/1"),
    "batch": _batched("DocumentReference/{id}", "Binary/{id}", "List/{set}"),
}
SEARCHES: dict[str, Ask] = {
    "by id": _get("/DocumentReference?patient={{patient}}&_id={id}"),
    "by uniqueId": _get("/DocumentReference?patient={{patient}}&identifier=urn:oid:{number}"),
    "by logicalId": _get("/DocumentReference?patient={{patient}}&identifier=urn:uuid:{id}"),
    "by relation": _get("/DocumentReference?patient={{patient}}&relatesto=DocumentReference/{id}"),
    "counted": _get("/DocumentReference?patient={{patient}}&_id={id}&_summary=count"),
}


# The same of the folder that holds it: (folder, set id, uniqueId of the folder).
FOLDER_READS: dict[str, Ask] = {
    "folder": _get("/List/{id}"),
    "version of the folder": _get("/List/{id}/_history/1"),
    "batch": _batched("List/{id}", "List/{set}"),
}
LIST_SEARCHES: dict[str, Ask] = {
    "by id": _get("/List?patient={{patient}}&_id={id}"),
    "set by id": _get("/List?patient={{patient}}&_id={set}"),
    "by uniqueId": _get("/List?patient={{patient}}&identifier=urn:oid:{number}"),
    "by entryUUID": _get("/List?patient={{patient}}&identifier=urn:uuid:{id}"),
    "by folder": _get("/List?patient={{patient}}&item=List/{id}"),
    "counted": _get("/List?patient={{patient}}&_id={id}&_summary=count"),
}


def _statements() -> AbstractAsyncContextManager[list[str]]:
    """The statements that run within the block; the system's trail or the record's: one statement, of the same weight."""
    traces = ("SELECT append_event(", "SELECT append_system_event(")
    return statements(lambda words: "append" if words.startswith(traces) else words)


async def _asked(world: World, caller: Caller, request: tuple[str, str, Any, dict[str, str]], person: Person) -> tuple[httpx.Response, list[str]]:  # fmt: skip
    method, address, body, headers = request
    content = None if body is None else orjson.dumps(body)
    async with _statements() as ran:
        response = await world.http.request(
            method, "/fhir" + address.replace("{patient}", str(person.patient_id)), content=content,
            headers={"Content-Type": "application/fhir+json"} | caller.headers | headers,
        )  # fmt: skip
    return response, ran


def _told(response: httpx.Response, *names: str) -> tuple[int, bytes, dict[str, str]]:
    """All that a client can compare, ids that it asked by apart."""
    body = response.content
    for name in names:
        body = body.replace(name.encode(), b"*")
    kept = {n: v for n, v in response.headers.items() if n not in {"x-request-id", "date", "content-length"}}
    return response.status_code, body, kept


def _without_mark(told: tuple[int, bytes, dict[str, str]]) -> tuple[int, Any, dict[str, str]]:
    bundle = orjson.loads(told[1])
    bundle.pop("meta", None)
    return told[0], bundle, told[2]


async def _both(world: World, hidden: Hidden, ask: Ask) -> tuple[httpx.Response, httpx.Response]:
    """The answer about what is hidden, then about what never was; both take the same statements."""
    there, ran = await _asked(world, hidden.caller, ask(hidden.document, hidden.set_id, hidden.number), hidden.person)
    nowhere, ran_for_none = await _asked(world, hidden.caller, ask(UNKNOWN, UNKNOWN, UNKNOWN_NUMBER), hidden.person)
    assert ran, "no statement was seen"
    assert ran == ran_for_none
    return there, nowhere


@pytest.mark.parametrize("rule", HIDING)
async def test_reading_by_id(world: World, rule: str) -> None:
    hidden = await HIDING[rule](world)
    for name, ask in READS.items():
        there, nowhere = await _both(world, hidden, ask)
        assert _told(there) == _told(nowhere), name


@pytest.mark.parametrize("rule", HIDING)
async def test_searching_for_it(world: World, rule: str) -> None:
    hidden = await HIDING[rule](world)
    for name, ask in SEARCHES.items():
        there, nowhere = await _both(world, hidden, ask)
        mine = _without_mark(_told(there, hidden.document, hidden.number))
        assert mine == _without_mark(_told(nowhere, UNKNOWN, UNKNOWN_NUMBER)), name
        assert mine[1]["total"] == 0


@pytest.mark.parametrize("rule", HIDING)
async def test_lists_that_hold_it(world: World, rule: str) -> None:
    hidden = await HIDING[rule](world)
    about = (hidden.folder, hidden.set_id, hidden.folder_number)
    for name, ask in (FOLDER_READS | LIST_SEARCHES).items():
        there, ran = await _asked(world, hidden.caller, ask(*about), hidden.person)
        nowhere, ran_for_none = await _asked(world, hidden.caller, ask(UNKNOWN, UNKNOWN, UNKNOWN_NUMBER), hidden.person)
        assert ran == ran_for_none, name
        if name in FOLDER_READS:
            assert _told(there, *about) == _told(nowhere, UNKNOWN, UNKNOWN_NUMBER), name
        else:
            mine = _without_mark(_told(there, *about))
            assert mine == _without_mark(_told(nowhere, UNKNOWN, UNKNOWN_NUMBER)), name
            assert mine[1]["total"] == 0
    held = await _asked(
        world, hidden.caller, _get("/List?patient={{patient}}&item={id}")(hidden.document, "", ""), hidden.person
    )
    never = await _asked(
        world, hidden.caller, _get("/List?patient={{patient}}&item={id}")(UNKNOWN, "", ""), hidden.person
    )
    assert held[1] == never[1]
    assert _without_mark(_told(held[0], hidden.document)) == _without_mark(_told(never[0], UNKNOWN))


@pytest.mark.parametrize("rule", HIDING)
async def test_lists_of_a_record_that_holds_it_beside_one_that_does_not(world: World, rule: str) -> None:
    hidden = await HIDING[rule](world)
    bare = await world.a_record()
    twin = (
        world.a_citizen(bare)
        if rule in {"not shown to the patient yet", "deleted"}
        else await world.a_professional(authorised_on=bare, profession="40" if "matrix" in rule else "10")
    )
    for _ in range(2):
        await world.deposit(a_report(bare))
    for asked in ({}, {"_count": "1"}, {"_count": "0"}, {"code": "folder"}, {"code:not": "folder"}, {"title": "s"}):
        async with _statements() as ran:
            there = await world.search_lists(hidden.person, by=hidden.caller, **asked)
        async with _statements() as ran_without:
            without = await world.search_lists(bare, by=twin, **asked)
        assert ran == ran_without, asked
        assert there.json()["total"] == without.json()["total"]
        assert len(there.json().get("entry", ())) == len(without.json().get("entry", ()))
        assert hidden.folder not in there.text
        assert hidden.document not in there.text


@pytest.mark.parametrize("rule", HIDING)
async def test_a_record_that_holds_it_beside_one_that_does_not(world: World, rule: str) -> None:
    """Totals, pages, relations shown, and the number of statements: as if it had never come."""
    hidden = await HIDING[rule](world)
    bare = await world.a_record()
    twin = (
        world.a_citizen(bare)
        if rule in {"not shown to the patient yet", "deleted"}
        else await world.a_professional(authorised_on=bare, profession="40" if "matrix" in rule else "10")
    )
    for _ in range(2):
        await world.deposit(a_report(bare))
    for asked in (
        {},
        {"_count": 1},
        {"_count": 0},
        {"status": "current"},
        {"type": "11488-4", "_sort": "date"},
        {"type:not": "0-0"},
    ):
        async with _statements() as ran:
            there = await world.search(hidden.person, by=hidden.caller, **asked)
        async with _statements() as ran_without:
            without = await world.search(bare, by=twin, **asked)
        assert ran == ran_without, asked
        assert there.json()["total"] == without.json()["total"] == 2
        assert len(there.json().get("entry", ())) == len(without.json().get("entry", ()))
        assert [link["relation"] for link in there.json()["link"]] == [
            link["relation"] for link in without.json()["link"]
        ]
        assert hidden.document not in there.text
        assert "relatesTo" not in there.text


@pytest.mark.parametrize("rule", ["not shown to the patient yet", "masked to professionals"])
async def test_the_trail_keeps_an_attempt_with_its_document_and_does_not_tell_who_may_not_see_it(
    world: World, rule: str
) -> None:
    hidden = await HIDING[rule](world)
    before = len(await world.events(hidden.person))
    await world.read(f"Binary/{hidden.document}", by=hidden.caller)
    (event,) = (await world.events(hidden.person))[before:]
    assert (event.type, event.outcome) == ("access-refused", "refused")
    assert [str(document) for document in event.documents] == [hidden.document]  # sealed: it says who must not be told
    answer = await world.http.get(
        "/fhir/AuditEvent",
        params={"date": "ge2020", "patient": str(hidden.person.patient_id)},
        headers=hidden.caller.headers,
    )
    assert hidden.document not in answer.text
    assert str(event.event_id).replace("-", "") not in answer.text
    assert event.rule is not None
    assert event.rule.startswith("deny.")


async def test_a_citizen_cannot_feel_a_hidden_document_by_replacing_it(world: World) -> None:
    hidden = await _invisible_to_the_patient(world)
    rows = await world.rows()

    async def sent(target: str) -> httpx.Response:
        return await world.send(
            a_report(hidden.person, unique_id=UNKNOWN_NUMBER, replaces={"reference": f"DocumentReference/{target}"}),
            by=hidden.caller,
        )

    assert _told(await sent(hidden.document)) == _told(await sent(UNKNOWN))
    assert await world.rows() == rows
