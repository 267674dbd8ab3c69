"""How far a professional's own word reaches in a day: counted, told, stopped, and lifted by someone."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from carnet.app import Carnet
from carnet.domain.access.reach import ReachKind, ReachTerms, clear, is_past, within
from carnet.domain.access.reach import store as reach_store
from carnet.domain.actor import Actor, ActorKind

NOW = datetime(2026, 11, 26, 10, tzinfo=UTC)
TERMS = ReachTerms(declared=6, exceptional=4, usual=2)
OPERATOR = Actor(ActorKind.OPERATOR, "Exploitant")
DECLARED, EXCEPTIONAL = ReachKind.DECLARED, ReachKind.EXCEPTIONAL


@pytest.fixture
def doctor() -> Actor:
    return Actor(ActorKind.PROFESSIONAL, "Dr Martin", person=f"8{uuid4().int % 10**11:011d}")


async def reach(
    carnet: Carnet, doctor: Actor, patient: UUID | None = None, *, kind: ReachKind = DECLARED, at: datetime = NOW,
    terms: ReachTerms = TERMS,
) -> bool:  # fmt: skip
    async with carnet.database.transaction() as tx:
        return await within(
            tx, doctor, patient or uuid4(), kind, at=at, terms=terms, system=carnet.services.store.system_key
        )


async def alerts(carnet: Carnet, doctor: Actor) -> list[tuple[ReachKind, int, bool]]:
    async with carnet.database.connection() as connection:
        found = await reach_store.alerts(connection, also_cleared=True)
    return [(each.kind, each.reached, each.cleared_at is None) for each in found if each.person == doctor.person]


async def test_past_the_cap_nothing_more_opens_that_day_but_what_was_opened(carnet: Carnet, doctor: Actor) -> None:
    first = uuid4()
    assert await reach(carnet, doctor, first)
    assert [await reach(carnet, doctor) for _ in range(7)] == [True] * 5 + [False] * 2
    assert await reach(carnet, doctor, first)
    assert await reach(carnet, doctor, kind=EXCEPTIONAL)  # counted apart
    assert await reach(carnet, doctor, at=NOW + timedelta(days=1))


async def test_asking_counts_nothing(carnet: Carnet, doctor: Actor) -> None:
    async with carnet.database.transaction() as tx:
        for _ in range(9):
            assert not await is_past(tx, doctor, uuid4(), DECLARED, at=NOW, terms=TERMS)
    for _ in range(6):
        await reach(carnet, doctor)
    async with carnet.database.transaction() as tx:
        assert await is_past(tx, doctor, uuid4(), DECLARED, at=NOW, terms=TERMS)


async def test_the_day_is_that_of_paris(carnet: Carnet, doctor: Actor) -> None:
    evening = datetime(2026, 11, 26, 22, 59, tzinfo=UTC)
    for _ in range(6):
        assert await reach(carnet, doctor, at=evening)
    assert not await reach(carnet, doctor, at=evening)
    assert await reach(carnet, doctor, at=evening + timedelta(minutes=1))


async def test_an_unusual_day_is_told_then_the_cap(carnet: Carnet, doctor: Actor) -> None:
    for _ in range(2):
        await reach(carnet, doctor)
    assert await alerts(carnet, doctor) == []
    await reach(carnet, doctor)
    assert await alerts(carnet, doctor) == [(DECLARED, 3, True)]
    for _ in range(4):
        await reach(carnet, doctor)
    assert await alerts(carnet, doctor) == [(DECLARED, 6, True)]


async def test_a_day_like_the_others_is_not_told(carnet: Carnet, doctor: Actor) -> None:
    terms = replace(TERMS, declared=50)
    for day in range(1, 4):
        for _ in range(5):
            await reach(carnet, doctor, at=NOW - timedelta(days=day), terms=terms)
    before = await alerts(carnet, doctor)
    for _ in range(14):
        await reach(carnet, doctor, terms=terms)
    assert await alerts(carnet, doctor) == before
    await reach(carnet, doctor, terms=terms)  # thrice the busiest
    assert await alerts(carnet, doctor) == [(DECLARED, 15, True), *before]


async def test_someone_who_asked_lifts_the_cap_of_the_day_alone(carnet: Carnet, doctor: Actor) -> None:
    for _ in range(6):
        await reach(carnet, doctor)
    assert not await reach(carnet, doctor)
    async with carnet.database.transaction() as tx:
        system = carnet.services.store.system_key
        assert await clear(tx, doctor.person or "", by=OPERATOR, at=NOW, system=system) == 1
        assert await clear(tx, doctor.person or "", by=OPERATOR, at=NOW, system=system) == 0
    assert await reach(carnet, doctor)
    tomorrow = NOW + timedelta(days=1)
    assert [await reach(carnet, doctor, at=tomorrow) for _ in range(7)] == [True] * 6 + [False]


async def test_many_at_once_do_not_pass_the_cap(carnet: Carnet, doctor: Actor) -> None:
    found = await asyncio.gather(*(reach(carnet, doctor) for _ in range(12)))
    assert sum(found) == 6


async def test_no_cap_when_the_operator_sets_none(carnet: Carnet, doctor: Actor) -> None:
    terms = ReachTerms(declared=0, exceptional=0)
    assert all([await reach(carnet, doctor, terms=terms) for _ in range(30)])
    assert await alerts(carnet, doctor) == []
