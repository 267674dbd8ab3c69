"""
Values of a sign-in by OpenID Connect.

Source: OpenID Connect Core 1.0; Discovery 1.0; RFC 7636 (PKCE); RFC 9207 (mix-up); identity-and-messaging.md §2, §3.
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Any

from carnet.vocabulary.frozen import frozen

TIMEOUT_SECONDS = 5.0  # a person waits

# Asymmetric ones: what a provider signs, nobody who checks it could have signed. HS256 is accepted only under our own secret.
ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")


@frozen
class ProviderTerms:
    """
    What we agreed with a provider.

    name: ours for it, as the trail says it (`psc`, `franceconnect`…). discovery_url: of its metadata, at whatever path; its issuer is what
    stands before `/.well-known/`. redirect_uri: where it sends people back, its own and nobody else's. acr_values: asked for.
    levels: `acr` that are enough; empty: any. more: parameters that this provider wants besides.
    """

    name: str
    discovery_url: str
    client_id: str
    redirect_uri: str
    scope: str
    acr_values: str | None = None
    levels: frozenset[str] = frozenset()
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def issuer(self) -> str:
        return self.discovery_url.partition("/.well-known/")[0]


@frozen
class Metadata:
    """What a provider says of itself. Endpoints may stand on any host; None: it has none. names_itself: `iss` comes back with the code."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    end_session_endpoint: str | None = None
    backchannel_endpoint: str | None = None
    methods: frozenset[str] = frozenset({"client_secret_basic"})
    names_itself: bool = False


@frozen
class Departure:
    """
    A sign-in begun: where to send the person, and what to keep until they come back.

    state: ties the answer to this browser. nonce: ties the id_token to this request. verifier: of PKCE, told to nobody but the provider.
    """

    url: str
    state: str
    nonce: str
    verifier: str


@frozen
class Tokens:
    """
    What a provider gave. access_until: when the access token dies. refresh_until: None when it was not said. session: `sid`, or None.
    """

    access_token: str
    access_until: datetime
    id_token: str | None
    refresh_token: str | None = None
    refresh_until: datetime | None = None
    session: str | None = None


@frozen
class Arrival:
    """Someone came back and is known. subject: `sub`. level: `acr`. claims: of the user-info, else of the id_token."""

    subject: str
    level: str | None
    claims: Mapping[str, Any]
    tokens: Tokens


@frozen
class Farewell:
    """How to end the provider's session too: a form to send, so that no address names anyone."""

    url: str
    fields: Mapping[str, str]
