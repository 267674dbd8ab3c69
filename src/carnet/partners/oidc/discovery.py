"""
What a provider says of itself, asked anew every hour: its hosts have changed before, and need not be those of its issuer.

Source: OpenID Connect Discovery 1.0 §3, §4.3; identity-and-messaging.md §2.1 (non-standard path, other hosts).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx

from carnet.domain.errors import Unavailable
from carnet.partners.oidc.calls import call, text_of
from carnet.partners.oidc.model import Metadata, ProviderTerms
from carnet.vocabulary.clock import Clock

_LIFE = timedelta(hours=1)
_KEYS_AT_MOST_EVERY = timedelta(minutes=1)  # an unknown key is looked for again; noise does not make us ask without end


class Discovery:
    """Metadata and keys of one provider, kept for a while."""

    def __init__(self, http: httpx.AsyncClient, terms: ProviderTerms, *, clock: Clock) -> None:
        self._http = http
        self._terms = terms
        self._clock = clock
        self._known: tuple[Metadata, datetime] | None = None
        self._keys: tuple[Mapping[str, Any], datetime] | None = None

    async def metadata(self) -> Metadata:
        """Raises Unavailable: `sign-in-provider-unreachable`, also for a provider that is not the one of its address."""
        now = self._clock()
        if self._known is None or now >= self._known[1]:
            answer = await call(self._http, "GET", self._terms.discovery_url)
            self._known = read_metadata(answer.object(), expected_issuer=self._terms.issuer), now + _LIFE
        return self._known[0]

    async def keys(self, *, anew: bool = False) -> Mapping[str, Any]:
        """Its public keys, as a JWK set. anew: one was not found among those we know. Raises Unavailable."""
        now = self._clock()
        held = self._keys
        is_stale = held is None or now >= held[1] + _LIFE or (anew and now >= held[1] + _KEYS_AT_MOST_EVERY)
        if held is None or is_stale:
            answer = await call(self._http, "GET", (await self.metadata()).jwks_uri)
            held = self._keys = answer.object(), now
        return held[0]


def read_metadata(told: Mapping[str, Any], *, expected_issuer: str) -> Metadata:
    """
    Read a discovery document.

    Raises
        Unavailable: an endpoint is missing, the issuer is another, or an address is not as safe as its own.
    """
    endpoints = {
        name: text_of(told, name)
        for name in (
            "authorization_endpoint",
            "token_endpoint",
            "jwks_uri",
            "userinfo_endpoint",
            "end_session_endpoint",
        )
    }
    endpoints["backchannel_endpoint"] = text_of(told, "backchannel_authentication_endpoint")
    issuer = text_of(told, "issuer")
    scheme = expected_issuer.partition("://")[0]
    if (
        issuer is None
        or issuer.rstrip("/") != expected_issuer.rstrip("/")
        or None in {endpoints["authorization_endpoint"], endpoints["token_endpoint"], endpoints["jwks_uri"]}
        or any(url is not None and not url.startswith(("https://", f"{scheme}://")) for url in endpoints.values())
    ):
        raise Unavailable("sign-in-provider-unreachable")
    methods = told.get("token_endpoint_auth_methods_supported")
    return Metadata(
        issuer=issuer,
        methods=frozenset(methods if isinstance(methods, list) else ["client_secret_basic"]),
        names_itself=told.get("authorization_response_iss_parameter_supported") is True,
        **endpoints,  # type: ignore[arg-type]  # the three that must be there are
    )
