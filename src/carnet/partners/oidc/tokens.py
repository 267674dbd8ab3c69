"""
Signed statements of a provider, checked before anything of them is believed.

Source: OpenID Connect Core 1.0 §3.1.3.7 (id_token), §5.3.2 (user-info); Back-Channel Logout 1.0 §2.6; RFC 8725.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OctKey
from joserfc.jws import extract_compact

from carnet.domain.errors import Refused
from carnet.partners.oidc.discovery import Discovery
from carnet.partners.oidc.model import ALGORITHMS

SKEW = timedelta(seconds=60)  # between a provider's clock and ours
_OLDEST = timedelta(minutes=10)  # an id_token just given cannot be older
_HASHES = {"256": hashlib.sha256, "384": hashlib.sha384, "512": hashlib.sha512}
_LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"


class Statements:
    """
    Checks what one provider signed.

    Takes
        client_id: ours there. secret: under which it may sign (HS256), if we share one.
    """

    def __init__(self, discovery: Discovery, *, client_id: str, secret: str | None) -> None:
        self._discovery = discovery
        self._client_id = client_id
        self._secret = secret

    async def id_token(
        self, token: str, *, nonce: str | None, access_token: str, levels: frozenset[str], now: datetime
    ) -> Mapping[str, Any]:
        """
        The claims of an id_token that is for us, from this provider, of this request, and fresh.

        Takes
            nonce: of the request; None when it was refreshed. levels: `acr` that are enough; empty: any.
        Raises
            Refused: `sign-in-answer-refused` with its cause, `sign-in-clock-differs`, `sign-in-level-insufficient`. Unavailable.
        """
        claims = await self._read(token)
        await self._check_parties(claims, must_name_us=True)
        if nonce is not None and not _same(claims.get("nonce"), nonce):
            raise Refused("sign-in-answer-refused", cause="nonce")
        subject = claims.get("sub")
        if not isinstance(subject, str) or not 0 < len(subject) <= 255:
            raise Refused("sign-in-answer-refused", cause="sub")
        _check_times(claims, now=now, oldest=_OLDEST)
        if "at_hash" in claims and not _same(claims["at_hash"], _half_hash(token, access_token)):
            raise Refused("sign-in-answer-refused", cause="at_hash")
        if levels and claims.get("acr") not in levels:
            raise Refused("sign-in-level-insufficient")
        return claims

    async def userinfo(self, token: str, *, now: datetime) -> Mapping[str, Any]:
        """The claims of a user-info given as a JWT. Raises as `id_token`."""
        claims = await self._read(token)
        await self._check_parties(claims, must_name_us=False)
        _check_times(claims, now=now, oldest=None)
        return claims

    async def logout_token(self, token: str, *, now: datetime) -> tuple[str | None, str | None]:
        """Whose sessions end: `sub` and `sid`, one of them at least. Raises as `id_token`."""
        claims = await self._read(token)
        await self._check_parties(claims, must_name_us=True)
        _check_times(claims, now=now, oldest=_OLDEST)
        events = claims.get("events")
        if not isinstance(events, dict) or _LOGOUT_EVENT not in events or "nonce" in claims:
            raise Refused("sign-in-answer-refused", cause="events")
        told = [claims[name] if isinstance(claims.get(name), str) else None for name in ("sub", "sid")]
        if told == [None, None]:
            raise Refused("sign-in-answer-refused", cause="sub")
        return told[0], told[1]

    async def _read(self, token: str) -> dict[str, Any]:
        """The claims of a token whose signature is the provider's. The algorithm is ours to choose, never the token's (RFC 8725 §3.1)."""
        try:
            header = extract_compact(token.encode("ascii")).protected
        except (JoseError, ValueError, TypeError) as error:
            raise Refused("sign-in-answer-refused", cause="form") from error
        algorithm = header.get("alg")
        if algorithm == "HS256" and self._secret is not None:
            return _decoded(token, OctKey.import_key(self._secret), "HS256")
        if algorithm not in ALGORITHMS or "crit" in header:
            raise Refused("sign-in-answer-refused", cause="alg")
        try:
            return _decoded(token, _key_set(await self._discovery.keys()), algorithm)
        except Refused:
            # It may have been signed with a key that came since.
            return _decoded(token, _key_set(await self._discovery.keys(anew=True)), algorithm)

    async def _check_parties(self, claims: Mapping[str, Any], *, must_name_us: bool) -> None:
        issuer = (await self._discovery.metadata()).issuer
        if claims.get("iss", None if must_name_us else issuer) != issuer:
            raise Refused("sign-in-answer-refused", cause="iss")
        audience = claims.get("aud", None if must_name_us else self._client_id)
        named = audience if isinstance(audience, list) else [audience]
        if self._client_id not in named:
            raise Refused("sign-in-answer-refused", cause="aud")
        if claims.get("azp", self._client_id if len(named) == 1 else None) != self._client_id:
            raise Refused("sign-in-answer-refused", cause="azp")


def _key_set(told: Mapping[str, Any]) -> KeySet:
    try:
        return KeySet.import_key_set(dict(told))  # type: ignore[arg-type]  # as the provider gave it
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise Refused("sign-in-answer-refused", cause="keys") from error


def _decoded(token: str, key: KeySet | OctKey, algorithm: str) -> dict[str, Any]:
    try:
        return dict(jwt.decode(token, key, algorithms=[algorithm]).claims)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise Refused("sign-in-answer-refused", cause="signature") from error


def _check_times(claims: Mapping[str, Any], *, now: datetime, oldest: timedelta | None) -> None:
    """oldest: how long ago it may have been given, when it must say so; None: `exp` and `iat` need not be there."""
    at, skew = now.timestamp(), SKEW.total_seconds()
    expires, issued, begins = (claims.get(name) for name in ("exp", "iat", "nbf"))
    if oldest is not None and (expires is None or issued is None):
        raise Refused("sign-in-answer-refused", cause="exp" if expires is None else "iat")
    for name, value in (("exp", expires), ("iat", issued), ("nbf", begins)):
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise Refused("sign-in-answer-refused", cause=name)
    if (
        (expires is not None and at >= expires + skew)
        or (issued is not None and issued > at + skew)
        or (begins is not None and begins > at + skew)
        or (oldest is not None and issued is not None and issued < at - oldest.total_seconds() - skew)
    ):
        raise Refused("sign-in-clock-differs")


def _half_hash(token: str, access_token: str) -> str:
    """`at_hash`: the left half of the digest that goes with the signature's algorithm."""
    algorithm = str(extract_compact(token.encode()).protected.get("alg"))
    digest = _HASHES.get(algorithm[-3:], hashlib.sha512)(access_token.encode()).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).decode().rstrip("=")


def _same(told: object, expected: str) -> bool:
    return isinstance(told, str) and hmac.compare_digest(told.encode(), expected.encode())
