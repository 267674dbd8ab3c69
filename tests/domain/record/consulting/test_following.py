"""Requests and links of a patient on one page: those of documents that are there to be told of, and no others."""

from datetime import timedelta
from uuid import UUID

import pytest
from tests.builders.people import an_ins
from tests.doors.world import Person, World, a_letter, a_report, fiche_of

from carnet.domain.access.facts import holder_name
from carnet.domain.access.model import Representation
from carnet.domain.actor import Actor, ActorKind
from carnet.domain.consent.model import ConsentKind
from carnet.domain.errors import Refused
from carnet.domain.record.asking.model import RequestKind
from carnet.domain.record.asking.sending import answers_to_read, ask_author
from carnet.domain.record.consulting.following import Followed, follow
from carnet.domain.record.sharing.making import share

INVISIBLE = {"coding": [{"system": "urn:oid:1.2.250.1.213.1.1.4.13", "code": "INVISIBLE_PATIENT"}]}


def citizen(person: Person) -> Actor:
    return Actor(ActorKind.CITIZEN, "La personne", ins=person.ins)


async def followed(world: World, person: Person, actor: Actor | None = None) -> Followed:
    services = world.carnet.services
    return await follow(
        services.store, person.patient_id, actor=actor or citizen(person), terms=services.read_terms, sharing=services.share_terms
    )  # fmt: skip


async def test_of_a_document_that_is_hidden_nothing_is_told(world: World) -> None:
    person = await world.a_record()
    services = world.carnet.services
    seen = (await world.deposit(a_letter(person))).id
    hidden = (await world.deposit(a_report(person))).id
    for document in (seen, hidden):
        await ask_author(
            services.store,
            UUID(document),
            RequestKind.CORRECT,
            "Motif",
            actor=citizen(person),
            terms=services.read_terms,
        )
        await share(
            services.store,
            [UUID(document)],
            lasting=timedelta(days=1),
            actor=citizen(person),
            terms=services.share_terms,
        )
    before = await followed(world, person)
    assert (len(before.requests), len(before.shares)) == (2, 2)
    later = a_report(person, replaces={"reference": f"DocumentReference/{hidden}"})
    fiche_of(later)["securityLabel"] = [*fiche_of(later)["securityLabel"], INVISIBLE]
    await world.deposit(later)
    after = await followed(world, person)
    assert [str(request.logical_id) for request, _ in after.requests] == [seen]
    assert [made.documents for made, _ in after.shares] == [(UUID(seen),)]


async def test_it_is_the_patient_s_and_their_representatives(world: World) -> None:
    child = await world.a_record(birth_date="2016-06-12")
    document = (await world.deposit(a_letter(child))).id
    services = world.carnet.services
    await ask_author(
        services.store, UUID(document), RequestKind.REMOVE, "Motif", actor=citizen(child), terms=services.read_terms
    )
    parent = an_ins()
    await world.consent(child, ConsentKind.PARENTAL_AUTHORITY, holder_name(parent), scope=Representation.READ)
    assert len((await followed(world, child, world.representing(parent, child))).requests) == 1
    doctor = await world.a_professional(treating=child)
    treating = Actor(ActorKind.PROFESSIONAL, "Dr", person=doctor.number, profession="10")
    stranger = citizen(await world.a_record())
    for actor, code in ((treating, "patient-decides"), (stranger, "record-refused")):
        with pytest.raises(Refused, match=code):
            await followed(world, child, actor)
        assert (await world.events(child))[-1].outcome == "refused"
    assert await answers_to_read(services.store, child.patient_id, actor=treating, terms=services.read_terms) == []
    with pytest.raises(Refused, match="record-refused"):
        await follow(
            services.store, UUID(int=5), actor=stranger, terms=services.read_terms, sharing=services.share_terms
        )
