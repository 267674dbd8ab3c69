"""The life of a record: begun once, closed, opposed, reopened; nothing else."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import psycopg
import pytest
from tests.doors.world import Person, World, a_report

from carnet.domain.actor import SYSTEM, Actor, ActorKind
from carnet.domain.consent.model import Motive, RecordStatus
from carnet.domain.consent.record_life import activate, begin_record, change_record, close, oppose, reopen
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


async def _life(
    world: World, person: Person, act: Callable[..., Any], *, at: datetime | None = None, **said: Any
) -> None:
    async with world.carnet.database.transaction() as tx:
        await act(
            tx, person.patient_id, actor=THE_PERSON, keys=world.carnet.services.keys, at=at or system_clock(), **said
        )


THE_PERSON = Actor(ActorKind.CITIZEN, "La personne")


async def _last(world: World, person: Person) -> tuple[str, dict[str, str]]:
    event = (await world.events(person))[-1]
    return event.type, dict(event.details)


async def test_an_announced_record_is_activated_before_its_term(world: World) -> None:
    person = await world.a_record(status=RecordStatus.ANNOUNCED)
    await _life(world, person, activate)
    assert await _last(world, person) == ("record-activated", {})
    assert (await world.send(a_report(person))).status_code == 200


async def test_an_opposed_record_opens_later_on_request(world: World) -> None:
    person = await world.a_record(status=RecordStatus.ANNOUNCED)
    await _life(world, person, oppose)
    assert (await world.send(a_report(person))).status_code == 403
    await _life(world, person, activate)
    assert [period[2] for period in await _periods(world, person)] == ["announced", "opposed", "open"]


async def test_each_verb_keeps_to_its_own_change(world: World) -> None:
    closed, announced = (
        await world.a_record(status=RecordStatus.CLOSED),
        await world.a_record(status=RecordStatus.ANNOUNCED),
    )
    for person, act in ((closed, activate), (closed, oppose), (closed, close), (announced, reopen), (announced, close)):
        head = await world.head(person)
        with pytest.raises(Conflict, match="record-status"):
            await _life(world, person, act)
        assert await world.head(person) == head


async def test_a_closing_keeps_its_motive_and_its_reason_sealed(world: World) -> None:
    person = await world.a_record()
    await _life(world, person, close, reason="Je change de système")
    assert await _last(world, person) == ("record-closed", {"motive": "FERMETURE_DEMANDE_PATIENT"})
    async with world.carnet.database.connection() as connection:
        row = await (
            await connection.execute(
                "SELECT motive, reason FROM record_period WHERE patient_id = %s AND valid_to IS NULL",
                (person.patient_id,),
            )
        ).fetchone()
        closed = await (
            await connection.execute("SELECT closed_at FROM closed_record WHERE patient_id = %s", (person.patient_id,))
        ).fetchone()
    assert row is not None
    assert (row[0], b"Je change" in row[1]) == ("FERMETURE_DEMANDE_PATIENT", False)
    assert closed == ((await _periods(world, person))[-1][0],)
    await _life(world, person, reopen)
    async with world.carnet.database.connection() as connection:
        left = await connection.execute("SELECT 1 FROM closed_record WHERE patient_id = %s", (person.patient_id,))
        assert await left.fetchone() is None


async def test_death_closes_even_an_announced_record(world: World) -> None:
    person = await world.a_record(status=RecordStatus.ANNOUNCED)
    await _life(world, person, close, motive=Motive.DEATH)
    assert await _last(world, person) == ("record-closed", {"motive": "DECES"})


async def test_a_clock_that_steps_back_makes_no_period_overlap(world: World) -> None:
    person = await world.a_record()
    now = system_clock()
    for back, act in enumerate((close, reopen, close, reopen), 1):
        await _life(world, person, act, at=now - timedelta(days=back))
    periods = await _periods(world, person)
    assert [period[2] for period in periods] == ["open", "closed", "open", "closed", "open"]
    assert all(one[0] < one[1] == other[0] for one, other in pairwise(periods))


async def test_changes_at_once_make_one_line_of_periods(world: World) -> None:
    person = await world.a_record()

    async def closes_or_reopens(act: Callable[..., Any]) -> bool:
        try:
            await _life(world, person, act)
        except Conflict:
            return False
        return True

    done = await asyncio.gather(*(closes_or_reopens(act) for act in (close, reopen, close, close, reopen, close)))
    periods = await _periods(world, person)
    assert len(periods) == 1 + sum(done)
    assert all(one[1] == other[0] and one[2] != other[2] for one, other in pairwise(periods))
    assert [period[1] for period in periods].count(None) == 1


@pytest.mark.parametrize(
    "statement",
    [
        (
            "INSERT INTO record_period (patient_id, period_id, status, valid_from, recorded_at, recorded_by)"
            " VALUES (%(patient)s, gen_random_uuid(), 'closed', now(), now(), 'x')"
        ),
        "UPDATE record_period SET valid_to = valid_from WHERE patient_id = %(patient)s",
        "UPDATE record_period SET valid_to = valid_from - interval '1 day' WHERE patient_id = %(patient)s",
        (
            "INSERT INTO identity SELECT patient_id, gen_random_uuid(), matricule, oid, status, attributes, birth_name, first_given_name,"
            " given_names, birth_date, sex, birth_place, used_name, used_given_name, now(), NULL, now(), 'x'"
            " FROM identity WHERE patient_id = %(patient)s"
        ),
        "UPDATE identity SET valid_to = valid_from WHERE patient_id = %(patient)s",
        "UPDATE identity SET status = 'PROV' WHERE patient_id = %(patient)s",
        "UPDATE identity SET matricule = NULL, oid = NULL WHERE patient_id = %(patient)s",
    ],
)
async def test_the_schema_itself_refuses_what_would_overlap(world: World, statement: str) -> None:
    person = await world.a_record()
    with pytest.raises(psycopg.errors.IntegrityError):
        async with world.carnet.database.transaction() as tx:
            await tx.execute(statement, {"patient": person.patient_id})
