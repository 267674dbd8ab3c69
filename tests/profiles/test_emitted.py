"""
Everything this door emits, checked by an unrelated validator against profiles written anew in this folder.

pyrofile-validator carries the definitions of R4 with it and fetches nothing. The profiles say what documents.md §3.1 says: cardinalities,
fixed values, bindings, slices.
"""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from pyrofile_validator.config import TerminologyConfig, ValidatorConfig
from pyrofile_validator.core.engine import Validator
from tests.builders import fhir
from tests.builders.cda import a_pdf
from tests.doors.world import World, a_folder_entry, a_letter, a_report, a_unique_id, fiche_of

from carnet.formats.fhir import systems

FOLDER = Path(__file__).parent
OURS = "https://carnet.example/fhir/StructureDefinition/"
_PDSM = "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/"

# Two things that this version of the validator says of sound resources: it takes base64 for a type that it does not know, and holds
# media types to a list of its own.
_MISTAKEN = ("Binary.data must be EncodedBytes", "'application/fhir+json' is not in required ValueSet")


class Judge:
    """The validator over the profiles of this folder."""

    def __init__(self) -> None:
        self._validator = Validator(
            ValidatorConfig(
                local_package_paths=[str(FOLDER)],
                terminology=TerminologyConfig(mode="local"),
                allow_unknown_extensions=True,
            )
        )

    def faults(self, resource: dict[str, Any], profile: str | None = None) -> list[str]:
        """
        `code path message` of each error.

        Takes
            profile: that it is held to, when it claims none itself.
        """
        judged = copy.deepcopy(resource)
        if profile is not None:
            judged.setdefault("meta", {})["profile"] = [profile]
        report = self._validator.validate_resource(judged)
        return [
            f"{each.code} {each.path} {each.message}"
            for each in report.errors
            if not any(text in each.message for text in _MISTAKEN)
        ]


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge()


@pytest.fixture(scope="module")
async def emitted(world: World) -> dict[str, dict[str, Any]]:
    """One of each resource, by what it is."""
    person = await world.a_record()
    citizen, doctor = world.a_citizen(person), await world.a_professional(authorised_on=person)
    folder = a_folder_entry(person, fhir.urn("fiche"), unique_id=a_unique_id(), note=[{"text": "Depuis 2019"}])
    report = a_report(person, more=[folder])
    listing = report["entry"][0]["resource"]
    listing["contained"].append(fhir.an_organization())
    listing["extension"].append({"url": systems.INTENDED_RECIPIENT, "valueReference": {"reference": "#structure"}})
    listing |= {
        "title": "Séjour",
        "note": [{"text": "En ordre"}],
        "source": {"extension": [{"url": systems.AUTHOR_ORG, "valueReference": {"reference": "#structure"}}]},
    }
    kept = fhir.a_fiche()["context"]
    accession = {
        "type": {"coding": [{"system": systems.URI, "code": "urn:ihe:iti:xds:2013:accession"}]},
        "system": "urn:oid:1.2.250.1.999.8",
        "value": "ACC-1",
    }
    fiche_of(report).update(
        description="Vu en consultation", custodian={"reference": "#structure"},
        context={**kept, "event": [fhir.concept({"system": "urn:oid:1.2.250.1.213.2.5", "code": "DZQM006"})], "related": [{"identifier": accession}]},
    )  # fmt: skip
    done = await world.deposit(report)
    letter = await world.deposit(a_letter(person))
    new = await world.deposit(
        a_report(person, labels=["MASQUE_PS"], replaces={"reference": f"DocumentReference/{letter.id}"})
    )
    alone = await world.http.post(
        "/fhir/DocumentReference", content=orjson.dumps(_publication(person)),
        headers={"Content-Type": "application/fhir+json"} | world.hospital.headers,
    )  # fmt: skip
    assert alone.status_code == 201, alone.text

    async def got(address: str, **headers: str) -> dict[str, Any]:
        response = await world.http.get(f"/fhir/{address}", headers=citizen.headers | headers)
        found: dict[str, Any] = response.json()
        return found

    named = f"patient={person.patient_id}"
    return {
        "a fiche": await got(f"DocumentReference/{done.id}"),
        "a fiche of a CDA, replaced": await got(f"DocumentReference/{letter.id}"),
        "a fiche that replaces and is masked": await got(f"DocumentReference/{new.id}"),
        "a fiche published alone": alone.json(),
        "a set": await got(f"List/{done.ids('List')[0]}"),
        "a set that the server made": next(
            each["resource"] for each in (await got(f"List?{named}&item={alone.json()['id']}"))["entry"]
        ),
        "a folder": await got(f"List/{done.entries[-1]['location'].split('/')[1]}"),
        "a content": await got(f"Binary/{done.id}", Accept="application/fhir+json"),
        "a refusal": (await world.send({"resourceType": "Bundle", "type": "transaction", "entry": []})).json(),
        "an unknown": await got("DocumentReference/x"),
        "the server": await got("metadata"),
        "fiches found": await got(f"DocumentReference?{named}&_count=2&_count=2"),
        "fiches found with a warning": (await world.http.get(f"/fhir/DocumentReference?{named}&couleur=rouge", headers=citizen.headers | {"Prefer": "handling=lenient"})).json(),
        "nothing found": await got(f"DocumentReference?{named}&type=0-0"),
        "lists found": await got(f"List?{named}"),
        "what a deposit answers": done.response.json(),
        "what a replayed deposit answers": (await world.send(report)).json(),
        "doctor's set": (await world.read(f"List/{done.ids('List')[0]}", by=doctor)).json(),
    }  # fmt: skip


def _publication(person: Any) -> dict[str, Any]:
    import base64

    kept = fhir.a_fiche(unique_id=a_unique_id(), subject=person.by_ins)
    attachment = {"contentType": "application/pdf", "title": "Compte rendu", "data": base64.b64encode(a_pdf()).decode()}
    return {name: kept[name] for name in kept if name not in {"securityLabel", "category"}} | {
        "content": [{"attachment": attachment}]
    }


# By what it is: the profile it is held to; None for those that claim one.
_PROFILES: dict[str, str | None] = {
    "a fiche": None,
    "a fiche of a CDA, replaced": None,
    "a fiche that replaces and is masked": None,
    "a fiche published alone": None,
    "a set": None,
    "a set that the server made": None,
    "doctor's set": None,
    "a folder": None,
    "a content": OURS + "content",
    "a refusal": OURS + "outcome",
    "an unknown": OURS + "outcome",
    "the server": OURS + "server",
    "fiches found": _PDSM + "pdsm-find-documentreferences-comprehensive-response",
    "fiches found with a warning": _PDSM + "pdsm-find-documentreferences-comprehensive-response",
    "nothing found": _PDSM + "pdsm-find-documentreferences-comprehensive-response",
    "lists found": _PDSM + "pdsm-find-lists-response",
    "what a deposit answers": OURS + "transaction-response",
    "what a replayed deposit answers": OURS + "transaction-response",
}


@pytest.mark.parametrize("name", _PROFILES)
def test_what_is_emitted(judge: Judge, emitted: dict[str, dict[str, Any]], name: str) -> None:
    assert _PROFILES[name] or emitted[name]["meta"]["profile"]
    assert judge.faults(emitted[name], _PROFILES[name]) == []


def test_every_resource_was_asked_for(emitted: dict[str, dict[str, Any]]) -> None:
    assert emitted.keys() == _PROFILES.keys()


# That the judge would see a fault: each of these is one.
BROKEN: dict[str, tuple[str, Callable[[dict[str, Any]], Any]]] = {
    "no version": ("a fiche", lambda r: r["meta"].pop("versionId")),
    "no number": ("a fiche", lambda r: r.pop("masterIdentifier")),
    "one identifier": ("a fiche", lambda r: r["identifier"].pop()),
    "a status of another world": ("a fiche", lambda r: r.update(status="entered-in-error")),
    "two classes": ("a fiche", lambda r: r["category"].append(r["category"][0])),
    "no author": ("a fiche", lambda r: r.pop("author")),
    "no confidentiality": ("a fiche that replaces and is masked", lambda r: r["securityLabel"].pop(0)),
    "two confidentialities": ("a fiche", lambda r: r["securityLabel"].append(r["securityLabel"][0])),
    "no hash": ("a fiche", lambda r: r["content"][0]["attachment"].pop("hash")),
    "no start": ("a fiche", lambda r: r["context"]["period"].pop("start")),
    "no sector": ("a fiche", lambda r: r["context"].pop("facilityType")),
    "an unknown element": ("a fiche", lambda r: r.update(colour="red")),
    "a number for a comment": ("a fiche", lambda r: r.update(description=3)),
    "a set with no kind of activity": ("a set", lambda r: r["extension"].pop(0)),
    "a set with no source": ("a set", lambda r: r.pop("source")),
    "a set with one identifier": ("a set", lambda r: r["identifier"].pop()),
    "a snapshot": ("a set", lambda r: r.update(mode="snapshot")),
    "a set that says it is a folder": ("a set", lambda r: r["code"]["coding"][0].update(code="folder")),
    "an empty folder": ("a folder", lambda r: r.pop("entry")),
    "a folder with no title": ("a folder", lambda r: r.pop("title")),
    "a folder with no date": ("a folder", lambda r: r.pop("date")),
    "a content with no type": ("a content", lambda r: r.pop("contentType")),
    "an outcome with no sentence": ("a refusal", lambda r: r["issue"][0]["details"].pop("text")),
    "a server with no version": ("the server", lambda r: r.pop("version")),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_fault_would_be_seen(judge: Judge, emitted: dict[str, dict[str, Any]], name: str) -> None:
    which, break_it = BROKEN[name]
    resource = copy.deepcopy(emitted[which])
    break_it(resource)
    assert judge.faults(resource, _PROFILES[which]) != []
