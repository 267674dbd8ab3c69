"""The Patients that the identity door emits, held to FR Core by the unrelated validator."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from tests.builders.patients import (
    a_birth_place,
    a_name,
    a_patient,
    a_reliability,
    ins_identifier,
    local_identifier,
)
from tests.doors.test_identities import a_new_ins, created, find, match, read
from tests.doors.test_td02 import closed
from tests.doors.world import World
from tests.profiles.test_emitted import Judge

from carnet.formats.fhir.identity import fr_core

_BUNDLE = "http://hl7.org/fhir/StructureDefinition/Bundle"


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge()


@pytest.fixture(scope="module")
async def emitted(world: World) -> dict[str, dict[str, Any]]:
    """One of each Patient, by whom it is told to."""
    source, ins = world.an_identity_source(), a_new_ins()
    whole = a_patient(
        ins,
        extension=[
            a_reliability(
                "QUAL", {"url": "dateCollection", "valueDate": "2026-01-15"},
                {"url": "validationMode", "valueCoding": {"system": fr_core.VALIDATION_MODE, "code": "CN"}}, comments=("HOMA",),
            ),
            a_birth_place("99351"),
        ],
        name=[a_name("ESSAI-PROFIL"), {"use": "usual", "family": "DURAND", "given": ["LOU"]}],
        birthDate="1962-03-04",
    )  # fmt: skip
    whole["identifier"] += [ins_identifier(a_new_ins(), use="old", period={"start": "2001-01-01"}), local_identifier("IPP-P")]  # fmt: skip
    patient_id = await created(world, whole, by=source)
    bare = await created(world, a_patient(a_new_ins(), name=[a_name(given_list=None)]), by=source)
    person, gone = await world.a_record(), await closed(world)
    doctor = await world.a_professional(authorised_on=person)
    return {
        "told to its source": (await read(world, patient_id, by=source)).json(),
        "told without the list of given names": (await read(world, bare, by=source)).json(),
        "told to a professional": (await find(world, person.token_of_ins, by=doctor)).json()["entry"][0]["resource"],
        "told of a closed record": (await find(world, gone.token_of_ins, by=doctor)).json()["entry"][0]["resource"],
        "told to the person": (await find(world, gone.token_of_ins, by=world.a_citizen(gone))).json()["entry"][0]["resource"],
        "the answer of TD0.2": (await find(world, person.token_of_ins, by=doctor)).json(),
        "the answer about nobody": (await find(world, f"urn:oid:{ins.oid}|{a_new_ins().matricule}", by=doctor)).json(),
        "matched": (await match(world, by=source, name=[a_name("ESSAI-PROFIL")], birthDate="1962-03-04", extension=[a_birth_place("99351")])).json(),
    }  # fmt: skip


NAMES = (
    "told to its source", "told without the list of given names", "told to a professional", "told of a closed record",
    "told to the person", "the answer of TD0.2", "the answer about nobody", "matched",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_what_is_emitted(judge: Judge, emitted: dict[str, dict[str, Any]], name: str) -> None:
    resource = emitted[name]
    assert resource["resourceType"] == "Bundle" or resource["meta"]["profile"]
    assert judge.faults(resource, _BUNDLE if resource["resourceType"] == "Bundle" else None) == []


def test_the_profile_claimed(emitted: dict[str, dict[str, Any]]) -> None:
    assert emitted["told to its source"]["meta"]["profile"] == [fr_core.PATIENT_INS]
    assert emitted["told without the list of given names"]["meta"]["profile"] == [fr_core.PATIENT]
    assert len(emitted["matched"]["entry"]) == 1


def _extension(resource: dict[str, Any], url: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in resource["extension"] if each["url"] == url)
    return found


# That the judge would see a fault: each of these is one.
BROKEN: dict[str, Callable[[dict[str, Any]], Any]] = {
    "no status": lambda r: _extension(r, fr_core.RELIABILITY)["extension"].pop(1),
    "doubtful and qualified": lambda r: _extension(r, fr_core.RELIABILITY)["extension"].append(
        {"url": "comment", "valueCoding": {"system": fr_core.STATUS_COMMENT, "code": "DOUT"}}
    ),
    "a status as a string": lambda r: _extension(r, fr_core.RELIABILITY)["extension"].__setitem__(
        1, {"url": "identityStatus", "valueString": "QUAL"}
    ),
    "no place": lambda r: r["extension"].pop(1),
    "no matricule": lambda r: r["identifier"].pop(0),
    "a matricule of another register": lambda r: r["identifier"][0].update(system="urn:oid:1.2.250.1.213.1.4.8"),
    "a matricule without its use": lambda r: r["identifier"][0].pop("use"),
    "two official identifiers": lambda r: r["identifier"][1].update(use="official"),
    "no birth name": lambda r: r["name"][0].pop("family"),
    "two first names": lambda r: r["name"][0]["given"].append("MARIE"),
    "no list of given names": lambda r: r["name"][0].pop("extension"),
    "no official name": lambda r: r["name"].pop(0),
    "no sex": lambda r: r.pop("gender"),
    "no birth date": lambda r: r.pop("birthDate"),
    "an unknown element": lambda r: r.update(couleur="bleue"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_fault_would_be_seen(judge: Judge, emitted: dict[str, dict[str, Any]], name: str) -> None:
    resource = copy.deepcopy(emitted["told to its source"])
    BROKEN[name](resource)
    assert judge.faults(resource) != []
