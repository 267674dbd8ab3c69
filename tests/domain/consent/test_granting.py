"""Authorisations, blocks and médecins traitants: periods, versions of the facts, traces."""

from datetime import timedelta
from uuid import uuid4

import pytest
from tests.doors.world import World

from carnet.domain.actor import SYSTEM
from carnet.domain.consent import granting
from carnet.domain.consent.model import Consent, ConsentKind, Period
from carnet.domain.errors import NotFound
from carnet.vocabulary.clock import system_clock

HOLDER = "899700000077"
TRACED = {
    ConsentKind.GRANT: ["grant-given", "grant-ended"],
    ConsentKind.BLOCK: ["block-set", "block-lifted"],
    ConsentKind.PRIMARY_CARE_DOCTOR: ["primary-care-doctor-set", "primary-care-doctor-removed"],
    ConsentKind.EMERGENCY_OPPOSITION: ["emergency-opposed", "emergency-opposition-lifted"],
    ConsentKind.REGULATION_OPPOSITION: ["regulation-opposed", "regulation-opposition-lifted"],
    ConsentKind.FEEDING_OPPOSITION: ["feeding-opposed", "feeding-opposition-lifted"],
    ConsentKind.EMERGENCY_MASKED: ["emergency-masked-allowed", "emergency-masked-ended"],
    ConsentKind.HIDDEN_CATEGORY: ["category-hidden", "category-shown"],
    ConsentKind.WITHHELD_CATEGORY: ["category-hidden", "category-shown"],
    ConsentKind.PARENTAL_AUTHORITY: ["representative-named", "representative-removed"],
    ConsentKind.GUARDIANSHIP: ["representative-named", "representative-removed"],
    ConsentKind.MASKED_BY_DEFAULT: ["default-mask-set", "default-mask-removed"],
}


@pytest.mark.parametrize("kind", ConsentKind)
async def test_each_begins_and_ends_with_its_trace(world: World, kind: ConsentKind) -> None:
    person = await world.a_record()
    version = (await world.head(person))[1]
    assert await world.consent(person, kind, HOLDER)
    assert await world.consent(person, kind, HOLDER, ends=True)
    assert (await world.head(person))[1] == version + 2
    events = (await world.events(person))[1:]
    assert [event.type for event in events] == TRACED[kind]
    assert [event.details["holder"] for event in events] == [HOLDER] * 2


async def test_twice_is_once(world: World) -> None:
    person = await world.a_record()
    assert await world.consent(person, ConsentKind.GRANT, HOLDER)
    head, events = await world.head(person), len(await world.events(person))
    assert not await world.consent(person, ConsentKind.GRANT, HOLDER)
    assert not await world.consent(person, ConsentKind.BLOCK, HOLDER, ends=True)
    assert (await world.head(person), len(await world.events(person))) == (head, events)


async def test_a_person_and_an_organisation_of_one_number_are_two(world: World) -> None:
    person = await world.a_record()
    assert await world.consent(person, ConsentKind.BLOCK, HOLDER)
    assert await world.consent(person, ConsentKind.BLOCK, HOLDER, organization=True)
    assert await world.consent(person, ConsentKind.BLOCK, HOLDER, ends=True, organization=True)
    assert not await world.consent(person, ConsentKind.BLOCK, HOLDER)


async def test_what_has_ended_begins_again_and_the_past_stays(world: World) -> None:
    person = await world.a_record()
    for _ in range(2):
        assert await world.consent(person, ConsentKind.GRANT, HOLDER)
        assert await world.consent(person, ConsentKind.GRANT, HOLDER, ends=True)
    async with world.carnet.database.connection() as connection:
        cursor = await connection.execute(
            "SELECT valid_from, valid_to FROM consent_period WHERE patient_id = %s ORDER BY valid_from",
            (person.patient_id,),
        )
        (first, second) = await cursor.fetchall()
    assert first[0] < first[1] <= second[0] < second[1]


async def test_an_end_decided_in_advance(world: World) -> None:
    person = await world.a_record()
    now = system_clock()
    assert await world.consent(person, ConsentKind.GRANT, HOLDER, until=now + timedelta(hours=1))
    assert not await world.consent(person, ConsentKind.GRANT, HOLDER, until=now + timedelta(hours=2))
    assert await world.consent(person, ConsentKind.GRANT, HOLDER, ends=True)
    assert not await world.consent(person, ConsentKind.GRANT, HOLDER, ends=True)


async def test_no_such_record(world: World) -> None:
    with pytest.raises(NotFound, match="record-unknown"):
        async with world.carnet.database.transaction() as tx:
            await granting.begin(
                tx,
                uuid4(),
                Consent(ConsentKind.GRANT, HOLDER),
                actor=SYSTEM,
                keys=world.carnet.services.keys,
                at=system_clock(),
            )


def test_a_period_holds_from_its_first_instant_to_before_its_last() -> None:
    now = system_clock()
    period = Period(now, now + timedelta(hours=1), now, "carnet")
    assert not period.holds_at(now - timedelta(microseconds=1))
    assert period.holds_at(now)
    assert not period.holds_at(now + timedelta(hours=1))
    assert Period(now, None, now, "carnet").holds_at(now + timedelta(days=9999))
