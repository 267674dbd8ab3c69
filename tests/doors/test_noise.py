"""Hostile noise: messages, documents and searches changed at random. Never a 500, never half a record."""

import base64
import copy
import os
import random
from collections.abc import Iterator
from typing import Any

import httpx
import orjson
import pytest
from tests.builders import fhir
from tests.builders.cda import a_cda
from tests.doors.integrity import half_acts
from tests.doors.world import World, a_folder_entry, a_letter, a_report, a_unique_id, fiche_of, several

SEED = os.environ.get("PYTEST_SEED", "carnet")
EXAMPLES = int(os.environ.get("NOISE", "250"))

VALUES: list[Any] = [
    None, True, False, 0, -1, 2**31, 2**63, 2**64, 1.5, 1e308, "", " ", "\t", "\u0000", "\ufeff", "\u202e", "é" * 5_000, "a" * 70_000,
    "urn:oid:", "urn:oid:1.2.3", "urn:uuid:01900000-0000-7000-8000-0000000000aa", "#", "#patient", "#role", "Patient/1", "Patient/../x",
    "Patient?identifier=", "Patient?identifier=|", "Patient?identifier=urn:oid:1.2.250.1.213.1.4.8|279035121518989", "http://[::1",
    "2026-13-45", "9999-12-31T23:59:59.999999Z", "0001-01-01T00:00:00+14:00", "2026-03-12T25:00:00Z", "%00", "'; DROP TABLE record; --",
    [], [[]], [None], {}, {"": ""}, {"reference": "#patient"}, {"coding": []}, {"coding": [{}]}, [{"coding": [{"code": "x"}]}],
    {"system": "urn:ietf:rfc:3986", "value": "urn:oid:1.2.3"}, {"identifier": {"system": "x", "value": "y"}},
]  # fmt: skip
ALPHABET = "abc 12-:|,.$\\'\"%é\u0000\u202e<>&/[]{}()*+?^~"


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key) of a message."""
    children = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in children:
        yield node, key
        if isinstance(value, dict | list):
            yield from _places(value)


def _shaken(bundle: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    changed = copy.deepcopy(bundle)
    for _ in range(dice.choice([1, 1, 1, 2, 5])):
        places = list(_places(changed))
        node, key = dice.choice(places)
        match dice.randrange(5):
            case 0:
                node[key] = dice.choice(VALUES)
            case 1 if isinstance(node, dict):
                node.pop(key)
            case 2 if isinstance(node, list):
                node.append(copy.deepcopy(node[key]))
            case 3:
                other, name = dice.choice(places)
                node[key] = copy.deepcopy(other[name]) if other is not node else None
            case _:
                if isinstance(node, dict):
                    node[
                        dice.choice(
                            ["", "extension", "modifierExtension", "_title", "x" * 100, "id", "meta", "contained"]
                        )
                    ] = dice.choice(VALUES)
    return changed


def _sent(text: Any) -> bytes:
    return orjson.dumps(text) if not isinstance(text, bytes) else text


async def test_shaken_messages(world: World) -> None:
    dice = random.Random(SEED)
    person = await world.a_record()
    for number in range(EXAMPLES):
        folder = a_folder_entry(person, fhir.urn("fiche"), unique_id=a_unique_id())
        several_documents = several(person, a_report(person), a_letter(person))
        bundle = dice.choice([a_report(person), a_letter(person), several_documents, a_report(person, more=[folder])])
        try:
            body = orjson.dumps(_shaken(bundle, dice))
        except (TypeError, ValueError):
            continue
        response = await world.send(body)
        assert response.status_code in {200, 400, 403, 409, 413, 422, 501}, (number, response.status_code, body[:3000])
        if response.status_code != 200:
            assert response.json()["resourceType"] == "OperationOutcome"
    async with world.carnet.database.connection() as connection:
        assert await half_acts(connection) == {}
    citizen = world.a_citizen(person)
    listed = await world.found(person, by=citizen, _count=200)
    for ident in listed:
        for kind in ("DocumentReference", "Binary"):
            assert (await world.read(f"{kind}/{ident}", by=citizen)).status_code == 200
    for who in (person, None):
        assert (await world.verified(who)).faults == ()


async def test_shaken_publications(world: World) -> None:
    dice = random.Random(SEED + "alone")
    person = await world.a_record()
    headers = {"Content-Type": "application/fhir+json"} | world.hospital.headers
    for number in range(EXAMPLES):
        bundle = a_report(person)
        resource = fiche_of(bundle)
        resource["content"][0]["attachment"]["data"] = bundle["entry"][2]["resource"]["data"]
        resource["content"][0]["attachment"].pop("url")
        try:
            body = orjson.dumps(_shaken(resource, dice))
        except (TypeError, ValueError):
            continue
        response = await world.http.post("/fhir/DocumentReference", content=body, headers=headers)
        assert response.status_code in {200, 201, 400, 403, 409, 413, 422}, (number, response.status_code, body[:3000])
    async with world.carnet.database.connection() as connection:
        assert await half_acts(connection) == {}
    found = await world.search_lists(person, by=world.a_citizen(person), _count="200")
    assert found.status_code == 200
    assert (await world.verified(person)).faults == ()


async def test_shaken_bytes(world: World) -> None:
    dice = random.Random(SEED + "bytes")
    person = await world.a_record()
    for number in range(EXAMPLES):
        body = bytearray(orjson.dumps(a_report(person)))
        for _ in range(dice.randint(1, 4)):
            body[dice.randrange(len(body))] = dice.randrange(256)
        response = await world.send(bytes(body))
        assert response.status_code in {200, 400, 409, 422}, (number, bytes(body))


async def test_shaken_documents(world: World) -> None:
    dice = random.Random(SEED + "cda")
    person = await world.a_record()
    for number in range(EXAMPLES):
        content = bytearray(a_cda(**person.header(unique_id=a_unique_id()), level=dice.choice([1, 3])))
        for _ in range(dice.randint(1, 3)):
            at = dice.randrange(len(content))
            match dice.randrange(3):
                case 0:
                    content[at] = dice.randrange(256)
                case 1:
                    del content[at : at + dice.randint(1, 40)]
                case _:
                    content[at:at] = content[at : at + dice.randint(1, 200)]
        response = await world.send(a_letter(person, content=bytes(content)))
        assert response.status_code in {200, 400, 409, 422}, (number, base64.b64encode(content))


PARAMETERS = (
    "patient", "patient.identifier", "subject", "_id", "_lastUpdated", "status", "type", "type:not", "category", "facility", "setting",
    "identifier", "date", "creation", "period", "period-start", "period-end", "format", "security-label", "event", "relatesto", "related",
    "author", "author.family", "author.given", "author.identifier", "isArchived", "_sort", "_count", "_total", "_summary", "_cursor",
    "_format", "_include", "_elements", "x",
)  # fmt: skip
WORDS = (
    "", "a", "|", "a|", "|a", "a|b|c", ",", "\\", "\\,", "a,b", "current", "2026", "ge2026-03", "eq", "ap2026-03-12T10:00:00Z", "-date",
    "date", "0", "99999999999999999999", "-1", "true", "urn:oid:1.2.3|4", "http://loinc.org|11488-4", "N", "MASQUE_PS", "accurate", "json",
    "01900000-0000-7000-8000-0000000000aa", "DocumentReference/01900000-0000-7000-8000-0000000000aa", "9999-12-31", "0001", "٣",
    "sa9999-12-31T23:59:60Z",
)  # fmt: skip


async def test_shaken_searches(world: World) -> None:
    dice = random.Random(SEED + "search")
    person = await world.a_record()
    await world.deposit(a_report(person))
    citizen = world.a_citizen(person)
    for _ in range(EXAMPLES * 2):
        pairs: list[tuple[str, str]] = [("patient.identifier", person.token_of_ins)]
        for _ in range(dice.randint(1, 3)):
            value = (
                dice.choice(WORDS) if dice.random() < 0.7 else "".join(dice.choices(ALPHABET, k=dice.randint(1, 30)))
            )
            pairs.append((dice.choice(PARAMETERS), value))
        asked = httpx.QueryParams(pairs)
        got = await world.http.get("/fhir/DocumentReference", params=asked, headers=citizen.headers)
        posted = await world.http.post(
            "/fhir/DocumentReference/_search", content=str(asked),
            headers=citizen.headers | {"Content-Type": "application/x-www-form-urlencoded"},
        )  # fmt: skip
        assert got.status_code in {200, 400, 403, 406, 501}, pairs
        # `_format` counts in an address only: in a form, it is checked with the rest.
        assert got.status_code in {posted.status_code, 406}, (pairs, posted.text)


@pytest.mark.parametrize(
    "name", ["Accept", "Prefer", "Range", "If-None-Match", "Content-Type", "If-Range", "Content-Length"]
)
async def test_shaken_headers(world: World, name: str) -> None:
    dice = random.Random(SEED + name)
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id
    citizen = world.a_citizen(person)
    words = (
        "",
        ",",
        ";",
        "=",
        "bytes=",
        "bytes=0-",
        "*/*",
        "q=",
        "q=0",
        "W/",
        '"',
        "application/fhir+json",
        "9" * 5_000,
        "\xe9",
        "-1",
        "handling=lenient",
    )
    for _ in range(60):
        value = "".join(dice.choices(words, k=dice.randint(0, 4))).encode("latin-1")
        headers = [(b"authorization", f"Bearer {citizen.token}".encode()), (name.encode(), value)]
        for method, path, content in (
            ("GET", f"/fhir/Binary/{document}", None), ("GET", f"/fhir/DocumentReference?patient={person.patient_id}", None), ("POST", "/fhir", b"{}"),
        ):  # fmt: skip
            response = await world.http.request(method, path, headers=headers, content=content)
            assert response.status_code < 500, (method, path, name, value)
