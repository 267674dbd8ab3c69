"""ITI-105 over HTTP: one document alone, by each kind of actor; what is computed; what comes back; what is refused."""

import asyncio
import base64
from typing import Any

import httpx
import orjson
import pytest
from tests.builders import fhir
from tests.builders.cda import a_cda, a_pdf
from tests.doors.test_patches import MASK, patched
from tests.doors.world import JSON, Caller, Person, World, a_report, a_unique_id, codes_of, ids_of, issues_of

from carnet.domain.actor import Actor, ActorKind

UNKNOWN = "01900000-0000-7000-8000-0000000000aa"


def a_publication(
    person: Person, content: bytes | None = None, *, unique_id: str | None = None, **changes: Any
) -> dict[str, Any]:
    """A PDF with the few members that the profile asks for, and those that nobody can guess."""
    content = content if content is not None else a_pdf("Compte rendu")
    attachment = {"contentType": "application/pdf", "title": "Compte rendu", "data": base64.b64encode(content).decode()}
    kept = fhir.a_fiche(unique_id=unique_id or a_unique_id(), subject=person.by_ins)
    return {
        "resourceType": "DocumentReference",
        "contained": kept["contained"],
        "masterIdentifier": kept["masterIdentifier"],
        "status": "current",
        "type": kept["type"],
        "subject": kept["subject"],
        "author": kept["author"],
        "content": [{"attachment": attachment | changes.pop("attachment", {})}],
        "context": {"facilityType": kept["context"]["facilityType"], "practiceSetting": kept["context"]["practiceSetting"]},
    } | changes  # fmt: skip


async def _published(world: World, resource: Any, *, by: Caller | None = None, **headers: str) -> httpx.Response:
    body = resource if isinstance(resource, bytes) else orjson.dumps(resource)
    return await world.http.post(
        "/fhir/DocumentReference", content=body, headers=JSON | (by or world.hospital).headers | headers
    )


async def test_a_document_alone(world: World) -> None:
    person = await world.a_record()
    citizen = world.a_citizen(person)
    content = a_pdf("Un compte rendu")
    answer = await _published(world, a_publication(person, content))
    assert answer.status_code == 201, answer.text
    fiche = answer.json()
    ident = fiche["id"]
    assert answer.headers["location"] == f"http://carnet.test/fhir/DocumentReference/{ident}/_history/1"
    assert answer.headers["etag"] == 'W/"1"'
    assert fiche["meta"]["versionId"] == "1"
    assert fiche["category"][0]["coding"][0]["code"] == "10"
    assert fiche["content"][0]["format"]["code"] == "urn:ihe:iti:xds-sd:pdf:2008"
    attachment = fiche["content"][0]["attachment"]
    assert (attachment["size"], attachment["language"]) == (len(content), "fr-FR")
    assert fiche["context"]["period"]["start"] == attachment["creation"]
    # What came back is what is served.
    assert (await world.read(f"DocumentReference/{ident}", by=citizen)).json() == fiche
    assert (await world.http.get(attachment["url"], headers=citizen.headers)).content == content
    (submission,) = (await world.search_lists(person, by=citizen)).json()["entry"]
    listing = submission["resource"]
    assert listing["entry"] == [{"item": {"reference": f"DocumentReference/{ident}"}}]
    assert listing["title"] == "Compte rendu"
    assert {node["url"].rpartition("/")[2] for node in listing["extension"]} == {"ihe-designationType", "ihe-sourceId"}
    (event,) = [each for each in await world.events(person) if each.type == "documents-filed"]
    assert [str(each) for each in event.documents] == [ident]


async def test_a_cda_tells_the_rest(world: World) -> None:
    person = await world.a_record()
    number = a_unique_id()
    content = a_cda(**person.header(unique_id=number))
    resource = a_publication(
        person, content, unique_id=number, attachment={"contentType": "text/xml"}, context=None, type=None
    )
    answer = await _published(world, {name: value for name, value in resource.items() if value is not None})
    assert answer.status_code == 201, answer.text
    assert answer.json()["context"]["period"]["start"]


@pytest.mark.parametrize(
    "prefer", ["return=minimal", "return=representation", "return=OperationOutcome", "handling=strict"]
)
async def test_what_comes_back(world: World, prefer: str) -> None:
    person = await world.a_record()
    resource = a_publication(person)
    first = await _published(world, resource, Prefer=prefer)
    assert first.status_code == 201
    again = await _published(world, resource, Prefer=prefer)
    assert again.status_code == 200
    assert again.headers["location"] == first.headers["location"]
    match prefer:
        case "return=minimal":
            assert first.content == again.content == b""
        case "return=OperationOutcome":
            assert (codes_of(first), codes_of(again)) == (["document-filed"], ["document-already-held"])
            assert first.json()["issue"][0]["severity"] == "information"
        case _:
            assert first.json()["resourceType"] == "DocumentReference"
            assert codes_of(again) == ["document-already-held"]


async def test_warnings_are_told(world: World) -> None:
    person = await world.a_record()
    answer = await _published(world, a_publication(person, docStatus="final"), Prefer="return=OperationOutcome")
    assert codes_of(answer) == ["document-filed", "element-not-kept"]


async def test_a_replacement_deprecates_its_target(world: World) -> None:
    person = await world.a_record()
    citizen = world.a_citizen(person)
    old = (await world.deposit(a_report(person))).id
    relation = {"code": "replaces", "target": {"reference": f"DocumentReference/{old}"}}
    answer = await _published(world, a_publication(person, relatesTo=[relation]))
    assert answer.status_code == 201
    assert answer.json()["relatesTo"] == [relation]
    assert (await world.read(f"DocumentReference/{old}", by=citizen)).json()["status"] == "superseded"
    again = await _published(world, a_publication(person, relatesTo=[relation]))
    assert (again.status_code, codes_of(again)) == (422, ["relates-to-not-current"])


async def test_by_each_kind_of_actor(world: World) -> None:
    person = await world.a_record()
    stranger = await world.a_record()
    doctor = await world.a_professional(authorised_on=person)
    insurance = Caller(world.token(Actor(ActorKind.PRODUCER, "Assurance", software="assurance")))
    operator = Caller(world.token(Actor(ActorKind.OPERATOR, "Exploitant", software="console")))
    for caller, expected in (
        (world.hospital, 201),
        (doctor, 201),
        (insurance, 201),
        (world.a_citizen(person), 201),
        (world.a_citizen(stranger), 403),
        (operator, 403),
        (Caller("rien"), 401),
    ):
        rows = await world.rows()
        answer = await _published(world, a_publication(person), by=caller)
        assert answer.status_code == expected, answer.text
        assert (await world.rows() == rows) is (expected != 201)


async def test_a_software_has_one_source_of_its_own(world: World) -> None:
    """The same software, the same sourceId; another one, another."""
    person = await world.a_record()
    citizen = world.a_citizen(person)
    other = Caller(world.token(Actor(ActorKind.ORGANIZATION, "Autre", organization="1990000002", software="autre")))
    for caller in (world.hospital, world.hospital, other, citizen):
        assert (await _published(world, a_publication(person), by=caller)).status_code == 201
    lists = [
        entry["resource"]
        for entry in (await world.search_lists(person, by=citizen, _sort="_lastUpdated")).json()["entry"]
    ]
    sources = [
        node["valueIdentifier"]["value"] for each in lists for node in each["extension"] if "sourceId" in node["url"]
    ]
    assert sources[0] == sources[1]
    assert len(set(sources)) == 3
    assert all(source.startswith("urn:oid:2.25.") for source in sources)
    found = await world.search_lists(person, by=citizen, sourceId=sources[0])
    assert found.json()["total"] == 2
    kinds = [
        node["valueCodeableConcept"]["coding"][0]["code"]
        for each in lists
        for node in each["extension"]
        if "designationType" in node["url"]
    ]
    assert kinds == ["SA01", "SA01", "SA01", "EXP_PATIENT"]


async def test_the_sector_of_the_token_is_that_of_the_document(world: World) -> None:
    person = await world.a_record()
    resource = a_publication(person)
    del resource["context"]["facilityType"]
    assert codes_of(await _published(world, resource)) == ["metadata-missing"]
    cabinet = Caller(
        world.token(
            Actor(ActorKind.ORGANIZATION, "Cabinet", organization="1990000003", software="cabinet", sector="SA07")
        )
    )
    answer = await _published(world, resource, by=cabinet)
    assert answer.status_code == 201, answer.text
    assert answer.json()["context"]["facilityType"]["coding"][0]["code"] == "SA07"


REFUSED: dict[str, tuple[dict[str, Any], int, str, str]] = {
    "no number": ({"masterIdentifier": None}, 422, "element-required", "DocumentReference.masterIdentifier"),
    "a number that is none": ({"masterIdentifier": {"value": "x"}}, 422, "unique-id-format", "DocumentReference.masterIdentifier.value"),
    "no status": ({"status": None}, 422, "element-required", "DocumentReference.status"),
    "superseded": ({"status": "superseded"}, 422, "status-not-current", "DocumentReference.status"),
    "no subject": ({"subject": None}, 422, "element-required", "DocumentReference.subject"),
    "no author": ({"author": None, "contained": None}, 422, "element-required", "DocumentReference.author"),
    "no content": ({"content": None}, 422, "element-required", "DocumentReference.content"),
    "no data": ({"attachment": {"data": None}}, 422, "element-required", "DocumentReference.content[0].attachment.data"),
    "no media type": ({"attachment": {"contentType": None}}, 422, "element-required", "DocumentReference.content[0].attachment.contentType"),
    "no title": ({"attachment": {"title": None}}, 422, "element-required", "DocumentReference.content[0].attachment.title"),
    "a url too": ({"attachment": {"url": "urn:uuid:x"}}, 422, "element-forbidden", "DocumentReference.content[0].attachment.url"),
    "not base64": ({"attachment": {"data": "QQ="}}, 422, "base64", "DocumentReference.content[0].attachment.data"),
    "data of another kind": ({"attachment": {"data": 3}}, 400, "element-type", "DocumentReference.content[0].attachment.data"),
    "nothing in it": ({"attachment": {"data": ""}}, 400, "element-empty", "DocumentReference.content[0].attachment.data"),
    "a modifier": ({"modifierExtension": [{"url": "x"}]}, 422, "modifier-extension", "DocumentReference.modifierExtension"),
    "an unknown element": ({"colour": "red"}, 400, "element-unknown", "DocumentReference.colour"),
    "a wrong hash": ({"attachment": {"hash": base64.b64encode(bytes(20)).decode()}}, 422, "hash-differs", "DocumentReference.content[0].attachment.hash"),
    "a wrong size": ({"attachment": {"size": 3}}, 422, "size-differs", "DocumentReference.content[0].attachment.size"),
    "not a PDF": ({"attachment": {"data": "QUJD"}}, 422, "pdf-not-a-pdf", ""),
    "replaces what nobody knows": ({"relatesTo": [{"code": "replaces", "target": {"reference": f"DocumentReference/{UNKNOWN}"}}]}, 422, "relates-to-unknown", "DocumentReference.relatesTo[0].target"),
    "no type": ({"type": None}, 422, "metadata-missing", "DocumentReference.type"),
    "no practice setting": ({"context": None}, 422, "metadata-missing", "DocumentReference.context.practiceSetting"),
    "another resource": ({"resourceType": "Observation"}, 400, "resource-type", "DocumentReference"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
async def test_it_is_refused(world: World, name: str) -> None:
    changes, status, code, expression = REFUSED[name]
    person = await world.a_record()
    resource = a_publication(
        person, **{key: value for key, value in changes.items() if key not in {"attachment", "content"}}
    )
    attachment = resource["content"][0]["attachment"]
    attachment |= changes.get("attachment", {})
    for node in (resource, attachment):
        for member in [key for key, value in node.items() if value is None]:
            del node[member]
    if "content" in changes:
        del resource["content"]
    rows = await world.rows()
    answer = await _published(world, resource)
    told = issues_of(answer.json())
    assert code in [each for each, _ in told], told
    if expression:
        assert (code, expression) in told
    assert answer.status_code == status, answer.text
    assert await world.rows() == rows


@pytest.mark.parametrize(
    ("headers", "body", "status", "code"),
    [
        ({"If-None-Exist": "identifier=1"}, None, 400, "if-none-exist-not-supported"),
        ({"Content-Type": "application/fhir+xml"}, None, 415, "content-type-unsupported"),
        ({"Accept": "application/fhir+xml"}, None, 406, "format-not-acceptable"),
        ({}, b"{", 400, "json-malformed"),
        ({}, b"[]", 400, "json-not-an-object"),
        ({}, b'{"a":1,"a":2}', 400, "json-duplicate-key"),
        ({}, b'{"resourceType":"DocumentReference","description":"\\u0000"}', 400, "json-character"),
    ],
)
async def test_a_request_that_cannot_be_read(world: World, headers: dict[str, str], body: bytes | None, status: int, code: str) -> None:  # fmt: skip
    person = await world.a_record()
    rows, before = await world.rows(), len(await world.events(None))
    answer = await _published(world, body or a_publication(person), **headers)
    assert (answer.status_code, codes_of(answer)) == (status, [code])
    assert await world.rows() == rows
    # The attempt is in the system's trail.
    assert [each.type for each in (await world.events(None))[before:]] == ["deposit-refused"]


async def test_twenty_million_bytes(world: World) -> None:
    person = await world.a_record()
    answer = await _published(world, a_publication(person, a_pdf(size_bytes=20_000_000)), Prefer="return=minimal")
    assert answer.status_code == 201, answer.text[:500]
    too_large = a_pdf(size_bytes=21 * 1024 * 1024)
    assert "content-too-large" in codes_of(await _published(world, a_publication(person, too_large)))


async def test_the_same_document_twice_at_once(world: World) -> None:
    person = await world.a_record()
    resource = a_publication(person)
    answers = await asyncio.gather(*(_published(world, resource) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert len(ids_of(await world.search(person, by=world.a_citizen(person)))) == 1


async def test_to_a_citizen_a_hidden_document_cannot_be_replaced_nor_felt(world: World) -> None:
    person = await world.a_record()
    citizen = world.a_citizen(person)
    hidden = (await world.deposit(a_report(person, labels=["INVISIBLE_PATIENT"]))).id

    async def sent(target: str) -> tuple[int, bytes]:
        relation = {"code": "replaces", "target": {"reference": f"DocumentReference/{target}"}}
        answer = await _published(
            world, a_publication(person, unique_id="1.2.250.1.999.404.9", relatesTo=[relation]), by=citizen
        )
        return answer.status_code, answer.content

    assert await sent(hidden) == await sent(UNKNOWN)


async def test_a_mask_that_is_carried_over_is_not_told_to_the_sender(world: World) -> None:
    """The patient masked the former version: the new one is masked too, and its sender is given back what they stated."""
    person = await world.a_record()
    citizen = world.a_citizen(person)
    old = await world.deposit(a_report(person))
    assert (await patched(world, f"DocumentReference/{old.id}", MASK, by=citizen)).status_code == 200
    relation = {"code": "replaces", "target": {"reference": f"DocumentReference/{old.id}"}}
    answer = await _published(world, a_publication(person, relatesTo=[relation]))
    assert answer.status_code == 201, answer.text
    assert "MASQUE_PS" not in answer.text
    kept = await world.read(f"DocumentReference/{answer.json()['id']}", by=citizen)
    assert "MASQUE_PS" in kept.text
