"""Acts that cross: two writers on one document, one message sent many times, a change of consent between the facts and the act."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from tests.builders.people import an_ins
from tests.doors.world import Caller, Deposited, Person, World, a_report, a_unique_id, codes_of, ids_of, several

from carnet.app import application
from carnet.domain.access.authorising import authorise
from carnet.domain.access.blocking import block
from carnet.domain.access.facts import holder_name
from carnet.domain.access.reviewing import list_authorisations
from carnet.domain.actor import Actor, ActorKind, Purpose
from carnet.domain.audit.trail import PreparedEvent
from carnet.domain.consent.model import Basis, ConsentKind, RecordStatus
from carnet.domain.errors import Refused
from carnet.domain.record.facts import DepositFacts, EntryFacts, ReadFacts
from carnet.domain.record.filing import Filing
from carnet.domain.record.hiding import hide_from
from carnet.domain.record.store import RecordStore
from carnet.domain.record.updating.model import UpdateTerms
from carnet.domain.record.wanted import Named
from carnet.vocabulary.frozen import frozen

Act = Callable[[], Awaitable[Any]]


@frozen
class Interrupted(RecordStore):
    """A store where something happens once, after the facts were read and before the act is written."""

    meanwhile: list[Act] | None = None

    async def _happen(self) -> None:
        if self.meanwhile:
            await self.meanwhile.pop()()

    async def file(self, facts: DepositFacts, filing: Filing) -> datetime:
        await self._happen()
        return await RecordStore.file(self, facts, filing)

    async def trace(
        self, patient_id: Any, event: PreparedEvent, *, facts_version: int | None = None, notice: Any = None
    ) -> datetime | None:
        if facts_version is not None:
            await self._happen()
        return await RecordStore.trace(self, patient_id, event, facts_version=facts_version, notice=notice)

    async def read_content(self, facts: ReadFacts, entry: EntryFacts, event: PreparedEvent, *, segments: Sequence[int], notice: Any = None) -> list[bytes]:  # fmt: skip
        await self._happen()
        return await RecordStore.read_content(self, facts, entry, event, segments=segments, notice=notice)


def _where(world: World, happens: Act) -> World:
    """The same world, where this happens within the next act."""
    held = world.carnet.services.store
    store = Interrupted(held.database, held.keys, held.contents, held.system_key, [happens])
    carnet = replace(world.carnet, services=replace(world.carnet.services, store=store))
    transport = httpx.ASGITransport(application(carnet), raise_app_exceptions=False)
    return World(carnet, httpx.AsyncClient(transport=transport, base_url="http://carnet.test"))


async def test_one_document_replaced_by_two_at_once(world: World) -> None:
    person = await world.a_record()
    for _ in range(5):
        first = await world.deposit(a_report(person))
        target = {"reference": f"DocumentReference/{first.id}"}
        answers = await asyncio.gather(*(world.send(a_report(person, replaces=target)) for _ in range(2)))
        assert sorted(answer.status_code for answer in answers) == [200, 422]
        (refused,) = [answer for answer in answers if answer.status_code == 422]
        assert codes_of(refused) == ["relates-to-not-current"]
        done = Deposited(next(answer for answer in answers if answer.status_code == 200))
        replacing = await world.found(person, by=world.a_citizen(person), relatesto=f"DocumentReference/{first.id}")
        assert replacing == [done.id]
    assert (await world.verified(person)).faults == ()


async def test_one_message_sent_ten_times_at_once(world: World) -> None:
    person = await world.a_record()
    bundle = several(person, a_report(person), a_report(person))
    answers = [Deposited(answer) for answer in await asyncio.gather(*(world.send(bundle) for _ in range(10)))]
    assert Counter(answer.statuses[1] for answer in answers) == {"201": 1, "200": 9}
    assert len({tuple(answer.ids()) for answer in answers}) == 1
    assert len({answer.set_id for answer in answers}) == 1
    assert sorted(await world.found(person, by=world.a_citizen(person))) == sorted(answers[0].ids())
    events = [event for event in await world.events(person) if event.type == "documents-filed"]
    assert len(events) == 1


async def test_one_unique_id_claimed_for_two_people_at_once(world: World) -> None:
    for _ in range(5):
        people = [await world.a_record(), await world.a_record()]
        unique_id = a_unique_id()
        answers = await asyncio.gather(*(world.send(a_report(person, unique_id=unique_id)) for person in people))
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        assert codes_of(next(a for a in answers if a.status_code == 409)) == ["unique-id-taken"]


async def test_crossed_claims_do_not_lock_each_other(world: World) -> None:
    """The same numbers in the other order, for someone else: one wins whole, the other is refused whole."""
    for _ in range(10):
        people = [await world.a_record(), await world.a_record()]
        numbers = [a_unique_id() for _ in range(20)]
        bundles = [
            several(person, *(a_report(person, unique_id=number) for number in order))
            for person, order in zip(people, (numbers, numbers[::-1]), strict=True)
        ]
        answers = await asyncio.gather(*(world.send(bundle) for bundle in bundles))
        assert sorted(answer.status_code for answer in answers) == [200, 409], [a.text[:300] for a in answers]


async def test_fifty_deposits_in_one_record(world: World) -> None:
    person = await world.a_record()
    answers = await asyncio.gather(*(world.send(a_report(person)) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(ids_of(await world.search(person, by=world.a_citizen(person), _count=200))) == 50
    report = await world.verified(person)
    assert (report.faults, report.events) == ((), 52)  # opened, fifty deposits, one search
    async with world.carnet.database.connection() as connection:
        rows = await (
            await connection.execute(
                "SELECT position FROM audit_event WHERE patient_id = %s ORDER BY position", (person.patient_id,)
            )
        ).fetchall()
    assert [row[0] for row in rows] == list(range(1, 53))


async def test_a_document_is_read_while_others_are_replaced(world: World) -> None:
    """Facts that move again and again do not make a reader wait for ever."""
    person = await world.a_record()
    kept = (await world.deposit(a_report(person))).id
    citizen = world.a_citizen(person)

    async def replaces() -> None:
        last = (await world.deposit(a_report(person))).id
        for _ in range(8):
            last = (await world.deposit(a_report(person, replaces={"reference": f"DocumentReference/{last}"}))).id

    async def reads() -> list[int]:
        return [(await world.read(f"Binary/{kept}", by=citizen)).status_code for _ in range(20)]

    _, statuses = await asyncio.gather(replaces(), reads())
    assert set(statuses) == {200}


async def test_acts_of_many_people_while_connections_are_cut(world: World, database_url: str) -> None:
    """What leaves together is kept or undone together: whoever is answered is kept, whoever asks again is kept once, nobody else's act is lost."""
    people = [await world.a_record() for _ in range(6)]
    numbers = {a_unique_id(): n for n in range(24)}
    # Each number is sent twice for one person, and once for the next, who may get there first.
    sent = [(people[(n + shift) % 6], number) for number, n in numbers.items() for shift in (0, 0, 1)]

    async def until_answered(person: Person, unique_id: str) -> httpx.Response:
        bundle = a_report(person, unique_id=unique_id)
        for _ in range(30):
            answer = await world.send(bundle)
            if answer.status_code != 503:
                return answer
            await asyncio.sleep(0.05)
        raise AssertionError("never answered")

    async def looks(person: Person) -> int:
        statuses = [(await world.search(person, by=world.a_citizen(person))).status_code for _ in range(8)]
        assert set(statuses) <= {200, 503}
        return statuses.count(200)

    is_over = asyncio.Event()

    async def cuts() -> None:
        while not is_over.is_set():
            async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
                await connection.execute("""
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid()
                """)
            await asyncio.sleep(0.02)

    cutting = asyncio.create_task(cuts())
    looked = asyncio.gather(*(looks(person) for person in people))
    answers = await asyncio.gather(*(until_answered(*each) for each in sent))
    seen = await looked
    is_over.set()
    await cutting
    await asyncio.sleep(0.2)  # those cut last are noticed; the pool, unlike the lanes, only looks when it is asked
    await world.carnet.database._pool.check()

    assert {answer.status_code for answer in answers} == {200, 409}
    held: dict[str, set[str]] = {}
    for (person, _), answer in zip(sent, answers, strict=True):
        if answer.status_code == 200:
            held.setdefault(str(person.patient_id), set()).add(Deposited(answer).id)
    assert sum(map(len, held.values())) == len(numbers)
    for person, looks_told in zip(people, seen, strict=True):
        found = await world.found(person, by=world.a_citizen(person), _count=100)
        assert set(found) == held.get(str(person.patient_id), set())
        types = Counter(event.type for event in await world.events(person))
        assert types["documents-filed"] == len(found)
        assert types["documents-listed"] > looks_told  # those told, this one, and any whose answer was lost
        assert (await world.verified(person)).faults == ()


# Between the facts and the act


@pytest.mark.parametrize(
    "address", ["Binary/{id}", "DocumentReference/{id}", "List/{set}", "DocumentReference?patient={patient}"]
)
async def test_a_block_between_the_facts_and_the_reading(world: World, address: str) -> None:
    person = await world.a_record()
    done = await world.deposit(a_report(person))
    doctor = await world.a_professional(authorised_on=person)
    address = address.format(id=done.id, set=done.set_id, patient=person.patient_id)
    crossed = _where(world, lambda: world.consent(person, ConsentKind.BLOCK, doctor.number))
    response = await crossed.read(address, by=doctor)
    assert (response.status_code, codes_of(response)) == (403, ["record-refused"])
    assert crossed.carnet.services.store.meanwhile == []  # type: ignore[attr-defined]
    shown = [event for event in await world.events(person) if event.actor.person == doctor.number]
    assert [event.type for event in shown] == ["access-refused"]


@pytest.mark.parametrize("what", ["hidden by name", "category", "emergency", "regulation", "representation"])
async def test_a_decision_between_the_facts_and_the_reading(world: World, what: str) -> None:
    """Whatever the person decides takes effect at once, even on who has just been let in."""
    person = await world.a_record(birth_date="2015-06-12")
    done = await world.deposit(a_report(person))
    parent = an_ins()
    await world.consent(person, ConsentKind.PARENTAL_AUTHORITY, holder_name(parent), scope="full")
    readers = {
        "emergency": await world.a_professional(purpose=Purpose.EMERGENCY, motive="Inconscient"),
        "regulation": Caller(
            world.token(Actor(
                ActorKind.PROFESSIONAL, "Dr Régulateur", person="899711119999", profession="10", sector="SA01", purpose=Purpose.REGULATION,
            ))
        ),
        "representation": world.a_representative(parent, of=person),
    }  # fmt: skip
    reader = readers.get(what) or await world.a_professional(authorised_on=person)
    services = world.carnet.services
    citizen = Actor(ActorKind.CITIZEN, "La personne", ins=person.ins)
    terms = UpdateTerms(services.read_terms.matrix, services.clock)
    acts = {
        "hidden by name": lambda: hide_from(
            services.store, Named(logical_id=UUID(done.id)), reader.number, actor=citizen, terms=terms
        ),
        "category": lambda: world.consent(person, ConsentKind.HIDDEN_CATEGORY, scope="type|11488-4"),
        "emergency": lambda: world.consent(person, ConsentKind.EMERGENCY_OPPOSITION),
        "regulation": lambda: world.consent(person, ConsentKind.REGULATION_OPPOSITION),
        "representation": lambda: world.consent(person, ConsentKind.PARENTAL_AUTHORITY, holder_name(parent), ends=True),
    }
    assert (await world.read(f"Binary/{done.id}", by=reader)).status_code == 200
    response = await _where(world, acts[what]).read(f"Binary/{done.id}", by=reader)
    hidden = what in {"hidden by name", "category"}
    expected = (404, ["document-unknown"]) if hidden else (403, ["record-refused"])
    assert (response.status_code, codes_of(response)) == expected


async def test_an_opposition_to_feeding_between_the_facts_and_the_deposit(world: World) -> None:
    person = await world.a_record()
    crossed = _where(world, lambda: world.consent(person, ConsentKind.FEEDING_OPPOSITION))
    response = await crossed.send(a_report(person), by=world.hospital)
    assert (response.status_code, codes_of(response)) == (403, ["feeding-opposed"])
    # It is the others' deposits that are opposed.
    await world.deposit(a_report(person), by=world.a_citizen(person))


async def test_blocks_and_declarations_at_once(world: World) -> None:
    """In whatever order they come, who was blocked last is blocked, and holds nothing."""
    person = await world.a_record()
    rights, terms = world.carnet.services.rights, world.carnet.services.rights_terms
    doctor = Actor(ActorKind.PROFESSIONAL, "Dr", person="899711118888", profession="10")
    citizen = Actor(ActorKind.CITIZEN, "La personne", ins=person.ins)
    named = {"holder": doctor.person or "", "is_organization": False, "terms": terms}

    async def declare() -> None:
        with suppress(Refused):
            await authorise(rights, person.ins, actor=doctor, basis=Basis.CARE_TEAM, **named)

    await asyncio.gather(
        *(declare() for _ in range(4)),
        block(rights, person.ins, actor=citizen, **named),
        *(declare() for _ in range(4)),
    )
    review = await list_authorisations(rights, person.ins, actor=citizen, terms=terms)
    running = [each.consent.kind for each in review.periods if each.period.holds_at(review.at)]
    assert running == [ConsentKind.BLOCK]


async def test_a_closing_between_the_facts_and_the_deposit(world: World) -> None:
    person = await world.a_record()
    crossed = _where(world, lambda: world.change(person, to=RecordStatus.CLOSED))
    rows = await world.rows()
    response = await crossed.send(a_report(person), by=world.hospital)
    assert (response.status_code, codes_of(response)) == (403, ["record-closed"])
    assert await world.rows() == rows | {"record_period": rows["record_period"] + 1}
    assert [event.type for event in await world.events(person)][-2:] == ["record-closed", "deposit-refused"]


async def test_a_replacement_between_the_facts_and_the_deposit(world: World) -> None:
    person = await world.a_record()
    first = await world.deposit(a_report(person))
    target = {"reference": f"DocumentReference/{first.id}"}
    crossed = _where(world, lambda: world.deposit(a_report(person, replaces=target)))
    response = await crossed.send(a_report(person, replaces=target), by=world.hospital)
    assert (response.status_code, codes_of(response)) == (422, ["relates-to-not-current"])


async def test_the_same_document_between_the_facts_and_the_deposit(world: World) -> None:
    person = await world.a_record()
    bundle = a_report(person)
    crossed = _where(world, lambda: world.deposit(bundle))
    done = Deposited(await crossed.send(bundle, by=world.hospital))
    assert done.statuses == ["200"] * 3


async def test_the_same_unique_id_elsewhere_between_the_facts_and_the_deposit(world: World) -> None:
    person, other = await world.a_record(), await world.a_record()
    number = a_unique_id()
    crossed = _where(world, lambda: world.deposit(a_report(other, unique_id=number)))
    response = await crossed.send(a_report(person, unique_id=number), by=world.hospital)
    assert (response.status_code, codes_of(response)) == (409, ["unique-id-taken"])
