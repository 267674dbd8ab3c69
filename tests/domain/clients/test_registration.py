"""What keeps a client from being registered, one fault at a time."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from tests.builders.certificates import self_signed

from carnet.domain.actor import Actor, ActorKind, Authentication
from carnet.domain.clients import store
from carnet.domain.clients.certificates import CertificateTrait, ExpectedCertificate, thumbprint_of
from carnet.domain.clients.model import AuthMethod, Client, digest_of_secret
from carnet.domain.clients.registration import disable, enable, faults_of, refuse_former_tokens, register
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
        methods=frozenset(AuthMethod) - {AuthMethod.SELF_SIGNED_TLS_CLIENT_AUTH},
        secret_digest=digest_of_secret("secret"),
        jwks=(KEY,),
        certificates=(ExpectedCertificate(CertificateTrait.SUBJECT_DN, "CN=cabinet.example,O=Cabinet inventé,C=FR"),),
        is_resource_server=True,
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
        assert (await store.refused_before(connection))[PRODUCER.client_id].year == 9999
        await enable(connection, PRODUCER.client_id)
        assert PRODUCER.client_id not in await store.refused_before(connection)


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


# Certificates


def with_certificates(method, *expected):
    return replace(PRODUCER, methods=frozenset({method}), certificates=tuple(ExpectedCertificate(*e) for e in expected))


TLS, ALONE = AuthMethod.TLS_CLIENT_AUTH, AuthMethod.SELF_SIGNED_TLS_CLIENT_AUTH
DN, THUMBPRINT, WHOLE = CertificateTrait.SUBJECT_DN, CertificateTrait.THUMBPRINT, CertificateTrait.WHOLE


@pytest.mark.parametrize(
    ("client", "codes"),
    [
        (with_certificates(TLS), ["client-certificate-missing"]),
        (with_certificates(ALONE, (DN, "CN=a")), ["client-certificate-missing"]),
        (with_certificates(TLS, (DN, "")), ["client-certificate-name"]),
        (with_certificates(TLS, (DN, "not a name")), ["client-certificate-name"]),
        (with_certificates(TLS, (CertificateTrait.SAN_IP, "nowhere")), ["client-certificate-name"]),
        (with_certificates(TLS, (CertificateTrait.SAN_DNS, "")), ["client-certificate-name"]),
        (with_certificates(TLS, (THUMBPRINT, "short")), ["client-certificate-thumbprint"]),
        (with_certificates(TLS, (THUMBPRINT, "+" * 43)), ["client-certificate-thumbprint"]),
        (with_certificates(ALONE, (WHOLE, "bm90IG9uZQ==")), ["client-certificate-unreadable"]),
        (with_certificates(ALONE, (WHOLE, "é")), ["client-certificate-unreadable"]),
        (with_certificates(TLS, *[(DN, f"CN={n}") for n in range(11)]), ["client-certificates-too-many"]),
        (with_certificates(TLS, (DN, "CN=a,O=b"), (THUMBPRINT, thumbprint_of(b"x"))), []),
    ],
)
def test_what_a_client_says_of_its_certificate(client, codes):
    assert [issue.code for issue in faults_of(client, mode="production")] == codes


@pytest.mark.parametrize(
    ("authority", "codes"),
    [(False, []), (True, ["client-certificate-authority"]), (None, ["client-certificate-authority"])],
)
def test_an_authority_is_not_trusted_as_a_client(tmp_path, authority, codes):
    """Its owner could then sign a certificate in the name of any other client."""
    pair = self_signed(tmp_path, "seul.example", authority=authority)
    assert [i.code for i in faults_of(with_certificates(ALONE, (WHOLE, pair.base64)), mode="production")] == codes


def test_a_client_has_one_way_of_showing_a_certificate(tmp_path):
    pair = self_signed(tmp_path, "seul.example")
    both = replace(with_certificates(TLS, (DN, "CN=a"), (WHOLE, pair.base64)), methods=frozenset({TLS, ALONE}))
    assert [i.code for i in faults_of(both, mode="demo")] == ["client-method-not-allowed"]


def test_a_name_is_the_same_however_it_is_written(tmp_path):
    certificate = self_signed(tmp_path, "seul.example").read
    expected = (ExpectedCertificate(DN, "2.5.4.3=seul.example"),)
    assert certificate.is_one_of(expected, whole=False)
    assert not certificate.is_one_of(expected, whole=True)
    assert not certificate.is_one_of((ExpectedCertificate(DN, "CN=seul.example,O=x"),), whole=False)
    assert not certificate.is_one_of((), whole=False)


async def test_former_tokens_are_refused_from_the_next_second_on(database):
    now = datetime(2026, 6, 1, 12, 0, 0, 250_000, tzinfo=UTC)
    async with database.connection() as connection:
        await register(connection, PRODUCER, mode="production")
        before = await store.edition(connection)
        await refuse_former_tokens(connection, PRODUCER.client_id, now=now)
        assert (await store.refused_before(connection))[PRODUCER.client_id] == datetime(
            2026, 6, 1, 12, 0, 1, tzinfo=UTC
        )
        assert await store.edition(connection) == before + 1
        with pytest.raises(NotFound, match="client-unknown"):
            await refuse_former_tokens(connection, "personne", now=now)
        assert await store.edition(connection) == before + 1
