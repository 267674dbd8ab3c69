"""A record seen as someone else would see it, now and at any past instant."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from tests.builders.people import an_ins
from tests.doors.world import Person, World, a_report, fiche_of

from carnet.domain.access import authorising, blocking
from carnet.domain.access.facts import holder_name
from carnet.domain.access.model import Representation
from carnet.domain.actor import SYSTEM, Actor, ActorKind, Purpose
from carnet.domain.consent.model import Basis, ConsentKind, RecordStatus
from carnet.domain.errors import Refused
from carnet.domain.record import hiding
from carnet.domain.record.deletion import delete
from carnet.domain.record.masking import mask
from carnet.domain.record.simulation import facts_at, judged, simulate
from carnet.domain.record.updating.model import UpdateTerms
from carnet.domain.record.wanted import Named
from carnet.vocabulary.clock import system_clock

DOCTOR = Actor(ActorKind.PROFESSIONAL, "Dr Essai", person="899722220001", profession="10", organization="1990000031")


def citizen(person: Person) -> Actor:
    return Actor(ActorKind.CITIZEN, "La personne", ins=person.ins)


async def then(world: World, person: Person, at: datetime, actor: Actor = DOCTOR) -> tuple[str, list[str]]:
    """The rule that opened or refused at an instant, and the documents seen."""
    services = world.carnet.services
    facts = await facts_at(services.store, person.patient_id, actor, at=at)
    if facts is None:
        return "nothing", []
    shown = judged(actor, facts, services.read_terms.matrix)
    return shown.opens.rule, [str(each) for each in shown.seen]


async def test_every_past_instant_is_judged_by_what_was_true_then(world: World) -> None:
    before = system_clock()
    person = await world.a_record()
    services = world.carnet.services
    rights, terms = services.rights, services.rights_terms
    update = UpdateTerms(services.read_terms.matrix, system_clock)
    named = {"holder": DOCTOR.person or "", "is_organization": False, "terms": terms}
    life: list[tuple[datetime, str, list[str]]] = [(before, "nothing", [])]

    def lived(rule: str, *seen: str) -> None:
        life.append((system_clock(), rule, list(seen)))

    lived("deny.no-grant")
    first = (await world.deposit(a_report(person))).id
    lived("deny.no-grant")
    await authorising.authorise(rights, person.ins, actor=DOCTOR, basis=Basis.CARE_TEAM, **named)
    lived("open.professional", first)
    second = (await world.deposit(a_report(person))).id
    lived("open.professional", second, first)
    await mask(services.store, Named(logical_id=UUID(first)), actor=citizen(person), terms=update)
    lived("open.professional", second)
    await hiding.hide_from(
        services.store, Named(logical_id=UUID(second)), DOCTOR.organization or "", actor=citizen(person), terms=update
    )
    lived("open.professional")
    await world.consent(person, ConsentKind.PRIMARY_CARE_DOCTOR, DOCTOR.person or "")
    lived("open.primary-care-doctor", first)
    await world.consent(person, ConsentKind.WITHHELD_CATEGORY, DOCTOR.person or "", scope="class|11")
    await world.consent(person, ConsentKind.WITHHELD_CATEGORY, DOCTOR.person or "", scope="class|10")
    lived("open.primary-care-doctor")
    await world.consent(person, ConsentKind.WITHHELD_CATEGORY, DOCTOR.person or "", scope="class|10", ends=True)
    await world.consent(person, ConsentKind.WITHHELD_CATEGORY, DOCTOR.person or "", scope="class|11", ends=True)
    await hiding.show_to(
        services.store, Named(logical_id=UUID(second)), DOCTOR.organization or "", actor=citizen(person), terms=update
    )
    lived("open.primary-care-doctor", second, first)
    bundle = a_report(person)
    fiche_of(bundle)["relatesTo"] = [{"code": "replaces", "target": {"reference": f"DocumentReference/{second}"}}]
    third = (await world.deposit(bundle)).id
    lived("open.primary-care-doctor", third, second, first)
    await blocking.block(rights, person.ins, actor=citizen(person), **named)
    lived("deny.blocked")
    await blocking.unblock(rights, person.ins, actor=citizen(person), **named)
    lived("deny.no-grant")
    await world.change(person, to=RecordStatus.CLOSED)
    lived("deny.record-closed")
    await world.change(person, to=RecordStatus.OPEN)
    await authorising.authorise(rights, person.ins, actor=DOCTOR, basis=Basis.EXPLICIT_CONSENT, **named)
    lived("open.professional", third, second)
    for at, rule, seen in life:
        found, shown = await then(world, person, at)
        assert (found, set(shown)) == (rule, set(seen)), at
    # And the future that is decided already: the consent ends by itself.
    assert (await then(world, person, system_clock() + timedelta(days=2)))[0] == "deny.no-grant"


async def test_a_deletion_does_not_rewrite_what_was_seen(world: World) -> None:
    person = await world.a_record()
    services = world.carnet.services
    await world.consent(person, ConsentKind.GRANT, DOCTOR.person or "")
    document = (await world.deposit(a_report(person), by=world.a_citizen(person))).id
    at = system_clock()
    await delete(
        services.store,
        Named(logical_id=UUID(document)),
        actor=citizen(person),
        terms=UpdateTerms(services.read_terms.matrix, system_clock),
    )
    assert await then(world, person, at) == ("open.professional", [document])
    assert await then(world, person, system_clock()) == ("open.professional", [])


async def test_a_professional_who_was_struck_off(world: World) -> None:
    person = await world.a_record()
    one = replace(DOCTOR, person="810199990001")
    await world.consent(person, ConsentKind.GRANT, one.person or "")
    document = (await world.deposit(a_report(person))).id
    caller = await world.a_professional(number=one.person)
    assert await world.found(person, by=caller) == [document]
    struck = system_clock()
    async with world.carnet.database.transaction() as tx:
        columns = {
            "number_type": "'8'", "number": "'10199990001'", "family": "''", "given": "''", "civility": "''", "title": "''",
            "professions": "'{}'", "skills": "'{}'", "codes": "'{}'", "family_key": "''", "given_key": "''",
        }  # fmt: skip
        await tx.execute(
            f"INSERT INTO directory_professional (person, {', '.join(columns)}, active, since, changed_at) "
            f"VALUES (%s, {', '.join(columns.values())}, false, %s, %s)",
            (one.person, struck, struck),
        )
        await tx.execute(
            "INSERT INTO directory_professional_past (person, valid_from, valid_to, active) VALUES (%s, %s, %s, true)",
            (one.person, struck - timedelta(days=900), struck),
        )
    assert (await world.search(person, by=caller)).status_code == 403
    assert (await world.http.get(f"/fhir/Binary/{document}", headers=caller.headers)).status_code == 403
    assert (await world.send(a_report(person), by=caller)).status_code == 403
    assert [event.rule for event in await world.events(person)][-2:] == ["deny.struck-off", None]
    assert await then(world, person, struck - timedelta(microseconds=1), one) == ("open.professional", [document])
    assert (await then(world, person, struck, one))[0] == "deny.struck-off"
    # A structure's software is another actor: the hospital goes on feeding.
    await world.deposit(a_report(person))


async def test_simulating_is_the_patient_s_and_is_traced(world: World) -> None:
    person, stranger = await world.a_record(birth_date="2015-06-12"), await world.a_record()
    document = (await world.deposit(a_report(person))).id
    services = world.carnet.services
    mother = an_ins()
    await world.consent(person, ConsentKind.PARENTAL_AUTHORITY, holder_name(mother), scope=Representation.READ)

    async def tried(actor: Actor, as_actor: Actor = DOCTOR, at: datetime | None = None):
        return await simulate(services.store, person.ins, as_actor, actor=actor, terms=services.read_terms, at=at)

    shown = await tried(citizen(person))
    assert (shown.opens.rule, shown.documents) == ("deny.no-grant", ())
    emergency = replace(DOCTOR, purpose=Purpose.EMERGENCY, motive="essai")
    for actor in (citizen(person), world.representing(mother, person)):
        shown = await tried(actor, emergency)
        assert (shown.opens.rule, [str(each) for each in shown.seen]) == ("open.emergency", [document])
        assert [each.decision.rule for each in shown.documents] == ["read.emergency"]
        assert all(each.decision.edition for each in shown.documents)
    event = (await world.events(person))[-1]
    assert (event.type, event.rule, event.details) == (
        "record-simulated", "simulate.representative", {"holder": DOCTOR.person, "shown": "1"},
    )  # fmt: skip
    # It is not an access: nobody is told of an emergency that was not.
    async with world.carnet.database.connection() as connection:
        cursor = await connection.execute("SELECT count(*) FROM outbox WHERE patient_id = %s", (person.patient_id,))
        assert await cursor.fetchone() == (0,)
    before = await tried(citizen(person), emergency, system_clock() - timedelta(days=365))
    assert (before.opens.allowed, before.documents) == (False, ())
    for actor, code in (
        (DOCTOR, "patient-decides"),
        (citizen(stranger), "record-refused"),
        (world.representing(an_ins(), person), "record-refused"),
        (replace(SYSTEM, kind=ActorKind.OPERATOR), "record-refused"),
    ):
        with pytest.raises(Refused, match=code):
            await tried(actor)


async def test_what_an_act_would_change_is_told_before(world: World) -> None:
    person = await world.a_record()
    document = UUID((await world.deposit(a_report(person))).id)
    services = world.carnet.services
    asked = {"actor": citizen(person), "terms": services.read_terms}
    shown = await simulate(
        services.store, person.ins, DOCTOR, **asked, supposing=lambda facts: replace(facts, has_grant=True)
    )
    assert (shown.opens.rule, shown.seen, shown.total) == ("deny.no-grant", (), 1)
    assert shown.supposed is not None
    assert (shown.supposed.opens.rule, shown.supposed.seen, shown.supposed.total) == (
        "open.professional",
        (document,),
        1,
    )
    # Nothing was given by supposing it.
    assert not (await simulate(services.store, person.ins, DOCTOR, **asked)).opens.allowed
