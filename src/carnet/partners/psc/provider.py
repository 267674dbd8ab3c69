"""
Pro Santé Connect asked about a token that it gave: discovery, introspection, user-info; bounded in time and size.

Addresses come from its discovery document, never from us: its hosts have changed. Source: identity-and-messaging.md §2.1, §2.4, §2.5.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from carnet.domain.errors import Unavailable
from carnet.partners.psc.port import Introspection
from carnet.vocabulary.clock import Clock

TIMEOUT_SECONDS = 5.0  # a token of PSC lives two minutes, and a person waits
_LIMIT_BYTES = 1024 * 1024
_DISCOVERY_LIFE = timedelta(hours=1)
_ALGORITHMS = ["RS256", "PS256", "ES256"]
_ENDPOINTS = ("issuer", "introspection_endpoint", "userinfo_endpoint", "jwks_uri")


class PscProvider:
    """
    PSC at the address of its discovery document.

    Takes
        http: with our certificate of organisation, if PSC knows us by it; closed by `close`.
        client_id, secret: as PSC registered us; without a secret, our certificate speaks for us.
    """

    def __init__(
        self, http: httpx.AsyncClient, *, discovery_url: str, client_id: str, secret: str | None, clock: Clock
    ) -> None:
        self._http = http
        self._discovery_url = discovery_url
        self._client_id = client_id
        self._secret = secret
        self._clock = clock
        self._known: tuple[Mapping[str, str], datetime] | None = None

    async def introspect(self, token: str) -> Introspection:
        """Raises Unavailable: `psc-unreachable`."""
        endpoints = await self._endpoints()
        form = {"token": token, "token_type_hint": "access_token"}
        auth = None if self._secret is None else httpx.BasicAuth(self._client_id, self._secret)
        if auth is None:
            form["client_id"] = self._client_id
        _, body = await self._ask("POST", endpoints["introspection_endpoint"], data=form, auth=auth)
        told = _object(body)
        if told.get("active") is not True:
            return Introspection(is_active=False)
        expires = told.get("exp")
        return Introspection(
            told.get("iss", endpoints["issuer"]) == endpoints["issuer"],
            _string(told, "acr"),
            _string(told, "SubjectNameID"),
            _string(told, "azp") or _string(told, "client_id"),
            datetime.fromtimestamp(expires, UTC) if isinstance(expires, int) and 0 < expires < 2**40 else None,
        )

    async def userinfo(self, token: str) -> Mapping[str, Any]:
        """The claims, as JSON or as a JWT signed by PSC. Raises Unavailable: `psc-unreachable`."""
        endpoints = await self._endpoints()
        media_type, body = await self._ask(
            "GET", endpoints["userinfo_endpoint"], headers={"Authorization": f"Bearer {token}"}
        )
        if media_type != "application/jwt":
            return _object(body)
        _, keys = await self._ask("GET", endpoints["jwks_uri"])
        try:
            claims = jwt.decode(
                body.decode("ascii"), KeySet.import_key_set(json.loads(keys)), algorithms=_ALGORITHMS
            ).claims
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise Unavailable("psc-unreachable") from error
        if claims.get("iss", endpoints["issuer"]) != endpoints["issuer"]:
            raise Unavailable("psc-unreachable")
        return claims

    async def close(self) -> None:
        await self._http.aclose()

    async def _endpoints(self) -> Mapping[str, str]:
        now = self._clock()
        if self._known is not None and now < self._known[1]:
            return self._known[0]
        _, body = await self._ask("GET", self._discovery_url)
        told = _object(body)
        endpoints = {name: _string(told, name) for name in _ENDPOINTS}
        found = {name: address for name, address in endpoints.items() if address is not None}
        if len(found) < len(_ENDPOINTS):
            raise Unavailable("psc-unreachable")
        self._known = found, now + _DISCOVERY_LIFE
        return found

    async def _ask(self, method: str, url: str, **options: Any) -> tuple[str, bytes]:
        """Media type and body of a 200."""
        try:
            async with self._http.stream(method, url, follow_redirects=False, **options) as answer:
                if answer.status_code != 200:
                    raise Unavailable("psc-unreachable")
                received = bytearray()
                async for chunk in answer.aiter_bytes():
                    received += chunk
                    if len(received) > _LIMIT_BYTES:
                        raise Unavailable("psc-unreachable")
                media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
                return media_type, bytes(received)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unavailable("psc-unreachable") from error


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unavailable("psc-unreachable") from error
    if not isinstance(value, dict):
        raise Unavailable("psc-unreachable")
    return value


def _string(claims: Mapping[str, Any], name: str) -> str | None:
    value = claims.get(name)
    return value if isinstance(value, str) and value else None
