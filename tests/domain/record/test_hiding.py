"""A document hidden from someone by name: it has no shadow for them, and nothing changes for the others but a version."""

from dataclasses import replace
from uuid import UUID

import pytest
from tests.doors.world import Person, World, a_report, fiche_of

from carnet.domain.access.model import Confidentiality
from carnet.domain.actor import Actor, ActorKind
from carnet.domain.errors import DomainError, Invalid, NotFound, Refused
from carnet.domain.record import hiding
from carnet.domain.record.masking import mask
from carnet.domain.record.updating.model import UpdateTerms
from carnet.domain.record.wanted import Named
from carnet.vocabulary.clock import system_clock


def citizen(person: Person) -> Actor:
    return Actor(ActorKind.CITIZEN, "La personne", ins=person.ins)


async def hide(
    world: World, person: Person, document: str, holder: str, *, show: bool = False, actor: Actor | None = None
):
    verb = hiding.show_to if show else hiding.hide_from
    services = world.carnet.services
    terms = UpdateTerms(services.read_terms.matrix, system_clock)
    return await verb(
        services.store, Named(logical_id=UUID(document)), holder, actor=actor or citizen(person), terms=terms
    )


async def test_hidden_from_one_and_from_nobody_else(world: World) -> None:
    person = await world.a_record()
    kept, hidden = [(await world.deposit(a_report(person))).id for _ in range(2)]
    one, other = [await world.a_professional(authorised_on=person) for _ in range(2)]
    before = (await world.http.get(f"/fhir/DocumentReference/{hidden}", headers=other.headers)).json()
    await hide(world, person, hidden, one.number)
    for by, seen in ((one, {kept}), (other, {kept, hidden}), (world.a_citizen(person), {kept, hidden})):
        assert set(await world.found(person, by=by)) == seen
        status = (await world.http.get(f"/fhir/Binary/{hidden}", headers=by.headers)).status_code
        assert status == (200 if hidden in seen else 404)
    # The hidden one answers as one that does not exist.
    answers = [
        await world.http.get(f"/fhir/DocumentReference/{each}", headers=one.headers) for each in (hidden, UUID(int=7))
    ]
    texts = [answer.text.replace(hidden, "x").replace(str(UUID(int=7)), "x") for answer in answers]
    assert answers[0].status_code == answers[1].status_code == 404
    assert texts[0] == texts[1]
    after = (await world.http.get(f"/fhir/DocumentReference/{hidden}", headers=other.headers)).json()
    assert {name for name in after if after[name] != before.get(name)} <= {"meta", "identifier"}
    assert after["securityLabel"] == before["securityLabel"]
    await hide(world, person, hidden, one.number, show=True)
    assert set(await world.found(person, by=one)) == {kept, hidden}
    told = [event for event in await world.events(person) if event.type in {"document-hidden", "document-shown"}]
    assert [(event.type, event.details["holder"], event.rule) for event in told] == [
        ("document-hidden", one.number, "govern.citizen"),
        ("document-shown", one.number, "govern.citizen"),
    ]


async def test_what_is_shown_again_comes_to_an_incremental_synchronisation(world: World) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id
    doctor = await world.a_professional(authorised_on=person)
    await hide(world, person, document, doctor.number)
    since = system_clock().isoformat().replace("+00:00", "Z")
    assert await world.found(person, by=doctor, _lastUpdated=f"gt{since}") == []
    await hide(world, person, document, doctor.number, show=True)
    assert await world.found(person, by=doctor, _lastUpdated=f"gt{since}") == [document]


async def test_from_a_structure_and_through_masks(world: World) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id
    inside = await world.a_professional(authorised_on=person, organization="1990000081")
    outside = await world.a_professional(authorised_on=person, organization="1990000082")
    await hide(world, person, document, "1990000081")
    assert await world.found(person, by=inside) == []
    assert await world.found(person, by=outside) == [document]
    services = world.carnet.services
    terms = UpdateTerms(services.read_terms.matrix, system_clock)
    await mask(services.store, Named(logical_id=UUID(document)), actor=citizen(person), terms=terms)
    treating = await world.a_professional(treating=person, organization="1990000081")
    assert await world.found(person, by=treating) == []
    await hide(world, person, document, "1990000081", show=True)
    assert await world.found(person, by=treating) == [document]
    assert await world.found(person, by=inside) == []


async def test_what_replaces_it_stays_hidden_from_the_same(world: World) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id
    one, other = [await world.a_professional(authorised_on=person) for _ in range(2)]
    await hide(world, person, document, one.number)
    bundle = a_report(person)
    fiche_of(bundle)["relatesTo"] = [{"code": "replaces", "target": {"reference": f"DocumentReference/{document}"}}]
    newer = (await world.deposit(bundle)).id
    assert await world.found(person, by=one) == []
    assert set(await world.found(person, by=other)) == {document, newer}


async def test_twice_is_once(world: World) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id
    first = await hide(world, person, document, "899700000091")
    assert (await hide(world, person, document, "899700000091")).version == first.version
    assert (await hide(world, person, document, "899700000092", show=True)).version == first.version


async def test_who_may_not(world: World) -> None:
    person, stranger = await world.a_record(), await world.a_record()
    labels = [
        {"coding": [{"system": "urn:oid:2.16.840.1.113883.5.25", "code": "N"}]},
        {"coding": [{"system": "urn:oid:1.2.250.1.213.1.1.4.13", "code": Confidentiality.INVISIBLE_PATIENT}]},
    ]
    document = (await world.deposit(a_report(person))).id
    not_yet = (await world.deposit(a_report(person, securityLabel=labels))).id
    doctor = Actor(ActorKind.PROFESSIONAL, "Dr", person="899700000093", profession="10")
    await world.consent(person, "grant", doctor.person)
    for error, code, actor, which in (
        (Refused, "patient-decides", doctor, document),
        (Refused, "record-refused", replace(doctor, person="899700000094"), document),
        (Refused, "record-refused", citizen(stranger), document),
        (NotFound, "document-unknown", citizen(person), not_yet),
        (NotFound, "document-unknown", citizen(person), str(UUID(int=5))),
    ):
        with pytest.raises(DomainError) as caught:
            await hide(world, person, which, "899700000095", actor=actor)
        assert (type(caught.value), caught.value.code) == (error, code)


async def test_not_from_its_author(world: World) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id
    with pytest.raises(Invalid, match="holder-wrote-it"):
        await hide(world, person, document, "899700000001")  # who wrote what the builder makes
