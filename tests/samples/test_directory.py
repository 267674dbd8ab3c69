"""The public samples of the directory: imported, then served with the same facts in the same places as the sample resources."""

import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.doors.world import World

from carnet.app import Carnet
from carnet.domain.actor import SYSTEM
from carnet.domain.directory.loading.model import ImportTerms
from carnet.operating.directory_files import found_in
from carnet.operating.directory_import import Importing

# Of the samples, what no published file says, or what is never shown.
NOT_PUBLISHED = {
    "telecom.extension[as-ext-mailbox-mss-metadata].extension[description].valueString",
    "telecom.extension[as-ext-mailbox-mss-metadata].extension[responsible].valueString",
}


async def imported(carnet: Carnet, path: Path) -> list[dict[str, Any]]:
    importing = Importing(carnet.database, carnet.services.store.system_key, SYSTEM)
    return [await importing.take(file, terms=ImportTerms(is_forced=True)) for file in found_in(path)]


@pytest.fixture(scope="module")
async def directory(carnet: Carnet, http: httpx.AsyncClient, samples: Path) -> World:
    for name in ("PS_LibreAcces_Personne_activite_*", "Extraction_Correspondance_MSSante_*"):
        (path,) = (samples / "annuaire").glob(name)
        (told,) = await imported(carnet, path)
        assert told["status"] == "done", told
        assert told["refused"] == {} == told["warned"]
    return World(carnet, http)


def facts(node: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Each value of a resource with its place; extensions are named, positions are not."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name == "extension":
                for extension in value:
                    inner = {k: v for k, v in extension.items() if k != "url"}
                    yield from facts(inner, f"{place}.extension[{extension['url'].rpartition('/')[2]}]".lstrip("."))
            else:
                yield from facts(value, f"{place}.{name}".lstrip("."))
    elif isinstance(node, list):
        for value in node:
            yield from facts(value, place)
    else:
        yield place, node


def sample(samples: Path, name: str) -> dict[str, dict[str, Any]]:
    """The resources of a sample bundle, by their national identifier."""
    bundle = json.loads((samples / "annuaire" / "fhir" / name).read_text("utf-8"))
    return {entry["resource"]["identifier"][0]["value"]: entry["resource"] for entry in bundle["entry"]}


async def served(directory: World, address: str) -> dict[str, Any]:
    answer = await directory.http.get(f"/fhir/{address}", headers=directory.hospital.headers)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_a_practitioner_is_the_sample_s(directory: World, samples: Path) -> None:
    expected = sample(samples, "bundle-practitioners-synthetic.json")["819000000018"]
    ours = await served(directory, "Practitioner/819000000018")
    left_out = {"id", "meta.lastUpdated"}
    assert {fact for fact in facts(expected) if fact[0] not in left_out} <= set(facts(ours))
    # The file says more than the sample: how she is called in practice.
    assert {fact for fact in facts(ours) if fact[0] not in left_out} - set(facts(expected)) == {("name.suffix", "DR")}


@pytest.mark.parametrize(
    ("bundle", "kind"),
    [
        ("bundle-practitioners-synthetic.json", "Practitioner"),
        ("bundle-organizations-synthetic.json", "Organization"),
    ],
)
async def test_every_fact_has_the_sample_s_place(directory: World, samples: Path, bundle: str, kind: str) -> None:
    expected = {place for resource in sample(samples, bundle).values() for place, _ in facts(resource)}
    every = await served(directory, f"{kind}?active=true")
    ours = {place for entry in every["entry"] for place, _ in facts(entry["resource"])}
    assert expected - ours - NOT_PUBLISHED == set()


async def test_an_organization_is_the_sample_s(directory: World, samples: Path) -> None:
    expected = set(facts(sample(samples, "bundle-organizations-synthetic.json")["1999990001"]))
    ours = set(facts(await served(directory, "Organization/1999990001")))
    # A service is published under its own name, and the legal entity is ours by its own id.
    assert {place for place, _ in expected - ours} == NOT_PUBLISHED | {"id", "partOf.reference"}


async def test_a_situation_has_the_sample_s_places(directory: World, samples: Path) -> None:
    expected = {place for r in sample(samples, "bundle-roles-synthetic.json").values() for place, _ in facts(r)}
    every = await served(directory, "PractitionerRole?active=true")
    ours = {place for entry in every["entry"] for place, _ in facts(entry["resource"])}
    assert expected <= ours


async def test_the_guide_s_own_examples_have_the_same_places(directory: World, samples: Path) -> None:
    folder = samples / "annuaire" / "fhir"
    for name, kind in (
        ("Practitioner-334081DP.json", "Practitioner"),
        ("PractitionerRole-1578230DP.json", "PractitionerRole"),
        ("Organization-158480DP.json", "Organization"),
    ):
        expected = {place for place, _ in facts(json.loads((folder / name).read_text("utf-8")))}
        every = await served(directory, f"{kind}?active=true")
        ours = {place for entry in every["entry"] for place, _ in facts(entry["resource"])}
        # Of the Organization: no file here gives its opening (FINESS does), its fax nor its commune's code.
        assert expected - ours <= {"extension[organization-period].valuePeriod.start"}, name


async def test_an_inactive_one_is_the_sample_s(directory: World, samples: Path) -> None:
    expected = json.loads((samples / "annuaire" / "fhir" / "Practitioner-inactive-synthetic.json").read_text("utf-8"))
    async with directory.carnet.database.transaction() as tx:
        await tx.execute("UPDATE directory_professional SET active = false WHERE person = '819000000075'")
    ours = await served(directory, "Practitioner/819000000075")
    assert {place for place, _ in facts(ours)} == {place for place, _ in facts(expected)}


async def test_the_archive_as_it_is_published(carnet: Carnet, samples: Path, tmp_path: Path) -> None:
    (path,) = (samples / "annuaire").glob("PS_LibreAcces_Personne_activite_*")
    archive = tmp_path / "PS_LibreAcces.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as writing:
        writing.write(path, path.name.replace("-synthetic", ""))
    (told,) = await imported(carnet, archive)
    assert (told["status"], told["read"]) == ("done", 8)
    broken = tmp_path / "cut.zip"
    shutil.copy(archive, broken)
    content = bytearray(broken.read_bytes())
    content[200:260] = b"\0" * 60
    broken.write_bytes(content)
    (told,) = await imported(carnet, broken)
    assert told["status"] == "refused"
    assert told["issues"][0]["code"] == "directory-archive"


async def test_the_restricted_extraction(carnet: Carnet, samples: Path) -> None:
    (path,) = (samples / "annuaire" / "psc-extract").glob("*.txt")
    (file,) = found_in(path)
    importing = Importing(carnet.database, carnet.services.store.system_key, SYSTEM)
    told = await importing.take(file, terms=ImportTerms(is_partial=True, is_forced=True))
    assert (told["status"], told["read"], told["columns"]["unknown"]) == ("done", 1, [])
