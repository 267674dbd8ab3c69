"""
One decision, whichever the door: what a search shows is what reading gives, is what a batch gives, is what the simulation says.

Every actor below asks every door about every document below, under every set of facts.
"""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest
from tests.builders.people import an_ins
from tests.doors.world import Caller, Person, World, a_report, codes_of

from carnet.domain.access.facts import holder_name
from carnet.domain.access.hiding_categories import Category
from carnet.domain.access.model import Representation
from carnet.domain.access.policy import POLICY_EDITION
from carnet.domain.actor import Actor, ActorKind, Purpose
from carnet.domain.consent.model import ConsentKind
from carnet.domain.record import hiding
from carnet.domain.record.simulation import facts_at, judged, simulate
from carnet.domain.record.updating.model import UpdateTerms
from carnet.domain.record.wanted import Named
from carnet.vocabulary.clock import system_clock

HOSPITAL = "1990000077"
PHYSICIAN = Actor(
    ActorKind.PROFESSIONAL,
    "Dr Essai",
    person="899788880001",
    profession="10",
    organization=HOSPITAL,
    software="cabinet",
)
NURSE = replace(PHYSICIAN, name="Inf. Essai", person="899788880002", profession="60")
TREATING = replace(PHYSICIAN, name="Dr Traitant", person="899788880003", organization=None)
STRANGER = replace(PHYSICIAN, name="Dr Inconnu", person="899788880004", organization=None)
EMERGENCY = replace(
    STRANGER, purpose=Purpose.EMERGENCY, motive="Inconscient", organization=HOSPITAL, person="899788880005"
)
REGULATOR = replace(STRANGER, purpose=Purpose.REGULATION, sector="SA01", person="899788880006")
SECRET = replace(PHYSICIAN, secret_connection=True)
SOFTWARE = Actor(ActorKind.ORGANIZATION, "Hôpital", organization=HOSPITAL, software="hopital")


def labels(*codes: str) -> list[dict[str, Any]]:
    coded = [("urn:oid:2.16.840.1.113883.5.25", "N"), *(("urn:oid:1.2.250.1.213.1.1.4.13", code) for code in codes)]
    return [{"coding": [{"system": system, "code": code}]} for system, code in coded]


@dataclass
class Scene:
    """A child's record with a document of each sort, and everyone who may ask."""

    world: World
    child: Person
    documents: dict[str, str]
    actors: dict[str, Actor]
    sets: dict[str, str]

    def caller(self, actor: Actor) -> Caller:
        return Caller(self.world.token(actor), actor.person or "")


@pytest.fixture(scope="module")
async def scene(world: World) -> Scene:
    child = await world.a_record(birth_date="2014-06-12")
    parent = an_ins()
    documents, sets = {}, {}
    for name, changes in {
        "plain": {},
        "masked": {"securityLabel": labels("MASQUE_PS")},
        "not-yet": {"securityLabel": labels("INVISIBLE_PATIENT")},
        "secret": {"securityLabel": labels("INVISIBLE_REPRESENTANTS_LEGAUX")},
        "hidden": {},
    }.items():
        filed = await world.deposit(a_report(child, **changes))
        documents[name], sets[name] = filed.id, filed.set_id
    for name, changes in {"added": {}, "kept": {"securityLabel": labels("MASQUE_PS")}}.items():
        filed = await world.deposit(a_report(child, **changes), by=world.a_citizen(child))
        documents[name], sets[name] = filed.id, filed.set_id
    await world.consent(child, ConsentKind.GRANT, PHYSICIAN.person or "")
    await world.consent(child, ConsentKind.GRANT, HOSPITAL, organization=True)
    await world.consent(child, ConsentKind.PRIMARY_CARE_DOCTOR, TREATING.person or "")
    await world.consent(child, ConsentKind.PARENTAL_AUTHORITY, holder_name(parent), scope=Representation.FULL)
    terms = UpdateTerms(world.carnet.services.read_terms.matrix, system_clock)
    citizen = Actor(ActorKind.CITIZEN, "La personne", ins=child.ins)
    for holder in (PHYSICIAN.person, TREATING.person, EMERGENCY.person):
        await hiding.hide_from(
            world.carnet.services.store,
            Named(logical_id=UUID(documents["hidden"])),
            holder or "",
            actor=citizen,
            terms=terms,
        )
    actors = {
        "citizen": citizen,
        "parent": world.representing(parent, child),
        "another-parent": world.representing(an_ins(), child),
        "physician": PHYSICIAN,
        "nurse": NURSE,
        "treating": TREATING,
        "stranger": STRANGER,
        "emergency": EMERGENCY,
        "regulator": REGULATOR,
        "secret": SECRET,
        "software": SOFTWARE,
    }
    return Scene(world, child, documents, actors, sets)


SEEN = {
    "citizen": {"plain", "masked", "secret", "hidden", "added", "kept"},
    "parent": {"plain", "masked", "hidden", "added", "kept"},
    "physician": {"plain", "not-yet", "added"},
    "nurse": {"plain", "not-yet", "hidden", "added"},
    "treating": {"plain", "masked", "not-yet", "secret", "added"},
    "emergency": {"plain", "not-yet", "added"},
    "regulator": {"plain", "not-yet", "hidden", "added"},
    "secret": {"plain", "not-yet", "secret", "added"},
}


async def what_each_door_says(scene: Scene, actor: Actor) -> dict[str, set[str] | None]:
    """By door, the names of the documents shown; None when the record is refused."""
    world, by = scene.world, scene.caller(actor)
    names = {document: name for name, document in scene.documents.items()}
    said: dict[str, set[str] | None] = {}
    searched = await world.search(scene.child, by=by)
    paged = await world.search(scene.child, by=by, _count=1)
    said["search"] = said["pages"] = None
    if searched.status_code == 200:
        body = searched.json()
        said["search"] = {names[entry["resource"]["id"]] for entry in body.get("entry", [])}
        assert body["total"] == len(said["search"])
        found, page = set(), paged.json()
        while True:
            found |= {names[entry["resource"]["id"]] for entry in page.get("entry", [])}
            following = [link["url"] for link in page["link"] if link["relation"] == "next"]
            if not following:
                break
            page = (await world.http.get(following[0], headers=by.headers)).json()
        said["pages"] = found
    else:
        assert (searched.status_code, paged.status_code) == (403, 403)

    async def asked(address: str) -> set[str] | None:
        shown, refused = set(), set()
        for name, document in scene.documents.items():
            identifier = scene.sets[name] if address == "List" else document
            response = await world.http.get(f"/fhir/{address}/{identifier}", headers=by.headers)
            if response.status_code == 200:
                shown.add(name)
            elif response.status_code == 403:
                refused.add(name)
            else:
                assert response.status_code == 404, response.text
        assert not refused or refused == set(scene.documents)
        return None if refused else shown

    for address in ("DocumentReference", "Binary", "List"):
        said[address] = await asked(address)
    batch = {
        "resourceType": "Bundle",
        "type": "batch",
        "entry": [{"request": {"method": "GET", "url": f"Binary/{each}"}} for each in scene.documents.values()],
    }
    answers = (await world.send(batch, by=by)).json()["entry"]
    statuses = {name: each["response"]["status"][:3] for name, each in zip(scene.documents, answers, strict=True)}
    said["batch"] = (
        None if set(statuses.values()) == {"403"} else {name for name, at in statuses.items() if at == "200"}
    )
    lists = await world.http.get(
        "/fhir/List", params={"patient.identifier": scene.child.token_of_ins}, headers=by.headers
    )
    sets = {of_set: name for name, of_set in scene.sets.items()}
    said["lists"] = (
        {sets[entry["resource"]["id"]] for entry in lists.json().get("entry", [])} if lists.status_code == 200 else None
    )
    store, now = world.carnet.services.store, system_clock()
    past = await facts_at(store, scene.child.patient_id, actor, at=now)
    assert past is not None
    then = judged(actor, past, world.carnet.services.read_terms.matrix)
    said["past"] = {names[str(each)] for each in then.seen} if then.opens.allowed else None
    return said


async def _same_everywhere(scene: Scene, name: str, expected: set[str] | None) -> None:
    actor = scene.actors[name]
    said = await what_each_door_says(scene, actor)
    assert said == dict.fromkeys(said, expected), name
    terms = scene.world.carnet.services.read_terms
    mine = SEEN["citizen"]
    shown = await simulate(
        scene.world.carnet.services.store, scene.child.ins, actor, actor=scene.actors["citizen"], terms=terms
    )
    names = {document: each for each, document in scene.documents.items()}
    assert shown.opens.allowed is (expected is not None)
    # What is hidden from who asks is in no simulation of theirs, be it seen or refused.
    assert {names[str(each.logical_id)] for each in shown.documents} == (mine if expected is not None else set())
    assert {names[str(each)] for each in shown.seen} == (expected or set()) & mine


@pytest.mark.parametrize("name", [*SEEN, "another-parent", "stranger", "software"])
async def test_every_door_gives_the_same_answer(scene: Scene, name: str) -> None:
    await _same_everywhere(scene, name, SEEN.get(name))


FACTS: list[tuple[str, dict[str, Any], dict[str, set[str] | None]]] = [
    ("a block", {"kind": ConsentKind.BLOCK, "holder": PHYSICIAN.person}, {"physician": None, "secret": None}),
    ("a block of the structure", {"kind": ConsentKind.BLOCK, "holder": HOSPITAL, "organization": True}, {"physician": None, "nurse": None}),
    ("no emergency", {"kind": ConsentKind.EMERGENCY_OPPOSITION}, {"emergency": None}),
    ("no regulation", {"kind": ConsentKind.REGULATION_OPPOSITION}, {"regulator": None}),
    ("masked in an emergency", {"kind": ConsentKind.EMERGENCY_MASKED}, {"emergency": {"plain", "masked", "not-yet", "added"}}),
    (
        "a hidden class",
        {"kind": ConsentKind.HIDDEN_CATEGORY, "scope": "class|11"},
        {"physician": set(), "nurse": set(), "emergency": set(), "treating": {"plain", "masked", "not-yet", "secret", "added"}, "regulator": set()},
    ),
    (
        "a type withheld from one",
        {"kind": ConsentKind.WITHHELD_CATEGORY, "holder": PHYSICIAN.person, "scope": "type|11488-4"},
        {"physician": set()},
    ),
    ("no feeding", {"kind": ConsentKind.FEEDING_OPPOSITION}, {}),
]  # fmt: skip


@pytest.mark.parametrize(("what", "fact", "changes"), FACTS, ids=[what for what, *_ in FACTS])
async def test_under_other_facts(
    scene: Scene, what: str, fact: dict[str, Any], changes: dict[str, set[str] | None]
) -> None:
    plain = (await scene.world.http.get(
        f"/fhir/DocumentReference/{scene.documents['plain']}", headers=scene.caller(scene.actors["citizen"]).headers
    )).json()  # fmt: skip
    type_code, class_code = plain["type"]["coding"][0]["code"], plain["category"][0]["coding"][0]["code"]
    if "scope" in fact:
        kind = fact["scope"].split("|")[0]
        fact = fact | {"scope": f"{kind}|{type_code if kind == 'type' else class_code}"}
        assert Category(*fact["scope"].split("|"))
    expected = {
        name: SEEN.get(name)
        for name in ("citizen", "parent", "physician", "nurse", "treating", "emergency", "regulator")
    }
    await scene.world.consent(scene.child, **fact)
    try:
        for name, seen in (expected | changes).items():
            await _same_everywhere(scene, name, seen)
    finally:
        await scene.world.consent(scene.child, **fact, ends=True)


async def test_every_event_says_by_which_edition_it_was_judged(scene: Scene) -> None:
    world, matrix = scene.world, scene.world.carnet.services.read_terms.matrix
    await what_each_door_says(scene, scene.actors["physician"])
    judged_ones = [event for event in await world.events(scene.child) if event.rule is not None]
    assert {event.type for event in judged_ones} >= {
        "documents-filed",
        "documents-listed",
        "document-read",
        "fiche-read",
        "document-hidden",
    }
    edition = f"{POLICY_EDITION}; {matrix.edition}"
    assert {event.edition for event in judged_ones} == {edition}


async def test_who_acts_for_a_child_deposits_as_the_child_would(scene: Scene) -> None:
    """What a parent adds is the child's own; what is hidden from the parent exists for them no more when they deposit."""
    world = scene.world
    child = await world.a_record(birth_date="2016-06-12")
    parent = an_ins()
    await world.consent(child, ConsentKind.PARENTAL_AUTHORITY, holder_name(parent), scope=Representation.FULL)
    by = world.a_representative(parent, of=child)
    doctor = await world.a_professional(treating=child)
    kept = (await world.deposit(a_report(child, securityLabel=labels("MASQUE_PS")), by=by)).id
    assert await world.found(child, by=by) == [kept]
    assert await world.found(child, by=doctor) == []  # the patient's own: theirs alone
    for code in ("INVISIBLE_PATIENT", "INVISIBLE_REPRESENTANTS_LEGAUX"):
        refused = await world.send(a_report(child, securityLabel=labels(code)), by=by)
        assert codes_of(refused) == ["label-not-yours"]
    secret = (await world.deposit(a_report(child, securityLabel=labels("INVISIBLE_REPRESENTANTS_LEGAUX")))).id
    answers = [
        await world.send(a_report(child, replaces={"reference": f"DocumentReference/{target}"}), by=by)
        for target in (secret, UUID(int=9))
    ]
    assert [codes_of(answer) for answer in answers] == [["relates-to-unknown"]] * 2
    reads = world.a_representative(an_ins(), of=child)
    assert codes_of(await world.send(a_report(child), by=reads)) == ["feed-refused"]
