"""Notices as people read them: the first access, what is unread, kinds that are not wanted, secret connections, what the trail keeps."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from tests.builders.people import an_ins
from tests.doors.world import Person, World, a_report

from carnet.domain.access import representing
from carnet.domain.access.facts import holder_name
from carnet.domain.access.model import Representation
from carnet.domain.access.notices import COMPULSORY, NOTICE_JOB, NoticeKind
from carnet.domain.access.noticing import choose_notices, mark_notices, read_notices
from carnet.domain.actor import SYSTEM, Actor, ActorKind, Purpose
from carnet.domain.consent.model import ConsentKind
from carnet.domain.errors import Invalid, Refused
from carnet.jobs.notify_citizen import notify_citizen
from carnet.jobs.worker import Worker
from carnet.storage import retention


def citizen(person: Person) -> Actor:
    return Actor(ActorKind.CITIZEN, "La personne", ins=person.ins)


class Told:
    """The verbs of notices, for one person."""

    def __init__(self, world: World, person: Person, actor: Actor | None = None) -> None:
        self.world, self.person, self.actor = world, person, actor or citizen(person)
        services = world.carnet.services
        self.given = {"actor": self.actor, "terms": services.rights_terms}
        self.store = services.rights

    async def notices(self, **asked):
        handlers = {NOTICE_JOB: partial(notify_citizen, self.world.carnet.database)}
        await Worker(self.world.carnet.database, handlers=handlers).run_due()
        return await read_notices(self.store, self.person.patient_id, **self.given, **asked)

    async def kinds(self) -> list[str]:
        return [each.notice.kind.value for each in (await self.notices()).kept]

    async def mark(self, notices, *, read: bool) -> int:
        return await mark_notices(self.store, self.person.patient_id, notices, read=read, **self.given)

    async def choose(self, kind: NoticeKind, *, wanted: bool) -> bool:
        return await choose_notices(self.store, self.person.patient_id, kind, wanted=wanted, **self.given)


async def test_the_first_access_of_a_professional_is_told_once(world: World) -> None:
    person = await world.a_record()
    report = (await world.deposit(a_report(person))).id
    told = Told(world, person)
    assert await told.kinds() == []
    doctor = await world.a_professional(authorised_on=person)
    await world.found(person, by=doctor)
    assert (await world.http.get(f"/fhir/Binary/{report}", headers=doctor.headers)).status_code == 200
    (notice,) = (await told.notices()).kept
    assert (notice.notice.kind, notice.notice.about, notice.read_at) == (NoticeKind.FIRST_ACCESS, doctor.number, None)
    assert notice.notice.event_id in {
        event.event_id for event in await world.events(person) if event.type == "documents-listed"
    }
    await world.found(person, by=await world.a_professional(authorised_on=person))
    assert await told.kinds() == ["first-access"] * 2


async def test_an_emergency_is_the_first_access_of_whoever_comes_back(world: World) -> None:
    person = await world.a_record()
    urgent = await world.a_professional(purpose=Purpose.EMERGENCY, motive="Inconscient")
    await world.found(person, by=urgent)
    ordinary = await world.a_professional(number=urgent.number, authorised_on=person)
    await world.found(person, by=ordinary)
    assert await Told(world, person).kinds() == ["emergency-access"]


async def test_who_came_first_while_nobody_wanted_to_know_is_not_told_as_new_later(world: World) -> None:
    person = await world.a_record()
    told = Told(world, person)
    await told.choose(NoticeKind.FIRST_ACCESS, wanted=False)
    doctor = await world.a_professional(authorised_on=person)
    await world.found(person, by=doctor)
    await told.choose(NoticeKind.FIRST_ACCESS, wanted=True)
    await world.found(person, by=doctor)
    nothing = await told.notices()
    assert (list(nothing.kept), nothing.unread) == ([], 0)
    assert await told.mark(None, read=True) == 0


async def test_a_first_access_is_still_known_when_other_notices_are_no_longer_kept(world: World) -> None:
    person = await world.a_record()
    doctor = await world.a_professional(authorised_on=person)
    await world.found(person, by=doctor)
    await world.found(person, by=await world.a_professional(purpose=Purpose.EMERGENCY, motive="Inconscient"))
    told = Told(world, person)
    assert set(await told.kinds()) == {"first-access", "emergency-access"}
    async with world.carnet.database.connection() as connection, connection.transaction(force_rollback=True):
        await retention.seed_rules(connection)
        (rule,) = [each for each in await retention.applicable_rules(connection) if each.rule == "notices"]
        await retention.apply_rule(connection, rule, now=datetime.now(UTC) + timedelta(days=800))
        kept = await connection.execute("SELECT kind, about FROM notice WHERE patient_id = %s AND is_told", (person.patient_id,))  # fmt: skip
        assert await kept.fetchall() == [("first-access", doctor.number)]


async def test_a_refused_access_is_no_first_access(world: World) -> None:
    person = await world.a_record()
    stranger = await world.a_professional()
    assert (await world.search(person, by=stranger)).status_code == 403
    assert await Told(world, person).kinds() == []


async def test_a_notice_is_read_and_unread_again(world: World) -> None:
    person = await world.a_record()
    told = Told(world, person)
    for _ in range(3):
        await world.found(person, by=await world.a_professional(authorised_on=person))
    first = await told.notices(count=2)
    assert (len(first.kept), first.unread, first.more) == (2, 3, True)
    last = first.kept[-1]
    rest = await told.notices(count=2, before=(last.notice.occurred_at, last.notice_id))
    assert (len(rest.kept), rest.more) == (1, False)
    assert await told.mark([last.notice_id], read=True) == 1
    assert await told.mark([last.notice_id], read=True) == 0
    assert {each.notice_id for each in (await told.notices(unread_only=True)).kept} == {
        first.kept[0].notice_id,
        rest.kept[0].notice_id,
    }
    assert await told.mark(None, read=True) == 2
    nothing = await told.notices(unread_only=True)
    assert (list(nothing.kept), nothing.unread) == ([], 0)
    assert await told.mark([last.notice_id], read=False) == 1
    assert (await told.notices()).unread == 1
    types = [event.type for event in await world.events(person)]
    assert types.count("notices-marked") == 3
    assert types.count("notices-read") == 4  # nothing was shown when nothing was unread


async def test_a_kind_that_is_not_wanted_is_not_told(world: World) -> None:
    person = await world.a_record()
    told = Told(world, person)
    assert (await told.notices()).wanted == frozenset(NoticeKind)
    assert await told.choose(NoticeKind.FIRST_ACCESS, wanted=False)
    assert not await told.choose(NoticeKind.FIRST_ACCESS, wanted=False)
    await world.found(person, by=await world.a_professional(authorised_on=person))
    await world.found(person, by=await world.a_professional(purpose=Purpose.EMERGENCY, motive="Inconscient"))
    assert await told.kinds() == ["emergency-access"]
    assert (await told.notices()).wanted == frozenset(NoticeKind) - {NoticeKind.FIRST_ACCESS}
    assert await told.choose(NoticeKind.FIRST_ACCESS, wanted=True)
    await world.found(person, by=await world.a_professional(authorised_on=person))
    assert await told.kinds() == ["first-access", "emergency-access"]
    chosen = [event.details for event in await world.events(person) if event.type == "notices-chosen"]
    assert chosen == [{"kind": "first-access", "wanted": "false"}, {"kind": "first-access", "wanted": "true"}]


async def test_an_emergency_is_always_told(world: World) -> None:
    person = await world.a_record()
    assert frozenset({NoticeKind.EMERGENCY_ACCESS}) == COMPULSORY
    with pytest.raises(Invalid) as refused:
        await Told(world, person).choose(NoticeKind.EMERGENCY_ACCESS, wanted=False)
    assert refused.value.code == "notice-compulsory"
    assert not await Told(world, person).choose(NoticeKind.EMERGENCY_ACCESS, wanted=True)


async def test_what_was_done_in_secret_is_not_told_to_who_represents(world: World) -> None:
    child = await world.a_record(birth_date="2012-03-04")
    parent = replace(World.representing(an_ins(), child), name="Un parent")
    services = world.carnet.services
    await representing.name_representative(
        services.rights, child.patient_id, parent.ins, ConsentKind.PARENTAL_AUTHORITY, scope=Representation.FULL, actor=SYSTEM,
        terms=services.rights_terms,
    )  # fmt: skip
    doctor = await world.a_professional(authorised_on=child)
    secret = await world.a_professional(number=doctor.number, secret_connection=True)
    await world.found(child, by=secret)
    told, to_parent = Told(world, child), Told(world, child, parent)
    assert await told.kinds() == ["first-access"]
    assert await to_parent.kinds() == []
    assert await to_parent.mark(None, read=True) == 0
    # To the parent, the first access that they may know of is the first one.
    await world.found(child, by=doctor)
    assert await to_parent.kinds() == ["first-access"]
    assert (await to_parent.notices()).unread == 1
    assert holder_name(child.ins) == parent.on_behalf_of


async def test_notices_are_nobody_elses(world: World) -> None:
    person, other = await world.a_record(), await world.a_record()
    doctor = await world.a_professional(treating=person)
    treating = Actor(ActorKind.PROFESSIONAL, "Dr Essai", person=doctor.number, profession="10")
    for actor in (citizen(other), treating, Actor(ActorKind.OPERATOR, "Exploitant")):
        with pytest.raises(Refused):
            await Told(world, person, actor).notices()
