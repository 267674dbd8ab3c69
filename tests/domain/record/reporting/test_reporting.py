"""An access that somebody did not recognise: reported, looked at, answered, closed; who knows what of it."""

from dataclasses import replace
from functools import partial
from uuid import UUID, uuid4

import pytest
from tests.builders.people import an_ins
from tests.doors.world import Caller, Person, World, a_report

from carnet.domain.access import representing
from carnet.domain.access.model import Representation
from carnet.domain.access.notices import NOTICE_JOB, NoticeKind
from carnet.domain.access.noticing import read_notices
from carnet.domain.actor import SYSTEM, Actor, ActorKind, Purpose
from carnet.domain.consent.model import ConsentKind
from carnet.domain.errors import Conflict, Invalid, NotFound, Refused
from carnet.domain.record.reporting import MAX_WORDS, read_reports, report_access, withdraw_report
from carnet.domain.record.reporting.answering import move_report, read_report, waiting_reports
from carnet.domain.record.reporting.model import BY_OPERATOR, AccessReport, ReportState
from carnet.jobs.notify_citizen import notify_citizen
from carnet.jobs.worker import Worker

OPERATOR = Actor(ActorKind.OPERATOR, "Exploitant")
WORDS = "Je ne connais pas ce médecin."


def citizen(person: Person) -> Actor:
    return Actor(ActorKind.CITIZEN, "La personne", ins=person.ins)


class Reports:
    """The verbs, over the services of a world."""

    def __init__(self, world: World) -> None:
        services = world.carnet.services
        self.records, self.rights = services.store, services.rights
        self.reading, self.terms = services.read_terms, services.rights_terms

    async def report(
        self, person: Person, event_id: UUID, *, words: str = WORDS, actor: Actor | None = None
    ) -> AccessReport:
        return await report_access(
            self.records, self.rights, person.patient_id, event_id, words=words, actor=actor or citizen(person),
            reading=self.reading, terms=self.terms,
        )  # fmt: skip

    async def of(self, person: Person, *, actor: Actor | None = None) -> list[AccessReport]:
        found = await read_reports(self.rights, person.patient_id, actor=actor or citizen(person), terms=self.terms)
        return list(found)

    async def withdraw(self, person: Person, report: AccessReport) -> bool:
        return await withdraw_report(
            self.rights, person.patient_id, report.report_id, actor=citizen(person), terms=self.terms
        )

    async def move(self, person: Person, report: AccessReport, to: ReportState, words: str | None = None, *, actor: Actor = OPERATOR) -> AccessReport:  # fmt: skip
        return await move_report(
            self.rights, person.patient_id, report.report_id, to, words=words, actor=actor, terms=self.terms
        )


@pytest.fixture(scope="module")
def reports(world: World) -> Reports:
    return Reports(world)


async def an_access(world: World, person: Person, *, by: Caller | None = None) -> UUID:
    """Someone reads a document of the record; the id of the event."""
    document = (await world.deposit(a_report(person))).id
    doctor = by or await world.a_professional(authorised_on=person)
    assert (await world.http.get(f"/fhir/Binary/{document}", headers=doctor.headers)).status_code == 200
    return [event.event_id for event in await world.events(person) if event.type == "document-read"][-1]


async def test_a_report_is_followed_until_it_is_closed(world: World, reports: Reports) -> None:
    person = await world.a_record()
    event_id = await an_access(world, person)
    made = await reports.report(person, event_id)
    assert (made.state, made.words, made.reported.name, made.reported.type) == (
        ReportState.RECEIVED, WORDS, "Dr Essai", "document-read",
    )  # fmt: skip
    waiting = await waiting_reports(reports.rights, actor=OPERATOR, terms=reports.terms)
    assert (person.patient_id, made.report_id) in {(each.patient_id, each.report_id) for each in waiting}
    await reports.move(person, made, ReportState.IN_REVIEW)
    await reports.move(person, made, ReportState.ANSWERED, " C’était le remplaçant de votre médecin. ")
    (kept,) = await reports.of(person)
    assert [(step.state, step.by_operator, step.words) for step in kept.steps] == [
        (ReportState.RECEIVED, False, None),
        (ReportState.IN_REVIEW, True, None),
        (ReportState.ANSWERED, True, "C’était le remplaçant de votre médecin."),
    ]
    waiting = await waiting_reports(reports.rights, actor=OPERATOR, terms=reports.terms)
    assert made.report_id not in {each.report_id for each in waiting}
    await reports.move(person, made, ReportState.CLOSED)
    with pytest.raises(Conflict) as refused:
        await reports.move(person, made, ReportState.IN_REVIEW)
    assert refused.value.code == "report-step"
    types = [event.type.value for event in await world.events(person)]
    assert [each for each in types if "report" in each] == [
        "access-reported", "report-taken", "report-answered", "report-read", "report-closed",
    ]  # fmt: skip
    # The same access may be reported again, once nobody looks at it any more.
    assert (await reports.report(person, event_id)).report_id != made.report_id


async def test_the_person_is_told_of_the_answer(world: World, reports: Reports) -> None:
    person = await world.a_record()
    made = await reports.report(person, await an_access(world, person))
    await reports.move(person, made, ReportState.ANSWERED, "Réponse")
    database = world.carnet.database
    await Worker(database, handlers={NOTICE_JOB: partial(notify_citizen, database)}).run_due()
    told = await read_notices(reports.rights, person.patient_id, actor=citizen(person), terms=reports.terms)
    first = told.kept[0].notice
    assert (first.kind, first.about) == (NoticeKind.REPORT_ANSWERED, str(made.report_id))


async def test_the_operator_is_told_no_document_and_no_motive(world: World, reports: Reports) -> None:
    person = await world.a_record()
    urgent = await world.a_professional(purpose=Purpose.EMERGENCY, motive="Malaise devant témoin")
    event_id = await an_access(world, person, by=urgent)
    made = await reports.report(person, event_id)
    passed = await read_report(reports.rights, person.patient_id, made.report_id, actor=OPERATOR, terms=reports.terms)
    event = next(each for each in await world.events(person) if each.event_id == event_id)
    assert passed.reported.purpose is Purpose.EMERGENCY
    assert passed.reported.person == urgent.number
    assert "Malaise" not in str(passed)
    assert all(str(document) not in str(passed) for document in event.documents)
    assert person.ins.matricule not in str(passed)
    assert (await world.events(person))[-1].type == "report-read"


async def test_the_words_are_sealed(world: World, reports: Reports) -> None:
    person = await world.a_record()
    made = await reports.report(person, await an_access(world, person), words="Un mot que personne ne lit")
    await reports.move(person, made, ReportState.ANSWERED, "Une réponse que personne ne lit")
    for table in ("access_report", "access_report_step", "audit_event"):
        statement = f"SELECT t::text FROM {table} t WHERE patient_id = %(patient)s"
        rows = await world.carnet.database.fetch(statement, {"patient": person.patient_id})
        assert rows
        assert all(b"que personne ne lit".hex() not in row[0] for row in rows)


async def test_what_cannot_be_reported(world: World, reports: Reports) -> None:
    person, other = await world.a_record(), await world.a_record()
    event_id = await an_access(world, person)
    await world.found(person, by=world.a_citizen(person))
    own = (await world.events(person))[-1].event_id
    opened = (await world.events(person))[0].event_id  # by carnet itself
    for each in (own, opened):
        with pytest.raises(Invalid) as refused:
            await reports.report(person, each)
        assert refused.value.code == "access-not-reportable"
    for each in (uuid4(), await an_access(world, other)):
        with pytest.raises(NotFound) as unknown:
            await reports.report(person, each)
        assert unknown.value.code == "event-unknown"
    with pytest.raises(Invalid) as long:
        await reports.report(person, event_id, words="x" * (MAX_WORDS + 1))
    assert long.value.code == "report-too-long"
    await reports.report(person, event_id, words="")
    with pytest.raises(Conflict) as again:
        await reports.report(person, event_id)
    assert again.value.code == "access-reported-already"
    assert len(await reports.of(person)) == 1


async def test_a_report_is_taken_back(world: World, reports: Reports) -> None:
    person, other = await world.a_record(), await world.a_record()
    made = await reports.report(person, await an_access(world, person))
    with pytest.raises(NotFound):
        await reports.withdraw(other, made)
    assert await reports.withdraw(person, made)
    assert not await reports.withdraw(person, made)
    (kept,) = await reports.of(person)
    assert (kept.state, kept.steps[-1].by_operator) == (ReportState.CLOSED, False)


async def test_who_may_not(world: World, reports: Reports) -> None:
    person, other = await world.a_record(), await world.a_record()
    event_id = await an_access(world, person)
    made = await reports.report(person, event_id)
    doctor = Actor(ActorKind.PROFESSIONAL, "Dr Essai", person="899733330001", profession="10")
    await world.consent(person, ConsentKind.PRIMARY_CARE_DOCTOR, doctor.person or "")
    for actor in (doctor, citizen(other)):
        with pytest.raises(Refused):
            await reports.of(person, actor=actor)
        with pytest.raises(Refused):
            await reports.report(person, event_id, actor=actor)
        with pytest.raises(Refused):
            await waiting_reports(reports.rights, actor=actor, terms=reports.terms)
        with pytest.raises(Refused):
            await reports.move(person, made, ReportState.ANSWERED, "Non", actor=actor)
    with pytest.raises(Refused):
        await reports.report(person, event_id, actor=OPERATOR)
    with pytest.raises(Invalid) as empty:
        await reports.move(person, made, ReportState.ANSWERED, "  ")
    assert empty.value.code == "report-answer-missing"
    with pytest.raises(Invalid):
        await reports.move(person, made, ReportState.ANSWERED, "x" * (MAX_WORDS + 1))
    with pytest.raises(NotFound):
        await reports.move(person, replace(made, report_id=uuid4()), ReportState.ANSWERED, "Réponse")


async def test_the_primary_care_doctor_is_not_told_that_they_were_reported(world: World, reports: Reports) -> None:
    person = await world.a_record()
    doctor = await world.a_professional(treating=person)
    await reports.report(person, await an_access(world, person, by=doctor))
    asked = {"patient.identifier": person.token_of_ins, "date": "ge2020"}
    for by, seen in ((doctor, False), (world.a_citizen(person), True)):
        trail = await world.http.get("/fhir/AuditEvent", params=asked, headers=by.headers)
        assert ("access-reported" in trail.text) is seen


async def test_a_report_of_a_secret_act_is_not_told_to_who_represents(world: World, reports: Reports) -> None:
    child = await world.a_record(birth_date="2012-03-04")
    parent = World.representing(an_ins(), child)
    await representing.name_representative(
        reports.rights, child.patient_id, parent.ins, ConsentKind.PARENTAL_AUTHORITY, scope=Representation.FULL, actor=SYSTEM,
        terms=reports.terms,
    )  # fmt: skip
    doctor = await world.a_professional(authorised_on=child)
    secret = await world.a_professional(number=doctor.number, secret_connection=True)
    hidden = await an_access(world, child, by=secret)
    with pytest.raises(NotFound):
        await reports.report(child, hidden, actor=parent)
    made = await reports.report(child, hidden)
    assert made.is_secret
    assert await reports.of(child, actor=parent) == []
    plain = await reports.report(child, await an_access(world, child, by=doctor), actor=parent)
    assert [each.report_id for each in await reports.of(child, actor=parent)] == [plain.report_id]
    assert len(await reports.of(child)) == 2
    asked = {"patient.identifier": child.token_of_ins, "date": "ge2020"}
    trail = await world.http.get("/fhir/AuditEvent", params=asked, headers=Caller(world.token(parent)).headers)
    assert trail.text.count('"access-reported"') == 1


def test_every_state_can_be_left_but_the_last() -> None:
    assert [state for state in ReportState if not BY_OPERATOR[state]] == [ReportState.CLOSED]
