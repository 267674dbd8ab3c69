"""Every AuditEvent that the trail emits, for each who may read it, checked by an unrelated validator against the TDE profile."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from tests.doors.world import Caller, World, a_report
from tests.profiles.test_emitted import OURS, Judge

from carnet.domain.actor import Actor, ActorKind, Purpose
from carnet.domain.consent.model import ConsentKind, RecordStatus

RESPONSE = OURS + "trail-response"


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge()


@pytest.fixture(scope="module")
async def read(world: World) -> dict[str, dict[str, Any]]:
    """The trail of a record with acts of every sort, as each reader has it."""
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id
    gone = (await world.deposit(a_report(person))).id
    masked = (await world.deposit(a_report(person, labels=["MASQUE_PS"]))).id
    doctor = await world.a_professional(authorised_on=person, organization="1990000001")
    treating = await world.a_professional(treating=person)
    urgent = await world.a_professional(purpose=Purpose.EMERGENCY, motive="Patient <inconscient> & seul")
    citizen = world.a_citizen(person)
    for address in (f"Binary/{document}", f"DocumentReference/{document}", f"Binary/{masked}"):
        await world.read(address, by=doctor)
    await world.search(person, by=urgent)
    await world.read(f"Binary/{document}", by=urgent)
    await world.search(person, by=await world.a_professional(blocked_on=person))
    await world.consent(person, ConsentKind.EMERGENCY_OPPOSITION)
    await world.mark_deleted(person, gone)
    await world.send(a_report(person, type=None))
    await world.change(person, to=RecordStatus.CLOSED)
    await world.change(person, to=RecordStatus.OPEN)
    operator = Caller(world.token(Actor(ActorKind.OPERATOR, "Exploitant")))
    found = {}
    for name, caller in (("citizen", citizen), ("médecin traitant", treating), ("operator", operator)):
        parameters = {"date": "ge2020", "patient": str(person.patient_id), "_count": "200"}
        answer = await world.http.get("/fhir/AuditEvent", params=parameters, headers=caller.headers)
        assert answer.status_code == 200, answer.text[:500]
        found[name] = answer.json()
    await world.read("Binary/01900000-0000-7000-8000-0000000000aa", by=citizen)
    answer = await world.http.get("/fhir/AuditEvent", params={"date": "ge2020"}, headers=operator.headers)
    return found | {"system": answer.json()}


@pytest.mark.parametrize("reader", ["citizen", "médecin traitant", "operator", "system"])
def test_the_trail_as_it_is_emitted(judge: Judge, read: dict[str, dict[str, Any]], reader: str) -> None:
    assert judge.faults(read[reader], RESPONSE) == []
    events = [entry["resource"] for entry in read[reader]["entry"]]
    assert reader == "system" or len(events) > 12
    for event in events:
        assert event["meta"]["profile"] == ["https://interop.esante.gouv.fr/ig/fhir/tde/StructureDefinition/tde-auditevent"]  # fmt: skip
        assert judge.faults(event) == [], event["outcomeDesc"]
        assert event["action"] in {"C", "R", "U", "D", "E"}  # value sets that the validator does not hold
        assert event["outcome"] in {"0", "4", "8", "12"}


# That the judge would see a fault: each of these is one.
BROKEN: dict[str, Callable[[dict[str, Any]], Any]] = {
    "two subtypes": lambda r: r["subtype"].append(r["subtype"][0]),
    "three agents": lambda r: r["agent"].extend([r["agent"][0]] * 2),
    "nobody": lambda r: r.pop("agent"),
    "no who": lambda r: r["agent"][0].pop("who"),
    "no start": lambda r: r["period"].pop("start"),
    "no observer": lambda r: r["source"].pop("observer"),
    "a time that is none": lambda r: r.update(recorded="hier"),
    "an unknown element": lambda r: r.update(colour="red"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_fault_would_be_seen(judge: Judge, read: dict[str, dict[str, Any]], name: str) -> None:
    event = copy.deepcopy(read["citizen"]["entry"][0]["resource"])
    BROKEN[name](event)
    assert judge.faults(event) != []
