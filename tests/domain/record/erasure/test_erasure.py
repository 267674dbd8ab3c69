"""After an erasure nothing of the person can be read anywhere, the trail still proves itself, and no interruption leaves it half done."""

import asyncio
import os
import random
import signal
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from psycopg import sql
from tests.builders.cda import a_pdf
from tests.doors.world import Person, World, a_folder_entry, a_letter, a_report, a_unique_id

from carnet.domain.actor import SYSTEM, Actor, ActorKind
from carnet.domain.audit.model import EventType
from carnet.domain.audit.verification import verify_stream
from carnet.domain.consent.doubting import step_identity
from carnet.domain.consent.model import ConsentKind, RecordStatus
from carnet.domain.consent.receiving import receive_identity
from carnet.domain.consent.record_life import close, erase
from carnet.domain.demo.store import DemoPerson, save
from carnet.domain.errors import Conflict, NotFound
from carnet.domain.people.identity_status import IdentityStep
from carnet.domain.people.model import FormerIns, IdentityStatus, LocalIdentifier, ReceivedIdentity, Reception
from carnet.domain.record.asking.model import RequestKind
from carnet.domain.record.asking.sending import ask_author
from carnet.domain.record.erasure import erase_remains
from carnet.domain.record.sharing.making import share
from carnet.jobs.erase_records import ERASE_JOB, erasing
from carnet.jobs.worker import Worker
from carnet.vocabulary.ins import NIR_TEST, Ins, key_of

UNDERSTOOD = a_pdf("lisible entre toutes")


async def someone_with_everything(world: World) -> tuple[Person, list[str]]:
    """A closed record with documents, a history of identity, consents and events; and the uniqueIds of its documents."""
    person = await world.a_record()
    keys, clock = world.carnet.services.keys, world.carnet.services.clock
    old = f"1550699{person.ins.matricule[7:13]}"
    received = ReceivedIdentity(
        replace(person.identity.traits, birth_name=f"{person.identity.traits.birth_name}-NEE"), IdentityStatus.QUALIFIED, person.ins,
        former=(FormerIns(Ins(old + f"{key_of(old):02d}", NIR_TEST)),), used_name="NOM-D-USAGE",
        local=LocalIdentifier(f"IPP-{person.patient_id.hex[-6:]}", "1.2.250.1.999.50"),
    )  # fmt: skip
    async with world.carnet.database.transaction() as tx:
        receipt = await receive_identity(
            tx, received, actor=SYSTEM, keys=keys, at=clock(), terms=world.carnet.services.receiving_terms
        )
    assert receipt.reception is Reception.CHANGED
    person = Person(person.patient_id, replace(person.identity, traits=received.traits, used_name="NOM-D-USAGE"))
    await world.consent(person, ConsentKind.GRANT, "899700000042")
    first = await world.deposit(a_report(person, content=UNDERSTOOD))
    await world.deposit(a_report(person, replaces={"reference": f"DocumentReference/{first.id}"}))
    letter = a_letter(person)
    letter["entry"].append(a_folder_entry(person, f"DocumentReference/{first.id}", unique_id=a_unique_id()))
    document = UUID((await world.deposit(letter)).id)
    services, holder = world.carnet.services, the_citizen(person)
    await share(services.store, [document], lasting=timedelta(days=1), actor=holder, terms=services.share_terms)
    await ask_author(
        services.store, document, RequestKind.CORRECT, "à corriger", actor=holder, terms=services.read_terms
    )
    async with world.carnet.database.transaction() as tx:
        await save(tx, DemoPerson(f"demo-{person.patient_id.hex[-6:]}", "quelqu'un", ins=person.ins))
    assert len(await world.found(person, by=world.a_citizen(person))) >= 2
    async with world.carnet.database.transaction() as tx:
        await close(tx, person.patient_id, actor=the_citizen(person), keys=keys, at=clock(), reason="je déménage")
        cursor = await tx.execute("SELECT unique_id FROM document_entry WHERE patient_id = %s", (person.patient_id,))
        unique_ids = [row[0] for row in await cursor.fetchall()]
    return person, unique_ids


def the_citizen(person: Person) -> Actor:
    return Actor(ActorKind.CITIZEN, f"Louise {person.identity.traits.birth_name}", ins=person.ins)


async def decide(world: World, person: Person) -> None:
    async with world.carnet.database.transaction() as tx:
        await erase(
            tx,
            person.patient_id,
            actor=the_citizen(person),
            keys=world.carnet.services.keys,
            at=world.carnet.services.clock(),
        )


async def everywhere(world: World) -> bytes:
    """Every row of every table, and every file of contents, as bytes."""
    found: list[bytes] = []
    async with world.carnet.database.connection() as connection:
        cursor = await connection.execute(
            "SELECT c.relname FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
        )
        for (table,) in await cursor.fetchall():
            rows = await connection.execute(sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(table)))
            found.extend(row[0].encode() for row in await rows.fetchall())
    return b"\n".join([*found, *(path.read_bytes() for path in files(world))])


def marks_of(person: Person) -> list[bytes]:
    """What would tell of the person, wherever it stood."""
    traits, number = person.identity.traits, person.ins.matricule
    return [
        number.encode(), f"1550699{number[7:13]}".encode(), traits.birth_name.encode(), f"IPP-{person.patient_id.hex[-6:]}".encode(),
    ]  # fmt: skip


def files(world: World) -> list[Path]:
    """The files of contents, when a folder keeps them."""
    folder = world.carnet.settings.content_url
    return [] if folder is None else [path for path in Path(folder.removeprefix("file:")).rglob("*") if path.is_file()]


async def assert_gone(world: World, person: Person, unique_ids: list[str]) -> None:
    held = await everywhere(world)
    assert [mark for mark in (*marks_of(person), UNDERSTOOD, UNDERSTOOD.hex().encode()) if mark in held] == []
    counts = {
        name: count for name, count in (await world.rows(person)).items() if not name.endswith("_claim") and count
    }
    assert counts == {"record": 1, "record_period": 1}
    async with world.carnet.database.transaction() as tx:
        row = await (
            await tx.execute("SELECT status, wrapped_key FROM record WHERE patient_id = %s", (person.patient_id,))
        ).fetchone()
        assert row == ("erased", b"")
        bodies = await (
            await tx.execute("SELECT DISTINCT body FROM audit_event WHERE patient_id = %s", (person.patient_id,))
        ).fetchall()
        assert bodies == [(b"",)]
        told = await verify_stream(tx, person.patient_id, None)
        assert (told.faults, told.events > 5) == ((), True)
        claims = await (
            await tx.execute("SELECT count(*) FROM unique_id_claim WHERE unique_id = ANY (%s)", (unique_ids,))
        ).fetchone()
        assert claims == (len(unique_ids),)
        for table in (
            "ins_claim",
            "entry_claim",
            "local_identifier_claim",
            "held_record_claim",
            "share_claim",
            "request_claim",
        ):
            statement = sql.SQL("SELECT count(*) FROM {} WHERE patient_id = %s").format(sql.Identifier(table))
            assert await (await tx.execute(statement, (person.patient_id,))).fetchone() == (0,), table


async def test_nothing_of_the_person_can_be_read_any_more(world: World) -> None:
    other = await world.a_record()
    kept = (await world.deposit(a_report(other))).id
    before = files(world)
    person, unique_ids = await someone_with_everything(world)
    held = await everywhere(world)
    assert all(mark in held for mark in marks_of(person))  # the test would see them
    assert (files(world) != before) is (world.carnet.settings.content_url is not None)
    await decide(world, person)
    # From the act on, no door finds it.
    assert (await world.send(a_report(person))).status_code in {403, 422}
    assert (await world.search(person, by=world.a_citizen(person))).status_code == 403
    assert await erase_remains(world.carnet.services.store, person.patient_id)
    await assert_gone(world, person, unique_ids)
    assert sorted(files(world)) == sorted(before)
    assert (await world.send(a_report(person))).status_code == 422
    system = [event for event in await world.events(None) if event.type is EventType.RECORD_ERASED]
    assert system[-1].details == {"record": str(person.patient_id)}
    assert system[-1].actor.ins is None
    # Another record lost nothing.
    assert await world.found(other, by=world.a_citizen(other)) == [kept]
    assert (await world.read(f"Binary/{kept}", by=world.a_citizen(other))).status_code == 200
    # Again: nothing to do.
    assert not await erase_remains(world.carnet.services.store, person.patient_id)


async def test_a_unique_id_of_an_erased_record_stays_taken(world: World) -> None:
    person, unique_ids = await someone_with_everything(world)
    await decide(world, person)
    assert await erase_remains(world.carnet.services.store, person.patient_id)
    other = await world.a_record()
    assert (await world.send(a_report(other, unique_id=unique_ids[0]))).status_code == 409


async def test_the_worker_does_it_after_the_act(world: World) -> None:
    person, unique_ids = await someone_with_everything(world)
    await decide(world, person)
    worker = Worker(world.carnet.database, handlers={ERASE_JOB: erasing(world.carnet.services.store)})
    assert await worker.run_due() >= 1
    await assert_gone(world, person, unique_ids)


@pytest.mark.parametrize("status", [RecordStatus.OPEN, RecordStatus.ANNOUNCED])
async def test_only_a_closed_or_opposed_record_is_erased(world: World, status: RecordStatus) -> None:
    person = await world.a_record(status=status)
    with pytest.raises(Conflict, match="record-status"):
        await decide(world, person)
    assert not await erase_remains(world.carnet.services.store, person.patient_id)
    opposed = await world.a_record(status=RecordStatus.OPPOSED)
    await decide(world, opposed)
    assert await erase_remains(world.carnet.services.store, opposed.patient_id)


async def test_an_identity_received_for_an_erased_record(world: World) -> None:
    """Until the job has run, it is refused; afterwards they are someone new."""
    person, _ = await someone_with_everything(world)
    await decide(world, person)
    services = world.carnet.services
    known = person.identity
    received = ReceivedIdentity(known.traits, known.status, known.ins)

    async def receive() -> Reception:
        async with world.carnet.database.transaction() as tx:
            receipt = await receive_identity(
                tx, received, actor=SYSTEM, keys=services.keys, at=services.clock(), terms=services.receiving_terms
            )
            return receipt.reception

    with pytest.raises(Conflict, match="record-status"):
        await receive()
    with pytest.raises(NotFound, match="record-unknown"):
        async with world.carnet.database.transaction() as tx:
            await step_identity(
                tx, person.patient_id, IdentityStep.DOUBTED, actor=SYSTEM, keys=services.keys, at=services.clock()
            )
    assert await erase_remains(services.store, person.patient_id)
    assert await receive() is Reception.CREATED


async def test_an_erased_record_comes_back_by_no_act(world: World) -> None:
    person, _ = await someone_with_everything(world)
    await decide(world, person)
    for done in (False, True):
        for to in (RecordStatus.OPEN, RecordStatus.CLOSED, RecordStatus.ERASED):
            with pytest.raises(Conflict, match="record-status"):
                await world.change(person, to=to)
        with pytest.raises(NotFound):
            await world.consent(person, ConsentKind.GRANT, "899700000042")
        if not done:
            assert await erase_remains(world.carnet.services.store, person.patient_id)


class Power:
    """Contents whose deletion fails after so many: what a stopped machine does."""

    def __init__(self, contents: object, left: int) -> None:
        self._contents, self._left = contents, left

    def __getattr__(self, name: str) -> object:
        return getattr(self._contents, name)

    async def discard(self, patient_id: UUID, logical_id: UUID) -> None:
        if self._left == 0:
            raise OSError("the power went")
        self._left -= 1
        await self._contents.discard(patient_id, logical_id)  # type: ignore[attr-defined]  # a content store


@pytest.mark.parametrize("left", [0, 1, 2])
async def test_stopped_among_the_contents(world: World, left: int) -> None:
    person, unique_ids = await someone_with_everything(world)
    await decide(world, person)
    kept = world.carnet.services.store
    weak = replace(kept, contents=Power(kept.contents, left))
    with pytest.raises(OSError, match="power"):
        await erase_remains(weak, person.patient_id)
    assert await erase_remains(kept, person.patient_id)
    await assert_gone(world, person, unique_ids)


_ERASER = """
import asyncio, sys
from pathlib import Path
from uuid import UUID
from carnet.app import open_carnet
from carnet.domain.record.asking.model import RequestKind
from carnet.domain.record.asking.sending import ask_author
from carnet.domain.record.erasure import erase_remains
from carnet.domain.record.sharing.making import share
from carnet.settings import Settings
async def main():
    home, url, contents, patient = sys.argv[1:]
    settings = Settings(home=Path(home), mode="demo", base_url="http://carnet.test", content_url=contents or None)
    carnet = await open_carnet(settings, url)
    print("ready", flush=True)
    await erase_remains(carnet.services.store, UUID(patient))
    print("done", flush=True)
asyncio.run(main())
"""


async def test_killed_at_random_moments(world: World, database_url: str) -> None:
    rng = random.Random(11)
    person, unique_ids = await someone_with_everything(world)
    await decide(world, person)
    settings = world.carnet.settings
    for _ in range(4):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _ERASER, str(settings.home), database_url, settings.content_url or "", str(person.patient_id),
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout is not None
        await process.stdout.readline()
        await asyncio.sleep(rng.uniform(0, 0.02))
        if process.returncode is None:
            os.kill(process.pid, signal.SIGKILL)
        await process.wait()
    await erase_remains(world.carnet.services.store, person.patient_id)
    await assert_gone(world, person, unique_ids)
