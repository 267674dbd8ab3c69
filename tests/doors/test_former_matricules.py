"""A matricule that was replaced still finds its person for a while, says so, and never leads into the wrong record."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.doors.world import Person, World, a_letter, a_report, codes_of, issues_of

from carnet.domain.access.facts import FactTerms
from carnet.domain.actor import SYSTEM
from carnet.domain.consent.receiving import receive_identity
from carnet.domain.people.model import FormerIns, IdentityStatus, ReceivedIdentity, Sex
from carnet.vocabulary.ins import NIR_TEST, Ins, key_of


async def renamed(world: World, *, days_ago: int = 0, **traits: Any) -> tuple[Person, Person]:
    """Someone under the former matricule, as software still knows them, and under the present one."""
    before = await world.a_record()
    number = "1" + before.ins.matricule[1:13]
    ins = Ins(number + f"{key_of(number):02d}", NIR_TEST)
    received = ReceivedIdentity(
        replace(before.identity.traits, **traits), IdentityStatus.QUALIFIED, ins, former=(FormerIns(before.ins),)
    )
    services = world.carnet.services
    async with world.carnet.database.transaction() as tx:
        await receive_identity(
            tx, received, actor=SYSTEM, keys=services.keys, at=services.clock(), terms=services.receiving_terms
        )
        await tx.execute(
            "UPDATE ins_claim SET former_since = former_since - %s WHERE matricule = %s",
            (timedelta(days=days_ago), before.ins.matricule),
        )
    return before, Person(before.patient_id, replace(before.identity, ins=ins, traits=received.traits))


@pytest.mark.parametrize("make", [a_report, a_letter])
async def test_a_document_under_way_is_filed_and_the_sender_told(world: World, make: Any) -> None:
    before, now = await renamed(world)
    sent = await world.deposit(make(before))
    assert "ins-former" in sent.warnings
    assert now.ins.matricule not in sent.response.text  # who feeds asks INSi
    assert await world.found(now, by=world.a_citizen(now)) == [sent.id]


async def test_a_document_made_before_and_sent_after(world: World) -> None:
    """The envelope names the present matricule, the document the one it was written under."""
    before, now = await renamed(world)
    sent = await world.deposit(a_letter(now, cda={"ins": (before.ins.matricule, before.ins.oid)}))
    assert sent.warnings.count("ins-former") == 1


async def test_traits_agree_with_the_identity_of_now(world: World) -> None:
    before, now = await renamed(world, sex=Sex.MALE)
    assert (await world.send(a_letter(before))).status_code == 422
    assert "header-traits-differ" in codes_of(await world.send(a_letter(before)))
    assert (
        "ins-former"
        in (await world.deposit(a_letter(replace(now, identity=replace(now.identity, ins=before.ins))))).warnings
    )


async def test_the_former_matricule_of_someone_else(world: World) -> None:
    before, _ = await renamed(world)
    other = await world.a_record()
    refused = await world.send(a_letter(other, cda={"ins": (before.ins.matricule, before.ins.oid)}))
    assert (refused.status_code, "patient-differs" in codes_of(refused)) == (422, True)
    assert codes_of_422(await world.send(a_letter(before, cda={"ins": (other.ins.matricule, other.ins.oid)}))) >= {
        "patient-differs"
    }


def codes_of_422(response: Any) -> set[str]:
    assert response.status_code == 422
    return set(codes_of(response))


async def test_whoever_may_open_is_told_the_present_matricule(world: World) -> None:
    before, now = await renamed(world)
    document = (await world.deposit(a_report(now))).id
    doctor = await world.a_professional(authorised_on=now)
    answer = await world.search(before, by=doctor)
    assert answer.status_code == 200
    entries = answer.json()["entry"]
    assert [e["resource"]["id"] for e in entries if e["resource"]["resourceType"] == "DocumentReference"] == [document]
    (outcome,) = [e["resource"] for e in entries if e["resource"]["resourceType"] == "OperationOutcome"]
    assert issues_of(outcome) == [("ins-former-replaced", "patient.identifier")]
    assert now.ins.matricule in outcome["issue"][0]["details"]["text"]
    # By the present one, not a word.
    assert "ins-former" not in (await world.search(now, by=doctor)).text


async def test_whoever_may_not_is_told_nothing(world: World) -> None:
    before, now = await renamed(world)
    stranger = await world.a_professional()
    nobody = replace(now, identity=replace(now.identity, ins=Ins("255069999999976", NIR_TEST)))
    told, unknown = [await world.search(person, by=stranger) for person in (before, nobody)]
    assert (told.status_code, codes_of(told)) == (unknown.status_code, codes_of(unknown)) == (403, ["record-refused"])
    assert now.ins.matricule not in told.text


@pytest.mark.parametrize("days", [0, 30])
async def test_after_its_time_it_finds_nothing(world: World, days: int) -> None:
    before, now = await renamed(world, days_ago=days + 1 if days else 0)
    kept = world.carnet.services.store
    terms = kept.fact_terms
    object.__setattr__(kept, "fact_terms", replace(terms, former_matricule_days=days))
    try:
        assert codes_of(await world.send(a_report(before))) == ["patient-unknown"]
        doctor = await world.a_professional(authorised_on=now)
        assert (await world.search(before, by=doctor)).status_code == 403
        assert (await world.search(now, by=doctor)).status_code == 200
        late = await world.send(a_letter(now, cda={"ins": (before.ins.matricule, before.ins.oid)}))
        assert (late.status_code, "patient-differs" in codes_of(late)) == (422, True)
    finally:
        object.__setattr__(kept, "fact_terms", terms)


async def test_after_its_time_it_finds_no_right_either(world: World) -> None:
    before, now = await renamed(world, days_ago=400)
    doctor = await world.a_professional(authorised_on=now)
    nobody = replace(now, identity=replace(now.identity, ins=Ins("255069999999976", NIR_TEST)))
    told, late, unknown = [
        await world.http.get(
            "/fhir/Consent", params={"patient.identifier": person.token_of_ins}, headers=doctor.headers
        )
        for person in (now, before, nobody)
    ]
    assert (told.status_code, len(told.json()["entry"])) == (200, 1)
    assert now.ins.matricule in told.text
    assert now.ins.matricule not in late.text
    assert (late.status_code, late.json().get("entry")) == (unknown.status_code, unknown.json().get("entry"))


def test_a_year_by_default() -> None:
    assert FactTerms().former_matricule_days == 365
