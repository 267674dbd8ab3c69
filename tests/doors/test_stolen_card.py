"""The attack of a stolen card: who holds it declares, and breaks the glass, as fast as the doors answer; the number reached is printed."""

from dataclasses import replace

import httpx
import pytest
from tests.doors.world import World, a_report

from carnet.app import Carnet
from carnet.domain.access.authorising import authorise
from carnet.domain.access.reach import ReachTerms
from carnet.domain.actor import Actor, ActorKind, Purpose
from carnet.domain.audit.model import EventType
from carnet.domain.consent.model import Basis
from carnet.domain.errors import Refused
from carnet.domain.record.opening import open_record

CAPS = ReachTerms(declared=12, exceptional=5, usual=3)
PEOPLE = 30
THIEF = Actor(
    ActorKind.PROFESSIONAL, "Dr Volé", person="899700009991", organization="1990000077", profession="10", sector="SA01"
)


@pytest.fixture
def capped(carnet: Carnet) -> Carnet:
    """The same program, with caps that a test can reach."""
    services = carnet.services
    terms = replace(services.store.fact_terms, reach=CAPS)
    store, rights = replace(services.store, fact_terms=terms), replace(services.rights, fact_terms=terms)
    return replace(carnet, services=replace(services, store=store, rights=rights))


async def test_a_stolen_card_does_not_read_everyone(capped: Carnet, http: httpx.AsyncClient) -> None:
    world, services = World(capped, http), capped.services
    people = [await world.a_record() for _ in range(PEOPLE)]
    for person in people[:2]:
        await world.deposit(a_report(person))

    refusals: set[str] = set()

    async def declares(actor: Actor, number: int) -> bool:
        try:
            await authorise(
                services.rights, people[number].ins, actor=actor, holder=actor.person or "", is_organization=False,
                basis=Basis.CARE_TEAM, terms=services.rights_terms,
            )  # fmt: skip
        except Refused as refused:
            refusals.add(refused.code)
            return False
        return True

    async def opens(actor: Actor, number: int) -> bool:
        try:
            await open_record(
                services.store, actor=actor, ins=people[number].ins, patient_id=None, terms=services.read_terms
            )
        except Refused:
            return False
        return True

    declared = [number for number in range(PEOPLE) if await declares(THIEF, number)]
    read = {number for number in declared if await opens(THIEF, number)}
    breaking = replace(THIEF, purpose=Purpose.EMERGENCY, motive="urgence vitale")
    broken = {number for number in range(PEOPLE - 1, -1, -1) if await opens(breaking, number)}
    print(  # noqa: T201  the number is what this test is for
        f"a stolen card reached {len(read | broken)} records of {PEOPLE}: {len(read)} declared, {len(broken)} by breaking the glass"
    )
    assert refusals == {"reach-exceeded"}
    assert len(read) == CAPS.declared
    assert len(broken) == CAPS.exceptional
    assert len(read | broken) <= CAPS.declared + CAPS.exceptional
    # The last refused attempt is in the trail of the one it was tried on, the alerts in the system's.
    assert (await world.events(people[0]))[-1].rule == "deny.reach"
    unusual = [event for event in await world.events(None) if event.type is EventType.READING_UNUSUAL]
    assert {(event.details["kind"], event.details["reached"]) for event in unusual} >= {
        ("declared", "4"), ("declared", "12"), ("exceptional", "4"), ("exceptional", "5"),
    }  # fmt: skip
    # What was opened before stays open: care goes on.
    assert await opens(THIEF, declared[0])
