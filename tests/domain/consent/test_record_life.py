"""The life of a record: begun once, closed, opposed, reopened; nothing else."""

import asyncio
from dataclasses import replace

import pytest
from tests.doors.world import Person, World, a_report

from carnet.domain.actor import SYSTEM
from carnet.domain.consent.model import RecordStatus
from carnet.domain.consent.record_life import begin_record, change_record
from carnet.domain.errors import Conflict, NotFound, Refused
from carnet.domain.people.model import Identity, IdentityStatus
from carnet.vocabulary.clock import system_clock
from carnet.vocabulary.ins import NIR_TEST, Ins, key_of
from carnet.vocabulary.uuid7 import uuid7


async def _begin(world: World, identity: Identity) -> tuple[object, bool]:
    async with world.carnet.database.transaction() as tx:
        return await begin_record(tx, identity, actor=SYSTEM, keys=world.carnet.services.keys, at=system_clock())


async def test_a_record_begins_once(world: World) -> None:
    person = await world.a_record()
    rows = await world.rows()
    assert await _begin(world, person.identity) == (person.patient_id, False)
    assert await world.rows() == rows


async def test_two_at_once_begin_one(world: World) -> None:
    person = await world.a_record()
    number = "2550688000111"
    identity = replace(person.identity, ins=Ins(number + f"{key_of(number):02d}", NIR_TEST))
    begun = await asyncio.gather(*(_begin(world, identity) for _ in range(5)))
    assert len({patient for patient, _ in begun}) == 1
    assert sorted(new for _, new in begun) == [False] * 4 + [True]


async def test_a_matricule_with_other_traits(world: World) -> None:
    person = await world.a_record()
    traits = replace(person.identity.traits, birth_name="AUTRE")
    with pytest.raises(Conflict, match="matricule-held"):
        await _begin(world, replace(person.identity, traits=traits))


@pytest.mark.parametrize("status", [IdentityStatus.PROVISIONAL, IdentityStatus.RETRIEVED, IdentityStatus.VALIDATED])
async def test_only_a_qualified_identity(world: World, status: IdentityStatus) -> None:
    person = await world.a_record()
    number = "2550688000222"
    identity = replace(person.identity, ins=Ins(number + f"{key_of(number):02d}", NIR_TEST), status=status)
    rows = await world.rows()
    with pytest.raises(Refused, match="identity-not-qualified"):
        await _begin(world, identity)
    assert await world.rows() == rows


ALLOWED = {
    (RecordStatus.OPEN, RecordStatus.CLOSED),
    (RecordStatus.ANNOUNCED, RecordStatus.OPPOSED),
    (RecordStatus.ANNOUNCED, RecordStatus.OPEN),
    (RecordStatus.CLOSED, RecordStatus.OPEN),
    (RecordStatus.OPPOSED, RecordStatus.OPEN),
}


@pytest.mark.parametrize("start", [status for status in RecordStatus if status is not RecordStatus.ERASED])
@pytest.mark.parametrize("to", [RecordStatus.CLOSED, RecordStatus.OPPOSED, RecordStatus.OPEN])
async def test_each_change(world: World, start: RecordStatus, to: RecordStatus) -> None:
    person = await world.a_record(status=start)
    head, events = await world.head(person), len(await world.events(person))
    if (start, to) not in ALLOWED:
        with pytest.raises(Conflict, match="record-status"):
            await world.change(person, to=to)
        assert (await world.head(person), len(await world.events(person))) == (head, events)
        return
    await world.change(person, to=to)
    status, version, changed_at = await world.head(person)
    assert (status, version) == (to, head[1] + 1)
    assert changed_at > head[2]
    assert len(await world.events(person)) == events + 1
    periods = await _periods(world, person)
    assert [period[2] for period in periods[-2:]] == [start, to]
    assert periods[-2][1] == periods[-1][0]
    assert periods[-1][1] is None


async def _periods(world: World, person: Person) -> list[tuple[object, ...]]:
    async with world.carnet.database.connection() as connection:
        cursor = await connection.execute(
            "SELECT valid_from, valid_to, status FROM record_period WHERE patient_id = %s ORDER BY valid_from",
            (person.patient_id,),
        )
        return list(await cursor.fetchall())


async def test_no_such_record(world: World) -> None:
    with pytest.raises(NotFound, match="record-unknown"):
        async with world.carnet.database.transaction() as tx:
            await change_record(
                tx, uuid7(), to=RecordStatus.CLOSED, actor=SYSTEM, keys=world.carnet.services.keys, at=system_clock()
            )


async def test_what_a_closed_record_holds_comes_back_when_it_reopens(world: World) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id
    await world.change(person, to=RecordStatus.CLOSED)
    assert (await world.send(a_report(person))).status_code == 403
    await world.change(person, to=RecordStatus.OPEN)
    assert await world.found(person, by=world.a_citizen(person)) == [document]
