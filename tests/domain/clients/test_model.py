"""What a client is, and what is kept of its secret."""

from datetime import UTC, datetime
from uuid import uuid4

from carnet.domain.actor import Actor, ActorKind, Authentication
from carnet.domain.clients.model import (
    METHODS_BY_MODE,
    TLS_METHODS,
    AuthMethod,
    Client,
    digest_of_secret,
    new_secret,
    secret_matches,
)

HOSPITAL = Client(
    "hopital",
    Actor(
        ActorKind.ORGANIZATION,
        "Hôpital inventé",
        organization="1990000001",
        authentication=Authentication("none", "INDIRECTE"),
        correlation_id=uuid4(),
    ),
    disabled_at=datetime(2026, 1, 1, tzinfo=UTC),
)


def test_signing_in_names_the_software_and_how_it_proved_itself():
    by_key = HOSPITAL.signed_in_by(AuthMethod.PRIVATE_KEY_JWT)
    by_secret = HOSPITAL.signed_in_by(AuthMethod.CLIENT_SECRET_POST)
    assert by_key.software == "hopital"
    assert by_key.organization == "1990000001"
    assert by_key.authentication == Authentication("private-key-jwt", "INDIRECTE")
    assert by_secret.authentication == Authentication("client-secret", "INDIRECTE")
    assert by_key.correlation_id is None
    by_certificate = HOSPITAL.signed_in_by(AuthMethod.TLS_CLIENT_AUTH, certificate="empreinte")
    assert by_certificate.authentication == Authentication("tls-certificate", "INDIRECTE", "empreinte")


def test_a_client_reads_like_its_actor():
    assert (HOSPITAL.name, HOSPITAL.kind, HOSPITAL.organization) == (
        "Hôpital inventé",
        ActorKind.ORGANIZATION,
        "1990000001",
    )


def test_secrets_are_long_different_and_kept_as_digests():
    first, second = new_secret(), new_secret()
    assert first != second
    assert len(first) >= 43
    digest = digest_of_secret(first)
    assert len(digest) == 32
    assert first.encode() not in digest
    assert secret_matches(first, digest)
    assert not secret_matches(second, digest)
    assert not secret_matches("", digest)


def test_production_knows_no_shared_secret():
    assert METHODS_BY_MODE["production"] == {AuthMethod.PRIVATE_KEY_JWT} | TLS_METHODS
    assert METHODS_BY_MODE["demo"] == set(AuthMethod)
