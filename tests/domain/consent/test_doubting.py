"""An identity in question: the record stays, is found by no door, and comes back with what it held; nobody loses a matricule for ever."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from tests.builders.people import a_person, an_ins
from tests.domain.consent.test_receiving import everything, held, kinds, receive
from tests.doors.world import World, a_report

from carnet.app import Carnet
from carnet.domain.actor import Actor, ActorKind
from carnet.domain.audit import store as audit_store
from carnet.domain.audit.verification import verify_stream
from carnet.domain.consent.doubting import release_matricule, step_identity
from carnet.domain.errors import Conflict, DomainError, Invalid, NotFound
from carnet.domain.people import store as people_store
from carnet.domain.people.identity_status import IdentityStep
from carnet.domain.people.model import FormerIns, IdentityAttribute, IdentityReceipt, IdentityStatus, Reception
from carnet.vocabulary.uuid7 import uuid7

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
OFFICER = Actor(ActorKind.OPERATOR, "Cellule d’identitovigilance")


async def step(carnet: Carnet, patient_id: Any, which: IdentityStep, *, at: datetime = AT, **said: Any) -> bool:
    async with carnet.database.transaction() as tx:
        return await step_identity(tx, patient_id, which, actor=OFFICER, keys=carnet.services.keys, at=at, **said)


async def test_a_doubted_record_keeps_everything_and_shows_nothing(carnet: Carnet, world: World) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id
    assert await step(carnet, person.patient_id, IdentityStep.DOUBTED)
    assert not await step(carnet, person.patient_id, IdentityStep.DOUBTED)
    assert (await world.send(a_report(person))).status_code == 422
    citizen = world.a_citizen(person)
    assert (await world.search(person, by=citizen)).status_code == 403
    assert (await world.read(f"Binary/{document}", by=citizen)).status_code == 404
    event = (await world.events(person))[-1]
    assert (event.type, event.details) == ("identity-withdrawn", {"step": "doubted", "status": "PROV"})
    receipt = IdentityReceipt(person.patient_id, Reception.CHANGED)
    first, second = await held(carnet, receipt)
    assert (first.ins, second.ins, second.attributes) == (person.ins, None, {IdentityAttribute.DOUBTFUL})
    again = a_person(person.ins)
    again = replace(again, traits=person.identity.traits)
    assert (await receive(carnet, again, at=world.carnet.services.clock())).reception is Reception.CHANGED
    assert await world.found(person, by=citizen) == [document]


async def test_a_trait_changed_by_hand(carnet: Carnet) -> None:
    person = a_person()
    receipt = await receive(carnet, person)
    traits = replace(person.traits, birth_name="SAISIE")
    assert await step(carnet, receipt.patient_id, IdentityStep.TRAIT_CHANGED, traits=traits)
    now = (await held(carnet, receipt))[-1]
    assert (now.status, now.ins, now.traits.birth_name) == (IdentityStatus.PROVISIONAL, None, "SAISIE")


async def test_what_is_not_an_act_of_ours(carnet: Carnet) -> None:
    person = a_person()
    receipt = await receive(carnet, person)
    before = await everything(carnet)
    for which in (
        IdentityStep.INSI_FOUND,
        IdentityStep.DOCUMENT_CHECKED,
        IdentityStep.VITALE_APPLICATION,
        IdentityStep.TRAIT_CHANGED,
    ):
        with pytest.raises(Conflict, match="identity-step-not-allowed"):
            await step(carnet, receipt.patient_id, which)
    with pytest.raises(Conflict, match="identity-step-not-allowed"):
        await step(carnet, receipt.patient_id, IdentityStep.DOUBTED, traits=person.traits)
    with pytest.raises(NotFound, match="record-unknown"):
        await step(carnet, uuid7(), IdentityStep.DOUBTED)
    assert await everything(carnet) == before
    await step(carnet, receipt.patient_id, IdentityStep.DECLARED_FICTITIOUS)
    with pytest.raises(Invalid, match="identity-attributes-together"):
        await step(carnet, receipt.patient_id, IdentityStep.HOMONYM_NOTED)


async def test_a_matricule_given_by_mistake_goes_back_to_whose_it_is(carnet: Carnet) -> None:
    wrong = a_person(local="IPP-Z1")
    assert wrong.ins is not None
    receipt = await receive(carnet, wrong)
    rightful = a_person(wrong.ins, birth_name="LA-VRAIE", first_given_name="ODILE", given_names=None)
    with pytest.raises(Conflict, match="matricule-held"):
        await receive(carnet, rightful)

    async def release() -> None:
        async with carnet.database.transaction() as tx:
            assert wrong.ins is not None
            await release_matricule(
                tx, receipt.patient_id, wrong.ins, actor=OFFICER, keys=carnet.services.keys, at=AT + timedelta(days=1)
            )

    with pytest.raises(Conflict, match="matricule-not-released"):
        await release()
    await step(carnet, receipt.patient_id, IdentityStep.DOUBTED)
    await release()
    assert (await kinds(carnet, receipt))[-1] == "matricule-released"
    with pytest.raises(Conflict, match="matricule-not-released"):
        await release()
    other = await receive(carnet, rightful, at=AT + timedelta(days=2))
    assert (other.reception, other.patient_id == receipt.patient_id) == (Reception.CREATED, False)
    # The first one is qualified again, under their own.
    mended = replace(wrong, ins=an_ins())
    assert (await receive(carnet, mended, at=AT + timedelta(days=3))).patient_id == receipt.patient_id
    assert [period.ins for period in await held(carnet, receipt)] == [wrong.ins, None, mended.ins]


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_happens_the_history_holds(carnet: Carnet, seed: int) -> None:
    """Receptions, doubts, changes of matricule and of clock, at random: one identity in force, no overlap, claims that agree."""
    rng = random.Random(seed)
    person = a_person(local=f"IPP-R{seed}")
    receipt, at = await receive(carnet, person), AT
    for _ in range(40):
        at += timedelta(hours=rng.randint(-30, 60))
        match rng.randrange(4):
            case 0:
                which = rng.choice(list(IdentityStep))
                traits = person.traits if which is IdentityStep.TRAIT_CHANGED else None
                with_traits = {} if traits is None else {"traits": replace(traits, birth_name=f"N{rng.randrange(9)}")}
                await attempt(step(carnet, receipt.patient_id, which, at=at, **with_traits))
            case 1:
                assert person.ins is not None
                renewed = replace(person, ins=an_ins(), former=(FormerIns(person.ins),))
                if await attempt(receive(carnet, renewed, at=at)):
                    person = replace(renewed, former=())
            case 2:
                person = replace(person, used_name=f"USAGE{rng.randrange(9)}")
                await attempt(receive(carnet, person, at=at))
            case _:
                await attempt(receive(carnet, person, at=at))
        await check(carnet, receipt)


async def attempt(act: Any) -> bool:
    try:
        await act
    except DomainError:
        return False
    return True


async def check(carnet: Carnet, receipt: IdentityReceipt) -> None:
    periods = await held(carnet, receipt)
    assert [period.valid_to for period in periods].count(None) == 1
    assert periods[-1].valid_to is None
    assert all(one.valid_from < one.valid_to == other.valid_from for one, other in pairwise(periods))
    inses = [period.ins for period in periods if period.ins is not None]
    async with carnet.database.transaction() as tx:
        claims = await people_store.holders_of(tx, list(dict.fromkeys(inses)))
        assert {claim.patient_id for claim in claims.values()} == {receipt.patient_id}
        present = [ins for ins, claim in claims.items() if claim.former_since is None]
        assert len(present) == 1  # even while the identity is in doubt, one matricule waits for it
        if periods[-1].ins is not None:
            assert present == [periods[-1].ins]
        head = await audit_store.head(tx, receipt.patient_id)
        assert head is not None
        assert head.wrapped_key is not None
        key = carnet.services.keys.patient_key(receipt.patient_id, head.wrapped_key)
        assert (await verify_stream(tx, receipt.patient_id, key)).faults == ()
