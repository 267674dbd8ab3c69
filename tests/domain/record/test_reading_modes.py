"""Modes of reading: begun by an explicit act, judged, traced and told; for one session and one record; over by themselves or before."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from tests.doors.world import Person, World, a_report

from carnet.app import Carnet
from carnet.domain.actor import Actor, ActorKind, Purpose
from carnet.domain.audit.model import EventType
from carnet.domain.consent.model import ConsentKind, RecordStatus
from carnet.domain.errors import Invalid, Refused
from carnet.domain.record.desk.model import ModeTerms, ReadingMode, RunningMode
from carnet.domain.record.desk.modes import MAX_MOTIVE, begin_mode, end_mode, running_mode

DOCTOR = Actor(
    ActorKind.PROFESSIONAL, "Dr Yasmine Belcourt", person="899700000011", organization="1990000009", profession="10", sector="SA01"
)  # fmt: skip
EMERGENCY, REGULATION, SECRET = ReadingMode.EMERGENCY, ReadingMode.REGULATION, ReadingMode.SECRET
TERMS = ModeTerms(emergency=timedelta(minutes=60), regulation=timedelta(minutes=30), secret=timedelta(minutes=20))
WHY = "Malaise au domicile, confuse"


@pytest.fixture(scope="module")
def world(carnet: Carnet, http: httpx.AsyncClient) -> World:
    return World(carnet, http)


async def begun(
    carnet: Carnet, person: Person, mode: ReadingMode = EMERGENCY, *, motive: str | None = WHY, actor: Actor = DOCTOR,
    session: UUID | None = None,
) -> RunningMode:  # fmt: skip
    services = carnet.services
    return await begin_mode(
        services.store, person.patient_id, mode, motive=motive, actor=actor, session_id=session or uuid4(),
        terms=services.read_terms, lasting=TERMS,
    )  # fmt: skip


async def runs(carnet: Carnet, person: Person, session: UUID, after: timedelta = timedelta()) -> RunningMode | None:
    store = carnet.services.store
    return await running_mode(store, person.patient_id, session_id=session, at=carnet.services.clock() + after)


async def test_an_emergency_is_told_at_once_and_gives_what_it_gives(carnet: Carnet, world: World) -> None:
    person, session = await world.a_record(), uuid4()
    await world.deposit(a_report(person))
    running = await begun(carnet, person, session=session)
    assert (running.ends_at - running.begun_at, running.motive) == (timedelta(minutes=60), WHY)
    (event,) = [each for each in await world.events(person) if each.type is EventType.READING_MODE_BEGUN]
    assert (event.actor.purpose, event.actor.motive, event.rule) == (Purpose.EMERGENCY, WHY, "open.emergency")
    async with carnet.database.connection() as connection:
        asked = await (
            await connection.execute("SELECT payload->>'kind' FROM outbox WHERE patient_id = %s", (person.patient_id,))
        ).fetchall()
    assert ("emergency-access",) in asked
    found = await runs(carnet, person, session)
    assert found is not None
    assert (found.acting(DOCTOR).purpose, found.acting(DOCTOR).motive) == (Purpose.EMERGENCY, WHY)


async def test_it_holds_for_one_session_and_one_record_and_not_for_ever(carnet: Carnet, world: World) -> None:
    person, session = await world.a_record(), uuid4()
    await begun(carnet, person, session=session)
    assert await runs(carnet, person, uuid4()) is None
    assert await runs(carnet, await world.a_record(), session) is None
    assert await runs(carnet, person, session, timedelta(minutes=59))
    assert await runs(carnet, person, session, timedelta(minutes=61)) is None


async def test_it_is_ended_before_its_time_and_that_is_traced_once(carnet: Carnet, world: World) -> None:
    person, session, store = await world.a_record(), uuid4(), carnet.services.store
    await begun(carnet, person, session=session)
    at = carnet.services.clock()
    assert await end_mode(store, person.patient_id, actor=DOCTOR, session_id=session, at=at)
    assert not await end_mode(store, person.patient_id, actor=DOCTOR, session_id=session, at=at)
    assert await runs(carnet, person, session) is None
    ended = [each for each in await world.events(person) if each.type is EventType.READING_MODE_ENDED]
    assert len(ended) == 1
    again = await begun(carnet, person, REGULATION, motive=None, session=session)
    assert (again.mode, again.motive) == (REGULATION, None)


@pytest.mark.parametrize(
    ("motive", "code"),
    [(None, "mode-motive-missing"), ("  ", "mode-motive-missing"), ("x" * (MAX_MOTIVE + 1), "mode-motive-long")],
)
async def test_an_emergency_says_why(carnet: Carnet, world: World, motive: str | None, code: str) -> None:
    person = await world.a_record()
    before = len(await world.events(person))
    with pytest.raises(Invalid, match=code):
        await begun(carnet, person, motive=motive)
    assert len(await world.events(person)) == before


@pytest.mark.parametrize(
    ("opposition", "mode"),
    [(ConsentKind.EMERGENCY_OPPOSITION, EMERGENCY), (ConsentKind.REGULATION_OPPOSITION, REGULATION)],
)
async def test_the_matching_opposition_refuses_it_and_the_attempt_stays(
    carnet: Carnet, world: World, opposition: ConsentKind, mode: ReadingMode
) -> None:
    person, session = await world.a_record(), uuid4()
    await world.consent(person, opposition)
    with pytest.raises(Refused):
        await begun(carnet, person, mode, session=session)
    assert await runs(carnet, person, session) is None
    assert (await world.events(person))[-1].type is EventType.ACCESS_REFUSED


async def test_a_regulation_is_for_regulators(carnet: Carnet, world: World) -> None:
    with pytest.raises(Refused):
        await begun(carnet, await world.a_record(), REGULATION, actor=replace(DOCTOR, sector="SA07"))


async def test_a_secret_connection_needs_the_right_to_read(carnet: Carnet, world: World) -> None:
    person = await world.a_record()
    with pytest.raises(Refused):
        await begun(carnet, person, SECRET, motive=None)
    await world.consent(person, ConsentKind.GRANT, DOCTOR.person or "")
    running = await begun(carnet, person, SECRET, motive=None)
    assert running.acting(DOCTOR).secret_connection
    assert running.acting(DOCTOR).purpose is Purpose.NORMAL


async def test_a_record_that_closes_ends_every_mode(carnet: Carnet, world: World) -> None:
    person, session = await world.a_record(), uuid4()
    await begun(carnet, person, session=session)
    await world.change(person, to=RecordStatus.CLOSED)
    assert await runs(carnet, person, session) is None


async def test_pressed_several_times_at_once_it_begins_once(carnet: Carnet, world: World) -> None:
    person, session = await world.a_record(), uuid4()
    begins = {
        each.begun_at for each in await asyncio.gather(*(begun(carnet, person, session=session) for _ in range(4)))
    }
    assert len(begins) == 1
    events = [each for each in await world.events(person) if each.type is EventType.READING_MODE_BEGUN]
    assert len(events) == 1
    await begun(carnet, person, motive="Autre chose", session=session)
    assert len([each for each in await world.events(person) if each.type is EventType.READING_MODE_BEGUN]) == 2


async def test_the_motive_is_sealed(carnet: Carnet, world: World) -> None:
    person = await world.a_record()
    await begun(carnet, person)
    async with carnet.database.connection() as connection:
        row = await (
            await connection.execute("SELECT motive FROM reading_mode WHERE patient_id = %s", (person.patient_id,))
        ).fetchone()
    assert row is not None
    assert WHY.encode() not in bytes(row[0])
