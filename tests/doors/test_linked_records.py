"""Two records of one person, linked: read as one from either side, each keeping its own; and taken apart again."""

import asyncio
import itertools
from contextlib import suppress
from datetime import timedelta

import pytest
import time_machine
from tests.doors.statements import statements
from tests.doors.world import World, a_report, codes_of, every_page, ids_of

from carnet.domain.access.model import Confidentiality
from carnet.domain.actor import Actor, ActorKind, Purpose
from carnet.domain.audit.model import EventType
from carnet.domain.consent.model import ConsentKind, RecordStatus
from carnet.domain.errors import Invalid, NotFound, Refused, Unavailable
from carnet.domain.record import synchronising
from carnet.domain.record.erasure import erase_remains
from carnet.domain.record.linked import store as link_store
from carnet.domain.record.linked.linking import link, unlink
from carnet.vocabulary.clock import system_clock

OPERATOR = Actor(ActorKind.OPERATOR, "Exploitant inventé")
_days = itertools.count(1)


class Pair:
    """The same person twice, under two matricules; documents in turn in each, one a day."""

    def __init__(self, world, one, other):
        self.world, self.one, self.other = world, one, other

    async def link(self, one=None, other=None, *, verb=link, actor=OPERATOR, motive="Doublon confirmé"):
        services = self.world.carnet.services
        async with self.world.carnet.database.transaction() as tx:
            return await verb(
                tx, (one or self.one).patient_id, (other or self.other).patient_id, actor=actor, motive=motive, keys=services.keys,
                at=system_clock(),
            )  # fmt: skip

    async def unlink(self, one=None, other=None, **options):
        return await self.link(one, other, verb=unlink, **({"motive": "Collision : deux personnes"} | options))

    async def deposits(self, count):
        """count documents in each, a day apart; ids from the newest to the oldest, with whose they are."""
        made = []
        for _ in range(count):
            for person in (self.one, self.other):
                day = next(_days)
                date = f"20{10 + day // 300:02d}-{1 + day % 300 // 25:02d}-{1 + day % 25:02d}T10:00:00Z"
                made.append(((await self.world.deposit(a_report(person, date=date))).id, person, date))
        made.sort(key=lambda each: each[2], reverse=True)
        return [(ident, person) for ident, person, _ in made]


@pytest.fixture
async def pair(world: World):
    return Pair(world, await world.a_record(), await world.a_record())


async def test_from_either_side_one_list_in_one_order(world: World, pair: Pair):
    made = await pair.deposits(3)
    doctor = await world.a_professional(authorised_on=pair.one)
    assert len(await world.found(pair.one, by=doctor)) == 3
    assert await pair.link() is True
    every = [ident for ident, _ in made]
    for person in (pair.one, pair.other):
        assert await world.found(person, by=doctor) == every
        assert await world.found(person, by=doctor, _sort="date") == every[::-1]
        assert await world.found(person, by=world.a_citizen(pair.one)) == every
    answer = await world.search(pair.other, by=doctor)
    assert answer.json()["total"] == 6
    subjects = {entry["resource"]["id"]: entry["resource"]["subject"] for entry in answer.json()["entry"]}
    for ident, person in made:
        assert str(person.patient_id) in str(subjects[ident])


@pytest.mark.parametrize("count", [1, 2, 3, 5, 7])
@pytest.mark.parametrize("sort", ["-date", "date", "-_lastUpdated"])
async def test_pages_go_through_both_once(world: World, pair: Pair, count: int, sort: str):
    made = await pair.deposits(3)
    await pair.link()
    citizen = world.a_citizen(pair.one)
    whole = await world.found(pair.one, by=citizen, _sort=sort)
    assert sorted(whole) == sorted(ident for ident, _ in made)
    first = await world.search(pair.one, by=citizen, _count=count, _sort=sort)
    assert first.json()["total"] == 6
    pages = await every_page(world, first, by=citizen)
    assert [ident for page in pages for ident in page] == whole
    assert all(len(page) == count for page in pages[:-1])
    nothing = await world.search(pair.one, by=citizen, _count=0)
    assert (nothing.json()["total"], ids_of(nothing)) == (6, [])


async def test_ties_of_dates_lose_and_repeat_nothing(world: World, pair: Pair):
    same = [
        (await world.deposit(a_report(person, date="2020-02-02T10:00:00Z"))).id for person in (pair.one, pair.other) * 3
    ]
    await pair.link()
    citizen = world.a_citizen(pair.one)
    pages = await every_page(world, await world.search(pair.one, by=citizen, _count=2), by=citizen)
    assert sorted(ident for page in pages for ident in page) == sorted(same)


async def test_what_is_hidden_on_either_side_stays_hidden(world: World, pair: Pair):
    shown = await pair.deposits(1)
    masked = await world.deposit(a_report(pair.other, labels=[Confidentiality.MASQUE_PS]))
    await pair.link()
    doctor = await world.a_professional(authorised_on=pair.one)
    answer = await world.search(pair.one, by=doctor)
    assert (answer.json()["total"], ids_of(answer)) == (2, [ident for ident, _ in shown])
    read = await world.read(f"Binary/{masked.id}", by=doctor)
    assert (read.status_code, codes_of(read)) == (404, ["document-unknown"])
    assert masked.id in await world.found(pair.one, by=world.a_citizen(pair.one))


async def test_a_document_of_the_other_record_is_read_and_traced_there(world: World, pair: Pair):
    ours, theirs = (ident for ident, person in sorted(await pair.deposits(1), key=lambda each: each[1] is pair.other))
    doctor = await world.a_professional(authorised_on=pair.one)
    assert (await world.read(f"Binary/{theirs}", by=doctor)).status_code == 403
    await pair.link()
    before = {who: len(await world.events(who)) for who in (pair.one, pair.other)}
    for address in (f"Binary/{theirs}", f"DocumentReference/{theirs}"):
        assert (await world.read(address, by=doctor)).status_code == 200
    told = (await world.events(pair.other))[before[pair.other] :]
    assert [(event.type, [str(d) for d in event.documents]) for event in told] == [
        (EventType.DOCUMENT_READ, [theirs]),
        (EventType.FICHE_READ, [theirs]),
    ]
    assert len(await world.events(pair.one)) == before[pair.one]
    await world.found(pair.one, by=doctor)
    for person, ident in ((pair.one, ours), (pair.other, theirs)):
        event = (await world.events(person))[-1]
        assert (event.type, [str(d) for d in event.documents]) == (EventType.DOCUMENTS_LISTED, [ident])
        assert (await world.verified(person)).faults == ()


async def test_a_set_of_the_other_record(world: World, pair: Pair):
    done = await world.deposit(a_report(pair.other))
    doctor = await world.a_professional(authorised_on=pair.one)
    assert (await world.read(f"List/{done.set_id}", by=doctor)).status_code == 403
    await pair.link()
    assert (await world.read(f"List/{done.set_id}", by=doctor)).status_code == 200


async def test_rights_given_on_one_count_on_both_and_a_block_wins(world: World, pair: Pair):
    await pair.deposits(1)
    await pair.link()
    doctor = await world.a_professional(authorised_on=pair.other)
    assert len(await world.found(pair.one, by=doctor)) == 2
    await world.consent(pair.one, ConsentKind.BLOCK, doctor.number)
    for person in (pair.one, pair.other):
        refused = await world.search(person, by=doctor)
        assert (refused.status_code, codes_of(refused)) == (403, ["record-refused"])
    await world.consent(pair.one, ConsentKind.BLOCK, doctor.number, ends=True)
    assert len(await world.found(pair.other, by=doctor)) == 2
    await world.consent(pair.other, ConsentKind.GRANT, doctor.number, ends=True)
    assert (await world.search(pair.one, by=doctor)).status_code == 403


async def test_a_closed_record_gives_nothing_and_says_nothing(world: World, pair: Pair):
    made = await pair.deposits(1)
    await pair.link()
    await world.change(pair.other, to=RecordStatus.CLOSED)
    citizen = world.a_citizen(pair.one)
    answer = await world.search(pair.one, by=citizen)
    assert (answer.json()["total"], ids_of(answer)) == (1, [ident for ident, person in made if person is pair.one])
    assert (await world.search(pair.other, by=citizen)).status_code == 403


async def test_a_deposit_goes_to_the_record_that_it_names(world: World, pair: Pair):
    await pair.link()
    ident = (await world.deposit(a_report(pair.other))).id
    assert (await world.rows(pair.one))["document_entry"] == 0
    assert (await world.rows(pair.other))["document_entry"] == 1
    assert await world.found(pair.one, by=world.a_citizen(pair.one)) == [ident]


async def test_taken_apart_each_keeps_its_own_and_both_trails_say_so(world: World, pair: Pair):
    await pair.link()
    made = await pair.deposits(2)
    doctor = await world.a_professional(authorised_on=pair.one)
    assert len(await world.found(pair.one, by=doctor)) == 4
    first = await world.search(pair.one, by=doctor, _count=1)
    assert await pair.unlink() is True
    assert await world.found(pair.one, by=doctor) == [ident for ident, person in made if person is pair.one]
    assert (await world.search(pair.other, by=doctor)).status_code == 403
    ours = {ident for ident, person in made if person is pair.one}
    rest = {ident for page in (await every_page(world, first, by=doctor))[1:] for ident in page}
    assert rest <= ours  # a cursor given before opens nothing more
    for person, linked_to in ((pair.one, pair.other), (pair.other, pair.one)):
        told = [event for event in await world.events(person) if event.type.startswith("records-")]
        assert [event.type for event in told] == [EventType.RECORDS_LINKED, EventType.RECORDS_UNLINKED]
        assert {event.details["records"] for event in told} == {str(linked_to.patient_id)}
        assert [event.details["motive"] for event in told] == ["Doublon confirmé", "Collision : deux personnes"]
        assert (await world.verified(person)).faults == ()
    assert await pair.unlink() is False
    assert await pair.link() is True
    assert len(await world.found(pair.one, by=doctor)) == 4


async def test_periods_are_closed_and_motives_sealed(world: World, pair: Pair):
    await pair.link(motive="Motif à ne pas lire")
    await pair.unlink()
    await pair.link()
    async with world.carnet.database.connection() as connection:
        cursor = await connection.execute(
            "SELECT linked_to, valid_from, valid_to, motive FROM record_link WHERE patient_id = %s ORDER BY recorded_at",
            (pair.one.patient_id,),
        )
        former, current = await cursor.fetchall()
    assert former[0] == current[0] == pair.other.patient_id
    assert former[1] < former[2] <= current[1]
    assert current[2] is None
    assert b"Motif" not in former[3]


async def test_three_records_are_all_linked_and_one_is_taken_out(world: World, pair: Pair):
    third = await world.a_record()
    last = (await world.deposit(a_report(third, date="2001-01-01T10:00:00Z"))).id
    await pair.deposits(1)
    await pair.link()
    await pair.link(pair.other, third)
    citizen = world.a_citizen(pair.one)
    assert len(await world.found(third, by=citizen)) == 3
    assert await pair.link(third, pair.one) is False
    await pair.unlink(pair.one, third)
    assert last not in await world.found(pair.one, by=citizen)
    assert len(await world.found(pair.one, by=citizen)) == 2
    assert await world.found(third, by=world.a_citizen(third)) == [last]


async def test_two_links_at_once_neither_lose_nor_wait_for_ever(world: World, pair: Pair):
    third = await world.a_record()

    async def tried(one, other, verb=link):
        for _ in range(20):
            with suppress(Unavailable):
                return await pair.link(one, other, verb=verb)
        raise AssertionError("still busy")

    done = await asyncio.wait_for(
        asyncio.gather(
            tried(pair.one, pair.other), tried(pair.other, pair.one), tried(pair.other, third), tried(third, pair.one)
        ),
        20,
    )
    assert sorted(done) == [False, False, True, True]
    everyone = {person.patient_id for person in (pair.one, pair.other, third)}
    async with world.carnet.database.connection() as connection:
        for patient_id in everyone:
            assert set(await link_store.linked(connection, patient_id)) == everyone - {patient_id}
    again = await asyncio.wait_for(
        asyncio.gather(tried(pair.one, pair.other, unlink), tried(pair.one, third), tried(third, pair.other, unlink)),
        20,
    )
    assert len(again) == 3
    async with world.carnet.database.connection() as connection:
        links = {each: set(await link_store.linked(connection, each)) for each in everyone}
    assert all(one in links[other] for one, others in links.items() for other in others)
    for person in (pair.one, pair.other, third):
        assert (await world.verified(person)).faults == ()


async def test_a_link_made_between_the_facts_and_the_trace_is_decided_again(world: World, pair: Pair, monkeypatch):
    made = await pair.deposits(1)
    store = type(world.carnet.services.store)
    page, linked = store.page, False

    async def moving(self, *arguments, **options):
        nonlocal linked
        if not linked:
            linked = True
            await pair.link()
        return await page(self, *arguments, **options)

    monkeypatch.setattr(store, "page", moving)
    assert await world.found(pair.one, by=world.a_citizen(pair.one)) == [ident for ident, _ in made]


async def test_a_block_set_on_the_other_record_meanwhile_shows_nothing(world: World, pair: Pair, monkeypatch):
    await pair.deposits(1)
    await pair.link()
    doctor = await world.a_professional(authorised_on=pair.one)
    store = type(world.carnet.services.store)
    page, blocked = store.page, False

    async def moving(self, *arguments, **options):
        nonlocal blocked
        if not blocked:
            blocked = True
            await world.consent(pair.other, ConsentKind.BLOCK, doctor.number)
        return await page(self, *arguments, **options)

    before = len(await world.events(pair.one))
    monkeypatch.setattr(store, "page", moving)
    assert (await world.search(pair.one, by=doctor)).status_code == 403
    told = (await world.events(pair.one))[before:]
    assert [event.type for event in told] == [EventType.ACCESS_REFUSED]  # no listing was traced that was not shown


@pytest.mark.parametrize(
    "kind", [ActorKind.CITIZEN, ActorKind.PROFESSIONAL, ActorKind.ORGANIZATION, ActorKind.ANONYMOUS]
)
async def test_who_may_not(world: World, pair: Pair, kind: ActorKind):
    for verb in (link, unlink):
        with pytest.raises(Refused, match="link-not-yours"):
            await pair.link(verb=verb, actor=Actor(kind, "Quelqu’un", ins=pair.one.ins))


@pytest.mark.parametrize("kind", [ActorKind.IDENTITY_SOURCE, ActorKind.OPERATOR, ActorKind.SYSTEM])
async def test_who_may(world: World, pair: Pair, kind: ActorKind):
    actor = Actor(kind, "Source d’identités inventée")
    assert await pair.link(actor=actor) is True
    assert await pair.unlink(actor=actor) is True


async def test_what_may_not(world: World, pair: Pair):
    for motive in ("", "   ", "x" * 501):
        with pytest.raises(Invalid, match="link-motive"):
            await pair.link(motive=motive)
    with pytest.raises(Invalid, match="link-same-record"):
        await pair.link(pair.one, pair.one)
    nobody = type(pair.one)(type(pair.one.patient_id)(int=7), pair.one.identity)
    with pytest.raises(NotFound, match="record-unknown"):
        await pair.link(pair.one, nobody)
    others = [await world.a_record() for _ in range(6)]
    await pair.link()
    for other in others:
        await pair.link(pair.one, other)
    with pytest.raises(Invalid, match="link-too-many"):
        await pair.link(pair.one, await world.a_record())
    events = len(await world.events(pair.one))
    assert await pair.link() is False
    assert len(await world.events(pair.one)) == events


async def test_a_clock_that_steps_back_runs_no_period_backwards(world: World, pair: Pair):
    await pair.link()
    with time_machine.travel(system_clock() - timedelta(days=2), tick=True):
        await pair.unlink()
    async with world.carnet.database.connection() as connection:
        cursor = await connection.execute("SELECT count(*) FROM record_link WHERE valid_to < valid_from")
        assert await cursor.fetchone() == (0,)


async def test_without_a_link_the_same_statements_run(world: World, pair: Pair):
    ident = (await world.deposit(a_report(pair.one))).id
    citizen = world.a_citizen(pair.one)
    async with statements() as ran:
        await world.found(pair.one, by=citizen)
    assert len(ran) == 3  # facts, page, trace
    async with statements() as ran:
        await world.read(f"Binary/{ident}", by=citizen)
    assert len(ran) == 2  # facts, trace and content


async def test_an_erased_record_is_linked_to_nobody(world: World, pair: Pair):
    third = await world.a_record()
    await pair.link()
    ident = (await world.deposit(a_report(pair.one))).id
    await world.change(pair.other, to=RecordStatus.CLOSED)
    await world.change(pair.other, to=RecordStatus.ERASED)
    assert await erase_remains(world.carnet.services.store, pair.other.patient_id) is True
    assert await world.found(pair.one, by=world.a_citizen(pair.one)) == [ident]
    with pytest.raises(NotFound, match="record-unknown"):
        await pair.link()
    assert await pair.link(pair.one, third) is True
    async with world.carnet.database.connection() as connection:
        cursor = await connection.execute(
            "SELECT linked FROM record WHERE patient_id = ANY (%s) ORDER BY patient_id = %s DESC",
            ([pair.one.patient_id, pair.other.patient_id], pair.one.patient_id),
        )
        assert await cursor.fetchall() == [([third.patient_id],), (None,)]


async def test_lists_of_both_are_one_and_page_through_both(world: World, pair: Pair):
    sets = [(await world.deposit(a_report(person))).set_id for person in (pair.one, pair.other) * 2]
    await pair.link()
    doctor = await world.a_professional(authorised_on=pair.other)

    async def page(address):
        return (await world.http.get(address, headers=doctor.headers)).json()

    def ids(bundle):
        return [entry["resource"]["id"] for entry in bundle["entry"]]

    named = f"/fhir/List?patient.identifier={pair.one.token_of_ins}&code=submissionset"
    whole = await page(named)
    assert (whole["total"], sorted(ids(whole))) == (4, sorted(sets))
    found, bundle = [], await page(f"{named}&_count=1")
    while True:
        found += ids(bundle)
        following = [link["url"] for link in bundle["link"] if link["relation"] == "next"]
        if not following:
            break
        bundle = await page(following[0])
    assert found == ids(whole)
    for person in (pair.one, pair.other):
        assert len((await world.events(person))[-1].documents) <= 1
        assert (await world.verified(person)).faults == ()


async def test_an_emergency_is_told_on_each_record_that_it_opened(world: World, pair: Pair):
    await pair.deposits(1)
    await pair.link()
    stranger = await world.a_professional(purpose=Purpose.EMERGENCY, motive="Personne inconsciente")
    assert len(await world.found(pair.one, by=stranger)) == 2
    async with world.carnet.database.connection() as connection:
        cursor = await connection.execute(
            "SELECT patient_id FROM outbox WHERE kind = 'notify-citizen' AND patient_id = ANY (%s)",
            ([pair.one.patient_id, pair.other.patient_id],),
        )
        assert {patient_id for (patient_id,) in await cursor.fetchall()} == {pair.one.patient_id, pair.other.patient_id}
    await world.consent(pair.other, ConsentKind.EMERGENCY_OPPOSITION)
    assert (await world.search(pair.one, by=stranger)).status_code == 403


async def test_a_synchronisation_tells_the_other_record_once(world: World, pair: Pair, monkeypatch):
    monkeypatch.setattr(synchronising, "MARGIN", timedelta(0))
    made = await pair.deposits(2)
    doctor = await world.a_professional(authorised_on=pair.one)
    theirs = {ident for ident, person in made if person is pair.other}

    async def since(mark):
        answer = (await world.search(pair.one, by=doctor, _lastUpdated=f"gt{mark}")).json()
        return {entry["resource"]["id"] for entry in answer.get("entry", ())}, answer["meta"]["lastUpdated"]

    mark = (await world.search(pair.one, by=doctor)).json()["meta"]["lastUpdated"]
    assert (await since(mark))[0] == set()
    await pair.link()
    told, mark = await since(mark)
    assert theirs <= told  # those of ours with the same facts come up again: told twice does no harm
    assert (await since(mark))[0] == set()
    await pair.unlink()
    assert (await since(mark))[0] == set()
