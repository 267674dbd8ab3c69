"""The directory over HTTP: each parameter, paging, includes, inactive resources, and what is never shown."""

import asyncio
import json
from importlib import import_module
from typing import Any

import httpx
import pytest
from tests.builders.annuaire import (
    a_legal_entity,
    a_mailbox,
    a_person,
    a_site,
    activities,
    an_activity,
    an_rpps,
    mailboxes,
)
from tests.doors.world import Caller, World, codes_of, links_of

from carnet.domain.actor import SYSTEM
from carnet.domain.directory import store
from carnet.domain.directory.loading import import_published
from carnet.domain.directory.loading.model import ImportTerms
from carnet.operating.directory_files import reading
from carnet.territory.annuaire import MAILBOX_COLUMNS

G15 = "https://mos.esante.gouv.fr/NOS/TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante"
R38 = "https://mos.esante.gouv.fr/NOS/TRE_R38-SpecialiteOrdinale/FHIR/TRE-R38-SpecialiteOrdinale"
R39 = "https://mos.esante.gouv.fr/NOS/TRE_R39-Competence/FHIR/TRE-R39-Competence"
R23 = "https://mos.esante.gouv.fr/NOS/TRE_R23-ModeExercice/FHIR/TRE-R23-ModeExercice"
V3307 = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-3307"
RPPS, FINESS = "https://rpps.esante.gouv.fr", "https://finess.esante.gouv.fr"
IDNPS, IDNST = "urn:oid:1.2.250.1.71.4.2.1", "urn:oid:1.2.250.1.71.4.2.2"
PRACTICE = {"technical": "R99900001", "former": "499900000000001", "finess": "", "mode": "L", "sector": "SA07"}

HOSPITAL, LEGAL, CLINIC = "990000001", "990000019", "990000027"


async def load(world: World, content: bytes, name: str = "extraction.txt", **terms: Any) -> None:
    begun = reading(name, iter([content]), None)
    await import_published(
        world.carnet.database, begun.source, begun.entries, terms=ImportTerms(**{"max_lost_percent": 100, **terms}), actor=SYSTEM,
        sealer=world.carnet.services.store.system_key, clock=world.carnet.services.clock,
    )  # fmt: skip


@pytest.fixture(scope="module")
async def reader(world: World) -> Caller:
    """Someone with a token, in a world whose directory was loaded twice: number 9 left in between."""
    people = (
        an_activity(1, at=HOSPITAL, legal=LEGAL, family="L'HÉRITIER-NOËL", given="ÉLODIE", skill="SM26", skill_type="S", title="DR"),
        an_activity(1, family="L'HÉRITIER-NOËL", given="ÉLODIE", skill="C01", skill_type="C", name="CABINET DU PORT",
                    delivery="35400 SAINT-MALO", postal_code="35400", city="Saint-Malo", **PRACTICE),
        an_activity(2, at=HOSPITAL, legal=LEGAL, family="MARTIN", given="PAUL", skill="SM04", skill_type="S"),
        an_activity(3, at=CLINIC, family="MARTINET", given="ANNE", profession="60", authority="ARS/ARS/ARS", role="FON-AU"),
        an_activity(4, at=CLINIC, family="DUPONT", given="MARTIN", profession="21", section="A", activity="GENR02"),
        a_person(5, family="SANS ACTIVITÉ", given="ZOÉ", profession="70"),
    )  # fmt: skip
    await load(world, activities(*people, an_activity(9, family="PARTI", given="MARTIN")))
    await load(world, activities(*people))
    site = a_site(CLINIC, siret="99999999900011", categorieEntiteGeographiqueExercice={"code": "355"})
    await load(world, json.dumps({"pmej": [a_legal_entity("990000043", site)]}).encode(), "finess.json")
    boxes = [
        a_mailbox("elodie.heritier@medecin.mssante.fr", rank=1),
        a_mailbox("e.heritier@ch.mssante.fr", rank=1, at=HOSPITAL),
        a_mailbox("paul.martin@ailleurs.mssante.fr", rank=2, at=CLINIC, kind="CAB"),
        a_mailbox("secret@ch.mssante.fr", rank=2) | {"Liste rouge": "O"},
        a_mailbox("parti@ch.mssante.fr", rank=9),
        a_mailbox("cardio@ch.mssante.fr", at=HOSPITAL, kind="ORG") | {"Service de rattachement": "CARDIOLOGIE"},
        a_mailbox("dpi@ch.mssante.fr", at=HOSPITAL, kind="APP"),
    ]
    await load(world, mailboxes(*boxes, columns=(*MAILBOX_COLUMNS, "Liste rouge")))
    return world.hospital


async def get(world: World, address: str, by: Caller, **headers: str) -> httpx.Response:
    return await world.http.get(f"/fhir/{address}", headers=by.headers | headers)


async def found(world: World, address: str, by: Caller) -> list[str]:
    """Names of practitioners and organisations, or whose situations they are, in the order given."""
    answer = await get(world, address, by)
    assert answer.status_code == 200, answer.text[:500]
    return [label(entry["resource"]) for entry in answer.json().get("entry", ())]


def label(resource: dict[str, Any]) -> str:
    match resource["resourceType"]:
        case "Practitioner":
            return resource["name"][0]["family"] if resource["active"] else "(inactive)"
        case "PractitionerRole":
            if not resource["active"]:
                return "(inactive)"
            return (
                resource["practitioner"]["reference"][-2:-1]
                + "@"
                + resource["organization"]["reference"].partition("/")[2]
            )
        case _:
            return resource["id"]


def rpps(rank: int) -> str:
    return an_rpps(rank)


PEOPLE = [
    ("family=l'héritier", ["L'HÉRITIER-NOËL"]),
    ("family=L HERITIER NOEL", ["L'HÉRITIER-NOËL"]),
    ("family=martin", ["MARTIN", "MARTINET"]),
    ("family=martin,dupont", ["MARTIN", "MARTINET", "DUPONT"]),
    ("family:exact=MARTIN", ["MARTIN"]),
    ("family:exact=Martin", []),
    ("family:contains=noel", ["L'HÉRITIER-NOËL"]),
    ("family:contains=%", []),
    ("family=_", []),
    ("given=elo", ["L'HÉRITIER-NOËL"]),
    ("given=martin", ["DUPONT"]),
    ("name=martin", ["MARTIN", "MARTINET", "DUPONT"]),
    ("name=paul martin", ["MARTIN"]),
    ("name=martin paul", ["MARTIN"]),
    ("name=martin&given=anne", ["MARTINET"]),
    (f"identifier={rpps(1)}", ["L'HÉRITIER-NOËL"]),
    (f"identifier=8{rpps(1)}", ["L'HÉRITIER-NOËL"]),
    (f"identifier={RPPS}|{rpps(1)}", ["L'HÉRITIER-NOËL"]),
    (f"identifier={IDNPS}|8{rpps(1)}", ["L'HÉRITIER-NOËL"]),
    (f"identifier={IDNPS}|{rpps(1)}", []),
    (f"identifier=https://adeli.esante.gouv.fr|{rpps(1)}", []),
    (f"identifier=urn:oid:1.2.3|{rpps(1)}", []),
    (f"identifier={RPPS}|{rpps(1)},{RPPS}|{rpps(2)}", ["L'HÉRITIER-NOËL", "MARTIN"]),
    (f"_id=8{rpps(2)}", ["MARTIN"]),
    ("qualification-code=60", ["MARTINET"]),
    (f"qualification-code={G15}|21", ["DUPONT"]),
    ("qualification-code=SM26", ["L'HÉRITIER-NOËL"]),
    (f"qualification-code={R38}|SM04", ["MARTIN"]),
    (f"qualification-code={R39}|C01", ["L'HÉRITIER-NOËL"]),
    (f"qualification-code={R39}|SM04", []),
    ("qualification-code=60,21", ["MARTINET", "DUPONT"]),
    ("identifier-type=ADELI", []),
    ("identifier-type=RPPS&family=dupont", ["DUPONT"]),
    ("active=false", ["(inactive)"]),
    ("active=true&family=dup", ["DUPONT"]),
    ("mailbox-mss=elodie", ["L'HÉRITIER-NOËL"]),
    ("mailbox-mss:exact=Elodie.Heritier@medecin.mssante.fr", ["L'HÉRITIER-NOËL"]),
    ("mailbox-mss:contains=@ailleurs", ["MARTIN"]),
    ("mailbox-mss:contains=e.heritier@ch", []),  # shown with the situation
    ("mailbox-mss:contains=secret", []),
    ("mailbox-mss:contains=parti@", []),
    ("_lastUpdated=gt2999-01-01", []),
    ("_lastUpdated=lt2000", []),
    ("_lastUpdated=ge2000&family=dup", ["DUPONT"]),
]  # fmt: skip


@pytest.mark.parametrize(("query", "names"), PEOPLE, ids=[query for query, _ in PEOPLE])
async def test_search_of_practitioners(world: World, reader: Caller, query: str, names: list[str]) -> None:
    assert await found(world, f"Practitioner?{query}", reader) == names


ROLES = [
    (f"practitioner=8{rpps(2)}", ["1@1990000001"]),
    (f"practitioner=Practitioner/8{rpps(2)}", ["1@1990000001"]),
    (f"practitioner:identifier={RPPS}|{rpps(2)}", ["1@1990000001"]),
    (f"practitioner.identifier={rpps(2)}", ["1@1990000001"]),
    (f"organization=Organization/1{CLINIC}&role=FON-AU", [f"1@1{CLINIC}"]),
    (f"organization.identifier={FINESS}|{CLINIC}&role=A", [f"1@1{CLINIC}"]),
    (f"organization=1{CLINIC}&role={R23}|L", []),
    ("role=GENR02", [f"1@1{CLINIC}"]),
    ("data-registration-authority=ARS/ARS/ARS", [f"1@1{CLINIC}"]),
    ("mailbox-mss=e.heritier", ["1@1990000001"]),
    ("mailbox-mss=elodie", []),
    ("active=false", ["(inactive)"]),
    ("organization=inconnue", []),
]  # fmt: skip


@pytest.mark.parametrize(("query", "names"), ROLES, ids=[query for query, _ in ROLES])
async def test_search_of_situations(world: World, reader: Caller, query: str, names: list[str]) -> None:
    told = await found(world, f"PractitionerRole?{query}", reader)
    assert [name.partition("@")[2] or name for name in told] == [name.partition("@")[2] or name for name in names]


STRUCTURES = [
    ("name=cabinet", ["499900000000001"]),
    ("name:contains=du port", ["499900000000001"]),
    ("name:exact=CABINET DU PORT", ["499900000000001"]),
    ("address-city=st malo", []),
    ("address-city=saint malo", ["499900000000001"]),
    ("address-postalcode=354", ["499900000000001"]),
    ("address=lyon", [f"1{HOSPITAL}"]),
    ("address=35400", ["499900000000001"]),
    (f"identifier={HOSPITAL}", [f"1{HOSPITAL}"]),
    (f"identifier={FINESS}|{LEGAL}", [f"1{LEGAL}"]),
    (f"identifier={IDNST}|499900000000001", ["499900000000001"]),
    ("identifier=https://sirene.fr|99999999900011", [f"1{CLINIC}"]),
    ("identifier=https://sirene.fr|999999999", ["1990000043"]),
    ("identifier=https://rppsrang.esante.gouv.fr|R99900001", ["499900000000001"]),
    ("identifier-type=FINEG", [f"1{HOSPITAL}", f"1{CLINIC}"]),
    ("identifier-type=SIRET", [f"1{CLINIC}"]),
    ("type=SA01", [f"1{HOSPITAL}", f"1{CLINIC}"]),
    (f"type={V3307}|GEOGRAPHICAL-ENTITY", [f"1{HOSPITAL}", f"1{CLINIC}"]),
    ("type=355", [f"1{CLINIC}"]),
    (f"partof=Organization/1{LEGAL}", [f"1{HOSPITAL}"]),
    ("partof:identifier=https://finess.esante.gouv.fr|990000043", [f"1{CLINIC}"]),
    ("mailbox-mss:contains=@ch.mssante", [f"1{HOSPITAL}"]),
    ("active=false", []),
]  # fmt: skip


@pytest.mark.parametrize(("query", "names"), STRUCTURES, ids=[query for query, _ in STRUCTURES])
async def test_search_of_structures(world: World, reader: Caller, query: str, names: list[str]) -> None:
    assert await found(world, f"Organization?{query}", reader) == names


async def test_post_is_the_same(world: World, reader: Caller) -> None:
    answer = await world.http.post("/fhir/Practitioner/_search", data={"family": "martin"}, headers=reader.headers)
    assert answer.status_code == 200
    assert answer.json()["total"] == 2


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("Practitioner?couleur=bleu", "parameter-unknown"),
        ("Practitioner?family:text=a", "parameter-unknown"),
        ("Practitioner?active:not=true", "parameter-unknown"),
        ("Practitioner?address-city=a", "parameter-unknown"),
        ("Practitioner?number-smartcard=1", "parameter-not-held"),
        ("Organization?pharmacy-licence=1", "parameter-not-held"),
        ("Practitioner?active=oui", "parameter-value"),
        ("Practitioner?_lastUpdated=hier", "parameter-value"),
        ("Practitioner?family=", "parameter-value"),
        ("Practitioner?identifier-type=XX", "parameter-value"),
        ("PractitionerRole?practitioner=Patient/1", "parameter-value"),
        ("Practitioner?_count=dix", "parameter-value"),
        ("Practitioner?_include=PractitionerRole:practitioner", "parameter-unknown"),
        ("Practitioner?_elements=name", "elements-not-supported"),
        ("Practitioner?_summary=true", "summary-not-supported"),
        ("Practitioner?_cursor=abc", "cursor-invalid"),
        ("Practitioner?_cursor=abc&family=a", "cursor-not-alone"),
        ("Practitioner?family=%ff", "parameter-encoding"),
        ("Practitioner?family=" + ",".join("a" * 300), "parameter-too-many-values"),
    ],
)
async def test_what_is_not_understood_is_400(world: World, reader: Caller, address: str, code: str) -> None:
    answer = await get(world, address, reader)
    assert answer.status_code == 400
    assert codes_of(answer) == [code]


async def test_lenience_is_told(world: World, reader: Caller) -> None:
    answer = await get(
        world, "Practitioner?couleur=bleu&number-smartcard=1&family=dupont", reader, Prefer="handling=lenient"
    )
    assert [entry["search"]["mode"] for entry in answer.json()["entry"]] == ["match", "outcome"]
    assert links_of(answer)["self"].endswith("?family=dupont")


async def test_a_token_is_needed_and_any_will_do(world: World, reader: Caller) -> None:
    assert (await world.http.get("/fhir/Practitioner")).status_code == 401
    citizen = world.a_citizen(await world.a_record())
    assert await found(world, "Practitioner?family=dupont", citizen) == ["DUPONT"]
    assert await found(world, "Practitioner?family=dupont", await world.a_professional()) == ["DUPONT"]


async def test_pages_follow_one_another(world: World, reader: Caller) -> None:
    answer = await get(world, "Practitioner?active=true&_count=2", reader)
    assert answer.json()["total"] == 5
    pages = [[label(entry["resource"]) for entry in answer.json()["entry"]]]
    while "next" in links_of(answer):
        assert "active" not in links_of(answer)["next"]
        answer = await world.http.get(links_of(answer)["next"], headers=reader.headers)
        assert answer.json()["total"] == 5
        pages.append([label(entry["resource"]) for entry in answer.json()["entry"]])
    assert pages == [["L'HÉRITIER-NOËL", "MARTIN"], ["MARTINET", "DUPONT"], ["SANS ACTIVITÉ"]]


async def test_a_cursor_is_its_owner_s(world: World, reader: Caller) -> None:
    link = links_of(await get(world, "Practitioner?active=true&_count=2", reader))["next"]
    other = await world.a_professional()
    answer = await world.http.get(link, headers=other.headers)
    assert answer.status_code == 400
    assert codes_of(answer) == ["cursor-invalid"]


async def test_counting_alone(world: World, reader: Caller) -> None:
    for query in ("_count=0", "_summary=count"):
        body = (await get(world, f"Practitioner?active=true&{query}", reader)).json()
        assert body["total"] == 5
        assert "entry" not in body
    assert "total" not in (await get(world, "Practitioner?_total=none", reader)).json()


async def test_what_refers_and_what_is_referred_to_may_come_along(world: World, reader: Caller) -> None:
    async def kinds(address: str) -> list[tuple[str, str]]:
        entries = (await get(world, address, reader)).json()["entry"]
        return [(entry["search"]["mode"], entry["resource"]["resourceType"]) for entry in entries]

    assert await kinds("Practitioner?family=l'h&_revinclude=PractitionerRole:practitioner") == [
        ("match", "Practitioner"),
        ("include", "PractitionerRole"),
        ("include", "PractitionerRole"),
    ]
    role = f"PractitionerRole?practitioner=8{rpps(2)}"
    assert await kinds(f"{role}&_include=PractitionerRole:organization") == [
        ("match", "PractitionerRole"),
        ("include", "Organization"),
    ]
    assert await kinds(f"{role}&_include=PractitionerRole:practitioner") == [
        ("match", "PractitionerRole"),
        ("include", "Practitioner"),
    ]
    assert await kinds(f"{role}&_include=*") == [
        ("match", "PractitionerRole"),
        ("include", "Practitioner"),
        ("include", "Organization"),
    ]
    assert await kinds(f"Organization?_id=1{HOSPITAL}&_include=Organization:partof") == [
        ("match", "Organization"),
        ("include", "Organization"),
    ]


async def test_one_resource_by_its_id(world: World, reader: Caller) -> None:
    address = f"Practitioner/8{rpps(1)}"
    answer = await get(world, address, reader)
    assert answer.status_code == 200
    assert answer.json()["id"] == f"8{rpps(1)}"
    again = await get(world, address, reader, **{"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    assert again.content == b""
    for unknown in (
        "Practitioner/inconnu",
        "Practitioner/%00",
        "Practitioner/.00",
        "Practitioner/" + "8" * 80,
        "PractitionerRole/" + "0" * 32,
        f"Organization/8{rpps(1)}",
    ):
        missing = await get(world, unknown, reader)
        assert missing.status_code == 404
        assert codes_of(missing) == ["directory-entry-unknown"]
    assert (await world.http.get(f"/fhir/{address}")).status_code == 401
    assert (await world.http.put(f"/fhir/{address}", headers=reader.headers, json={})).status_code == 405


async def test_an_inactive_resource_keeps_only_its_identifiers(world: World, reader: Caller) -> None:
    practitioner = (await get(world, f"Practitioner/8{rpps(9)}", reader)).json()
    assert set(practitioner) == {"resourceType", "id", "identifier", "active"}
    assert practitioner["active"] is False
    assert [identifier["value"] for identifier in practitioner["identifier"]] == [f"8{rpps(9)}", rpps(9)]
    (role,) = [e["resource"] for e in (await get(world, "PractitionerRole?active=false", reader)).json()["entry"]]
    assert set(role) == {"resourceType", "id", "identifier", "active"}
    assert "PARTI" not in str(practitioner) + str(role)


async def test_an_inactive_resource_is_found_by_nothing_else(world: World, reader: Caller) -> None:
    for query in (f"practitioner=8{rpps(9)}", f"organization=1{HOSPITAL}&active=false", "role=GENR01&active=false"):
        assert await found(world, f"PractitionerRole?{query}", reader) == [], query
    answer = (await get(world, "PractitionerRole?active=false&_include=*", reader)).json()
    assert [entry["search"]["mode"] for entry in answer["entry"]] == ["match"]
    with_roles = f"Practitioner?_id=8{rpps(9)}&_revinclude=PractitionerRole:practitioner"
    assert len((await get(world, with_roles, reader)).json()["entry"]) == 1
    assert await found(world, f"Practitioner?identifier=8{rpps(9)}", reader) == ["(inactive)"]


async def test_mailboxes_are_where_the_guide_puts_them(world: World, reader: Caller) -> None:
    def values(resource: dict[str, Any]) -> list[str]:
        return [telecom["value"] for telecom in resource.get("telecom", ()) if telecom["system"] == "email"]

    practitioner = (await get(world, f"Practitioner/8{rpps(1)}", reader)).json()
    assert values(practitioner) == ["elodie.heritier@medecin.mssante.fr"]
    role = (await get(world, f"PractitionerRole?practitioner=8{rpps(1)}&organization=1{HOSPITAL}", reader)).json()
    assert values(role["entry"][0]["resource"]) == ["e.heritier@ch.mssante.fr"]
    # Of a structure where the directory knows no situation of theirs: shown with the person rather than lost.
    assert values((await get(world, f"Practitioner/8{rpps(2)}", reader)).json()) == ["paul.martin@ailleurs.mssante.fr"]
    organization = (await get(world, f"Organization/1{HOSPITAL}", reader)).json()
    assert values(organization) == ["cardio@ch.mssante.fr", "dpi@ch.mssante.fr"]


async def test_wide_searches_wait_for_one_another_and_say_so(
    world: World, reader: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    routes = import_module("carnet.channels.directory.routes")

    async def endless(*_: object) -> None:
        await asyncio.sleep(30)

    monkeypatch.setattr(routes, "_WAIT_SECONDS", 0.05)
    with monkeypatch.context() as patched:
        patched.setattr(routes, "search", endless)
        held = [asyncio.create_task(get(world, "Practitioner?family=a", reader)) for _ in range(2)]
        await asyncio.sleep(0.05)
        answer = await get(world, "Organization?name=a", reader)
        assert (answer.status_code, codes_of(answer)) == (503, ["server-busy"])
        assert answer.headers["Retry-After"]
        for task in held:
            task.cancel()
        await asyncio.gather(*held, return_exceptions=True)
    assert await found(world, "Practitioner?family=dupont", reader) == ["DUPONT"]


async def test_a_search_that_takes_too_long_is_told(
    world: World, reader: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = "SELECT pg_sleep(3)::text, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10"
    monkeypatch.setattr(store, "page_statement", lambda *_: (slow, {}))
    monkeypatch.setattr(store, "_SEARCH_SETTINGS", ("SET LOCAL statement_timeout = '50ms'",))
    answer = await get(world, "Practitioner?family:contains=a", reader)
    assert (answer.status_code, codes_of(answer)) == (400, ["search-too-wide"])


async def test_synchronising_by_the_bundle_s_instant_loses_nothing(world: World, reader: Caller) -> None:
    mark = (await get(world, "Practitioner?_count=0", reader)).json()["meta"]["lastUpdated"]
    assert await found(world, f"Practitioner?_lastUpdated=gt{mark}", reader) == []
    await load(world, activities(a_person(50, family="ARRIVÉE")), is_partial=True)
    assert await found(world, f"Practitioner?_lastUpdated=gt{mark}", reader) == ["ARRIVÉE"]
