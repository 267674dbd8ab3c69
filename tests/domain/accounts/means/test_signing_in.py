"""Signing in with two proofs: judged together, told as one, never the same code twice, and no stranger spends the tries of someone else."""

import asyncio

import pyotp
import pytest
from tests.builders.accounts import AWAY, HOME, PASSWORD, Desk
from tests.doors.world import World

from carnet.domain.accounts.means import choosing
from carnet.domain.accounts.means.model import Origin, Proved
from carnet.domain.accounts.means.signing_in import (
    FirstProof,
    begin_sign_in,
    finish_sign_in,
    keep_device,
    send_again,
)
from carnet.domain.audit.model import EventType
from carnet.domain.errors import Refused


async def sign_in(
    desk: Desk, login: str, code: str | None = None, *, password: str = PASSWORD, origin: Origin = AWAY
) -> Proved:
    """Takes code: None for the one that comes by mail."""
    token = await begin_sign_in(FirstProof(login, password), origin=origin, accounts=desk.accounts)
    await desk.post()
    return await finish_sign_in(token, code or desk.postman.code(), accounts=desk.accounts)


async def spent_after(desk: Desk, login: str, origin: Origin) -> int:
    """How many tries this origin is allowed for this name."""
    for count in range(50):
        try:
            await begin_sign_in(FirstProof(login, "au hasard"), origin=origin, accounts=desk.accounts)
        except Refused as refused:
            if refused.code == "tries-spent":
                return count
            raise
    return 50


async def test_password_and_the_code_that_comes_by_mail(desk: Desk, world: World) -> None:
    person = await world.a_record()
    await desk.activated(person, mail="louise@exemple.fr")
    proved = await sign_in(desk, " Louise@Exemple.fr ")
    assert proved == Proved(person.patient_id, "password-mail", is_new_device=True)


async def test_password_and_the_code_of_an_application_by_the_identifier(desk: Desk, world: World) -> None:
    person = await world.a_record()
    identifier = await desk.activated(person)
    totp = pyotp.TOTP(await desk.totp(person))
    proved = await sign_in(desk, identifier.upper(), totp.at(desk.now))
    assert (proved.patient_id, proved.means) == (person.patient_id, "password-totp")
    with pytest.raises(Refused, match="sign-in-wrong"):  # the same code, still in its thirty seconds
        await sign_in(desk, identifier, totp.at(desk.now))
    assert (await sign_in(desk, identifier, totp.at(desk.now, counter_offset=1))).means == "password-totp"


@pytest.mark.parametrize("wrong", ["login", "password", "code"])
async def test_whatever_is_wrong_is_told_alike(desk: Desk, world: World, wrong: str) -> None:
    person = await world.a_record()
    identifier = await desk.activated(person)
    totp = pyotp.TOTP(await desk.totp(person))
    login = "personne.ici.12345" if wrong == "login" else identifier
    password = "un autre mot de passe" if wrong == "password" else PASSWORD
    code = "000000" if wrong == "code" else totp.at(desk.now)
    with pytest.raises(Refused) as told:
        await sign_in(desk, login, code, password=password)
    assert told.value.code == "sign-in-wrong"


async def test_a_mail_leaves_only_when_the_password_is_right(desk: Desk, world: World) -> None:
    person = await world.a_record()
    await desk.activated(person, mail="seule@exemple.fr")
    desk.postman.mails.clear()
    for login, password in (("seule@exemple.fr", "faux mot de passe"), ("autre@exemple.fr", PASSWORD)):
        await begin_sign_in(FirstProof(login, password), origin=AWAY, accounts=desk.accounts)
        await desk.post()
    assert desk.postman.mails == []


async def test_a_code_serves_once_and_for_a_while(desk: Desk, world: World) -> None:
    person = await world.a_record()
    await desk.activated(person, mail="une@exemple.fr")
    token = await begin_sign_in(FirstProof("une@exemple.fr", PASSWORD), origin=AWAY, accounts=desk.accounts)
    await desk.post()
    code = desk.postman.code()
    await finish_sign_in(token, code, accounts=desk.accounts)
    with pytest.raises(Refused, match="sign-in-over"):
        await finish_sign_in(token, code, accounts=desk.accounts)
    token = await begin_sign_in(FirstProof("une@exemple.fr", PASSWORD), origin=AWAY, accounts=desk.accounts)
    await desk.post()
    late = desk.postman.code()
    desk.later(minutes=16)
    with pytest.raises(Refused, match="sign-in-wrong"):
        await finish_sign_in(token, late, accounts=desk.accounts)
    assert await send_again(token, origin=AWAY, accounts=desk.accounts)
    await desk.post()
    assert (await finish_sign_in(token, desk.postman.code(), accounts=desk.accounts)).means == "password-mail"


async def test_two_answers_with_one_code_open_once(desk: Desk, world: World) -> None:
    person = await world.a_record()
    await desk.activated(person, mail="deux@exemple.fr")
    token = await begin_sign_in(FirstProof("deux@exemple.fr", PASSWORD), origin=AWAY, accounts=desk.accounts)
    await desk.post()
    code = desk.postman.code()
    answers = await asyncio.gather(
        *(finish_sign_in(token, code, accounts=desk.accounts) for _ in range(4)), return_exceptions=True
    )
    assert sum(isinstance(each, Proved) for each in answers) == 1
    assert {type(each) for each in answers} == {Proved, Refused}


async def test_five_wrong_codes_end_it_and_the_holder_hears_of_it(desk: Desk, world: World) -> None:
    person = await world.a_record()
    await desk.activated(person, mail="prevenue@exemple.fr")
    token = await begin_sign_in(FirstProof("prevenue@exemple.fr", PASSWORD), origin=AWAY, accounts=desk.accounts)
    await desk.post()
    right = desk.postman.code()
    codes = []
    for _ in range(6):
        with pytest.raises(Refused) as told:
            await finish_sign_in(token, "999999" if right != "999999" else "888888", accounts=desk.accounts)
        codes.append(told.value.code)
    assert codes == ["sign-in-wrong"] * 4 + ["sign-in-over"] * 2
    with pytest.raises(Refused, match="sign-in-over"):
        await finish_sign_in(token, right, accounts=desk.accounts)
    await desk.post()
    assert desk.postman.mails[-1].subject == "Quelqu’un a essayé d’ouvrir votre carnet"
    refused = [event for event in await world.events(person) if event.type is EventType.SIGN_IN_REFUSED]
    assert len(refused) == 5


async def test_a_stranger_spends_their_own_tries_only(desk: Desk, world: World) -> None:
    person = await world.a_record()
    identifier = await desk.activated(person)
    totp = pyotp.TOTP(await desk.totp(person))
    device = "le telephone de Louise"
    proved = await sign_in(desk, identifier, totp.at(desk.now))
    await keep_device(proved, device, accounts=desk.accounts)
    desk.later(minutes=1)
    assert await spent_after(desk, identifier, AWAY) == 5  # the sign-in that was right has given its own back
    # From home, on a device that is not known yet; and on the known one, even behind the address that is refused.
    assert (await sign_in(desk, identifier, totp.at(desk.now), origin=HOME)).is_new_device
    desk.later(minutes=1)
    known = Origin(AWAY.network, device)
    assert not (await sign_in(desk, identifier, totp.at(desk.now), origin=known)).is_new_device
    # A device that was made up changes nothing for the stranger.
    with pytest.raises(Refused, match="tries-spent"):
        await begin_sign_in(
            FirstProof(identifier, "au hasard"), origin=Origin(AWAY.network, "invente"), accounts=desk.accounts
        )
    desk.later(minutes=16)
    assert (await sign_in(desk, identifier, totp.at(desk.now))).patient_id == person.patient_id


async def test_who_knows_the_password_does_not_guess_the_code_from_everywhere(desk: Desk, world: World) -> None:
    person = await world.a_record()
    identifier = await desk.activated(person)
    totp = pyotp.TOTP(await desk.totp(person))
    await keep_device(Proved(person.patient_id, "password-totp"), "le sien", accounts=desk.accounts)
    for network in range(4):
        token = await begin_sign_in(
            FirstProof(identifier, PASSWORD), origin=Origin(f"203.0.113.{network}"), accounts=desk.accounts
        )
        for _ in range(5):
            with pytest.raises(Refused):
                await finish_sign_in(token, "000000", accounts=desk.accounts)
    with pytest.raises(Refused, match="sign-in-wrong"):
        await sign_in(desk, identifier, totp.at(desk.now), origin=HOME)
    own = Origin(HOME.network, "le sien")
    assert (await sign_in(desk, identifier, totp.at(desk.now), origin=own)).patient_id == person.patient_id
    desk.later(days=1)
    assert (await sign_in(desk, identifier, totp.at(desk.now), origin=HOME)).patient_id == person.patient_id


async def test_tries_are_refused_alike_whether_the_name_opens_something(desk: Desk, world: World) -> None:
    person = await world.a_record()
    identifier = await desk.activated(person)
    origin = Origin("203.0.113.9")
    assert await spent_after(desk, identifier, origin) == await spent_after(desk, "personne.du.tout", origin) == 5


async def test_a_known_device_is_told_at_once_of_a_wrong_password(desk: Desk, world: World) -> None:
    person = await world.a_record()
    identifier = await desk.activated(person)
    await keep_device(Proved(person.patient_id, "password-totp"), "connu", accounts=desk.accounts)
    known = Origin(HOME.network, "connu")
    with pytest.raises(Refused, match="sign-in-wrong"):
        await begin_sign_in(FirstProof(identifier, "faux mot de passe"), origin=known, accounts=desk.accounts)
    other = await desk.activated(await world.a_record())
    await begin_sign_in(FirstProof(other, "faux mot de passe"), origin=known, accounts=desk.accounts)


async def test_a_recovery_code_stands_for_one_proof_and_once(desk: Desk, world: World) -> None:
    person = await world.a_record()
    identifier = await desk.activated(person, mail="perdu@exemple.fr")
    sheet = await choosing.make_recovery_codes(person.patient_id, actor=desk.actor(person), accounts=desk.accounts)
    assert len(set(sheet)) == 8
    # In place of the telephone.
    proved = await sign_in(desk, identifier, sheet[0].lower())
    assert (proved.means, proved.renews) == ("password-recovery", False)
    with pytest.raises(Refused, match="sign-in-wrong"):
        await sign_in(desk, identifier, sheet[0])
    # In place of the password: then a new one is to be chosen.
    first = FirstProof(identifier, sheet[1], is_recovery=True)
    token = await begin_sign_in(first, origin=AWAY, accounts=desk.accounts)
    await desk.post()
    proved = await finish_sign_in(token, desk.postman.code(), accounts=desk.accounts)
    assert (proved.means, proved.renews) == ("password-mail", True)
    # Two lines of one sheet are one proof.
    first = FirstProof(identifier, sheet[2], is_recovery=True)
    token = await begin_sign_in(first, origin=AWAY, accounts=desk.accounts)
    with pytest.raises(Refused, match="sign-in-wrong"):
        await finish_sign_in(token, sheet[3], accounts=desk.accounts)
    # New codes, and the former ones serve no more.
    await choosing.make_recovery_codes(person.patient_id, actor=desk.actor(person), accounts=desk.accounts)
    with pytest.raises(Refused, match="sign-in-wrong"):
        await sign_in(desk, identifier, sheet[4])


async def test_someone_else_s_step_judges_nothing(desk: Desk, world: World) -> None:
    with pytest.raises(Refused, match="sign-in-over"):
        await finish_sign_in(None, "123456", accounts=desk.accounts)
    with pytest.raises(Refused, match="sign-in-over"):
        await finish_sign_in("un jeton inventé", "123456", accounts=desk.accounts)
    assert not await send_again("un jeton inventé", origin=AWAY, accounts=desk.accounts)


async def test_every_attempt_runs_the_same_statements(
    desk: Desk, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the name opens something, whether the password is right: the same statements in the same order, and the same hashing."""
    from psycopg import AsyncConnection

    person = await world.a_record()
    await desk.activated(person, mail="pareil@exemple.fr")
    asked: list[str] = []
    original = AsyncConnection.execute
    compared: list[object] = []
    comparing = type(desk.accounts.passwords)._compare

    async def listening(self, query, *arguments, **options):
        asked.append(str(query))
        return await original(self, query, *arguments, **options)

    def counting(self, kept, password):
        compared.append(None)
        return comparing(self, kept, password)

    monkeypatch.setattr(AsyncConnection, "execute", listening)
    monkeypatch.setattr(type(desk.accounts.passwords), "_compare", counting)
    runs = []
    for login, password in (
        ("pareil@exemple.fr", PASSWORD), ("pareil@exemple.fr", "faux"), ("nul@exemple.fr", PASSWORD), ("nul@exemple.fr", "faux"),
    ):  # fmt: skip
        asked.clear()
        compared.clear()
        token = await begin_sign_in(FirstProof(login, password), origin=Origin("2001:db8::"), accounts=desk.accounts)
        with pytest.raises(Refused):
            await finish_sign_in(token, "12345", accounts=desk.accounts)
        runs.append((list(asked), len(compared)))
    assert [count for _, count in runs] == [1, 1, 1, 1]
    assert runs[0] == runs[1] == runs[2] == runs[3]
