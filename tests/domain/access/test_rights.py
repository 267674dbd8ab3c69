"""Acts on rights: who may, what holds at once, what the trail keeps, what the citizen is told."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4

import pytest
from tests.builders.people import an_ins
from tests.doors.world import Person, World, a_report

from carnet.domain.access import authorising, blocking, hiding_categories, opposing, representing, reviewing, treating
from carnet.domain.access import store as access_store
from carnet.domain.access.hiding_categories import Category
from carnet.domain.access.model import Representation
from carnet.domain.access.notices import NOTICE_JOB, NoticeKind
from carnet.domain.actor import SYSTEM, Actor, ActorKind, Purpose
from carnet.domain.consent.model import AuthorisationStatus, Basis, ConsentKind, RecordStatus
from carnet.domain.errors import Conflict, DomainError, Invalid, NotFound, Refused
from carnet.jobs.notify_citizen import notify_citizen
from carnet.jobs.worker import Worker
from carnet.vocabulary.clock import system_clock

DOCTOR = Actor(ActorKind.PROFESSIONAL, "Dr Essai", person="899711110001", profession="10", organization="1990000007")
NURSE = replace(DOCTOR, name="Inf. Essai", person="899711110002", profession="60")
HOSPITAL = Actor(ActorKind.ORGANIZATION, "Hôpital", organization="1990000007")


def citizen(person: Person) -> Actor:
    return Actor(ActorKind.CITIZEN, "La personne", ins=person.ins)


class Acts:
    """The verbs, over the services of a world."""

    def __init__(self, world: World) -> None:
        self.store, self.terms = world.carnet.services.rights, world.carnet.services.rights_terms

    async def authorise(self, person, actor, *, holder=None, organization=False, basis=None, until=None, terms=None):
        return await authorising.authorise(
            self.store, person.ins, actor=actor, holder=holder or actor.person or "", is_organization=organization,
            basis=basis or (Basis.CARE_TEAM if actor.kind is ActorKind.PROFESSIONAL else Basis.PATIENT),
            until=until, terms=terms or self.terms,
        )  # fmt: skip

    async def withdraw(self, person, actor, *, holder=None, organization=False):
        return await authorising.withdraw(
            self.store,
            person.ins,
            actor=actor,
            holder=holder or actor.person or "",
            is_organization=organization,
            terms=self.terms,
        )

    async def treat(self, person, actor, *, holder=None):
        return await treating.set_primary_care_doctor(
            self.store,
            person.ins,
            actor=actor,
            holder=holder or actor.person or "",
            is_organization=False,
            terms=self.terms,
        )

    async def block(self, person, actor, holder, *, organization=False, lift=False):
        verb = blocking.unblock if lift else blocking.block
        return await verb(
            self.store, person.ins, actor=actor, holder=holder, is_organization=organization, terms=self.terms
        )

    async def status(self, person, actor):
        return (await reviewing.own_status(self.store, person.ins, actor=actor, terms=self.terms)).status

    async def switch(self, person, actor, kind, *, on=True):
        return await opposing.switch(self.store, person.ins, kind, on=on, actor=actor, terms=self.terms)


@pytest.fixture(scope="module")
def acts(world: World) -> Acts:
    return Acts(world)


async def test_the_four_statuses_of_an_authorisation(world: World, acts: Acts) -> None:
    person = await world.a_record()
    assert await acts.status(person, DOCTOR) is AuthorisationStatus.NONE
    assert await acts.authorise(person, DOCTOR)
    assert await acts.status(person, DOCTOR) is AuthorisationStatus.VALID
    assert await acts.status(person, NURSE) is AuthorisationStatus.NONE
    assert await acts.withdraw(person, DOCTOR)
    assert await acts.status(person, DOCTOR) is AuthorisationStatus.EXPIRED
    assert await acts.block(person, citizen(person), DOCTOR.person)
    assert await acts.status(person, DOCTOR) is AuthorisationStatus.BLOCKED


async def test_lifting_a_block_gives_nothing_back(world: World, acts: Acts) -> None:
    person = await world.a_record()
    await acts.authorise(person, DOCTOR)
    await acts.treat(person, DOCTOR)
    assert await acts.block(person, citizen(person), DOCTOR.person)
    assert not await acts.block(person, citizen(person), DOCTOR.person)
    assert await acts.block(person, citizen(person), DOCTOR.person, lift=True)
    assert not await acts.block(person, citizen(person), DOCTOR.person, lift=True)
    assert await acts.status(person, DOCTOR) is AuthorisationStatus.EXPIRED
    types = [event.type for event in await world.events(person)]
    assert types[1:] == [
        "grant-given", "primary-care-doctor-set", "block-set", "grant-ended", "primary-care-doctor-removed", "block-lifted",
        "authorisations-read",
    ]  # fmt: skip


async def test_a_structure_is_authorised_for_those_who_act_for_it(world: World, acts: Acts) -> None:
    person = await world.a_record()
    assert await acts.authorise(person, DOCTOR, holder=DOCTOR.organization, organization=True)
    assert await acts.status(person, NURSE) is AuthorisationStatus.VALID
    elsewhere = replace(NURSE, organization="1990000008")
    assert await acts.status(person, elsewhere) is AuthorisationStatus.NONE
    await acts.block(person, citizen(person), "1990000007", organization=True)
    assert await acts.status(person, NURSE) is AuthorisationStatus.BLOCKED


@pytest.mark.parametrize(("basis", "lasts"), [(Basis.CARE_TEAM, 365 * 24), (Basis.EXPLICIT_CONSENT, 24)])
async def test_an_authorisation_ends_by_itself(world: World, acts: Acts, basis: Basis, lasts: int) -> None:
    person = await world.a_record()
    for until in (None, system_clock() + timedelta(days=9999)):
        one = replace(DOCTOR, person=f"8997222200{until is None:02d}")
        await acts.authorise(person, one, basis=basis, until=until)
        own = await reviewing.own_status(acts.store, person.ins, actor=one, terms=acts.terms)
        assert own.period is not None
        assert own.period.consent.basis is basis
        assert own.period.period.valid_to == own.period.period.valid_from + timedelta(hours=lasts)
        at = own.period.period.valid_to
        later = replace(acts.terms, clock=lambda at=at: at)
        before = replace(acts.terms, clock=lambda at=at: at - timedelta(microseconds=1))
        assert (await reviewing.own_status(acts.store, person.ins, actor=one, terms=before)).status == "VALIDE"
        # At the very instant of its end it is over, and stays so though this clock then goes back.
        assert (await reviewing.own_status(acts.store, person.ins, actor=one, terms=later)).status == "EXPIRE"


async def test_renewing_ends_what_runs_and_never_overlaps(world: World, acts: Acts) -> None:
    person = await world.a_record()
    assert await acts.authorise(person, DOCTOR, basis=Basis.EXPLICIT_CONSENT)
    assert not await acts.authorise(
        person, DOCTOR, basis=Basis.EXPLICIT_CONSENT, until=system_clock() + timedelta(hours=1)
    )
    assert await acts.authorise(person, DOCTOR, basis=Basis.CARE_TEAM)
    assert await acts.authorise(person, citizen(person), holder=DOCTOR.person)
    assert not await acts.authorise(person, DOCTOR, basis=Basis.CARE_TEAM)
    review = await reviewing.list_authorisations(acts.store, person.ins, actor=citizen(person), terms=acts.terms)
    periods = [each.period for each in review.periods]
    assert [each.consent.basis for each in review.periods] == [Basis.EXPLICIT_CONSENT, Basis.CARE_TEAM, Basis.PATIENT]
    assert periods[0].valid_to == periods[1].valid_from
    assert periods[1].valid_to == periods[2].valid_from
    assert periods[2].valid_to is None
    assert {each.recorded_by for each in periods} == {"Dr Essai", "La personne"}


async def test_the_wrong_actor_is_told_precisely_and_nothing_is_written(world: World, acts: Acts) -> None:
    person, other = await world.a_record(), await world.a_record()
    await acts.block(person, citizen(person), NURSE.person)
    blocked, nurse = NURSE, replace(NURSE, person="899711110003")
    category = Category("class", "10")
    emergency = replace(DOCTOR, purpose=Purpose.EMERGENCY, motive="x")
    tried = [
        ("authorisation-not-yours", acts.authorise(person, DOCTOR, holder=nurse.person)),
        ("authorisation-not-yours", acts.withdraw(person, DOCTOR, holder=nurse.person)),
        ("authorisation-blocked", acts.authorise(person, blocked)),
        ("authorisation-basis", acts.authorise(person, DOCTOR, basis=Basis.PATIENT)),
        ("authorisation-basis", acts.authorise(person, citizen(person), holder="8", basis=Basis.CARE_TEAM)),
        ("authorisation-end", acts.authorise(person, DOCTOR, until=datetime(2020, 1, 1, tzinfo=UTC))),
        ("no-physician", acts.treat(person, nurse)),
        ("authorisation-not-yours", acts.treat(person, DOCTOR, holder=nurse.person)),
        ("patient-decides", acts.block(person, DOCTOR, nurse.person)),
        ("patient-decides", acts.switch(person, DOCTOR, ConsentKind.EMERGENCY_OPPOSITION)),
        ("patient-decides", hiding_categories.hide_category(acts.store, person.ins, category, actor=DOCTOR, terms=acts.terms)),
        ("purpose-not-for-this", acts.authorise(person, emergency)),
        ("not-primary-care-doctor", reviewing.list_authorisations(acts.store, person.ins, actor=DOCTOR, terms=acts.terms)),
        ("record-refused", acts.authorise(person, HOSPITAL, holder="1990000007", organization=True, basis=Basis.PATIENT)),
        ("record-refused", acts.block(person, citizen(other), DOCTOR.person)),
        ("record-refused", acts.switch(person, replace(SYSTEM, kind=ActorKind.OPERATOR), ConsentKind.FEEDING_OPPOSITION)),
        ("record-refused", acts.status(person, citizen(person))),
        ("record-refused", acts.status(person, HOSPITAL)),
        ("record-refused", reviewing.held_records(acts.store, actor=citizen(person), terms=acts.terms)),
    ]  # fmt: skip
    head, periods = await world.head(person), await _periods(world, person)
    for code, act in tried:
        with pytest.raises(DomainError) as caught:
            await act
        assert caught.value.code == code
    assert (await world.head(person), await _periods(world, person)) == (head, periods)
    refused = [event for event in await world.events(person) if event.type == "authorisation-refused"]
    assert {event.rule for event in refused} >= {
        "deny.not-yours",
        "deny.blocked",
        "deny.patient-decides",
        "deny.feeds-only",
    }


async def _periods(world: World, person: Person) -> list[tuple[object, ...]]:
    async with world.carnet.database.connection() as connection:
        cursor = await connection.execute(
            "SELECT period_id, kind, valid_to FROM consent_period WHERE patient_id = %s ORDER BY period_id",
            (person.patient_id,),
        )
        return list(await cursor.fetchall())


@pytest.mark.parametrize("status", [RecordStatus.CLOSED, RecordStatus.OPPOSED, RecordStatus.ANNOUNCED])
async def test_a_record_that_is_not_open_takes_no_act(world: World, acts: Acts, status: RecordStatus) -> None:
    person = await world.a_record(status=status)
    with pytest.raises(Refused, match=f"record-{status}"):
        await acts.authorise(person, DOCTOR)
    with pytest.raises(Refused, match=f"record-{status}"):
        await acts.block(person, citizen(person), DOCTOR.person)


async def test_nobody_s_record(world: World, acts: Acts) -> None:
    person = await world.a_record()
    stranger = replace(person, identity=replace(person.identity, ins=an_ins()))
    with pytest.raises(NotFound, match="patient-unknown"):
        await acts.authorise(stranger, DOCTOR)
    with pytest.raises(Refused, match="record-refused"):
        await acts.block(stranger, citizen(person), DOCTOR.person)
    with pytest.raises(NotFound, match="patient-unknown"):
        await authorising.authorise(
            acts.store,
            uuid4(),
            actor=DOCTOR,
            holder=DOCTOR.person or "",
            is_organization=False,
            basis=Basis.CARE_TEAM,
            terms=acts.terms,
        )


async def test_two_at_once_begin_one_authorisation(world: World, acts: Acts) -> None:
    person = await world.a_record()
    begun = await asyncio.gather(*(acts.authorise(person, DOCTOR) for _ in range(6)))
    # Each later one ends a microsecond later than what runs, and so may renew it: never two that overlap.
    assert begun[0] or any(begun)
    review = await reviewing.list_authorisations(acts.store, person.ins, actor=citizen(person), terms=acts.terms)
    running = [each for each in review.periods if each.period.holds_at(review.at)]
    assert len(running) == 1


async def test_a_block_holds_for_a_server_whose_clock_is_behind(world: World, acts: Acts) -> None:
    person = await world.a_record()
    await acts.authorise(person, DOCTOR)
    late = replace(acts.terms, clock=lambda: system_clock() - timedelta(hours=3))
    ahead = replace(acts.terms, clock=lambda: system_clock() + timedelta(hours=2))
    named = {"holder": DOCTOR.person or "", "is_organization": False}
    assert await blocking.block(acts.store, person.ins, actor=citizen(person), terms=ahead, **named)
    assert (await reviewing.own_status(acts.store, person.ins, actor=DOCTOR, terms=late)).status == "INTERDIT"
    # Lifted and set again by the slow one: each holds at once, and no period runs backwards.
    assert await blocking.unblock(acts.store, person.ins, actor=citizen(person), terms=late, **named)
    assert (await reviewing.own_status(acts.store, person.ins, actor=DOCTOR, terms=late)).status == "EXPIRE"
    assert await blocking.block(acts.store, person.ins, actor=citizen(person), terms=late, **named)
    assert (await reviewing.own_status(acts.store, person.ins, actor=DOCTOR, terms=late)).status == "INTERDIT"
    review = await reviewing.list_authorisations(acts.store, person.ins, actor=citizen(person), terms=late)
    assert all(
        each.period.valid_to is None or each.period.valid_from <= each.period.valid_to for each in review.periods
    )


@pytest.mark.parametrize("kind", sorted(opposing.SWITCHES))
async def test_switches(world: World, acts: Acts, kind: ConsentKind) -> None:
    person = await world.a_record()
    assert await acts.switch(person, citizen(person), kind)
    assert not await acts.switch(person, citizen(person), kind)
    assert await acts.switch(person, citizen(person), kind, on=False)
    assert not await acts.switch(person, citizen(person), kind, on=False)
    with pytest.raises(ValueError, match="block"):
        await acts.switch(person, citizen(person), ConsentKind.BLOCK)


@pytest.mark.parametrize(("scope", "code"), [("type", "10"), ("class", "11488-4"), ("label", "10"), ("class", "99")])
def test_a_category_that_is_none(scope: str, code: str) -> None:
    with pytest.raises(Invalid, match="category-unknown"):
        Category(scope, code)


async def test_representatives(world: World, acts: Acts) -> None:
    child = await world.a_record(birth_date="2015-06-12")
    mother, father = an_ins(), an_ins(sex=1)

    async def name(ins, actor, *, scope=Representation.FULL, kind=ConsentKind.PARENTAL_AUTHORITY, until=None):
        return await representing.name_representative(
            acts.store, child.ins, ins, kind, scope=scope, actor=actor, terms=acts.terms, until=until
        )

    assert await name(mother, SYSTEM)
    assert not await name(mother, SYSTEM)
    by_mother, by_father = world.representing(mother, child), world.representing(father, child)
    with pytest.raises(Conflict, match="representation-differs"):
        await name(mother, SYSTEM, scope=Representation.READ)
    with pytest.raises(Refused, match="record-refused"):
        await name(father, citizen(child))
    with pytest.raises(Refused, match="record-refused"):
        await name(father, by_father)
    with pytest.raises(Invalid, match="representative-self"):
        await name(child.ins, SYSTEM)
    with pytest.raises(Invalid, match="authorisation-end"):
        await name(father, SYSTEM, until=datetime(2020, 1, 1, tzinfo=UTC))
    with pytest.raises(ValueError, match="grant"):
        await name(father, SYSTEM, kind=ConsentKind.GRANT)
    assert await name(father, by_mother, scope=Representation.READ)
    # One decides, the other looks.
    assert await acts.block(child, by_mother, DOCTOR.person)
    with pytest.raises(Refused, match="representation-to-read"):
        await acts.block(child, by_father, DOCTOR.person, lift=True)
    assert await reviewing.list_authorisations(acts.store, child.ins, actor=by_father, terms=acts.terms)
    # At majority, in Paris, authority is over.
    birthday = datetime(2033, 6, 11, 22, 0, tzinfo=UTC)
    for clock, allowed in ((birthday - timedelta(microseconds=1), True), (birthday, False)):
        then = replace(acts.terms, clock=lambda clock=clock: clock)
        if allowed:
            assert await reviewing.list_authorisations(acts.store, child.ins, actor=by_mother, terms=then)
        else:
            with pytest.raises(Refused, match="record-refused"):
                await reviewing.list_authorisations(acts.store, child.ins, actor=by_mother, terms=then)
    removed = {"actor": SYSTEM, "terms": acts.terms}
    assert await representing.remove_representative(
        acts.store, child.ins, mother, ConsentKind.PARENTAL_AUTHORITY, **removed
    )
    assert not await representing.remove_representative(
        acts.store, child.ins, mother, ConsentKind.PARENTAL_AUTHORITY, **removed
    )


async def test_the_records_where_one_is_authorised(world: World, acts: Acts) -> None:
    doctor = replace(DOCTOR, person="899733330001", organization="1990000009")
    people = [await world.a_record() for _ in range(5)]
    for person in people:
        await acts.authorise(person, doctor)
    for_all = await world.a_record()
    await acts.authorise(for_all, doctor, holder="1990000009", organization=True)

    async def listed(**asked):
        found, more = await reviewing.held_records(acts.store, actor=doctor, terms=acts.terms, **asked)
        return [each.ins for each in found], more, found

    assert (await listed())[0] == [person.ins for person in reversed(people)]
    assert (await listed(by_organization=True))[0] == [for_all.ins]
    first, more, found = await listed(count=2)
    second, last, _ = await listed(count=3, after=found[-1].position)
    assert (first + second, more, last) == ([person.ins for person in reversed(people)], True, False)
    assert (await listed(since=found[-1].position[0]))[0] == first
    # What no longer holds is not there: withdrawn, blocked, the structure blocked, closed, over.
    await acts.withdraw(people[0], doctor)
    await acts.block(people[1], citizen(people[1]), doctor.person)
    await acts.block(people[2], citizen(people[2]), "1990000009", organization=True)
    await world.change(people[3], to=RecordStatus.CLOSED)
    assert (await listed())[0] == [people[4].ins]
    over = replace(acts.terms, clock=lambda: system_clock() + timedelta(days=400))
    assert (await reviewing.held_records(acts.store, actor=doctor, terms=over))[0] == []


async def test_an_emergency_is_told_once_and_its_job_runs_twice_without_harm(world: World, acts: Acts) -> None:
    person = await world.a_record()
    report = (await world.deposit(a_report(person))).id
    doctor = await world.a_professional(purpose=Purpose.EMERGENCY, motive="Inconscient", number="899744440001")
    assert await world.found(person, by=doctor) == [report]
    assert (await world.http.get(f"/fhir/Binary/{report}", headers=doctor.headers)).status_code == 200
    assert (await world.http.get(f"/fhir/DocumentReference/{report}", headers=doctor.headers)).status_code == 200
    events = await world.events(person)
    listed = next(event for event in events if event.type == "documents-listed")
    assert (listed.rule, listed.actor.motive, listed.actor.purpose) == (
        "open.emergency",
        "Inconscient",
        Purpose.EMERGENCY,
    )
    jobs = await _jobs(world, person)
    assert len(jobs) == 3
    assert "Inconscient" not in str(jobs)
    handlers = {NOTICE_JOB: partial(notify_citizen, world.carnet.database)}
    worker = Worker(world.carnet.database, handlers=handlers)
    await worker.run_due()
    async with world.carnet.database.connection() as connection:
        kept = await access_store.notices(connection, person.patient_id)
        assert [(each.notice.kind, each.notice.about, each.read_at) for each in kept] == [
            (NoticeKind.EMERGENCY_ACCESS, "899744440001", None)
        ]
        assert kept[0].notice.event_id in {event.event_id for event in events}
        await access_store.write_notice(
            connection, person.patient_id, kept[0].notice_id, kept[0].notice, now=system_clock()
        )
        assert len(await access_store.notices(connection, person.patient_id)) == 1
    # Another one's emergency is another thing to be told.
    other = await world.a_professional(purpose=Purpose.EMERGENCY, motive="Inconscient")
    await world.found(person, by=other)
    await worker.run_due()
    async with world.carnet.database.connection() as connection:
        assert len(await access_store.notices(connection, person.patient_id)) == 2


async def _jobs(world: World, person: Person) -> list[tuple[object, ...]]:
    async with world.carnet.database.connection() as connection:
        cursor = await connection.execute(
            "SELECT kind, payload FROM outbox WHERE patient_id = %s", (person.patient_id,)
        )
        return list(await cursor.fetchall())


async def test_only_the_first_ordinary_access_is_told_there_and_then_and_a_refused_emergency_not_at_all(
    world: World, acts: Acts
) -> None:
    person = await world.a_record()
    doctor = await world.a_professional(authorised_on=person)
    await world.found(person, by=doctor)
    await world.found(person, by=doctor)
    await world.found(person, by=world.a_citizen(person))
    assert await _jobs(world, person) == []
    async with world.carnet.database.connection() as connection:
        (told,) = await access_store.notices(connection, person.patient_id)
    assert (told.notice.kind, told.notice.about) == (NoticeKind.FIRST_ACCESS, doctor.number)
    await acts.switch(person, citizen(person), ConsentKind.EMERGENCY_OPPOSITION)
    doctor = await world.a_professional(purpose=Purpose.EMERGENCY, motive="Inconscient", authorised_on=person)
    assert (await world.search(person, by=doctor)).status_code == 403
    assert await _jobs(world, person) == []


async def test_a_physician_who_declares_themselves_is_told_of(world: World, acts: Acts) -> None:
    person = await world.a_record()
    assert await acts.treat(person, citizen(person), holder="899755550001")
    assert await _jobs(world, person) == []
    assert await acts.treat(person, DOCTOR)
    assert not await acts.treat(person, DOCTOR)
    ((kind, payload),) = await _jobs(world, person)
    assert (kind, payload["kind"], payload["about"]) == (
        "notify-citizen",
        "primary-care-doctor-declared",
        DOCTOR.person,
    )
    assert await acts.status(person, DOCTOR) is AuthorisationStatus.VALID
    removed = await treating.remove_primary_care_doctor(
        acts.store,
        person.ins,
        actor=citizen(person),
        holder=DOCTOR.person or "",
        is_organization=False,
        terms=acts.terms,
    )
    assert removed
    assert await acts.status(person, DOCTOR) is AuthorisationStatus.NONE


async def test_a_primary_care_doctor_is_told_who_may_and_not_what_is_hidden(world: World, acts: Acts) -> None:
    person = await world.a_record()
    await acts.authorise(person, NURSE)
    await acts.treat(person, DOCTOR)
    await acts.switch(person, citizen(person), ConsentKind.EMERGENCY_OPPOSITION)
    await hiding_categories.hide_category(
        acts.store,
        person.ins,
        Category("class", "10"),
        actor=citizen(person),
        terms=acts.terms,
        holder=DOCTOR.person or "",
    )
    kinds = {}
    for actor in (DOCTOR, citizen(person)):
        review = await reviewing.list_authorisations(acts.store, person.ins, actor=actor, terms=acts.terms)
        kinds[actor.kind] = {each.consent.kind for each in review.periods}
    told = {ConsentKind.GRANT, ConsentKind.PRIMARY_CARE_DOCTOR}
    assert kinds[ActorKind.PROFESSIONAL] == told
    assert kinds[ActorKind.CITIZEN] == told | {ConsentKind.EMERGENCY_OPPOSITION, ConsentKind.WITHHELD_CATEGORY}
    doctor = await world.a_professional(number=DOCTOR.person)
    asked = {"patient.identifier": person.token_of_ins, "date": "ge2020"}
    for by, seen in ((doctor, False), (world.a_citizen(person), True)):
        trail = await world.http.get("/fhir/AuditEvent", params=asked, headers=by.headers)
        assert trail.status_code == 200, trail.text
        assert ("category-hidden" in trail.text) is seen
        assert "grant-given" in trail.text
