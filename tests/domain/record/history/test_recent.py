"""Who else opened a record these days, on the real database: opened once, told by the same rules, and traced."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.doors.world import Caller, Person, World, a_report

from carnet.app import Carnet
from carnet.domain.actor import Actor, ActorKind, Purpose
from carnet.domain.audit.model import EventType
from carnet.domain.errors import Refused, Unavailable
from carnet.domain.record.history import recent
from carnet.domain.record.history.recent import KnownAccesses, Recent, recent_accesses
from carnet.domain.record.opening import ReadTerms, read_content


@pytest.fixture(scope="module")
def world(carnet: Carnet, http: httpx.AsyncClient) -> World:
    return World(carnet, http)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many events were opened."""
    found: list[int] = []
    opening = recent.opened_event

    def counted(*sealed: Any) -> object:
        found.append(1)
        return opening(*sealed)

    monkeypatch.setattr(recent, "opened_event", counted)
    return found


async def _look(world: World, person: Person, known: KnownAccesses, *, late: timedelta = timedelta()) -> Recent:
    services = world.carnet.services
    terms = ReadTerms(services.read_terms.matrix, lambda: services.clock() + late)
    actor = Actor(ActorKind.CITIZEN, "La personne", ins=person.ins)
    return await recent_accesses(services.store, actor=actor, patient_id=person.patient_id, terms=terms, known=known)


async def _read(world: World, caller: Caller, document: str, **changes: object) -> None:
    services = world.carnet.services
    actor = Actor(ActorKind.PROFESSIONAL, "Dr Essai", person=caller.number, profession="10", **changes)  # type: ignore[arg-type]
    await read_content(services.store, UUID(document), actor=actor, terms=services.read_terms)


async def test_others_are_told_and_oneself_is_not(world: World) -> None:
    person, known = await world.a_record(), KnownAccesses()
    document = (await world.deposit(a_report(person))).id
    assert await _look(world, person, known) == Recent(None, 0, 0)
    await world.found(person, by=world.a_citizen(person))
    assert await _look(world, person, known) == Recent(None, 0, 0)
    one, two = [await world.a_professional(authorised_on=person) for _ in range(2)]
    for caller in (one, one, two):
        await _read(world, caller, document)
    found = await _look(world, person, known)
    assert found.last is not None
    assert (found.last.type, found.professionals, found.emergencies) == (EventType.DOCUMENT_READ, 2, 0)
    assert found.last.event is not None
    assert found.last.event.actor.person == two.number
    await _read(world, one, document, purpose=Purpose.EMERGENCY, motive="Malaise")
    assert (await _look(world, person, known)).emergencies == 1
    assert (await world.events(person))[-1].type is EventType.TRAIL_READ
    # A week later, nobody came.
    assert await _look(world, person, known, late=timedelta(days=8)) == Recent(None, 0, 0)


async def test_what_was_opened_once_is_not_opened_again(world: World, opened: list[int]) -> None:
    person, known = await world.a_record(), KnownAccesses()
    document = (await world.deposit(a_report(person))).id
    caller = await world.a_professional(authorised_on=person)
    for _ in range(3):
        await _read(world, caller, document)
    await _look(world, person, known)
    assert len(opened) == 3
    await _look(world, person, known)
    assert len(opened) == 3
    await _read(world, caller, document)
    assert (await _look(world, person, known)).professionals == 1
    assert len(opened) == 4


async def test_a_hidden_document_s_reading_does_not_exist(world: World) -> None:
    person = await world.a_record()
    hidden = (await world.deposit(a_report(person, labels=["INVISIBLE_PATIENT"]))).id
    await _read(world, await world.a_professional(authorised_on=person), hidden)
    assert await _look(world, person, KnownAccesses()) == Recent(None, 0, 0)


async def test_many_events_are_opened_over_several_requests(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "_AT_ONCE", 2)
    monkeypatch.setattr(recent, "_MOST", 4)
    person, known = await world.a_record(), KnownAccesses()
    document = (await world.deposit(a_report(person))).id
    for _ in range(5):
        await _read(world, await world.a_professional(authorised_on=person), document)
    seen = [await _look(world, person, known) for _ in range(2)]
    assert [(each.professionals, each.is_whole) for each in seen] == [(4, False), (5, True)]


async def test_the_memory_is_bounded(world: World) -> None:
    known = KnownAccesses(most=1)
    one, other = await world.a_record(), await world.a_record()
    await world.found(one, by=world.a_citizen(one))
    await _look(world, one, known)
    assert known.of(one.patient_id).position > 0
    await _look(world, other, known)
    assert known.of(one.patient_id).position == 0


async def test_someone_else_s_record_is_refused(world: World) -> None:
    person, other = await world.a_record(), await world.a_record()
    services = world.carnet.services
    actor = Actor(ActorKind.CITIZEN, "La personne", ins=person.ins)
    with pytest.raises(Refused):
        await recent_accesses(
            services.store, actor=actor, patient_id=other.patient_id, terms=services.read_terms, known=KnownAccesses()
        )


async def test_a_record_that_never_stands_still_is_busy(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def moved(*_: object, **__: object) -> bool:
        return False

    monkeypatch.setattr(recent.OpenTrail, "trace", moved)
    with pytest.raises(Unavailable):
        await _look(world, await world.a_record(), KnownAccesses())
