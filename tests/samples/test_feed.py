"""
Every public CDA sample goes through the door: stored and read back byte for byte, or refused for the reason written in docs/samples.md.
"""

import hashlib
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from carnet.app import Carnet
from carnet.document_types.table import DocumentTypes
from carnet.domain.actor import Actor, ActorKind
from carnet.formats.cda.header import read_header
from carnet.operating.client import Server
from carnet.operating.feed import files, open_records
from carnet.operating.feeder import Feeder, Told
from carnet.vocabulary.ins import Ins

PAGE = Path(__file__).parents[2] / "docs" / "samples.md"
HOSPITAL = Actor(ActorKind.ORGANIZATION, "Hôpital inventé", organization="1990000001", software="hopital")


def token(carnet: Carnet, actor: Actor) -> str:
    return carnet.services.issuer.issue(actor, lifetime=timedelta(hours=1))


@pytest.fixture(scope="module")
async def fed(carnet: Carnet, http: httpx.AsyncClient, samples: Path) -> dict[Path, Told]:
    """What became of each sample."""
    found = files([samples / "cda"])
    server = Server("http://carnet.test", http)
    await open_records(server, found)
    feeder = Feeder(server, token(carnet, HOSPITAL), DocumentTypes.load())
    return {file: (await feeder.send(file))[0] for file in found}


def refusals_of_the_page() -> dict[str, set[str]]:
    """File and codes of each line of the table."""
    rows = re.findall(r"^\| `([^`]+)` \| ((?:`[^`]+`(?:, )?)+) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    return {name: set(re.findall(r"`([^`]+)`", codes)) for name, codes in rows}


async def test_what_is_refused_is_what_the_page_says(fed: dict[Path, Told]) -> None:
    refused = {
        file.name: {str(issue["code"]) for issue in told.issues}
        for file, told in fed.items()
        if told.status == "refused"
    }
    written = refusals_of_the_page()
    assert refused == {name: codes for name, codes in written.items() if name in {file.name for file in fed}}


async def test_each_refusal_says_where_and_what(fed: dict[Path, Told]) -> None:
    for told in fed.values():
        for issue in told.issues:
            assert issue["text"], told
            assert "n’a pas pu être traitée" not in issue["text"], issue


async def test_what_is_stored_comes_back_byte_for_byte_with_the_metadata_of_its_header(
    carnet: Carnet, http: httpx.AsyncClient, fed: dict[Path, Told]
) -> None:
    stored = [file for file, told in fed.items() if told.status == "stored"]
    assert len(stored) >= 50
    for file in stored:
        content = file.read_bytes()
        header = read_header(content)
        assert header.ins is not None
        assert header.unique_id is not None
        headers = {"Authorization": f"Bearer {token(carnet, Actor(ActorKind.CITIZEN, 'Titulaire', ins=header.ins))}"}
        fiche = await fiche_of(http, header.ins, header.unique_id.urn, headers)
        assert fiche["type"]["coding"][0]["code"] == header.type.code  # type: ignore[union-attr]
        assert fiche["content"][0]["attachment"]["title"] == header.title
        assert fiche["content"][0]["attachment"]["creation"] == header.created.text  # type: ignore[union-attr]
        assert fiche["context"]["period"]["start"] == header.service_start.text  # type: ignore[union-attr]
        assert fiche["context"]["facilityType"]["coding"][0]["code"] == header.facility_type.code  # type: ignore[union-attr]
        assert fiche["context"]["practiceSetting"]["coding"][0]["code"] == header.practice_setting.code  # type: ignore[union-attr]
        assert len(fiche["author"]) == len(header.authors)
        answer = await http.get(fiche["content"][0]["attachment"]["url"], headers=headers)
        assert answer.status_code == 200
        assert hashlib.sha256(answer.content).digest() == hashlib.sha256(content).digest()


async def fiche_of(http: httpx.AsyncClient, ins: Ins, unique_id: str, headers: dict[str, str]) -> dict[str, Any]:
    """The one fiche of this uniqueId."""
    query = {"patient.identifier": f"urn:oid:{ins.oid}|{ins.matricule}", "identifier": unique_id}
    answer = await http.get("/fhir/DocumentReference", params=query, headers=headers)
    assert answer.status_code == 200, answer.text
    bundle = answer.json()
    assert bundle["total"] == 1, bundle
    fiche: dict[str, Any] = bundle["entry"][0]["resource"]
    return fiche
