"""Who may see a document, and why: the same answer as simulating each, and nothing of what is hidden from who asks."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from tests.doors.world import Person, World, a_report

from carnet.domain.access.model import RecordFacts
from carnet.domain.actor import Actor, ActorKind, Purpose
from carnet.domain.consent.model import ConsentKind
from carnet.domain.errors import NotFound, Refused
from carnet.domain.record import hiding
from carnet.domain.record.simulation import simulate
from carnet.domain.record.simulation.who_sees import who_sees
from carnet.domain.record.updating.model import UpdateTerms
from carnet.domain.record.wanted import Named
from carnet.vocabulary.clock import system_clock

DOCTOR = Actor(ActorKind.PROFESSIONAL, "Dr Essai", person="899766660001", profession="10", organization="1990000041")
NURSE = replace(DOCTOR, name="Inf. Essai", person="899766660002", profession="60", organization=None)
TREATING = replace(DOCTOR, name="Dr Traitant", person="899766660003")
BLOCKED = replace(DOCTOR, name="Dr Bloqué", person="899766660004", organization=None)
STRANGER = replace(DOCTOR, name="Dr Inconnu", person="899766660005", organization=None)
URGENT = replace(STRANGER, purpose=Purpose.EMERGENCY, motive="essai")
OTHERS = (DOCTOR, NURSE, TREATING, BLOCKED, STRANGER, URGENT)


def citizen(person: Person) -> Actor:
    return Actor(ActorKind.CITIZEN, "La personne", ins=person.ins)


async def a_shared_record(world: World) -> tuple[Person, UUID]:
    person = await world.a_record()
    document = UUID((await world.deposit(a_report(person))).id)
    for kind, holder in (
        (ConsentKind.GRANT, DOCTOR), (ConsentKind.GRANT, NURSE), (ConsentKind.PRIMARY_CARE_DOCTOR, TREATING),
        (ConsentKind.BLOCK, BLOCKED),
    ):  # fmt: skip
        await world.consent(person, kind, holder.person or "")
    return person, document


async def test_each_is_answered_as_in_a_simulation(world: World) -> None:
    person, document = await a_shared_record(world)
    services = world.carnet.services
    update = UpdateTerms(services.read_terms.matrix, system_clock)
    await hiding.hide_from(
        services.store, Named(logical_id=document), NURSE.person or "", actor=citizen(person), terms=update
    )
    seers = await who_sees(services.store, document, OTHERS, actor=citizen(person), terms=services.read_terms)
    rules = [each.decision.rule for each in seers]
    assert rules == [
        "read.professional", "deny.hidden-by-name", "read.primary-care-doctor", "deny.blocked", "deny.no-grant", "read.emergency",
    ]  # fmt: skip
    for each in seers:
        shown = await simulate(services.store, person.ins, each.actor, actor=citizen(person), terms=services.read_terms)
        of_document = next((d.decision for d in shown.documents if d.logical_id == document), shown.opens)
        assert of_document == each.decision
    event = next(e for e in reversed(await world.events(person)) if e.type == "record-simulated" and e.documents)
    assert event.documents == (document,)
    assert event.details["shown"] == str(len(OTHERS))


async def test_nothing_is_told_of_what_is_hidden_from_who_asks(world: World) -> None:
    person = await world.a_record()
    report = a_report(person, securityLabel=[
        {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "N"}]},
        {"coding": [{"system": "urn:oid:1.2.250.1.213.1.1.4.13", "code": "INVISIBLE_PATIENT"}]},
    ])  # fmt: skip
    hidden = UUID((await world.deposit(report)).id)
    _, theirs = await a_shared_record(world)
    services = world.carnet.services
    for unknown in (hidden, uuid4()):
        with pytest.raises(NotFound) as refused:
            await who_sees(services.store, unknown, OTHERS, actor=citizen(person), terms=services.read_terms)
        assert refused.value.code == "document-unknown"
    for actor in (citizen(person), replace(TREATING, organization=None)):
        with pytest.raises(Refused):
            await who_sees(services.store, theirs, OTHERS, actor=actor, terms=services.read_terms)
    assert [e.outcome for e in await world.events(person)][-1] == "refused"


async def test_what_an_act_would_change_is_told_before(world: World) -> None:
    person, document = await a_shared_record(world)
    services = world.carnet.services

    def authorised(facts: RecordFacts) -> RecordFacts:
        return replace(facts, has_grant=True)

    shown = await simulate(
        services.store, person.ins, STRANGER, actor=citizen(person), terms=services.read_terms, supposing=authorised
    )
    assert (shown.opens.rule, shown.seen, shown.total) == ("deny.no-grant", (), 1)
    assert shown.supposed is not None
    assert (shown.supposed.opens.rule, shown.supposed.seen, shown.supposed.total) == (
        "open.professional",
        (document,),
        1,
    )
    # Nothing was given by supposing it.
    again = await simulate(services.store, person.ins, STRANGER, actor=citizen(person), terms=services.read_terms)
    assert not again.opens.allowed
