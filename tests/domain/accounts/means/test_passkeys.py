"""Passkeys: what a device of someone else, of another site, or of another moment signs opens nothing."""

from dataclasses import replace

import pytest
from tests.builders.accounts import HOME, Desk
from tests.builders.passkey import Device
from tests.doors.world import Person, World

from carnet.domain.accounts.means.model import AccountTerms
from carnet.domain.accounts.means.passkeys import (
    add_passkey,
    begin_passkey,
    begin_passkey_sign_in,
    finish_passkey_sign_in,
    remove_passkey,
)
from carnet.domain.accounts.means.reading import account_of
from carnet.domain.audit.model import EventType
from carnet.domain.errors import Conflict, DomainError, Invalid, Refused


def a_device(desk: Desk, **changes: object) -> Device:
    terms = desk.accounts.terms
    return replace(Device(terms.passkey_site, terms.passkey_host), **changes)  # type: ignore[arg-type]


async def added(desk: Desk, person: Person, device: Device, name: str = "Téléphone") -> None:
    token, options = await begin_passkey(person.patient_id, shown_name="louise", accounts=desk.accounts)
    await add_passkey(
        person.patient_id, token, device.made(options), name=name, actor=desk.actor(person), accounts=desk.accounts
    )


async def someone(desk: Desk, world: World) -> tuple[Person, Device]:
    person, device = await world.a_record(), a_device(desk)
    await desk.activated(person, password=None)
    await added(desk, person, device)
    return person, device


async def test_a_passkey_opens_its_account_and_is_named_to_its_holder_alone(desk: Desk, world: World) -> None:
    person, device = await someone(desk, world)
    token, options = await begin_passkey_sign_in(accounts=desk.accounts)
    proved = await finish_passkey_sign_in(token, device.signed(options), origin=HOME, accounts=desk.accounts)
    assert (proved.patient_id, proved.means, proved.is_new_device) == (person.patient_id, "passkey", True)
    async with desk.carnet.database.connection() as connection:
        account = await account_of(connection, person.patient_id, accounts=desk.accounts)
        row = await (
            await connection.execute("SELECT name FROM account_passkey WHERE patient_id = %s", (person.patient_id,))
        ).fetchone()
    assert account is not None
    assert [(key.name, key.sign_count) for key in account.passkeys] == [("Téléphone", 2)]
    assert account.opens_alone
    assert row is not None
    assert "Téléphone".encode() not in bytes(row[0])
    assert EventType.SIGN_IN_MEANS_SET in [event.type for event in await world.events(person)]


async def test_an_answer_serves_once(desk: Desk, world: World) -> None:
    _, device = await someone(desk, world)
    token, options = await begin_passkey_sign_in(accounts=desk.accounts)
    answer = device.signed(options)
    await finish_passkey_sign_in(token, answer, origin=HOME, accounts=desk.accounts)
    with pytest.raises(Refused, match="sign-in-over"):
        await finish_passkey_sign_in(token, answer, origin=HOME, accounts=desk.accounts)
    other, _ = await begin_passkey_sign_in(accounts=desk.accounts)
    with pytest.raises(Refused, match="passkey-unknown"):
        await finish_passkey_sign_in(other, answer, origin=HOME, accounts=desk.accounts)


@pytest.mark.parametrize(
    "change",
    [{"origin": "https://carnet.exemple-pirate.fr"}, {"host": "ailleurs.example"}, {"verifies": False}, {"count": -2}],
    ids=["another site", "another host", "nobody verified", "a copy of the device"],
)
async def test_what_is_not_as_it_should(desk: Desk, world: World, change: dict[str, object]) -> None:
    _, device = await someone(desk, world)
    if "count" in change:
        token, options = await begin_passkey_sign_in(accounts=desk.accounts)
        await finish_passkey_sign_in(token, device.signed(options), origin=HOME, accounts=desk.accounts)
        change = {"count": 0}
    wrong = replace(device, **change)  # type: ignore[arg-type]
    token, options = await begin_passkey_sign_in(accounts=desk.accounts)
    with pytest.raises(Refused, match="passkey-unknown"):
        await finish_passkey_sign_in(token, wrong.signed(options), origin=HOME, accounts=desk.accounts)


async def test_the_key_of_another_device_under_its_name(desk: Desk, world: World) -> None:
    _, device = await someone(desk, world)
    token, options = await begin_passkey_sign_in(accounts=desk.accounts)
    forged = a_device(desk, credential_id=device.credential_id)
    with pytest.raises(Refused, match="passkey-unknown"):
        await finish_passkey_sign_in(token, forged.signed(options), origin=HOME, accounts=desk.accounts)


@pytest.mark.parametrize(
    "answer",
    ["", "{}", "[]", "null", '{"rawId": 1}', '{"rawId": "é"}', "x" * 100_000, '{"rawId": "AAAA", "response": {}}'],
)
async def test_noise_is_refused(desk: Desk, answer: str) -> None:
    token, _ = await begin_passkey_sign_in(accounts=desk.accounts)
    with pytest.raises(DomainError) as told:
        await finish_passkey_sign_in(token, answer, origin=HOME, accounts=desk.accounts)
    assert told.value.code in {"passkey-unknown", "passkey-wrong"}


async def test_a_passkey_is_added_by_its_holder_alone(desk: Desk, world: World) -> None:
    person, other = await world.a_record(), await world.a_record()
    for each in (person, other):
        await desk.activated(each)
    device = a_device(desk)
    token, options = await begin_passkey(person.patient_id, shown_name="louise", accounts=desk.accounts)
    with pytest.raises(Refused, match="sign-in-over"):
        await add_passkey(
            other.patient_id, token, device.made(options), name="", actor=desk.actor(other), accounts=desk.accounts
        )
    await added(desk, person, device)
    with pytest.raises(Conflict, match="passkey-held"):
        await added(desk, other, device)
    with pytest.raises(Invalid, match="passkey-wrong"):
        await added(desk, person, a_device(desk, verifies=False))
    # The challenge of an addition signs nobody in.
    token, options = await begin_passkey(person.patient_id, shown_name="louise", accounts=desk.accounts)
    with pytest.raises(Refused, match="sign-in-over"):
        await finish_passkey_sign_in(token, device.signed(options), origin=HOME, accounts=desk.accounts)


async def test_a_removed_passkey_opens_nothing(desk: Desk, world: World) -> None:
    person, device = await someone(desk, world)
    other, _ = await someone(desk, world)
    async with desk.carnet.database.connection() as connection:
        account = await account_of(connection, person.patient_id, accounts=desk.accounts)
    assert account is not None
    (key,) = account.passkeys
    assert not await remove_passkey(other.patient_id, key.passkey_id, actor=desk.actor(other), accounts=desk.accounts)
    assert await remove_passkey(person.patient_id, key.passkey_id, actor=desk.actor(person), accounts=desk.accounts)
    token, options = await begin_passkey_sign_in(accounts=desk.accounts)
    with pytest.raises(Refused, match="passkey-unknown"):
        await finish_passkey_sign_in(token, device.signed(options), origin=HOME, accounts=desk.accounts)


@pytest.mark.parametrize(
    ("site", "host", "at"),
    [
        ("https://carnet.exemple.fr", "carnet.exemple.fr", "https://carnet.exemple.fr"),
        ("http://127.0.0.1:8000", "localhost", "http://localhost:8000"),
        ("http://localhost:8000", "localhost", "http://localhost:8000"),
    ],
)
def test_for_which_host_passkeys_are_made(site: str, host: str, at: str) -> None:
    terms = AccountTerms(site=site)
    assert (terms.passkey_host, terms.passkey_site) == (host, at)
