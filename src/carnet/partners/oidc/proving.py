"""
How we prove to a provider that we are the service it registered: a secret, a signed assertion, or the certificate of the connection.

Source: OpenID Connect Core 1.0 §9; RFC 7523; RFC 8705; identity-and-messaging.md §2.4.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from carnet.partners.oidc.model import Metadata
from carnet.vocabulary.frozen import frozen

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_LIFE = timedelta(minutes=1)


@frozen
class Proof:
    """What goes with a request: fields of its form, and a header."""

    fields: Mapping[str, str]
    auth: httpx.BasicAuth | None = None


@frozen
class Credentials:
    """
    Ours at one provider. secret: shared with it. key: our private key, for an assertion. Neither: the certificate of our connection speaks.
    """

    client_id: str
    secret: str | None = None
    key: RSAKey | ECKey | None = None

    def prove(self, metadata: Metadata, *, now: datetime) -> Proof:
        """For one request to the token endpoint, or to one beside it."""
        if self.key is not None:
            return Proof(
                {"client_id": self.client_id, "client_assertion_type": _ASSERTION_TYPE, "client_assertion": self._assertion(metadata, now=now)}
            )  # fmt: skip
        if self.secret is None:
            return Proof({"client_id": self.client_id})
        if "client_secret_basic" in metadata.methods or "client_secret_post" not in metadata.methods:
            return Proof({}, httpx.BasicAuth(self.client_id, self.secret))
        return Proof({"client_id": self.client_id, "client_secret": self.secret})

    def _assertion(self, metadata: Metadata, *, now: datetime) -> str:
        assert self.key is not None
        at = int(now.timestamp())
        claims = {
            "iss": self.client_id, "sub": self.client_id, "aud": metadata.token_endpoint, "jti": secrets.token_urlsafe(16), "iat": at,
            "exp": at + int(_ASSERTION_LIFE.total_seconds()),
        }  # fmt: skip
        header = {"alg": "RS256" if isinstance(self.key, RSAKey) else "ES256"}
        if self.key.kid is not None:
            header["kid"] = self.key.kid
        return jwt.encode(header, claims, self.key, algorithms=["RS256", "ES256"])
