"""The first connection: three things judged together, a decision that takes as many steps either way, a code that serves once."""

import asyncio

import pytest
from tests.builders.accounts import AWAY, CARD, HOME, PASSWORD, Desk
from tests.doors.world import Person, World

from carnet.domain.accounts.activation.model import Decision, Recognition, read_card, read_matricule
from carnet.domain.accounts.activation.provisional_codes import ask_again, codes_to_post, mark_sent
from carnet.domain.accounts.activation.recognising import (
    decide_of_record,
    recognise,
    recognised_otherwise,
    who_is_recognised,
)
from carnet.domain.accounts.means.model import Channel, Origin
from carnet.domain.accounts.means.reading import account_of
from carnet.domain.audit.model import EventType
from carnet.domain.consent.model import RecordStatus
from carnet.domain.errors import Conflict, Invalid, Refused
from carnet.domain.people.model import KnownPatient
from carnet.vocabulary.ins import TEST_OIDS


async def recognised(desk: Desk, person: Person, code: str | None, *, card: str = CARD, origin: Origin = HOME) -> str:
    assert code is not None
    typed = Recognition.of(person.ins.matricule, code, card)
    return await recognise(typed, oids=TEST_OIDS, origin=origin, accounts=desk.accounts)


async def decide(desk: Desk, token: str, decision: Decision, person: Person) -> KnownPatient:
    known, _ = await decide_of_record(
        token, decision, actor_of=lambda _, __: desk.actor(person), accounts=desk.accounts
    )
    return known


async def status(world: World, person: Person) -> str:
    return (await world.head(person))[0]


@pytest.mark.parametrize(
    ("start", "decision", "end"),
    [
        (RecordStatus.ANNOUNCED, Decision.OPEN, RecordStatus.OPEN),
        (RecordStatus.ANNOUNCED, Decision.OPPOSE, RecordStatus.OPPOSED),
        (RecordStatus.OPEN, Decision.OPEN, RecordStatus.OPEN),
        (RecordStatus.OPEN, Decision.OPPOSE, RecordStatus.CLOSED),
        (RecordStatus.OPPOSED, Decision.OPEN, RecordStatus.OPEN),
        (RecordStatus.CLOSED, Decision.OPEN, RecordStatus.OPEN),
    ],
)
async def test_each_decision(
    desk: Desk, world: World, start: RecordStatus, decision: Decision, end: RecordStatus
) -> None:
    person = await world.a_record(status=start)
    await desk.insured(person)
    token = await recognised(desk, person, await desk.provisional_code(person))
    found = await who_is_recognised(token, accounts=desk.accounts)
    assert found is not None
    assert (found[0].patient_id, found[0].status, found[0].has_account) == (person.patient_id, start, False)
    known = await decide(desk, token, decision, person)
    assert known == KnownPatient(person.patient_id, person.identity)
    assert await status(world, person) == end
    kinds = [event.type for event in await world.events(person)]
    assert (EventType.ACCOUNT_ACTIVATED in kinds) == (decision is Decision.OPEN)


@pytest.mark.parametrize("wrong", ["matricule", "code", "card"])
async def test_whatever_is_wrong_is_told_alike(desk: Desk, world: World, wrong: str) -> None:
    person, other = await world.a_record(status=RecordStatus.ANNOUNCED), await world.a_record()
    await desk.insured(person)
    code = await desk.provisional_code(person)
    rows = await status(world, person)
    with pytest.raises(Refused, match="not-recognised"):
        await recognised(
            desk, other if wrong == "matricule" else person, "ABCD-EFGH-JKMN" if wrong == "code" else code,
            card="99999999999" if wrong == "card" else CARD, origin=Origin(f"192.0.2.{len(wrong)}"),
        )  # fmt: skip
    assert await status(world, person) == rows


async def test_a_code_is_read_leniently_and_ends_with_its_time(desk: Desk, world: World) -> None:
    person = await world.a_record(status=RecordStatus.ANNOUNCED)
    await desk.insured(person)
    code = await desk.provisional_code(person)
    assert code is not None
    await recognised(desk, person, f" {code.lower().replace('-', ' ')} ", card="8001 2345 678")
    desk.later(days=42, seconds=1)
    with pytest.raises(Refused, match="not-recognised"):
        await recognised(desk, person, code)


async def test_two_decisions_with_one_code_are_one(desk: Desk, world: World) -> None:
    person = await world.a_record(status=RecordStatus.ANNOUNCED)
    await desk.insured(person)
    code = await desk.provisional_code(person)
    one, other = await recognised(desk, person, code), await recognised(desk, person, code)
    done = await asyncio.gather(
        decide(desk, one, Decision.OPEN, person), decide(desk, other, Decision.OPPOSE, person), return_exceptions=True
    )
    refused = [each for each in done if isinstance(each, Refused)]
    assert [each.code for each in refused] == ["provisional-code-used"]
    assert await status(world, person) in {RecordStatus.OPEN, RecordStatus.OPPOSED}
    with pytest.raises(Refused, match="not-recognised"):
        await recognised(desk, person, code)


async def test_the_same_step_decides_once(desk: Desk, world: World) -> None:
    person = await world.a_record(status=RecordStatus.ANNOUNCED)
    await desk.insured(person)
    token = await recognised(desk, person, await desk.provisional_code(person))
    await decide(desk, token, Decision.OPEN, person)
    with pytest.raises(Refused, match="step-over"):
        await decide(desk, token, Decision.OPPOSE, person)
    assert await status(world, person) == RecordStatus.OPEN
    desk.later(minutes=31)
    assert await who_is_recognised(token, accounts=desk.accounts) is None


async def test_what_cannot_be_is_refused_whole_and_the_code_still_serves(desk: Desk, world: World) -> None:
    person = await world.a_record(status=RecordStatus.OPPOSED)
    await desk.insured(person)
    code = await desk.provisional_code(person)
    with pytest.raises(Conflict, match="record-status"):
        await decide(desk, await recognised(desk, person, code), Decision.OPPOSE, person)
    assert await decide(desk, await recognised(desk, person, code), Decision.OPEN, person)


async def test_a_new_code_takes_the_place_of_lost_means(desk: Desk, world: World) -> None:
    person = await world.a_record()
    await desk.insured(person)
    identifier = await desk.activated(person)
    await desk.totp(person)
    token = await recognised(desk, person, await desk.provisional_code(person))
    found = await who_is_recognised(token, accounts=desk.accounts)
    assert found is not None
    assert found[0].has_account
    assert await decide(desk, token, Decision.OPEN, person)
    async with desk.carnet.database.connection() as connection:
        account = await account_of(connection, person.patient_id, accounts=desk.accounts)
    assert account is not None
    assert (account.identifier, account.means) == (identifier, frozenset())


async def test_who_an_identity_provider_recognised_needs_no_code(desk: Desk, world: World) -> None:
    person = await world.a_record(status=RecordStatus.ANNOUNCED)
    token = await recognised_otherwise(person.patient_id, means="apcv", accounts=desk.accounts)
    assert await decide(desk, token, Decision.OPEN, person)
    assert await status(world, person) == RecordStatus.OPEN


async def test_a_stranger_with_the_matricule_locks_nobody_out(desk: Desk, world: World) -> None:
    person = await world.a_record(status=RecordStatus.ANNOUNCED)
    await desk.insured(person)
    code = await desk.provisional_code(person)
    told = []
    for _ in range(8):
        with pytest.raises(Refused) as refused:
            await recognised(desk, person, "ABCD-EFGH-JKMN", origin=AWAY)
        told.append(refused.value.code)
    assert told == ["not-recognised"] * 5 + ["tries-spent"] * 3
    assert await recognised(desk, person, code, origin=HOME)


async def test_a_code_asked_again_comes_by_mail_and_replaces_the_former(desk: Desk, world: World) -> None:
    person = await world.a_record(status=RecordStatus.ANNOUNCED)
    await desk.insured(person, mail="connue@exemple.fr")
    former = await desk.provisional_code(person)
    await ask_again(person.ins.matricule, CARD, origin=HOME, accounts=desk.accounts)
    await desk.post()
    assert desk.postman.mails[-1].to == "connue@exemple.fr"
    with pytest.raises(Refused, match="not-recognised"):
        await recognised(desk, person, former)
    assert await recognised(desk, person, desk.postman.code())


async def test_asking_for_a_code_tells_nothing_and_needs_the_card(desk: Desk, world: World) -> None:
    person = await world.a_record(status=RecordStatus.ANNOUNCED)
    await desk.insured(person, mail="tranquille@exemple.fr")
    await ask_again(person.ins.matricule, "99999999", origin=Origin("192.0.2.50"), accounts=desk.accounts)
    await ask_again("255069900000100", CARD, origin=Origin("192.0.2.50"), accounts=desk.accounts)
    await desk.post()
    assert desk.postman.mails == []
    for _ in range(5):
        await ask_again(person.ins.matricule, CARD, origin=Origin("192.0.2.51"), accounts=desk.accounts)
    with pytest.raises(Refused, match="tries-spent"):
        await ask_again(person.ins.matricule, CARD, origin=Origin("192.0.2.51"), accounts=desk.accounts)


async def test_without_mail_a_letter_waits_to_be_printed(desk: Desk, world: World) -> None:
    person = await world.a_record(status=RecordStatus.ANNOUNCED)
    await desk.insured(person, address=("Louise Essai", "3 rue des Tilleuls", "97400 Saint-Denis"))
    await ask_again(person.ins.matricule, CARD, origin=HOME, accounts=desk.accounts)
    await desk.post()
    async with desk.carnet.database.transaction() as tx:
        waiting = await codes_to_post(tx, limit=1000, accounts=desk.accounts)
        (letter,) = [each for each in waiting if each.patient_id == person.patient_id]
        assert letter.lines == ("Louise Essai", "3 rue des Tilleuls", "97400 Saint-Denis")
        desk.later(days=30)
        assert await mark_sent(tx, letter.patient_id, letter.code_id, accounts=desk.accounts, at=desk.now)
        assert not await mark_sent(tx, letter.patient_id, letter.code_id, accounts=desk.accounts, at=desk.now)
    desk.later(days=41)  # its time runs from the day it left
    assert await recognised(desk, person, letter.code)


async def test_a_code_kept_for_its_letter_is_sealed_and_goes_with_it(desk: Desk, world: World) -> None:
    person = await world.a_record(status=RecordStatus.ANNOUNCED)
    await desk.provisional_code(person, Channel.POST)
    async with desk.carnet.database.transaction() as tx:
        (letter,) = [
            each
            for each in await codes_to_post(tx, limit=1000, accounts=desk.accounts)
            if each.patient_id == person.patient_id
        ]
        await mark_sent(tx, letter.patient_id, letter.code_id, accounts=desk.accounts, at=desk.now)
        row = await (
            await tx.execute("SELECT sealed, digest FROM provisional_code WHERE patient_id = %s", (person.patient_id,))
        ).fetchone()
    assert row is not None
    assert row[0] is None
    assert letter.code.replace("-", "").encode() not in bytes(row[1])


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2 55 06 99 000 001", "255069900000149"),
        ("255069900000149", "255069900000149"),
        ("2a", None),
        ("", None),
        ("x" * 15, None),
    ],
)
def test_matricules_as_people_copy_them(text: str, read: str | None) -> None:
    if read is None:
        with pytest.raises(Invalid, match="matricule-typed"):
            read_matricule(text)
    else:
        assert read_matricule(text)[:13] == read[:13]
        assert len(read_matricule(text)) == 15


@pytest.mark.parametrize("text", ["1234567", "12345678901234", "12 34 AB 78", ""])
def test_what_cannot_be_a_card(text: str) -> None:
    with pytest.raises(Invalid, match="card-typed"):
        read_card(text)


async def test_erasing_a_record_forgets_its_account(desk: Desk, world: World) -> None:
    from carnet.domain.consent import record_life
    from carnet.domain.record.erasure.store import erase_rows

    person = await world.a_record()
    await desk.insured(person, mail="partie@exemple.fr")
    await desk.provisional_code(person)
    identifier = await desk.activated(person, mail="efface@exemple.fr", password=PASSWORD)
    async with desk.carnet.database.transaction() as tx:
        keys = desk.carnet.services.keys
        await record_life.close(tx, person.patient_id, actor=desk.actor(person), keys=keys, at=desk.now)
        await record_life.erase(tx, person.patient_id, actor=desk.actor(person), keys=keys, at=desk.now)
        await erase_rows(tx, person.patient_id)
        for table in (
            "account",
            "login_claim",
            "insured_contact",
            "provisional_code",
            "account_password",
            "account_login",
        ):
            left = await (
                await tx.execute(f"SELECT count(*) FROM {table} WHERE patient_id = %s", (person.patient_id,))
            ).fetchone()
            assert left == (0,), table
    again = await desk.activated(await world.a_record(), mail="efface@exemple.fr")
    assert again != identifier
