"""An identity put, told or matched, cut between any two of its statements: nothing is half there, nothing is told without its trace."""

import asyncio
from uuid import uuid4

import pytest
from tests.builders.patients import a_birth_place, a_name, a_patient, an_ins, ins_identifier, local_identifier
from tests.doors.integrity import half_acts
from tests.doors.test_identities import entries, find, match, named_by, put, read
from tests.doors.test_interrupted import _halting as halting
from tests.doors.world import World, codes_of

_numbers = iter(range(2000, 2900))


def a_whole_person() -> dict[str, object]:
    """With a former matricule and a number of the source's own, so that every table is written."""
    ins = an_ins(next(_numbers))
    past = ins_identifier(an_ins(next(_numbers)), use="old")
    return a_patient(ins, identifier=[ins_identifier(ins), past, local_identifier(f"IPP-{uuid4()}")])


@pytest.mark.parametrize(
    ("table", "event"),
    [
        ("ins_claim", "INSERT"),
        ("record", "INSERT"),
        ("record_period", "INSERT"),
        ("identity", "INSERT"),
        ("audit_event", "INSERT"),
        ("person_identifier", "INSERT"),
        ("local_identifier_claim", "INSERT"),
    ],
)
async def test_a_person_is_announced_whole_or_not_at_all(
    world: World, database_url: str, table: str, event: str
) -> None:
    source, person = world.an_identity_source(), a_whole_person()
    rows = await world.rows()
    async with halting(database_url, table, event) as kill:
        answer, _ = await asyncio.gather(put(world, person, by=source), kill())
    assert (answer.status_code, codes_of(answer)) == (503, ["server-unreachable"])
    assert await world.rows() == rows
    assert (await put(world, person, by=source)).status_code == 201
    async with world.carnet.database.connection() as connection:
        assert await half_acts(connection) == {}


@pytest.mark.parametrize(
    ("table", "event"),
    [("ins_claim", "INSERT"), ("ins_claim", "UPDATE"), ("identity", "UPDATE"), ("identity", "INSERT"), ("audit_event", "INSERT")],
)  # fmt: skip
async def test_a_matricule_changes_whole_or_not_at_all(world: World, database_url: str, table: str, event: str) -> None:
    source, before, after = world.an_identity_source(), an_ins(next(_numbers)), an_ins(next(_numbers))
    await put(world, a_patient(before), by=source)
    changed = a_patient(after, identifier=[ins_identifier(after), ins_identifier(before, use="old")])
    rows = await world.rows()
    async with halting(database_url, table, event) as kill:
        answer, _ = await asyncio.gather(put(world, changed, by=source, under=named_by(before)), kill())
    assert answer.status_code == 503
    assert await world.rows() == rows
    (entry,) = entries(await find(world, named_by(before), by=source))
    assert entry["resource"]["identifier"][0]["value"] == before.matricule
    assert (await put(world, changed, by=source, under=named_by(before))).status_code == 200


async def test_nothing_is_told_before_its_trace(world: World, database_url: str) -> None:
    source, person = world.an_identity_source(), await world.a_record(birth_date="1963-05-06")
    doctor, traits = await world.a_professional(), person.identity.traits
    told = {
        "read": lambda: read(world, person.patient_id, by=source),
        "found": lambda: find(world, person.token_of_ins, by=source),
        "matched": lambda: match(
            world, by=source, name=[a_name(traits.birth_name)], birthDate="1963-05-06", extension=[a_birth_place()]
        ),
        "looked up": lambda: find(world, person.token_of_ins, by=doctor),
    }
    for name, ask in told.items():
        events = len(await world.events(person))
        async with halting(database_url, "audit_event", "INSERT") as kill:
            answer, _ = await asyncio.gather(ask(), kill())
        assert (answer.status_code, codes_of(answer)) == (503, ["server-unreachable"]), name
        assert traits.birth_name not in answer.text
        assert len(await world.events(person)) == events
        assert (await ask()).status_code == 200, name
    assert (await world.verified(person)).faults == ()
