"""`verify_stream` finds each kind of tampering; what it reads is a real trail."""

from typing import Any
from uuid import UUID

import pytest
from psycopg import Rollback
from tests.doors.world import Person, World, a_report

from carnet.domain.actor import SYSTEM
from carnet.domain.audit import store
from carnet.domain.audit.verification import Fault, StreamReport, verify_records, verify_stream
from carnet.domain.consent import record_life
from carnet.domain.consent.model import ConsentKind, RecordStatus
from carnet.domain.record.erasure import erase_remains


@pytest.fixture(scope="module")
async def person(world: World) -> Person:
    """Someone whose trail holds six events: opened, filed, granted, listed, read, refused."""
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id
    doctor = await world.a_professional(authorised_on=person)
    await world.found(person, by=doctor)
    await world.read(f"Binary/{document}", by=doctor)
    await world.send(a_report(person, type=None))
    assert (await world.verified(person)) == StreamReport(person.patient_id, 6, ())
    return person


async def _after(world: World, person: Person, *statements: str, **values: Any) -> set[tuple[int | None, str]]:
    """The faults found once these statements have run; they are undone."""
    report = None
    async with world.carnet.database.connection() as tx, tx.transaction() as transaction:
        sealer = await world._sealer(tx, person)
        for statement in statements:
            done = await tx.execute(statement, {"patient": person.patient_id} | values)
            assert done.rowcount > 0, statement
        report = await verify_stream(tx, person.patient_id, sealer)
        raise Rollback(transaction)
    assert report is not None
    assert (await world.verified(person)).faults == ()
    return {(fault.position, fault.code) for fault in report.faults}


AT = " WHERE patient_id = %(patient)s AND position = "


async def test_an_altered_body(world: World, person: Person) -> None:
    flip = "UPDATE audit_event SET body = set_byte(body, 40, get_byte(body, 40) # 1)" + AT + "3"
    assert await _after(world, person, flip) == {(3, "body")}


async def test_the_body_of_another_event(world: World, person: Person) -> None:
    swap = "UPDATE audit_event SET body = (SELECT body FROM audit_event" + AT + "2)" + AT + "3"
    assert await _after(world, person, swap) == {(3, "body")}


async def test_an_altered_commitment(world: World, person: Person) -> None:
    flip = "UPDATE audit_event SET commitment = sha256(commitment)" + AT + "3"
    assert await _after(world, person, flip) == {(3, "commitment"), (3, "hash")}


async def test_an_altered_hash(world: World, person: Person) -> None:
    flip = "UPDATE audit_event SET hash = sha256(hash)" + AT + "3"
    assert await _after(world, person, flip) == {(3, "hash"), (4, "hash")}


@pytest.mark.parametrize(
    "change",
    ["type = 'signed-in'", "outcome = 'refused'", "occurred_at = occurred_at - interval '1 microsecond'"],
)
async def test_an_altered_column(world: World, person: Person, change: str) -> None:
    assert await _after(world, person, f"UPDATE audit_event SET {change}" + AT + "3") == {(3, "columns")}


async def test_an_event_under_another_id(world: World, person: Person) -> None:
    assert await _after(world, person, "UPDATE audit_event SET event_id = gen_random_uuid()" + AT + "3") == {
        (3, "body")
    }


async def test_a_removed_event(world: World, person: Person) -> None:
    found = await _after(world, person, "DELETE FROM audit_event" + AT + "3")
    assert {(4, "gap"), (4, "hash")} <= found


async def test_a_removed_event_whose_gap_was_closed(world: World, person: Person) -> None:
    found = await _after(
        world, person, "DELETE FROM audit_event" + AT + "3",
        "UPDATE audit_event SET position = position - 1 WHERE patient_id = %(patient)s AND position > 3",
    )  # fmt: skip
    assert {(3, "hash"), (None, "head")} <= found


async def test_a_cut_tail(world: World, person: Person) -> None:
    assert await _after(world, person, "DELETE FROM audit_event" + AT + "6") == {(None, "head")}


async def test_an_emptied_trail(world: World, person: Person) -> None:
    assert await _after(world, person, "DELETE FROM audit_event WHERE patient_id = %(patient)s") == {(None, "head")}


async def test_two_events_in_the_other_order(world: World, person: Person) -> None:
    found = await _after(
        world,
        person,
        "UPDATE audit_event SET position = 9 - position WHERE patient_id = %(patient)s AND position IN (4, 5)",
    )
    assert {(4, "hash"), (5, "hash")} <= found


async def test_an_added_event(world: World, person: Person) -> None:
    copy = """
        INSERT INTO audit_event
        SELECT patient_id, gen_random_uuid(), 7, type, outcome, occurred_at, commitment, hash, body FROM audit_event
    """
    assert {(7, "hash"), (7, "body"), (None, "head")} <= await _after(world, person, copy + AT + "6")


async def test_an_impossible_position(world: World, person: Person) -> None:
    found = await _after(world, person, "UPDATE audit_event SET position = -1" + AT + "1")
    assert {(-1, "gap"), (-1, "hash")} <= found


async def test_an_event_moved_to_another_record(world: World, person: Person) -> None:
    other = await world.a_record()
    found = await _after(
        world, person, "UPDATE audit_event SET patient_id = %(other)s" + AT + "6", other=other.patient_id
    )
    assert found == {(None, "head")}
    async with world.carnet.database.connection() as tx, tx.transaction() as transaction:
        await tx.execute(
            "UPDATE audit_event SET patient_id = %s" + AT.replace("%(patient)s", "%s") + "6",
            (other.patient_id, person.patient_id),
        )
        report = await verify_stream(tx, other.patient_id, await world._sealer(tx, other))
        assert {fault.code for fault in report.faults} >= {"gap", "hash", "body", "head"}
        raise Rollback(transaction)


async def test_an_altered_head(world: World, person: Person) -> None:
    for change in ("trail_length = trail_length + 1", "trail_hash = sha256(trail_hash)"):
        assert await _after(world, person, f"UPDATE record SET {change} WHERE patient_id = %(patient)s") == {
            (None, "head")
        }


async def test_the_systems_trail(world: World, person: Person) -> None:
    assert (await world.verified(None)).faults == ()
    await world.send(b"not JSON")
    before = await world.verified(None)
    assert before.faults == ()
    async with world.carnet.database.connection() as tx, tx.transaction() as transaction:
        await tx.execute("DELETE FROM system_event WHERE position = %s", (before.events,))
        report = await verify_stream(tx, None, world.carnet.services.store.system_key)
        assert report.faults == (Fault(None, None, "head"),)
        raise Rollback(transaction)


async def test_many_records_are_verified_in_one_reading(world: World, person: Person) -> None:
    """The same faults, each in its own stream."""
    other = await world.a_record()
    keys = world.carnet.services.keys
    async with world.carnet.database.connection() as tx, tx.transaction() as transaction:
        await tx.execute(
            "UPDATE audit_event SET commitment = sha256(commitment)" + AT + "3", {"patient": person.patient_id}
        )
        heads = await store.record_heads(tx, after=UUID(int=0), limit=1000)
        assert [patient_id for patient_id, _ in heads] == sorted(patient_id for patient_id, _ in heads)
        found = {
            report.stream: report
            async for report in verify_records(
                tx,
                heads,
                sealer_of=lambda patient_id, head: keys.patient_key(patient_id, head.wrapped_key or b""),
                seen={},
            )
        }
        raise Rollback(transaction)
    assert set(found) == {patient_id for patient_id, _ in heads}
    assert found[other.patient_id] == StreamReport(other.patient_id, 1, ())
    assert {(fault.position, fault.code) for fault in found[person.patient_id].faults} == {
        (3, "commitment"),
        (3, "hash"),
    }
    assert sum(len(report.faults) for report in found.values()) == 2


async def test_the_bodies_of_an_erased_record_are_gone_and_its_chain_stands(world: World) -> None:
    """Erasure empties bodies and destroys the key; in a record that is not erased, an empty body is an altered one."""
    person = await world.a_record()
    await world.deposit(a_report(person))
    empty = "UPDATE audit_event SET body = ''" + AT + "2"
    assert await _after(world, person, empty) == {(2, "body")}
    async with world.carnet.database.connection() as tx, tx.transaction() as transaction:
        await tx.execute("UPDATE record SET status = 'erased' WHERE patient_id = %s", (person.patient_id,))
        await tx.execute("UPDATE audit_event SET body = '' WHERE patient_id = %s", (person.patient_id,))
        assert await verify_stream(tx, person.patient_id, None) == StreamReport(person.patient_id, 2, (), erased=2)
        body = "UPDATE audit_event SET body = %s WHERE patient_id = %s AND position = 1"
        await tx.execute(body, (b"x", person.patient_id))
        assert (await verify_stream(tx, person.patient_id, None)).faults == (Fault(person.patient_id, 1, "body"),)
        await tx.execute(body, (b"", person.patient_id))
        await tx.execute(
            "UPDATE audit_event SET commitment = sha256(commitment) WHERE patient_id = %s", (person.patient_id,)
        )
        report = await verify_stream(tx, person.patient_id, None)
        assert {fault.code for fault in report.faults} == {"hash"}
        raise Rollback(transaction)


async def test_an_erased_record_is_verified_from_its_commitments(world: World) -> None:
    """By the verbs that erase, key and bodies included; a record erased halfway is verified as well."""
    person = await world.a_record()
    await world.deposit(a_report(person))
    await world.change(person, to=RecordStatus.CLOSED)
    keys = world.carnet.services.keys
    async with world.carnet.database.transaction() as tx:
        await record_life.erase(tx, person.patient_id, actor=SYSTEM, keys=keys, at=world.carnet.services.clock())
    assert (await world.verified(person)) == StreamReport(person.patient_id, 4, ())
    assert await erase_remains(world.carnet.services.store, person.patient_id)
    async with world.carnet.database.transaction() as tx:
        heads = [
            head for head in await store.record_heads(tx, after=UUID(int=0), limit=1000) if head[0] == person.patient_id
        ]
        assert heads[0][1].wrapped_key == b""
        (report,) = [each async for each in verify_records(tx, heads, sealer_of=lambda *_: None, seen={})]
    assert report == StreamReport(person.patient_id, 4, (), erased=4)


async def test_the_trail_of_acts_in_order(world: World, person: Person) -> None:
    assert [event.type for event in await world.events(person)] == [
        "record-opened", "documents-filed", "grant-given", "documents-listed", "document-read", "deposit-refused",
    ]  # fmt: skip
    assert [event.rule for event in await world.events(person)] == [
        None, "feed.organization", None, "open.professional", "read.professional", None,
    ]  # fmt: skip


async def test_clear_columns_know_nobody(world: World, person: Person) -> None:
    """All that the database holds of the trail, searched for what it must not tell."""
    await world.consent(person, ConsentKind.BLOCK, "899700000042")
    secrets = [
        person.ins.matricule, person.identity.traits.birth_name, "LOUISE", "Compte rendu", "899700000042", "Dr Essai", "Hôpital inventé",
        "metadata-missing",
    ]  # fmt: skip
    async with world.carnet.database.connection() as connection:
        cursor = await connection.execute("SELECT * FROM audit_event WHERE patient_id = %s", (person.patient_id,))
        rows = await cursor.fetchall()
    assert len(rows) == 7
    for row in rows:
        for value in row:
            told = value if isinstance(value, bytes) else str(value).encode()
            for secret in secrets:
                assert secret.encode() not in told
