"""A professional finds the right patient: by matricule, by a scan, by traits; and the records they opened lately."""

from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from tests.doors.world import Person, World

from carnet.app import Carnet
from carnet.domain.actor import Actor, ActorKind
from carnet.domain.audit.model import EventType
from carnet.domain.consent.model import ConsentKind, RecordStatus
from carnet.domain.errors import Invalid, Refused
from carnet.domain.people.model import Sex
from carnet.domain.record.desk.finding import MAX_FOUND, find_by_ins, find_by_traits
from carnet.domain.record.desk.visits import begin_visit, recent_records
from carnet.domain.record.identities.model import StatedTraits

DOCTOR = Actor(
    ActorKind.PROFESSIONAL, "Dr Claire Martin", person="899700000011", organization="1990000009", profession="10"
)


@pytest.fixture(scope="module")
def world(carnet: Carnet, http: httpx.AsyncClient) -> World:
    return World(carnet, http)


def stated(person: Person, **changes: object) -> StatedTraits:
    traits = person.identity.traits
    return replace(StatedTraits(traits.birth_name, traits.birth_date, traits.first_given_name), **changes)  # type: ignore[arg-type]


async def by_traits(carnet: Carnet, sought: StatedTraits, *, actor: Actor = DOCTOR) -> set[str]:
    services = carnet.services
    found = await find_by_traits(services.store, services.rights, sought, actor=actor, terms=services.read_terms)
    return {each.standing.ins.matricule for each in found}


async def test_by_traits_the_one_who_has_them_all_and_it_leaves_a_trace(carnet: Carnet, world: World) -> None:
    person = await world.a_record()
    assert await by_traits(carnet, stated(person)) == {person.ins.matricule}
    assert (await world.events(person))[-1].type is EventType.RECORD_LOOKED_UP
    assert await by_traits(carnet, stated(person, birth_date="1901-01-01")) == set()
    assert await by_traits(carnet, stated(person, first_given_name="ZOE")) == set()
    other = Sex.MALE if person.identity.traits.sex is Sex.FEMALE else Sex.FEMALE
    assert await by_traits(carnet, stated(person, sex=other)) == set()


async def test_case_and_accents_do_not_count_and_a_name_in_use_is_enough(carnet: Carnet, world: World) -> None:
    person = await world.a_record(used_name="LÉTANG", used_given_name="MANON")
    assert await by_traits(carnet, stated(person, birth_name="letang", first_given_name="Manon")) == {
        person.ins.matricule
    }
    assert await by_traits(carnet, stated(person, birth_name="letang")) == {person.ins.matricule}


async def test_homonyms_are_all_told_and_past_a_few_nobody_is(carnet: Carnet, world: World) -> None:
    traits = {"birth_name": "HOMONYME", "first_given_name": "ANNE", "given_names": "ANNE", "birth_date": "1960-02-03"}
    people = [await world.a_record(**traits) for _ in range(MAX_FOUND)]
    sought = StatedTraits("Homonyme", "1960-02-03", "Anne")
    assert await by_traits(carnet, sought) == {person.ins.matricule for person in people}
    await world.a_record(**traits)
    with pytest.raises(Invalid, match="traits-too-many"):
        await by_traits(carnet, sought)


@pytest.mark.parametrize("missing", [{"first_given_name": None}, {"first_given_name": " - "}, {"birth_name": " "}])
async def test_too_little_finds_nobody(carnet: Carnet, world: World, missing: dict[str, str | None]) -> None:
    with pytest.raises(Invalid, match="traits-missing"):
        await by_traits(carnet, stated(await world.a_record(), **missing))


@pytest.mark.parametrize("kind", sorted(set(ActorKind) - {ActorKind.PROFESSIONAL}))
async def test_nobody_else_searches_by_traits(carnet: Carnet, world: World, kind: ActorKind) -> None:
    person = await world.a_record()
    with pytest.raises(Refused):
        await by_traits(carnet, stated(person), actor=Actor(kind, "Autre", ins=person.ins))


@pytest.mark.parametrize("status", [RecordStatus.ANNOUNCED, RecordStatus.OPPOSED])
async def test_a_record_that_is_not_told_of_is_found_by_nothing(
    carnet: Carnet, world: World, status: RecordStatus
) -> None:
    person = await world.a_record(status=status)
    assert await by_traits(carnet, stated(person)) == set()
    services = carnet.services
    assert (
        await find_by_ins(services.store, services.rights, person.ins, actor=DOCTOR, terms=services.read_terms) is None
    )


async def test_a_scan_that_disagrees_is_told(carnet: Carnet, world: World) -> None:
    person, services = await world.a_record(), carnet.services
    wrong = replace(person.identity.traits, birth_date="1901-01-01")
    for traits, expected in ((person.identity.traits, ()), (wrong, ("birth_date",))):
        found = await find_by_ins(
            services.store, services.rights, person.ins, actor=DOCTOR, terms=services.read_terms, stated=traits
        )
        assert found is not None
        assert found.differing == expected


async def test_what_is_new_is_since_the_visit_before(carnet: Carnet, world: World) -> None:
    person, at = await world.a_record(), carnet.services.clock()
    database = carnet.database
    assert await begin_visit(database, person.patient_id, actor=DOCTOR, at=at) is None
    assert await begin_visit(database, person.patient_id, actor=DOCTOR, at=at + timedelta(minutes=59)) is None
    assert await begin_visit(database, person.patient_id, actor=DOCTOR, at=at + timedelta(hours=3)) == at


async def test_recent_records_are_one_s_own_and_never_of_who_blocked_them(carnet: Carnet, world: World) -> None:
    doctor = replace(DOCTOR, person="899700000029")
    services, at = carnet.services, carnet.services.clock()
    first, second = await world.a_record(), await world.a_record()
    await begin_visit(carnet.database, first.patient_id, actor=doctor, at=at)
    await begin_visit(carnet.database, second.patient_id, actor=doctor, at=at + timedelta(minutes=1))
    found = await recent_records(services.rights, actor=doctor, clock=services.clock)
    assert [each.patient_id for each in found] == [second.patient_id, first.patient_id]
    assert not any(each.is_authorised for each in found)
    assert (
        await recent_records(services.rights, actor=replace(doctor, person="899700000037"), clock=services.clock) == []
    )
    await world.consent(second, ConsentKind.BLOCK, doctor.person or "")
    found = await recent_records(services.rights, actor=doctor, clock=services.clock)
    assert [each.patient_id for each in found] == [first.patient_id]
    with pytest.raises(Refused):
        await recent_records(services.rights, actor=Actor(ActorKind.ORGANIZATION, "Hôpital"), clock=services.clock)
