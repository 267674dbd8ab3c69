"""
Registered software: who it acts for, and how it proves that it is itself. Reference data, shared by every record.

Source: RFC 6749 §2 (clients), RFC 7523 (keys instead of secrets), RFC 8705 (certificates).
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from carnet.domain.actor import Actor, ActorKind, Authentication
from carnet.domain.clients.certificates import ExpectedCertificate
from carnet.vocabulary.frozen import frozen

Mode = Literal["demo", "production"]


class GrantType(StrEnum):
    """What a client may ask the token endpoint for."""

    CLIENT_CREDENTIALS = "client_credentials"
    TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105 - the name of a grant (RFC 8693), not a secret
    CIBA = "urn:openid:params:grant-type:ciba"  # a professional asked on their own device


class AuthMethod(StrEnum):
    """How a client proves itself, under the names of the OAuth registry (RFC 7591 §2)."""

    CLIENT_SECRET_BASIC = "client_secret_basic"  # noqa: S105 - the name of a method, not a secret
    CLIENT_SECRET_POST = "client_secret_post"  # noqa: S105 - as above
    PRIVATE_KEY_JWT = "private_key_jwt"
    TLS_CLIENT_AUTH = "tls_client_auth"
    SELF_SIGNED_TLS_CLIENT_AUTH = "self_signed_tls_client_auth"


SECRET_METHODS = frozenset({AuthMethod.CLIENT_SECRET_BASIC, AuthMethod.CLIENT_SECRET_POST})
TLS_METHODS = frozenset({AuthMethod.TLS_CLIENT_AUTH, AuthMethod.SELF_SIGNED_TLS_CLIENT_AUTH})

# What the server accepts at all, before what each client was given: a shared secret is a convenience of the demo.
METHODS_BY_MODE: Mapping[Mode, frozenset[AuthMethod]] = {
    "demo": frozenset(AuthMethod),
    "production": frozenset({AuthMethod.PRIVATE_KEY_JWT}) | TLS_METHODS,
}

# Kinds that a client may act as. Citizens, operators and carnet itself never come through a client's own credentials.
CLIENT_KINDS = frozenset({
    ActorKind.ORGANIZATION, ActorKind.PRODUCER, ActorKind.PROFESSIONAL, ActorKind.IDENTITY_SOURCE,
})  # fmt: skip

_MEANS: Mapping[AuthMethod, str] = {
    AuthMethod.PRIVATE_KEY_JWT: "private-key-jwt",
    AuthMethod.TLS_CLIENT_AUTH: "tls-certificate",
    AuthMethod.SELF_SIGNED_TLS_CLIENT_AUTH: "tls-certificate",
}

# What carnet calls itself in tokens that no client asked for (`carnet token`); no client may take this identifier.
OWN_CLIENT_ID = "carnet"


@frozen
class Client:
    """
    One registered software.

    template: the actor its tokens speak for: kind, name, organisation (Struct_IdNat), person, profession… `software` and the means of
    authentication are filled at sign-in; `authentication.level` is kept (`INDIRECTE`…).
    secret_digest: SHA-256 of its secret, 32 bytes, or None. jwks: its public keys, as JWK members.
    certificates: those it may show. is_resource_server: may ask what a token is worth. tokens_from: its tokens issued before are refused.
    disabled_at: since when it is refused, its living tokens included, or None.
    """

    client_id: str
    template: Actor
    methods: frozenset[AuthMethod] = frozenset({AuthMethod.PRIVATE_KEY_JWT})
    grants: frozenset[GrantType] = frozenset({GrantType.CLIENT_CREDENTIALS})
    secret_digest: bytes | None = None
    jwks: tuple[Mapping[str, Any], ...] = ()
    certificates: tuple[ExpectedCertificate, ...] = ()
    is_resource_server: bool = False
    tokens_from: datetime | None = None
    disabled_at: datetime | None = None

    @property
    def name(self) -> str:
        return self.template.name

    @property
    def kind(self) -> ActorKind:
        return self.template.kind

    @property
    def organization(self) -> str | None:
        return self.template.organization

    def signed_in_by(self, method: AuthMethod, *, certificate: str | None = None) -> Actor:
        """The actor this client is, once it has proved itself this way; certificate: thumbprint of the one on its connection."""
        means = _MEANS.get(method, "client-secret")
        return replace(
            self.template,
            software=self.client_id,
            authentication=Authentication(means, self.template.authentication.level, certificate),
            correlation_id=None,
        )


def new_secret() -> str:
    """A client secret nobody can guess: 256 random bits, in characters that need no escaping in a form or a header."""
    return secrets.token_urlsafe(32)


def digest_of_secret(secret: str) -> bytes:
    """
    What is kept of a secret: its SHA-256, 32 bytes.

    A slow hash (argon2) protects what a person chose and could be guessed. A client secret is 256 random bits: there is nothing to
    guess, and a slow hash on a public door would only give strangers a cheap way to burn our processor.
    """
    return hashlib.sha256(secret.encode()).digest()


def secret_matches(secret: str, digest: bytes) -> bool:
    """Whether this secret has this digest, in constant time."""
    return hmac.compare_digest(digest_of_secret(secret), digest)
