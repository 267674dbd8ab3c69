"""A batch of people gives what receiving them one by one gives, whatever is mixed in it, and however often it is taken."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.builders.people import a_person, an_ins, in_doubt

from carnet.app import Carnet
from carnet.domain.actor import SYSTEM
from carnet.domain.audit import store as audit_store
from carnet.domain.audit.trail import open_body, read_canonical
from carnet.domain.audit.verification import verify_stream
from carnet.domain.consent.population import store, take_batch
from carnet.domain.consent.population.model import BatchName, BatchOutcome, LineRefusal, PopulationLine
from carnet.domain.consent.receiving import ReceivingTerms, receive_identity
from carnet.domain.people.model import FormerIns, ReceivedIdentity
from carnet.vocabulary.ins import NIR
from carnet.vocabulary.uuid7 import uuid7

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
SIX_WEEKS = timedelta(days=42)
TERMS = ReceivingTerms.of_mode("demo", objection_period=SIX_WEEKS)
_import = uuid7()


async def begun(carnet: Carnet) -> None:
    async with carnet.database.connection() as connection:
        await connection.execute(
            "INSERT INTO people_import (import_id, source, started_at) VALUES (%s, 'test', now()) ON CONFLICT DO NOTHING",
            (_import,),
        )


async def take(
    carnet: Carnet, *people: ReceivedIdentity, at: datetime = AT, announced_at: datetime = AT, number: int | None = None
) -> BatchOutcome:
    await begun(carnet)
    name = BatchName(_import, uuid7().int % 1_000_000_000 if number is None else number, b"digest")
    return await take_batch(
        carnet.database, [PopulationLine(n, person) for n, person in enumerate(people, 2)], [], batch=name, actor=SYSTEM,
        keys=carnet.services.keys, terms=TERMS, at=at, announced_at=announced_at,
    )  # fmt: skip


async def patient_of(carnet: Carnet, person: ReceivedIdentity) -> Any:
    assert person.ins is not None
    async with carnet.database.connection() as connection:
        row = await (
            await connection.execute("SELECT patient_id FROM ins_claim WHERE matricule = %s", (person.ins.matricule,))
        ).fetchone()
        return None if row is None else row[0]


async def rows_of(carnet: Carnet, patient_id: Any) -> dict[str, Any]:
    """What is kept of someone, ids and secrets apart."""
    statements = {
        "record": "SELECT status, facts_version, trail_length, octet_length(wrapped_key), changed_at FROM record WHERE patient_id = %s",
        "period": "SELECT status, valid_from, valid_to, recorded_at, recorded_by, motive FROM record_period WHERE patient_id = %s ORDER BY 2",
        "identity": (
            "SELECT oid, status, attributes, birth_name, first_given_name, given_names, birth_date, sex, birth_place, used_name,"
            " used_given_name, validation_mode, method_collection, insi_questioned_on, validated_on, valid_from, valid_to, recorded_at,"
            " recorded_by FROM identity WHERE patient_id = %s"
        ),
        "identifier": "SELECT kind, system, since, until, recorded_at, recorded_by FROM person_identifier WHERE patient_id = %s",
        "claim": "SELECT oid, former_since FROM ins_claim WHERE patient_id = %s",
        "local": "SELECT system FROM local_identifier_claim WHERE patient_id = %s",
    }
    async with carnet.database.connection() as connection:
        rows = {
            name: list(await (await connection.execute(statement, (patient_id,))).fetchall())
            for name, statement in statements.items()
        }
    return rows | {"trail": await trail_of(carnet, patient_id)}


async def trail_of(carnet: Carnet, patient_id: Any) -> list[Any]:
    async with carnet.database.transaction() as tx:
        head = await audit_store.head(tx, patient_id)
        assert head is not None
        assert head.wrapped_key is not None
        key = carnet.services.keys.patient_key(patient_id, head.wrapped_key)
        assert (await verify_stream(tx, patient_id, key)).faults == ()
        events = [event async for event in audit_store.events(tx, patient_id)]
    told = [read_canonical(open_body(event.event_id, event.body, key)[16:]) for event in events]
    return [(event.type, event.outcome, event.occurred_at, event.actor, event.details) for event in told]


@pytest.mark.parametrize("announced_at", [AT, AT - timedelta(days=10), AT - SIX_WEEKS])
async def test_a_batch_writes_what_one_by_one_writes(carnet: Carnet, announced_at: datetime) -> None:
    said = {
        "used_name": "D\\URAND", "used_given_name": "ANNIE", "validation_mode": "CN", "method_collection": "INSI",
        "insi_questioned_on": AT.date(), "validated_on": AT.date(), "birth_name": 'N\\A"{ÉÀ,}',
    }  # fmt: skip
    one, other = (a_person(local=f"IPP-{announced_at.day}-{n}", **said) for n in range(2))
    assert (await take(carnet, one, announced_at=announced_at)).counts["created"] == 1
    async with carnet.database.transaction() as tx:
        receipt = await receive_identity(
            tx, other, actor=SYSTEM, keys=carnet.services.keys, at=AT, terms=TERMS, announced_at=announced_at
        )
    assert await rows_of(carnet, await patient_of(carnet, one)) == await rows_of(carnet, receipt.patient_id)


async def test_a_batch_again_changes_nothing(carnet: Carnet) -> None:
    people = [a_person(local=f"IPP-A{n}") for n in range(5)]
    assert (await take(carnet, *people)).counts["created"] == 5
    before = [await rows_of(carnet, await patient_of(carnet, person)) for person in people]
    again = await take(carnet, *people, at=AT + timedelta(days=1))
    assert (again.counts["unchanged"], again.counts["created"]) == (5, 0)
    assert [await rows_of(carnet, await patient_of(carnet, person)) for person in people] == before


async def test_everything_at_once(carnet: Carnet) -> None:
    known, doubted, dying, renewed = (a_person(local=f"IPP-B{n}") for n in range(4))
    await take(carnet, known, doubted, dying, renewed)
    assert renewed.ins is not None
    new = a_person()
    outcome = await take(
        carnet,
        new,  # 2
        new,  # 3, the same line twice
        known,  # 4
        replace(known, used_name="DURAND"),  # 5, the same person, differently
        in_doubt(doubted),  # 6
        replace(dying, is_deceased=True),  # 7
        replace(renewed, ins=an_ins(), former=(FormerIns(renewed.ins),)),  # 8
        a_person(local="IPP-B0"),  # 9, a stranger under the name of another
        a_person(birth_date="1980-13-01"),  # 10
        a_person(an_ins(NIR)),  # 11
        a_person(is_deceased=True),  # 12
        at=AT + timedelta(days=1),
    )  # fmt: skip
    assert {name: outcome.counts[name] for name in ("created", "changed", "unchanged", "refused")} == {
        "created": 1, "changed": 4, "unchanged": 2, "refused": 4,
    }  # fmt: skip
    assert outcome.refused == [
        LineRefusal(9, "person-has-other-matricule"),
        LineRefusal(10, "trait-invalid", "birth_date"),
        LineRefusal(11, "ins-register-not-here"),
        LineRefusal(12, "person-deceased"),
    ]


async def test_two_new_people_under_one_local_identifier(carnet: Carnet) -> None:
    outcome = await take(carnet, a_person(local="IPP-C"), a_person(local="IPP-C"))
    assert (outcome.counts["created"], outcome.refused) == (1, [LineRefusal(3, "person-has-other-matricule")])


async def test_the_same_people_in_several_batches_at_once(carnet: Carnet) -> None:
    people = [a_person(local=f"IPP-D{n}") for n in range(40)]
    outcomes = await asyncio.gather(
        *(take(carnet, *part) for part in (people, people[::-1], people[10:], people[::-1]))
    )
    assert sum(outcome.counts["created"] for outcome in outcomes) == 40
    assert sum(outcome.counts["refused"] for outcome in outcomes) == 0
    for person in people:
        assert len((await rows_of(carnet, await patient_of(carnet, person)))["period"]) == 1


async def test_the_journal_keeps_lines_and_codes_not_people(carnet: Carnet) -> None:
    await take(carnet, a_person(birth_date="1980-13-01"), number=7)
    async with carnet.database.connection() as connection:
        row = await (
            await connection.execute(
                "SELECT counts, refused FROM people_import_batch WHERE import_id = %s AND batch = 7", (_import,)
            )
        ).fetchone()
    assert row == ({"created": 0, "refused": 1, "refused:trait-invalid": 1}, [[2, "trait-invalid", "birth_date"]])


async def test_warnings_are_counted(carnet: Carnet) -> None:
    known = a_person(given_names="MARIE JEANNE")
    said = "warning:given-names-disagree"
    assert (await take(carnet, known)).counts[said] == 1
    assert (await take(carnet, known, replace(known, used_name="DURAND"))).counts[said] == 2


async def test_a_local_identifier_taken_meanwhile_is_looked_at_again(
    carnet: Carnet, monkeypatch: pytest.MonkeyPatch
) -> None:
    await take(carnet, a_person(local="IPP-E"))
    looked, truth = [0], store.local_holders

    async def late(connection: Any, locals_: Any) -> Any:
        looked[0] += 1
        return {} if looked[0] == 1 else await truth(connection, locals_)

    monkeypatch.setattr(store, "local_holders", late)
    outcome = await take(carnet, a_person(local="IPP-E"), a_person())
    assert (outcome.counts["created"], outcome.refused) == (1, [LineRefusal(2, "person-has-other-matricule")])
