"""What a deposit does when it is right: what is kept, what a second sending changes (nothing), and how the patient may be named."""

import base64
import copy
import hashlib
from typing import Any

import pytest
from tests.builders import fhir
from tests.builders.cda import a_cda, a_pdf
from tests.doors.world import (
    Person,
    World,
    a_letter,
    a_report,
    a_unique_id,
    codes_of,
    fiche_of,
    issues_of,
    several,
)

from carnet.domain.audit.model import EventType


async def test_bytes_come_back_as_they_went(world: World) -> None:
    person = await world.a_record()
    content = a_cda(**person.header(unique_id=a_unique_id()))
    done = await world.deposit(a_letter(person, content=content))
    citizen = world.a_citizen(person)
    fiche = (await world.read(f"DocumentReference/{done.id}", by=citizen)).json()
    attachment = fiche["content"][0]["attachment"]
    assert attachment["url"].endswith(f"/fhir/Binary/{done.id}")
    assert attachment["size"] == len(content)
    assert base64.b64decode(attachment["hash"]) == hashlib.sha1(content).digest()
    read = await world.read(f"Binary/{done.id}", by=citizen)
    assert (read.content, read.headers["content-type"]) == (content, "text/xml")


async def test_a_deposit_leaves_one_event_with_its_documents(world: World) -> None:
    person = await world.a_record()
    before = len(await world.events(person))
    done = await world.deposit(several(person, a_report(person), a_letter(person)))
    (event,) = (await world.events(person))[before:]
    assert event.type is EventType.DOCUMENTS_FILED
    assert sorted(str(document) for document in event.documents) == sorted(done.ids())
    assert event.actor.organization == "1990000001"
    assert event.actor.software == "hopital"


# Sent again


async def _unchanged_by(world: World, person: Person, bundle: dict[str, Any]) -> Any:
    """The answer of a deposit that changes nothing at all, trail included."""
    rows, head, events = await world.rows(), await world.head(person), len(await world.events(person))
    done = await world.deposit(bundle)
    assert (await world.rows(), await world.head(person), len(await world.events(person))) == (rows, head, events)
    return done


async def test_the_same_message_again_gives_the_first_locations(world: World) -> None:
    person = await world.a_record()
    bundle = a_letter(person)
    first = await world.deposit(bundle)
    again = await _unchanged_by(world, person, bundle)
    assert (again.statuses, again.warnings) == (["200"] * 3, [])
    assert [entry["location"] for entry in again.entries] == [entry["location"] for entry in first.entries]


async def test_the_same_document_in_another_set_is_a_replay(world: World) -> None:
    person = await world.a_record()
    bundle = a_report(person)
    first = await world.deposit(bundle)
    other_set = several(person, bundle)
    again = await _unchanged_by(world, person, other_set)
    assert again.id == first.id
    assert again.set_id == first.set_id


@pytest.mark.parametrize("change", ["title", "labels", "confidentiality"])
async def test_the_same_bytes_with_other_metadata_are_told(world: World, change: str) -> None:
    person = await world.a_record()
    bundle = a_report(person)
    first = await world.deposit(bundle)
    other = copy.deepcopy(bundle)
    if change == "title":
        fiche_of(other)["content"][0]["attachment"]["title"] = "Autre titre"
    elif change == "labels":
        fiche_of(other)["securityLabel"] = fhir.a_fiche(labels=["MASQUE_PS"])["securityLabel"]
    else:
        fiche_of(other)["securityLabel"][0]["coding"][0]["code"] = "R"
    again = await _unchanged_by(world, person, other)
    assert (again.id, again.statuses, again.warnings) == (first.id, ["200"] * 3, ["replay-metadata-differs"])


async def test_a_replay_of_a_replaced_document_says_nothing_of_it(world: World) -> None:
    person = await world.a_record()
    bundle = a_report(person)
    first = await world.deposit(bundle)
    await world.deposit(a_report(person, replaces={"reference": f"DocumentReference/{first.id}"}))
    again = await _unchanged_by(world, person, bundle)
    assert (again.id, again.warnings) == (first.id, [])


async def test_a_known_unique_id_is_taken_and_nothing_is_said_of_whose(world: World) -> None:
    person, other = await world.a_record(), await world.a_record()
    unique_id = "1.2.250.1.999.55.1"
    await world.deposit(a_report(person, unique_id=unique_id))
    changed = a_pdf("Autre contenu")
    async with world.only_a_refusal(person, told_of="unique-id-taken"):
        here = await world.send(a_report(person, unique_id=unique_id, content=changed))
    async with world.only_a_refusal(other, told_of="unique-id-taken"):
        elsewhere = await world.send(a_report(other, unique_id=unique_id, content=changed))
    async with world.only_a_refusal(other, told_of="unique-id-taken"):
        same_bytes = await world.send(a_report(other, unique_id=unique_id))
    assert (here.status_code, issues_of(here.json())) == (
        409, [("unique-id-taken", "Bundle.entry[1].resource.masterIdentifier")],
    )  # fmt: skip
    assert here.content == elsewhere.content == same_bytes.content
    assert _told(here) == _told(elsewhere) == _told(same_bytes)


def _told(response: Any) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name not in {"x-request-id", "date"}}


async def test_a_set_is_used_once(world: World) -> None:
    person, other = await world.a_record(), await world.a_record()
    await world.deposit(a_report(person, set_id="1.2.250.1.999.56.1"))
    answers = []
    for who in (person, other):
        async with world.only_a_refusal(who, told_of="unique-id-taken"):
            answers.append(await world.send(a_report(who, set_id="1.2.250.1.999.56.1")))
    assert [answer.status_code for answer in answers] == [409, 409]
    assert answers[0].content == answers[1].content


async def test_one_old_and_one_new_document(world: World) -> None:
    person = await world.a_record()
    old = a_report(person)
    first = await world.deposit(old)
    events = len(await world.events(person))
    mixed = await world.deposit(several(person, old, a_report(person)))
    assert mixed.statuses == ["201", "200", "200", "201", "201"]
    assert mixed.ids()[0] == first.id
    (event,) = (await world.events(person))[events:]
    assert [str(document) for document in event.documents] == [mixed.ids()[1]]
    assert sorted(await world.found(person, by=world.a_citizen(person))) == sorted(mixed.ids())


# Naming the patient


def _named_by(person: Person, *, subject: str, source: str) -> dict[str, Any]:
    bundle = a_report(person, subject={"ins": person.by_ins, "id": person.by_id, "identifier": person.by_identifier, "contained": {"reference": "#patient"}}[subject])  # fmt: skip
    fiche = fiche_of(bundle)
    if "contained" in {subject, source}:
        fiche["contained"].append(person.contained())
    if source == "contained":
        fiche["context"]["sourcePatientInfo"] = {"reference": "#patient"}
    elif source != "none":
        fiche["context"]["sourcePatientInfo"] = {"ins": person.by_ins, "id": person.by_id, "identifier": person.by_identifier}[source]  # fmt: skip
    return bundle


@pytest.mark.parametrize("subject", ["ins", "id", "identifier", "contained"])
@pytest.mark.parametrize("source", ["none", "contained"])
async def test_the_patient_may_be_named_in_four_ways(world: World, subject: str, source: str) -> None:
    person = await world.a_record()
    done = await world.deposit(_named_by(person, subject=subject, source=source))
    assert await world.found(person, by=world.a_citizen(person)) == [done.id]


@pytest.mark.parametrize("first", ["ins", "id", "identifier", "contained"])
@pytest.mark.parametrize("second", ["ins", "id", "identifier"])
async def test_two_ways_that_name_two_people(world: World, first: str, second: str) -> None:
    person, other = await world.a_record(), await world.a_record()
    bundle = _named_by(person, subject=first, source="none")
    named = {"ins": other.by_ins, "id": other.by_id, "identifier": other.by_identifier}[second]
    bundle["entry"][0]["resource"]["subject"] = named
    rows = await world.rows()
    response = await world.send(bundle)
    assert (response.status_code, set(codes_of(response))) == (422, {"patient-references-differ"})
    assert await world.rows() == rows


async def test_both_an_id_and_an_identifier_in_one_reference(world: World) -> None:
    person, other = await world.a_record(), await world.a_record()
    done = await world.deposit(a_report(person, subject=person.by_id | person.by_identifier))
    assert done.statuses == ["201"] * 3
    response = await world.send(a_report(person, subject=other.by_id | person.by_identifier))
    assert (response.status_code, set(codes_of(response))) == (422, {"patient-references-differ"})


async def test_a_citizen_adds_to_their_own_record(world: World) -> None:
    person = await world.a_record()
    done = await world.deposit(a_report(person), by=world.a_citizen(person))
    assert await world.found(person, by=world.a_citizen(person)) == [done.id]


async def test_a_professional_feeds_without_authorisation(world: World) -> None:
    person = await world.a_record()
    stranger = await world.a_professional(blocked_on=person)
    assert (await world.deposit(a_report(person), by=stranger)).statuses == ["201"] * 3
    assert (await world.search(person, by=stranger)).status_code == 403
