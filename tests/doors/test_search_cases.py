"""Every line of docs/transactions/search-cases.md, played; and no parameter without a line."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from tests.builders import fhir
from tests.doors.world import World, a_folder_entry, a_report, codes_of, fiche_of, ids_of

from carnet.formats.fhir import systems
from carnet.formats.fhir.search_table import LIST_TABLE, TABLE

PAGE = Path(__file__).parents[2] / "docs" / "transactions" / "search-cases.md"
_SECTIONS = dict(
    zip(*[iter(re.split(r"^## (\w+)$", PAGE.read_text("utf-8"), flags=re.MULTILINE)[1:])] * 2, strict=True)
)
_LINE = re.compile(r"^\| `?([\w.\-]+)`? \| `(.+?)` \| (.+?) \|$", re.MULTILINE)

Case = tuple[str, str, str]


def _cases(section: str) -> list[Case]:
    return [(name, query.replace("\\|", "|"), finds) for name, query, finds in _LINE.findall(_SECTIONS[section])]


@pytest.mark.parametrize(("section", "table"), [("DocumentReference", TABLE), ("List", LIST_TABLE)])
def test_every_parameter_has_its_cases(section: str, table: Any) -> None:
    assert {name for name, _, _ in _cases(section)} - {"control"} == {known.name for known in table}
    assert len(set(_cases(section))) == len(_cases(section))


def _a_doctor(ident: str = "eve") -> list[dict[str, Any]]:
    organization = fhir.an_organization("siren", number="2199900001") | {"name": "Laboratoire inventé"}
    return [
        fhir.a_practitioner(ident, number="899700000077", family="Petit")
        | {"name": [{"family": "Petit", "given": ["Ève"]}]},
        organization,
        fhir.a_role("role-eve", practitioner=f"#{ident}", organization="#siren"),
    ]


def _moved(created: str, *, start: str, end: str | None = None, **context: Any) -> dict[str, Any]:
    """Changes of a fiche of another day."""
    period = {"start": start} | ({"end": end} if end else {})
    kept = fhir.a_fiche()["context"]
    return {"date": f"{created}T00:00:00Z", "context": {**kept, "period": period, **context}, "_created": created}


async def _sent(world: World, person: Any, number: str, *, _created: str | None = None, **changes: Any) -> str:
    bundle = a_report(person, unique_id=number, **changes)
    if _created is not None:
        fiche_of(bundle)["content"][0]["attachment"]["creation"] = _created
    return (await world.deposit(bundle)).id


@pytest.fixture(scope="module")
async def documents(world: World) -> dict[str, str]:
    """The record of the section DocumentReference."""
    person = await world.a_record()
    base = "1.2.250.1.999.70."
    kept = fhir.a_fiche()["context"]
    accession = {
        "type": {"coding": [{"system": systems.URI, "code": "urn:ihe:iti:xds:2013:accession"}]},
        "system": "urn:oid:1.2.250.1.999.8",
        "value": "ACC-1",
    }
    event = fhir.concept({"system": "urn:oid:1.2.250.1.213.2.5", "code": "DZQM006"})
    letter = await _sent(
        world, person, base + "1", context={**kept, "event": [event], "related": [{"identifier": accession}]}
    )
    facility, setting = (
        fhir.concept(fhir.A_FACILITY | {"code": "SA05"}),
        fhir.concept(fhir.A_SETTING | {"code": "AMBULATOIRE"}),
    )
    labels = [{"system": systems.V3_CONFIDENTIALITY, "code": "R"}, {"system": systems.VISIBILITY, "code": "MASQUE_PS"}]
    biology = await _sent(
        world, person, base + "2", contained=_a_doctor(), author=[{"reference": "#role-eve"}], authenticator=None,
        type=fhir.concept(fhir.A_TYPE | {"code": "11502-2", "display": "CR d'examens biologiques"}),
        securityLabel=[fhir.concept(label) for label in labels],
        **_moved("2025-01-10", start="2025-01-09", facilityType=facility, practiceSetting=setting),
    )  # fmt: skip
    act = {"start": "2024-05-31", "end": "2024-05-31"}
    old = await _sent(world, person, base + "3", **_moved("2024-06-01", **act))
    new = await _sent(
        world, person, base + "4", replaces={"reference": f"DocumentReference/{old}"}, **_moved("2024-07-01", **act)
    )
    appended = [{"code": "appends", "target": {"reference": f"DocumentReference/{letter}"}}]
    hidden = await _sent(world, person, base + "5", labels=["INVISIBLE_PATIENT"], relatesTo=appended)
    return {
        "letter": letter, "biology": biology, "old": old, "new": new, "hidden": hidden,
        "patient": str(person.patient_id), "ins": person.token_of_ins, "token": world.a_citizen(person).token,
    }  # fmt: skip


def _kind(code: str, system: str) -> dict[str, Any]:
    return {"url": systems.DESIGNATION_TYPE, "valueCodeableConcept": fhir.concept({"system": system, "code": code})}


def _source(value: str, system: str = systems.URI) -> dict[str, Any]:
    return {"url": systems.SOURCE_ID, "valueIdentifier": {"system": system, "value": value}}


@pytest.fixture(scope="module")
async def lists(world: World) -> dict[str, str]:
    """The record of the section List."""
    person = await world.a_record()
    base = "1.2.250.1.999.71."
    folder = a_folder_entry(person, fhir.urn("fiche"), unique_id=base + "5", title="Diabète")
    stay = a_report(person, set_id=base + "1", more=[folder])
    stay["entry"][0]["resource"]["title"] = "Séjour d'été"
    visit = a_report(person, set_id=base + "2")
    organization = fhir.an_organization("siren", number="1990000002")
    visit["entry"][0]["resource"] |= {
        "contained": [
            *_a_doctor()[:1],
            organization,
            fhir.a_role("role-eve", practitioner="#eve", organization="#siren"),
        ],
        "source": {"reference": "#role-eve"},
        "date": "2025-06-01T08:00:00+02:00",
        "extension": [_kind("07", "urn:oid:1.2.250.1.213.2.2"), _source("SRC-01", "urn:oid:1.2.250.1.999.6")],
    }
    mine = a_report(person, set_id=base + "3")
    mine["entry"][0]["resource"] |= {
        "contained": [person.contained()],
        "source": {"reference": "#patient"},
        "title": "Séance",
        "date": "2024-01-01",
        "extension": [_kind("EXP_PATIENT", "urn:oid:1.2.250.1.213.1.1.4.6"), _source("urn:oid:1.2.250.1.999.5")],
    }
    secret = a_folder_entry(person, fhir.urn("fiche"), unique_id=base + "6", title="Diabète")
    hidden = a_report(person, set_id=base + "4", labels=["INVISIBLE_PATIENT"], more=[secret])
    hidden["entry"][0]["resource"]["title"] = "Séjour d'été"
    done = [await world.deposit(bundle) for bundle in (stay, visit, mine, hidden)]
    sets = [each.entries[0]["location"].split("/")[1] for each in done]
    folders = [done[n].entries[-1]["location"].split("/")[1] for n in (0, 3)]
    return {
        **dict(zip(("stay", "visit", "mine", "hidden"), sets, strict=True)),
        **dict(zip(("d1", "d2", "d3", "hidden document"), (each.id for each in done), strict=True)),
        "diabetes": folders[0], "hidden folder": folders[1], "family": person.identity.traits.birth_name,
        "patient": str(person.patient_id), "ins": person.token_of_ins, "token": world.a_citizen(person).token,
    }  # fmt: skip


async def _played(world: World, kind: str, known: dict[str, str], query: str, finds: str) -> None:
    for name, value in known.items():
        query = query.replace(f"{{{name}}}", value)
    pairs = parse_qsl(query, keep_blank_values=True)
    headers = {"Authorization": f"Bearer {known['token']}"}
    by_get = await world.http.get(f"/fhir/{kind}", params=pairs, headers=headers)
    by_post = await world.http.post(f"/fhir/{kind}/_search", data=dict(pairs), headers=headers)
    if finds.startswith("400"):
        assert by_get.status_code == 400, by_get.text
        assert finds.split()[1] in codes_of(by_get)
    else:
        expected = [] if finds == "nothing" else [known[name] for name in finds.split()]
        assert by_get.status_code == 200, by_get.text
        assert sorted(ids_of(by_get)) == sorted(expected)
        if "_summary" not in query:
            assert by_get.json()["total"] == len(expected)
    if len(dict(pairs)) == len(pairs):
        assert by_post.status_code == by_get.status_code
        mine, other = by_get.json(), by_post.json()
        for bundle in (mine, other):
            bundle.pop("meta", None)  # the mark of the moment
        assert mine == other


@pytest.mark.parametrize(("name", "query", "finds"), _cases("DocumentReference"))
async def test_documents(world: World, documents: dict[str, str], name: str, query: str, finds: str) -> None:
    await _played(world, "DocumentReference", documents, query, finds)


@pytest.mark.parametrize(("name", "query", "finds"), _cases("List"))
async def test_lists(world: World, lists: dict[str, str], name: str, query: str, finds: str) -> None:
    await _played(world, "List", lists, query, finds)
