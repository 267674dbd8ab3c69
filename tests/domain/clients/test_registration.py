"""What keeps a client from being registered, one fault at a time."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from carnet.domain.actor import Actor, ActorKind, Authentication
from carnet.domain.clients import store
from carnet.domain.clients.model import AuthMethod, Client, digest_of_secret
from carnet.domain.clients.registration import disable, enable, faults_of, register
from carnet.domain.errors import Invalid, NotFound

KEY = ECKey.generate_key("P-256").as_dict(private=False, kid="a")
PRODUCER = Client("automate.1", Actor(ActorKind.PRODUCER, "Automate inventé"), jwks=(KEY,))


def codes(client, mode="production"):
    return [issue.code for issue in faults_of(client, mode=mode)]


def with_template(**changes):
    return replace(PRODUCER, template=replace(PRODUCER.template, **changes))


@pytest.mark.parametrize(
    ("client", "expected"),
    [
        (PRODUCER, []),
        (replace(PRODUCER, client_id="avec espace"), ["client-id-malformed"]),
        (replace(PRODUCER, client_id="a:b"), ["client-id-malformed"]),
        (replace(PRODUCER, client_id=""), ["client-id-malformed"]),
        (replace(PRODUCER, client_id="carnet"), ["client-id-malformed"]),
        (with_template(name=" "), ["client-name-missing"]),
        (with_template(kind=ActorKind.CITIZEN), ["client-kind-not-allowed"]),
        (with_template(kind=ActorKind.SYSTEM), ["client-kind-not-allowed"]),
        (with_template(kind=ActorKind.ORGANIZATION), ["client-organization-missing"]),
        (with_template(kind=ActorKind.ORGANIZATION, organization="1990000001"), []),
        (with_template(kind=ActorKind.PROFESSIONAL, person="899900000001"), ["client-person-missing"]),
        (with_template(kind=ActorKind.PROFESSIONAL, person="899900000001", profession="10"), []),
        (replace(PRODUCER, methods=frozenset()), ["client-method-missing"]),
        (replace(PRODUCER, jwks=()), ["client-keys-missing"]),
        (
            replace(PRODUCER, methods=frozenset({AuthMethod.CLIENT_SECRET_BASIC})),
            ["client-method-not-allowed", "client-secret-missing"],
        ),
        (replace(PRODUCER, jwks=(KEY,) * 11), ["client-keys-too-many"]),
        (replace(PRODUCER, jwks=(KEY, KEY)), ["client-keys-same-kid"]),
    ],
)
def test_each_fault_has_its_code(client, expected):
    assert codes(client) == expected


def test_a_secret_serves_in_demo_only():
    client = replace(
        PRODUCER, methods=frozenset({AuthMethod.CLIENT_SECRET_POST}), secret_digest=digest_of_secret("démo"), jwks=()
    )
    assert codes(client, "demo") == []
    assert codes(client, "production") == ["client-method-not-allowed"]


@pytest.mark.parametrize(
    ("jwk", "expected"),
    [
        (RSAKey.generate_key(2048).as_dict(private=False), []),
        (OKPKey.generate_key("Ed25519").as_dict(private=False, alg="EdDSA", use="sig"), []),
        ({"kty": "RSA", "n": "v" * 172, "e": "AQAB"}, ["client-key-size"]),  # 1032 bits
        ({"kty": "RSA", "n": "v" * 1368, "e": "AQAB"}, ["client-key-size"]),  # 8208 bits
        (OctKey.generate_key(256).as_dict(private=True), ["client-key-type-not-allowed"]),
        (ECKey.generate_key("P-384").as_dict(private=False), ["client-key-type-not-allowed"]),
        (OKPKey.generate_key("X25519").as_dict(private=False), ["client-key-type-not-allowed"]),
        (ECKey.generate_key("P-256").as_dict(private=True), ["client-key-private"]),
        ({**KEY, "use": "enc"}, ["client-key-not-for-signing"]),
        ({**KEY, "alg": "HS256"}, ["client-key-not-for-signing"]),
        ({**KEY, "key_ops": ["sign"]}, ["client-key-unreadable"]),
        ({**KEY, "x": "AAAA"}, ["client-key-unreadable"]),
        ({"kty": "RSA", "n": 3, "e": "AQAB"}, ["client-key-unreadable"]),
        ({"kty": "RSA"}, ["client-key-unreadable"]),
        ({"kty": ["RSA"]}, ["client-key-type-not-allowed"]),
        ({}, ["client-key-type-not-allowed"]),
    ],
)
def test_only_public_signing_keys_of_a_decent_size(jwk, expected):
    assert codes(replace(PRODUCER, jwks=(jwk,))) == expected


async def test_a_registered_client_is_found_whole(database):
    client = Client(
        "cabinet",
        Actor(
            ActorKind.PROFESSIONAL,
            "Dr Inventé",
            person="899900000002",
            organization="499900000001",
            organization_name="Cabinet inventé",
            profession="10",
            specialty="SM26",
            sector="SA07",
            situation="R123",
            authentication=Authentication("none", "DIRECTE"),
        ),
        methods=frozenset(AuthMethod),
        secret_digest=digest_of_secret("secret"),
        jwks=(KEY,),
    )
    async with database.connection() as connection:
        await register(connection, client, mode="demo")
        await register(connection, client, mode="demo")
        assert await store.find(connection, "cabinet") == client
        assert await store.find(connection, "inconnu") is None
        assert [found.client_id for found in await store.list_all(connection)].count("cabinet") == 1


async def test_registering_again_replaces_all_but_the_disabling(database):
    since = datetime(2026, 5, 1, tzinfo=UTC)
    async with database.connection() as connection:
        await register(connection, PRODUCER, mode="production")
        await disable(connection, PRODUCER.client_id, at=since)
        await register(connection, with_template(name="Nouveau nom"), mode="production")
        found = await store.find(connection, PRODUCER.client_id)
        assert found is not None
        assert (found.name, found.disabled_at) == ("Nouveau nom", since)
        assert (await store.disabled(connection))[PRODUCER.client_id] == since
        await enable(connection, PRODUCER.client_id)
        assert PRODUCER.client_id not in await store.disabled(connection)


async def test_a_faulty_client_is_not_kept(database):
    async with database.connection() as connection:
        with pytest.raises(Invalid) as refused:
            await register(connection, Client("faute", Actor(ActorKind.CARER, "")), mode="production")
        assert [issue.code for issue in refused.value.issues] == [
            "client-name-missing",
            "client-kind-not-allowed",
            "client-keys-missing",
        ]
        assert await store.find(connection, "faute") is None


async def test_an_unknown_client_cannot_be_disabled(database):
    async with database.connection() as connection:
        with pytest.raises(NotFound, match="client-unknown"):
            await disable(connection, "personne", at=datetime.now(UTC))
        with pytest.raises(NotFound, match="client-unknown"):
            await enable(connection, "personne")
