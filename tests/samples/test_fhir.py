"""
Every public FHIR sample goes through its door: stored, or refused for the reason written in docs/samples.md.
"""

import base64
import hashlib
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from tests.builders.cda import a_cda
from tests.doors.world import Person, World, a_letter, a_unique_id, fiche_of

from carnet.app import Carnet
from carnet.document_types.table import DocumentTypes
from carnet.domain.actor import Actor, ActorKind
from carnet.formats.fhir.json_reading import read_json
from carnet.formats.fhir.standalone import with_patient
from carnet.operating.client import Server
from carnet.operating.feeder import Feeder, Told

PAGE = Path(__file__).parents[2] / "docs" / "samples.md"
HOSPITAL = Actor(ActorKind.ORGANIZATION, "Hôpital inventé", organization="1990000001", software="hopital")
# Descriptions of guides and servers, not messages.
NOT_MESSAGES = ("CapabilityStatement-", "ConceptMap-", "StructureDefinition-", "Binary-")


@pytest.fixture(scope="module")
async def person(carnet: Carnet, http: httpx.AsyncClient) -> Person:
    return await World(carnet, http).a_record()


@pytest.fixture(scope="module")
async def fed(carnet: Carnet, http: httpx.AsyncClient, samples: Path, person: Person) -> dict[Path, Told]:
    """What became of each sample, about a patient who has a record."""
    issuer = carnet.services.issuer
    feeder = Feeder(
        Server("http://carnet.test", http),
        issuer.issue(HOSPITAL, lifetime=timedelta(hours=1)),
        DocumentTypes.load(),
        person.ins,
    )
    return {file: (await feeder.send(file))[0] for file in sorted((samples / "fhir").rglob("*.json"))}


def _written() -> dict[str, set[str]]:
    """File and codes of each line of the section about FHIR."""
    section = PAGE.read_text("utf-8").partition("## FHIR examples")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ((?:`[^`]+`(?:, )?)+) \| ((?:`[^`]+`(?:, )?)+|stored) \|", section, re.MULTILINE)
    return {
        name: set(re.findall(r"`([^`]+)`", codes)) for names, codes in rows for name in re.findall(r"`([^`]+)`", names)
    }


async def test_each_sample_is_worth_what_the_page_says(fed: dict[Path, Told]) -> None:
    told = {
        file.name: {str(issue["code"]) for issue in each.issues} if each.status == "refused" else set()
        for file, each in fed.items()
    }
    messages = {name: codes for name, codes in told.items() if not name.startswith(NOT_MESSAGES)}
    assert messages == _written()


def _content_of(resource: dict[str, Any], content: bytes) -> None:
    """Put a true CDA in the place of the empty one."""
    attachment = resource["content"][0]["attachment"]
    digest = base64.b64encode(hashlib.sha1(content).digest()).decode()
    attachment |= {name: value for name, value in (("size", len(content)), ("hash", digest)) if name in attachment}
    if "data" in attachment:
        attachment["data"] = base64.b64encode(content).decode()


@pytest.mark.parametrize(
    "name", ["Bundle-example-td2-iti65-lot-soumission.json", "Bundle-example-td2-1-remplacement.json"]
)
async def test_with_a_true_document_a_bundle_is_stored(
    carnet: Carnet, http: httpx.AsyncClient, samples: Path, name: str
) -> None:
    world = World(carnet, http)
    person = await world.a_record()
    bundle = with_patient(read_json((samples / "fhir/pdsm4dmp/examples-source" / name).read_bytes()), person.ins)
    text = orjson.dumps(bundle).decode()
    number = a_unique_id()
    former = await world.deposit(a_letter(person, cda={"unique_id": number}))
    bundle = orjson.loads(text.replace("DocumentReference/doc-x-id", f"DocumentReference/{former.id}"))
    fiche = fiche_of(bundle)
    mine = fiche["masterIdentifier"]["value"].removeprefix("urn:oid:")
    replaces = {"replaces": number} if "relatesTo" in fiche else {}
    content = a_cda(**person.header(unique_id=mine, **replaces))
    # What the sample says of another document than this one is left to its header.
    for member in ("type", "category", "author", "authenticator", "context", "date", "contained"):
        fiche.pop(member)
    fiche["content"][0]["attachment"] = {
        key: value
        for key, value in fiche["content"][0]["attachment"].items()
        if key not in {"title", "creation", "language"}
    }
    fiche["content"][0].pop("format")
    _content_of(fiche, content)
    for entry in bundle["entry"]:
        if entry["resource"]["resourceType"] == "Binary":
            entry["resource"]["data"] = base64.b64encode(content).decode()
    done = await world.deposit(bundle)
    status = (await world.read(f"DocumentReference/{former.id}", by=world.a_citizen(person))).json()["status"]
    assert status == ("superseded" if replaces else "current")
    assert done.ids()


async def test_with_a_true_document_the_simplified_publication_is_stored(
    carnet: Carnet, http: httpx.AsyncClient, samples: Path
) -> None:
    world = World(carnet, http)
    person = await world.a_record()
    name = "pdsm4dmp/examples-source/DocumentReference-example-td2-iti105-publication-simplifiee.json"
    resource = with_patient(read_json((samples / "fhir" / name).read_bytes()), person.ins)
    resource.pop("type")
    mine = a_unique_id()
    resource["masterIdentifier"]["value"] = f"urn:oid:{mine}"
    _content_of(resource, a_cda(**person.header(unique_id=mine)))
    headers = {"Content-Type": "application/fhir+json"} | world.hospital.headers
    answer = await http.post("/fhir/DocumentReference", content=orjson.dumps(resource), headers=headers)
    assert answer.status_code == 201, answer.text
    assert answer.json()["author"]


async def test_what_is_no_message_is_refused_as_such(fed: dict[Path, Told]) -> None:
    others = {
        file.name: [issue["code"] for issue in each.issues]
        for file, each in fed.items()
        if file.name.startswith(NOT_MESSAGES)
    }
    assert len(others) > 30
    assert {tuple(codes) for codes in others.values()} == {("resource-not-supported",)}


async def test_each_refusal_says_what(fed: dict[Path, Told]) -> None:
    for each in fed.values():
        for issue in each.issues:
            assert issue["text"], each
            assert "n’a pas pu être traitée" not in issue["text"], issue
