"""Tokens given back and asked about: by whom, how fast it counts, and what is told to others."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.channels.oauth2.door import HOSPITAL, KEY, OTHER_KEY, START, URL, Door

from carnet.domain.actor import Actor, ActorKind
from carnet.domain.audit.model import EventType
from carnet.domain.clients import store
from carnet.domain.clients.model import AuthMethod
from carnet.domain.clients.registration import disable, enable, refuse_former_tokens, register
from carnet.vocabulary.ins import NIR_TEST, Ins
from carnet.web.shares import Rates
from carnet.web.token_refusals import TokenRefusals
from carnet.web.tokens import SigningKeys, TokenRefused, TokenVerifier

RESOURCE_SERVER = replace(HOSPITAL, client_id="serveur", is_resource_server=True)


def of(name):
    return {"iss": name, "sub": name}


async def a_token(door, name="hopital", key=KEY):
    answer = await door.post(door.assertion(key=key, **of(name)))
    assert answer.status_code == 200
    return answer.json()["access_token"]


def asking(door, token, name="hopital", key=KEY):
    return {**door.assertion(key=key, **of(name)), "token": token, "token_type_hint": "access_token"}


async def revoke(door, token, **by):
    return await door.post(asking(door, token, **by), path="/oauth2/revoke")


async def introspect(door, token, **by):
    answer = await door.post(asking(door, token, **by), path="/oauth2/introspect")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()


def opens(verifier, token):
    try:
        verifier.verify(token)
    except TokenRefused as refused:
        return refused.reason
    return True


async def test_a_token_given_back_opens_nothing_here_at_once(production):
    token, kept = await a_token(production), await a_token(production)
    assert opens(production.verifier, token) is True
    answer = await revoke(production, token)
    assert (answer.status_code, answer.content) == (200, b"")
    assert opens(production.verifier, token) == "token-revoked"
    assert opens(production.verifier, kept) is True
    event = production.events[-1]
    assert (event.type, event.actor.software, set(event.details)) == (EventType.TOKEN_REVOKED, "hopital", {"jti"})
    again = len(production.events)
    assert (await revoke(production, token)).status_code == 200
    assert len(production.events) == again


@pytest.mark.parametrize("token", ["", "a.b.c", "not-a-token", "é"])
async def test_what_is_no_token_is_no_fault(production, token):
    answer = await revoke(production, token or "x")
    assert answer.status_code == 200


async def test_a_token_is_given_back_by_the_one_who_received_it(production):
    token = await a_token(production)
    answer = await revoke(production, token, name="laboratoire", key=OTHER_KEY)
    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")
    assert opens(production.verifier, token) is True


async def test_giving_back_and_asking_need_a_proof_and_a_token(production):
    token = await a_token(production)
    for path in ("/oauth2/revoke", "/oauth2/introspect"):
        assert (await production.post({"token": token}, path=path)).status_code == 401
        assert (
            await production.post({**production.assertion(key=OTHER_KEY), "token": token}, path=path)
        ).status_code == 401
        answer = await production.post(production.assertion(), path=path)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
        assert (await production.get(path)).status_code == 405
    assert opens(production.verifier, token) is True


async def test_failures_count_at_every_address_of_the_door(production):
    for _ in range(10):
        await production.post(
            {**production.assertion(key=OTHER_KEY), "token": "x"}, path="/oauth2/introspect", address="192.0.2.77"
        )
    answer = await production.post(production.assertion(), address="192.0.2.77")
    assert (answer.status_code, answer.json()["error"]) == (429, "temporarily_unavailable")


async def test_a_resource_server_learns_what_a_token_is_worth(production, database):
    async with database.connection() as connection:
        await register(connection, RESOURCE_SERVER, mode="demo")
    token = await a_token(production)
    told = await introspect(production, token, name="serveur")
    assert (told["active"], told["client_id"], told["sub"], told["iss"]) == (True, "hopital", "hopital", URL)
    assert told["exp"] - told["iat"] == 3600
    assert told["urn:carnet:actor"]["organization"] == "1990000001"
    assert await introspect(production, token) == told
    assert await introspect(production, token, name="laboratoire", key=OTHER_KEY) == {"active": False}
    assert await introspect(production, "a.b.c", name="serveur") == {"active": False}
    await revoke(production, token)
    assert await introspect(production, token, name="serveur") == {"active": False}
    old = await a_token(production)
    production.now += timedelta(hours=2)
    assert await introspect(production, old, name="serveur") == {"active": False}


class Elsewhere:
    """Another process over the same database."""

    def __init__(self, door):
        self.keys = SigningKeys(seal=lambda plain: plain[::-1], unseal=lambda sealed: sealed[::-1], clock=lambda: START)
        self.verifier = TokenVerifier(self.keys, issuer=URL, audience=f"{URL}/fhir", clock=lambda: door.now)


async def test_other_processes_know_at_their_next_look(production, database):
    elsewhere = Elsewhere(production)
    token, kept = await a_token(production), await a_token(production)
    async with database.connection() as connection:
        await elsewhere.keys.refresh(connection)
        assert opens(elsewhere.verifier, token) is True
        await revoke(production, token)
        assert opens(elsewhere.verifier, token) is True  # not yet: the bound is one look, 300 ms
        assert await elsewhere.keys.refusals.refresh(connection) is True
        assert opens(elsewhere.verifier, token) == "token-revoked"
        assert opens(elsewhere.verifier, kept) is True
        assert await elsewhere.keys.refusals.refresh(connection) is False

        await disable(connection, "hopital", at=START)
        await elsewhere.keys.refusals.refresh(connection)
        assert opens(elsewhere.verifier, kept) == "token-revoked"
        await enable(connection, "hopital")
        await elsewhere.keys.refusals.refresh(connection)
        assert opens(elsewhere.verifier, kept) is True

        await refuse_former_tokens(connection, "hopital", now=production.now)
        await elsewhere.keys.refusals.refresh(connection)
        assert opens(elsewhere.verifier, kept) == "token-revoked"
        production.now += timedelta(seconds=2)
        assert opens(elsewhere.verifier, await a_token(production)) is True


async def test_many_at_once_are_all_refused_everywhere(production, database):
    production.now += timedelta(seconds=10)
    tokens = [await a_token(production) for _ in range(20)]
    answers = await asyncio.gather(*(revoke(production, token) for token in tokens))
    assert {answer.status_code for answer in answers} == {200}
    lists = TokenRefusals(lambda: START)
    async with database.connection() as connection:
        await lists.refresh(connection)
    verifier = production.verifier
    assert {opens(verifier, token) for token in tokens} == {"token-revoked"}
    assert len(lists._revoked) >= 20


async def test_the_certificate_and_who_acts_are_told(production):
    production.now += timedelta(seconds=30)  # what was issued before is refused since a test above
    actor = replace(
        RESOURCE_SERVER.signed_in_by(AuthMethod.PRIVATE_KEY_JWT, certificate="empreinte"), software="hopital"
    )
    token = production.services.issuer.issue(actor, lifetime=timedelta(hours=1), act={"sub": "proxy"})
    told = await introspect(production, token, name="serveur")
    assert (told["cnf"], told["act"]) == ({"x5t#S256": "empreinte"}, {"sub": "proxy"})


async def test_a_token_of_carnet_itself_names_no_client(production):
    production.now += timedelta(seconds=30)
    citizen = Actor(ActorKind.CITIZEN, "La personne", ins=Ins("255069900000101", NIR_TEST))
    token = production.services.issuer.issue(citizen, lifetime=timedelta(hours=1))
    told = await introspect(production, token, name="serveur")
    assert (told["active"], "client_id" in told) == (True, False)
    assert await introspect(production, token) == {"active": False}
    assert (await revoke(production, token)).status_code == 400


async def test_past_its_rate_a_client_is_told_when_to_come_back(database, keys):
    rates = Rates(1)
    door = Door(database, keys, "production", count=rates.take)
    answers = [await door.post(door.assertion()) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1].headers["retry-after"] == "1"
    assert answers[-1].json()["error"] == "temporarily_unavailable"


class Statements:
    """A connection that tells what it ran."""

    def __init__(self, connection):
        self.connection, self.rows = connection, 0

    async def execute(self, statement, values=None):
        cursor = await self.connection.execute(statement, values)
        self.rows += max(0, cursor.rowcount)
        return cursor


async def test_a_long_list_is_read_once_then_only_what_came_since(database):
    now = START
    lists = TokenRefusals(lambda: now)
    async with database.connection() as connection:
        for number in range(1500):
            await store.revoke(connection, f"long-{number}", client_id="hopital", expires_at=START + timedelta(hours=1))
        await lists.refresh(connection)
        counted = Statements(connection)
        await store.revoke(connection, "later", client_id="hopital", expires_at=START + timedelta(hours=3))
        assert await lists.refresh(counted) is True
        assert counted.rows < 10
        for jti in ("long-0", "long-1499", "later"):
            assert lists.refuses("hopital", jti=jti, issued_at=START)
        now = START + timedelta(hours=2)
        for number in range(2000):
            lists._revoked[f"mine-{number}"] = START
        await store.revoke(connection, "latest", client_id="hopital", expires_at=START + timedelta(hours=3))
        await lists.refresh(connection)
        assert set(lists._revoked) == {"later", "latest"}
        await connection.execute("UPDATE token_refusals_head SET edition = 1")  # as a backup restored
        assert await lists.refresh(connection) is True
        assert lists.refuses(None, jti="latest", issued_at=START)
