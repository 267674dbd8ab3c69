"""What the directory emits, checked by an unrelated validator against the public profiles of the Annuaire, written anew in this folder."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.builders.annuaire import a_legal_entity, a_mailbox, a_person, a_site, activities, an_activity, mailboxes
from tests.doors.world import World
from tests.profiles.test_emitted import Judge

from carnet.domain.actor import SYSTEM
from carnet.domain.directory.loading import import_published
from carnet.domain.directory.loading.model import ImportTerms
from carnet.operating.directory_files import reading

PROFILE = "https://interop.esante.gouv.fr/ig/fhir/annuaire/StructureDefinition/as-dp-"


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge()


@pytest.fixture(scope="module")
async def emitted(world: World) -> list[dict[str, Any]]:
    """Every resource of a directory with people, situations and structures of each kind."""
    full = {
        "skill": "SM26",
        "skill_type": "S",
        "title": "DR",
        "email": "a@b.fr",
        "phone": "0465710000",
        "street": "DES ESSAIS",
    }
    practice = {
        "technical": "R99900001",
        "former": "499900000000001",
        "finess": "",
        "mode": "L",
        "section": "A",
        "role": "FON-AU",
    }
    site = a_site("990000027", siret="99999999900011", categorieEntiteGeographiqueExercice={"code": "355"})
    files = (
        activities(
            an_activity(1, legal="990000019", **full),
            an_activity(1, **practice),
            a_person(2),
            an_activity(3, role="313"),
        ),
        json.dumps({"pmej": [a_legal_entity("990000043", site)]}).encode(),
        mailboxes(
            a_mailbox("a@b.fr", rank=1),
            a_mailbox("c@b.fr", rank=1, at="990000001", kind="CAB"),
            a_mailbox("d@b.fr", at="990000001", kind="ORG") | {"Service de rattachement": "ACCUEIL"},
        ),
    )
    for content in files:
        begun = reading("fichier.txt", iter([content]), None)
        await import_published(
            world.carnet.database, begun.source, begun.entries, terms=ImportTerms(), actor=SYSTEM,
            sealer=world.carnet.services.store.system_key, clock=world.carnet.services.clock,
        )  # fmt: skip
    found = []
    for kind in ("Practitioner", "PractitionerRole", "Organization"):
        answer = await world.http.get(f"/fhir/{kind}", headers=world.hospital.headers)
        found += [entry["resource"] for entry in answer.json()["entry"]]
    return found


def held_to(resource: dict[str, Any]) -> str:
    return PROFILE + resource["resourceType"].lower()


async def test_every_resource_is_of_its_profile(judge: Judge, emitted: list[dict[str, Any]]) -> None:
    kinds = [resource["resourceType"] for resource in emitted]
    assert {kind: kinds.count(kind) for kind in kinds} == {"Practitioner": 3, "PractitionerRole": 3, "Organization": 5}
    for resource in emitted:
        core, own = resource["meta"]["profile"]
        assert core.startswith("https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-")
        assert own == held_to(resource)
        assert judge.faults(resource, held_to(resource)) == [], resource["id"]


def _first(emitted: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    """One with mailboxes."""
    return copy.deepcopy(next(r for r in emitted if r["resourceType"] == kind and "telecom" in r))


def _unlist(resource: dict[str, Any]) -> None:
    for telecom in resource["telecom"]:
        for extension in telecom.get("extension", ()):
            for part in extension.get("extension", ()):
                if part["url"] == "listeRouge":
                    part["valueBoolean"] = True


WRONG: dict[str, tuple[str, Callable[[dict[str, Any]], Any]]] = {
    "no national identifier": ("Practitioner", lambda r: r["identifier"].pop(0)),
    "two names": ("Practitioner", lambda r: r["name"].append({"family": "A"})),
    "a birth date": ("Practitioner", lambda r: r.update(birthDate="1980-01-01")),
    "an address of a person": ("Practitioner", lambda r: r.update(address=[{"city": "LYON"}])),
    "a mailbox of a liste rouge": ("Practitioner", _unlist),
    "a plain e-mail": ("PractitionerRole", lambda r: r["telecom"].append({"system": "email", "value": "a@b.fr"})),
    "no identifier of the situation": ("PractitionerRole", lambda r: r.pop("identifier")),
    "no practitioner": ("PractitionerRole", lambda r: r.pop("practitioner")),
    "a period": ("PractitionerRole", lambda r: r.update(period={"start": "2020-01-01"})),
    "no kind of entity": ("Organization", lambda r: r["type"].pop(0)),
    "no activity told": ("Organization", lambda r: r.pop("active")),
    "another source": ("Organization", lambda r: r["meta"].update(source="https://example.org")),
}


@pytest.mark.parametrize("name", WRONG)
async def test_the_profiles_catch_what_is_wrong(judge: Judge, emitted: list[dict[str, Any]], name: str) -> None:
    kind, change = WRONG[name]
    resource = _first(emitted, kind)
    assert judge.faults(resource, held_to(resource)) == []
    change(resource)
    assert judge.faults(resource, held_to(resource)) != []
