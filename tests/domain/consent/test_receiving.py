"""People received from an identity source: announced, changed, or nothing; never the wrong person, never overwritten."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from tests.builders.people import a_person, an_ins, in_doubt
from tests.doors.world import Person, World, a_report

from carnet.app import Carnet
from carnet.domain.actor import SYSTEM
from carnet.domain.audit import store as audit_store
from carnet.domain.consent.model import RecordStatus
from carnet.domain.consent.receiving import ReceivingTerms, receive_identity
from carnet.domain.errors import Conflict, DomainError, Invalid, Refused
from carnet.domain.people import store as people_store
from carnet.domain.people.model import (
    FormerIns,
    Identity,
    IdentityAttribute,
    IdentityReceipt,
    IdentityStatus,
    ReceivedIdentity,
    Reception,
    Sex,
)
from carnet.vocabulary.ins import NIA, NIR, NIR_TEST, Ins, key_of

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
SIX_WEEKS = timedelta(days=42)
DEMO = ReceivingTerms.of_mode("demo", objection_period=SIX_WEEKS)
PRODUCTION = ReceivingTerms.of_mode("production", objection_period=SIX_WEEKS)


async def receive(
    carnet: Carnet, person: ReceivedIdentity, *, at: datetime = AT, terms: ReceivingTerms = DEMO, **said: Any
) -> IdentityReceipt:
    async with carnet.database.transaction() as tx:
        return await receive_identity(tx, person, actor=SYSTEM, keys=carnet.services.keys, at=at, terms=terms, **said)


async def everything(carnet: Carnet) -> dict[str, Any]:
    """Each row of what receiving may write."""
    tables = (
        "record",
        "record_period",
        "identity",
        "ins_claim",
        "person_identifier",
        "local_identifier_claim",
        "audit_event",
    )
    async with carnet.database.connection() as connection:
        return {
            table: sorted(map(str, await (await connection.execute(f"SELECT * FROM {table}")).fetchall()))
            for table in tables
        }


async def kinds(carnet: Carnet, receipt: IdentityReceipt) -> list[str]:
    async with carnet.database.transaction() as tx:
        return [event.type async for event in audit_store.events(tx, receipt.patient_id)]


async def held(carnet: Carnet, receipt: IdentityReceipt) -> list[Any]:
    async with carnet.database.connection() as connection:
        return await people_store.history(connection, receipt.patient_id)


async def lives(carnet: Carnet, receipt: IdentityReceipt) -> list[tuple[Any, ...]]:
    async with carnet.database.connection() as connection:
        cursor = await connection.execute(
            "SELECT status, valid_from, valid_to FROM record_period WHERE patient_id = %s ORDER BY valid_from",
            (receipt.patient_id,),
        )
        return list(await cursor.fetchall())


async def refused(carnet: Carnet, person: ReceivedIdentity, error: type[DomainError], code: str, **said: Any) -> None:
    """Refused with this code, and nothing changed."""
    before = await everything(carnet)
    with pytest.raises(error, match=f"^{code}$"):
        await receive(carnet, person, **said)
    assert await everything(carnet) == before


async def test_a_new_person_is_announced(carnet: Carnet) -> None:
    receipt = await receive(carnet, a_person())
    assert receipt.reception is Reception.CREATED
    assert await lives(carnet, receipt) == [("announced", AT, None)]
    assert await kinds(carnet, receipt) == ["record-announced"]


async def test_a_person_told_six_weeks_ago_has_an_open_record(carnet: Carnet) -> None:
    told = AT - SIX_WEEKS
    receipt = await receive(carnet, a_person(), announced_at=told)
    assert await lives(carnet, receipt) == [("announced", told, AT), ("open", AT, None)]
    assert await kinds(carnet, receipt) == ["record-opened"]


async def test_the_same_person_again_writes_nothing(carnet: Carnet) -> None:
    person = a_person(local="IPP-1", former=(FormerIns(an_ins()),), used_name="DURAND", validation_mode="CN")
    first = await receive(carnet, person)
    before = await everything(carnet)
    again = await receive(carnet, replace(person, validated_on=AT.date()), at=AT + timedelta(days=30))
    assert (again.patient_id, again.reception) == (first.patient_id, Reception.UNCHANGED)
    assert await everything(carnet) == before


async def test_ten_at_once_open_one_record(carnet: Carnet) -> None:
    person = a_person()
    receipts = await asyncio.gather(*(receive(carnet, person) for _ in range(6)))
    assert len({receipt.patient_id for receipt in receipts}) == 1
    assert sorted(receipt.reception for receipt in receipts) == ["created", *["unchanged"] * 5]


async def test_a_change_closes_a_period_and_begins_another(carnet: Carnet) -> None:
    person = a_person()
    receipt = await receive(carnet, person)
    later = AT + timedelta(days=3)
    changed = await receive(carnet, replace(person, traits=replace(person.traits, birth_name="PAT-AUTRE")), at=later)
    assert changed == IdentityReceipt(receipt.patient_id, Reception.CHANGED)
    first, second = await held(carnet, receipt)
    assert (first.traits.birth_name, first.valid_to) == ("PAT-ESSAI", later)
    assert (second.traits.birth_name, second.valid_from, second.valid_to) == ("PAT-AUTRE", later, None)
    assert (await kinds(carnet, receipt))[-1] == "identity-changed"


async def test_what_is_left_unsaid_stays(carnet: Carnet) -> None:
    person = a_person(used_name="DURAND", used_given_name="JANE")
    receipt = await receive(carnet, person)
    silent = replace(person, used_name=None, used_given_name=None, traits=replace(person.traits, birth_place=None))
    assert (await receive(carnet, silent)).reception is Reception.UNCHANGED
    homonym = replace(silent, attributes=frozenset({IdentityAttribute.HOMONYM}))
    assert (await receive(carnet, homonym, at=AT + timedelta(days=1))).reception is Reception.CHANGED
    now = (await held(carnet, receipt))[-1]
    assert (now.used_name, now.used_given_name, now.traits.birth_place) == ("DURAND", "JANE", "75056")


async def test_a_clock_that_steps_back_makes_no_period_overlap(carnet: Carnet) -> None:
    person = a_person()
    receipt = await receive(carnet, person)
    await receive(carnet, replace(person, used_name="DURAND"), at=AT - timedelta(days=10))
    await receive(carnet, replace(person, used_name="MOREAU"), at=AT - timedelta(days=20))
    periods = await held(carnet, receipt)
    assert [period.used_name for period in periods] == [None, "DURAND", "MOREAU"]
    assert all(one.valid_from < one.valid_to == other.valid_from for one, other in pairwise(periods))


@pytest.mark.parametrize(
    "changes",
    [
        {"birth_name": "TOUT-AUTRE", "first_given_name": "PAUL", "given_names": None},
        {"birth_name": "TOUT-AUTRE", "birth_date": "1956-06-12"},
        {"sex": Sex.MALE},
    ],
)
async def test_one_matricule_claimed_by_two_people(carnet: Carnet, changes: dict[str, Any]) -> None:
    person = a_person()
    await receive(carnet, person)
    await refused(carnet, replace(person, traits=replace(person.traits, **changes)), Conflict, "matricule-held")


async def test_two_matricules_claim_one_person(carnet: Carnet) -> None:
    person = a_person(local="IPP-2")
    await receive(carnet, person)
    await refused(carnet, replace(person, ins=an_ins()), Conflict, "person-has-other-matricule")


async def test_matricules_of_two_records(carnet: Carnet) -> None:
    one, other = a_person(), a_person()
    await receive(carnet, one)
    await receive(carnet, other)
    assert other.ins is not None
    await refused(carnet, replace(one, former=(FormerIns(other.ins),)), Conflict, "person-has-two-records")


async def test_a_local_identifier_of_someone_else(carnet: Carnet) -> None:
    await receive(carnet, a_person(local="IPP-3"))
    other = a_person()
    await receive(carnet, other)
    await refused(carnet, replace(other, local=a_person(local="IPP-3").local), Conflict, "local-identifier-held")


async def test_a_matricule_changes_and_the_former_one_stays_known(carnet: Carnet) -> None:
    person = a_person(an_ins(sex=8))
    assert person.ins is not None
    receipt = await receive(carnet, person)
    renewed = a_person(an_ins(), former=(FormerIns(person.ins),), sex=Sex.MALE)
    changed = await receive(carnet, renewed, at=AT + timedelta(days=1))
    assert changed == IdentityReceipt(receipt.patient_id, Reception.CHANGED)
    assert [period.ins for period in await held(carnet, receipt)] == [person.ins, renewed.ins]
    assert (await kinds(carnet, receipt))[-1] == "matricule-changed"
    async with carnet.database.connection() as connection:
        assert await people_store.former_matricules(connection, receipt.patient_id) == (FormerIns(person.ins),)
        claims = await people_store.holders_of(connection, [person.ins, renewed.ins or person.ins])
    assert claims[person.ins].former_since == AT + timedelta(days=1)
    assert renewed.ins is not None
    assert claims[renewed.ins].former_since is None
    # The older file, read again, undoes nothing.
    await refused(carnet, person, Conflict, "matricule-former")
    # Unless it says that the present one is dead.
    back = replace(person, former=(FormerIns(renewed.ins),))
    assert (await receive(carnet, back, at=AT + timedelta(days=2))).reception is Reception.CHANGED
    assert [period.ins for period in await held(carnet, receipt)][-1] == person.ins


async def test_a_doubt_takes_the_matricule_away_until_it_is_lifted(carnet: Carnet, world: World) -> None:
    person = a_person(local="IPP-4")
    told = AT - SIX_WEEKS
    receipt = await receive(carnet, person, announced_at=told)
    assert person.ins is not None
    someone = Person(receipt.patient_id, Identity(person.ins, person.traits, IdentityStatus.QUALIFIED))
    document = (await world.deposit(a_report(someone))).id
    doubted = await receive(carnet, in_doubt(person), at=AT + timedelta(days=1))
    assert doubted == IdentityReceipt(receipt.patient_id, Reception.CHANGED)
    assert (await kinds(carnet, receipt))[-1] == "identity-withdrawn"
    assert [(period.ins, period.status) for period in await held(carnet, receipt)] == [
        (person.ins, IdentityStatus.QUALIFIED),
        (None, IdentityStatus.PROVISIONAL),
    ]
    # Nobody finds the record, by matricule or by document.
    assert (await world.send(a_report(someone))).status_code == 422
    assert (
        await world.http.get(f"/fhir/Binary/{document}", headers=world.a_citizen(someone).headers)
    ).status_code == 404
    lifted = await receive(carnet, person, at=AT + timedelta(days=2))
    assert lifted == IdentityReceipt(receipt.patient_id, Reception.CHANGED)
    assert (await kinds(carnet, receipt))[-1] == "identity-requalified"
    assert await world.found(someone, by=world.a_citizen(someone)) == [document]


@pytest.mark.parametrize("status", [IdentityStatus.PROVISIONAL, IdentityStatus.RETRIEVED, IdentityStatus.VALIDATED])
async def test_no_record_opens_without_a_qualified_identity(carnet: Carnet, status: IdentityStatus) -> None:
    await refused(carnet, replace(a_person(), ins=None, status=status), Refused, "identity-not-qualified")
    await refused(carnet, replace(a_person(), status=status), Invalid, "identity-carries-ins")


async def test_what_opens_no_record(carnet: Carnet) -> None:
    await refused(carnet, replace(a_person(), ins=None), Invalid, "identity-without-ins")
    await refused(carnet, a_person(is_active=False), Refused, "identity-inactive")
    await refused(carnet, a_person(is_deceased=True), Refused, "person-deceased")
    ins = an_ins()
    await refused(carnet, a_person(ins, former=(FormerIns(ins),)), Invalid, "ins-both-current-and-former")
    doubt = frozenset({IdentityAttribute.DOUBTFUL})
    await refused(carnet, a_person(attributes=doubt), Invalid, "identity-attribute-needs-provisional")
    await refused(
        carnet, a_person(attributes=doubt | {IdentityAttribute.FICTITIOUS}), Invalid, "identity-attributes-together"
    )


@pytest.mark.parametrize(
    ("trait", "value"),
    [
        ("birth_name", ""), ("birth_name", "X" * 101), ("birth_name", "A\nB"), ("first_given_name", "  "), ("given_names", "\x00"),
        ("birth_date", "1955-02-30"), ("birth_date", "19550612"), ("birth_date", "2026-03-03"), ("birth_date", "1500-01-01"),
        ("birth_place", "7505"), ("birth_place", "2C001"),
    ],
)  # fmt: skip
async def test_traits_that_cannot_be(carnet: Carnet, trait: str, value: str) -> None:
    await refused(carnet, a_person(**{trait: value}), Invalid, "trait-invalid")


async def test_a_child_born_today_in_france(carnet: Carnet) -> None:
    """A day is a day of Paris, where it begins before the one of the clock."""
    night = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
    assert (await receive(carnet, a_person(birth_date="2026-03-03"), at=night)).reception is Reception.CREATED
    await refused(carnet, a_person(birth_date="2026-03-04"), Invalid, "trait-invalid", at=night)


async def test_registers_go_with_the_mode(carnet: Carnet, world: World) -> None:
    test = a_person()
    await refused(carnet, test, Invalid, "ins-register-not-here", terms=PRODUCTION)
    for oid in (NIR, NIA):
        await refused(carnet, a_person(an_ins(oid)), Invalid, "ins-register-not-here")
        assert (await receive(carnet, a_person(an_ins(oid)), terms=PRODUCTION)).reception is Reception.CREATED
    # What is here already is received whatever its register.
    known = a_person(an_ins(NIR))
    await receive(carnet, known, terms=PRODUCTION)
    assert (await receive(carnet, known)).reception is Reception.UNCHANGED


async def test_warnings_do_not_stop_an_identity(carnet: Carnet) -> None:
    number = "2550688900001"
    wrong = Ins(number + f"{key_of(number) % 97 + 1:02d}", NIR_TEST)
    receipt = await receive(carnet, a_person(wrong, given_names="MARIE JEANNE"))
    assert [warning.code for warning in receipt.warnings] == ["ins-key-of-test", "given-names-disagree"]


async def test_an_entry_set_aside_changes_nothing(carnet: Carnet) -> None:
    person = a_person(local="IPP-5")
    await receive(carnet, person)
    before = await everything(carnet)
    aside = replace(in_doubt(person), is_active=False)
    receipt = await receive(carnet, aside)
    assert (receipt.reception, [warning.code for warning in receipt.warnings]) == (
        Reception.UNCHANGED,
        ["identity-set-aside"],
    )
    assert await everything(carnet) == before


@pytest.mark.parametrize("announced", [AT, AT - SIX_WEEKS])
async def test_death_closes_the_record_once(carnet: Carnet, announced: datetime) -> None:
    person = a_person()
    receipt = await receive(carnet, person, announced_at=announced)
    died = replace(person, is_deceased=True)
    assert (await receive(carnet, died, at=AT + timedelta(days=1))).reception is Reception.CHANGED
    assert (await receive(carnet, died, at=AT + timedelta(days=2))).reception is Reception.UNCHANGED
    assert (await lives(carnet, receipt))[-1][0] == RecordStatus.CLOSED
    assert (await kinds(carnet, receipt))[-1] == "record-closed"


@pytest.mark.parametrize("same", ["local", "former", "matricule"])
async def test_two_at_once_that_name_the_same(carnet: Carnet, same: str) -> None:
    one, other = a_person(local=f"IPP-{same}-1"), a_person(local=f"IPP-{same}-2")
    if same == "local":
        other = replace(other, local=one.local)
        code = "local-identifier-held"
    elif same == "former":
        dead = FormerIns(an_ins())
        one, other = replace(one, former=(dead,)), replace(other, former=(dead,))
        code = "person-has-two-records"
    else:
        await receive(carnet, one)
        await receive(carnet, other)
        assert one.ins is not None
        assert other.ins is not None
        new = an_ins()
        one, other = (
            replace(one, ins=new, former=(FormerIns(one.ins),)),
            replace(other, ins=new, former=(FormerIns(other.ins),)),
        )
        code = "person-has-two-records"
    services = carnet.services

    async def received(person: ReceivedIdentity, *, pause: float) -> str:
        try:
            async with carnet.database.transaction() as tx:
                receipt = await receive_identity(tx, person, actor=SYSTEM, keys=services.keys, at=AT, terms=DEMO)
                await asyncio.sleep(pause)  # the other waits for what this one claimed
                return receipt.reception.value
        except Conflict as refused:
            return refused.code

    first = asyncio.create_task(received(one, pause=0.3))
    await asyncio.sleep(0.1)
    told = [await received(other, pause=0), await first]
    assert told[0] == code
    assert told[1] in {"created", "changed"}
