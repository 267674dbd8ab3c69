"""Changing means and contact: told to who may have lost them, and never so that nothing opens the account any more."""

import pytest
from tests.builders.accounts import HOME, Desk
from tests.doors.world import World

from carnet.domain.accounts.means import choosing
from carnet.domain.accounts.means.reading import account_of
from carnet.domain.errors import Conflict, Invalid, Refused


async def test_the_former_address_is_told_and_then_forgotten(desk: Desk, world: World) -> None:
    person = await world.a_record()
    await desk.activated(person, mail="ancienne@exemple.fr")
    desk.postman.mails.clear()
    token = await choosing.begin_mail(person.patient_id, "nouvelle@exemple.fr", origin=HOME, accounts=desk.accounts)
    await desk.post()
    code = desk.postman.code()
    await choosing.confirm_mail(person.patient_id, token, code, actor=desk.actor(person), accounts=desk.accounts)
    desk.later(seconds=5)
    await desk.post()
    told = {mail.to: mail.subject for mail in desk.postman.mails}
    assert told["ancienne@exemple.fr"] == "Cette adresse n’est plus celle de votre carnet"
    assert told["nouvelle@exemple.fr"] == "Vos coordonnées ont changé dans votre carnet"
    async with desk.carnet.database.connection() as connection:
        left = await (
            await connection.execute("SELECT count(*) FROM sign_in_step WHERE kind = 'former-mail'")
        ).fetchone()
    assert left == (0,)


async def test_the_former_address_opens_nothing_any_more(desk: Desk, world: World) -> None:
    one, other = await world.a_record(), await world.a_record()
    await desk.activated(one, mail="libre@exemple.fr")
    await desk.totp(one)
    await choosing.forget_mail(one.patient_id, actor=desk.actor(one), accounts=desk.accounts)
    token = await choosing.begin_mail(other.patient_id, "libre@exemple.fr", origin=HOME, accounts=desk.accounts)
    await desk.activated(other)
    await desk.post()
    code = next(mail for mail in desk.postman.mails[::-1] if mail.subject.startswith("Votre code pour confirmer"))
    desk.postman.mails[:] = [code]
    assert await choosing.confirm_mail(
        other.patient_id, token, desk.postman.code(), actor=desk.actor(other), accounts=desk.accounts
    )


async def test_the_last_second_proof_stays(desk: Desk, world: World) -> None:
    by_mail, by_application, both = await world.a_record(), await world.a_record(), await world.a_record()
    await desk.activated(by_mail, mail="seul.code@exemple.fr")
    with pytest.raises(Conflict, match="second-proof-last"):
        await choosing.forget_mail(by_mail.patient_id, actor=desk.actor(by_mail), accounts=desk.accounts)
    await desk.activated(by_application)
    await desk.totp(by_application)
    with pytest.raises(Conflict, match="second-proof-last"):
        await choosing.remove_totp(by_application.patient_id, actor=desk.actor(by_application), accounts=desk.accounts)
    await desk.activated(both, mail="deux.codes@exemple.fr")
    await desk.totp(both)
    assert await choosing.remove_totp(both.patient_id, actor=desk.actor(both), accounts=desk.accounts)
    assert not await choosing.remove_totp(by_mail.patient_id, actor=desk.actor(by_mail), accounts=desk.accounts)


async def test_a_code_of_someone_else_s_confirms_nothing(desk: Desk, world: World) -> None:
    one, other = await world.a_record(), await world.a_record()
    for person in (one, other):
        await desk.activated(person)
    token = await choosing.begin_mail(one.patient_id, "a.une@exemple.fr", origin=HOME, accounts=desk.accounts)
    await desk.post()
    code = desk.postman.code()
    with pytest.raises(Refused, match="code-over"):
        await choosing.confirm_mail(other.patient_id, token, code, actor=desk.actor(other), accounts=desk.accounts)
    wrong = "000000" if code != "000000" else "111111"
    told = []
    for _ in range(6):
        with pytest.raises(Refused) as refused:
            await choosing.confirm_mail(one.patient_id, token, wrong, actor=desk.actor(one), accounts=desk.accounts)
        told.append(refused.value.code)
    assert told == ["code-wrong"] * 4 + ["code-over"] * 2
    totp, _ = await choosing.begin_totp(one.patient_id, accounts=desk.accounts)
    assert await choosing.secret_of(other.patient_id, totp, accounts=desk.accounts) is None
    with pytest.raises(Refused, match="code-over"):
        await choosing.confirm_totp(other.patient_id, totp, "000000", actor=desk.actor(other), accounts=desk.accounts)


@pytest.mark.parametrize(
    "address",
    ["", "louise", "@exemple.fr", "louise@", "louise@exemple", "a b@exemple.fr", "a@b.fr>", "é" * 250 + "@b.fr"],
)
async def test_what_is_no_address(desk: Desk, world: World, address: str) -> None:
    person = await world.a_record()
    with pytest.raises(Invalid, match="mail-malformed"):
        await choosing.begin_mail(person.patient_id, address, origin=HOME, accounts=desk.accounts)


async def test_an_identifier_says_little_and_is_nobody_else_s(desk: Desk, world: World) -> None:
    people = [await world.a_record() for _ in range(5)]
    names = {await desk.activated(person) for person in people}
    assert len(names) == 5
    assert all(name.startswith("louise.essai.") and len(name) <= 100 for name in names)
    async with desk.carnet.database.connection() as connection:
        account = await account_of(connection, people[0].patient_id, accounts=desk.accounts)
        row = await (
            await connection.execute("SELECT identifier FROM account WHERE patient_id = %s", (people[0].patient_id,))
        ).fetchone()
    assert account is not None
    assert row is not None
    assert account.identifier.encode() not in bytes(row[0])
