"""Read and unread marks, and several documents masked at once: of what the reader sees only, with an honest report."""

from uuid import UUID, uuid4

import pytest
from tests.domain.record.browsing.conftest import Readers
from tests.doors.world import World, a_report

from carnet.domain.actor import Actor, ActorKind
from carnet.domain.audit.model import EventType
from carnet.domain.consent.model import ConsentKind
from carnet.domain.errors import Invalid, Refused
from carnet.domain.record.browsing.marking import MAX_AT_ONCE
from carnet.domain.record.browsing.model import HOLDER, Only, reader_of
from carnet.domain.record.browsing.several import mask_several
from carnet.domain.record.updating.model import UpdateTerms

UNREAD = frozenset({Only.UNREAD})


async def test_marked_read_then_unread_twice_each(world: World, readers: Readers) -> None:
    person = await world.a_record()
    one, two = [(await world.deposit(a_report(person))).id for _ in range(2)]
    reader = readers.holder(person)
    trail = len(await world.events(person))
    outcomes = [await reader.mark(one) for _ in range(2)]
    assert [(each.done, each.already) for each in outcomes] == [((UUID(one),), ()), ((), (UUID(one),))]
    assert len(await world.events(person)) == trail  # for oneself alone
    assert await reader.found(only=UNREAD) == [two]
    browsed = await reader.browse()
    assert {str(row.entry.logical_id): row.is_read for row in browsed.rows} == {one: True, two: False}
    assert browsed.facets.only[Only.UNREAD] == 1
    assert (await reader.arrivals()).unread == 1
    assert (await reader.mark(one, two, read=False)).done == (UUID(one),)
    assert (await reader.mark(one, two, read=False)).done == ()
    assert set(await reader.found(only=UNREAD)) == {one, two}


async def test_marks_are_of_one_reader(world: World, readers: Readers) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id
    caller = await world.a_professional(authorised_on=person)
    await readers.professional(person, caller.number).mark(document)
    assert await readers.holder(person).found(only=UNREAD) == [document]


async def test_unknown_foreign_and_hidden_are_the_same(world: World, readers: Readers) -> None:
    person, other = await world.a_record(), await world.a_record()
    seen = (await world.deposit(a_report(person))).id
    hidden = (await world.deposit(a_report(person, labels=["INVISIBLE_PATIENT"]))).id
    foreign = (await world.deposit(a_report(other))).id
    unknown = str(uuid4())
    reader = readers.holder(person)
    before = await world.rows(person)
    outcome = await reader.mark(seen, hidden, foreign, unknown)
    assert outcome.done == (UUID(seen),)
    assert outcome.refused == {UUID(each): "document-unknown" for each in (hidden, foreign, unknown)}
    assert (await world.rows(person))["read_mark"] == before["read_mark"] + 1


async def test_too_many_at_once(world: World, readers: Readers) -> None:
    person = await world.a_record()
    with pytest.raises(Invalid) as invalid:
        await readers.holder(person).mark(*[str(uuid4()) for _ in range(MAX_AT_ONCE + 1)])
    assert invalid.value.code == "documents-too-many"


async def test_nobody_marks_in_another_s_record(world: World, readers: Readers) -> None:
    person, other = await world.a_record(), await world.a_record()
    reader = readers.holder(person)
    reader.person = other
    with pytest.raises(Refused):
        await reader.mark(str(uuid4()))


async def test_several_are_masked_and_shown_each_by_itself(world: World, readers: Readers) -> None:
    person = await world.a_record()
    one, two = [(await world.deposit(a_report(person))).id for _ in range(2)]
    hidden = (await world.deposit(a_report(person, labels=["INVISIBLE_PATIENT"]))).id
    foreign = (await world.deposit(a_report(await world.a_record()))).id
    services = world.carnet.services
    terms = UpdateTerms(services.read_terms.matrix, services.clock)
    reader = readers.holder(person)
    unseen = [UUID(hidden), UUID(foreign), uuid4()]
    asked = [UUID(one), *unseen, UUID(two), UUID(one)]
    outcome = await mask_several(services.store, asked, masked=True, actor=reader.actor, terms=terms)
    assert outcome.done == (UUID(one), UUID(two))
    assert outcome.refused == dict.fromkeys(unseen, "document-unknown")
    masked = frozenset({Only.MASKED})
    assert set(await reader.found(only=masked)) == {one, two}
    types = [event.type for event in await world.events(person)]
    assert types.count(EventType.DOCUMENT_MASKED) == 2
    assert types.count(EventType.ACCESS_REFUSED) == 1
    again = await mask_several(services.store, [UUID(one)], masked=True, actor=reader.actor, terms=terms)
    assert (again.done, again.already) == ((), (UUID(one),))
    await mask_several(services.store, [UUID(one)], masked=False, actor=reader.actor, terms=terms)
    assert await reader.found(only=masked) == [two]


async def test_a_professional_may_not_mask_what_they_did_not_write(world: World) -> None:
    person = await world.a_record()
    caller = await world.a_professional(authorised_on=person)
    document = UUID((await world.deposit(a_report(person))).id)
    services = world.carnet.services
    actor = Actor(ActorKind.PROFESSIONAL, "Dr Essai", person=caller.number, profession="10")
    terms = UpdateTerms(services.read_terms.matrix, services.clock)
    outcome = await mask_several(services.store, [document], masked=True, actor=actor, terms=terms)
    assert (outcome.done, list(outcome.refused)) == ((), [document])


async def test_readers_have_their_names(world: World) -> None:
    person, parent = await world.a_record(), await world.a_record()
    await world.consent(
        person, ConsentKind.PARENTAL_AUTHORITY, f"{parent.ins.oid}|{parent.ins.matricule}", scope="full"
    )
    assert reader_of(Actor(ActorKind.CITIZEN, "x", ins=person.ins)) == HOLDER
    assert reader_of(world.representing(parent.ins, person)) == f"{parent.ins.oid}|{parent.ins.matricule}"
    assert reader_of(Actor(ActorKind.PROFESSIONAL, "x", person="899700000001")) == "899700000001"
    assert reader_of(Actor(ActorKind.SECRETARY, "Secrétariat")) == "Secrétariat"
