"""
Signing people in by one provider: away, back, refreshed, and signed out there too.

Source: OpenID Connect Core 1.0 §3.1, §12; RFC 7636; RFC 9207; RP-Initiated Logout 1.0; identity-and-messaging.md §2.2, §2.3, §3.1.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx

from carnet.domain.errors import Refused, Unavailable
from carnet.partners.oidc.calls import Answer, call, text_of
from carnet.partners.oidc.discovery import Discovery
from carnet.partners.oidc.model import Arrival, Departure, Farewell, Metadata, ProviderTerms, Tokens
from carnet.partners.oidc.proving import Credentials
from carnet.partners.oidc.tokens import Statements
from carnet.vocabulary.clock import Clock

_RANDOM_BYTES = 32
_DENIED = frozenset({"access_denied", "login_required", "consent_required", "interaction_required"})
_LATER = frozenset({"temporarily_unavailable", "server_error"})
_ANSWERED = frozenset({200, 400, 401})
_DEFAULT_LIFE = timedelta(seconds=60)  # of an access token whose provider did not say
_LONGEST_LIFE = 366 * 24 * 3600


class RelyingParty:
    """
    Ourselves, at one provider.

    Takes
        http: with the certificate that the provider knows us by, if it does; closed by `close`.
    """

    def __init__(
        self, http: httpx.AsyncClient, terms: ProviderTerms, credentials: Credentials, *, clock: Clock
    ) -> None:
        self._http = http
        self._credentials = credentials
        self._clock = clock
        self._discovery = Discovery(http, terms, clock=clock)
        self._statements = Statements(self._discovery, client_id=terms.client_id, secret=credentials.secret)
        self.terms = terms

    async def depart(self) -> Departure:
        """Where to send someone, with what to keep of it. Raises Unavailable: `sign-in-provider-unreachable`."""
        metadata = await self._discovery.metadata()
        state, nonce, verifier = (secrets.token_urlsafe(_RANDOM_BYTES) for _ in range(3))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        asked = {
            "response_type": "code", "client_id": self.terms.client_id, "redirect_uri": self.terms.redirect_uri, "scope": self.terms.scope,
            "state": state, "nonce": nonce, "code_challenge": challenge, "code_challenge_method": "S256", **self.terms.more,
        }  # fmt: skip
        if self.terms.acr_values is not None:
            asked["acr_values"] = self.terms.acr_values
        joint = "&" if "?" in metadata.authorization_endpoint else "?"
        return Departure(f"{metadata.authorization_endpoint}{joint}{urlencode(asked)}", state, nonce, verifier)

    async def arrive(self, answered: Mapping[str, str], departure: Departure) -> Arrival:
        """
        Who came back.

        Takes
            answered: the query of the answer. departure: what was kept of the request, which may serve once: the caller sees to it.
        Raises
            Refused: `sign-in-state-unknown`, `sign-in-denied`, `sign-in-answer-refused`, `sign-in-clock-differs`,
                `sign-in-level-insufficient`. Unavailable: `sign-in-provider-unreachable`.
        """
        if not hmac.compare_digest(answered.get("state", "").encode(), departure.state.encode()):
            raise Refused("sign-in-state-unknown")
        metadata = await self._discovery.metadata()
        # A code of another provider must not be redeemed here (RFC 9207 §2.4).
        if answered.get("iss", None if metadata.names_itself else metadata.issuer) != metadata.issuer:
            raise Refused("sign-in-answer-refused", cause="iss")
        if "error" in answered:
            raise _refusal_of(answered["error"])
        code = answered.get("code", "")
        if not code:
            raise Refused("sign-in-answer-refused", cause="code")
        tokens, told = await self._redeem(
            metadata,
            {
                "grant_type": "authorization_code", "code": code, "redirect_uri": self.terms.redirect_uri,
                "code_verifier": departure.verifier,
            },
            refused="code",
        )  # fmt: skip
        return await self.identify(tokens, told, nonce=departure.nonce)

    async def identify(self, tokens: Tokens, told: Mapping[str, Any], *, nonce: str | None) -> Arrival:
        """Who the tokens were given for. told: the answer they came in. Raises as `arrive`."""
        if tokens.id_token is None or str(told.get("token_type", "Bearer")).lower() != "bearer":
            raise Refused("sign-in-answer-refused", cause="id_token" if tokens.id_token is None else "token_type")
        now = self._clock()
        claims = await self._statements.id_token(
            tokens.id_token, nonce=nonce, access_token=tokens.access_token, levels=self.terms.levels, now=now
        )
        subject = str(claims["sub"])
        more = await self._userinfo(tokens.access_token, subject=subject)
        known = Tokens(
            tokens.access_token, tokens.access_until, tokens.id_token, tokens.refresh_token, tokens.refresh_until,
            text_of(claims, "sid") or text_of(told, "session_state"),
        )  # fmt: skip
        return Arrival(subject, text_of(claims, "acr"), more or claims, known)

    async def refresh(self, tokens: Tokens) -> Tokens:
        """
        New tokens for those that have died.

        Raises
            Refused: `sign-in-refresh-refused`: the provider's session is over, and so is ours. Unavailable: it did not answer; try later.
        """
        if tokens.refresh_token is None:
            raise Refused("sign-in-refresh-refused")
        metadata = await self._discovery.metadata()
        form = {"grant_type": "refresh_token", "refresh_token": tokens.refresh_token}
        new, _ = await self._redeem(metadata, form, refused="refresh")
        # A provider need not give a new refresh token, nor an id_token: the former ones stand.
        return Tokens(
            new.access_token, new.access_until, tokens.id_token, new.refresh_token or tokens.refresh_token,
            new.refresh_until or (tokens.refresh_until if new.refresh_token is None else None), tokens.session,
        )  # fmt: skip

    async def farewell(self, tokens: Tokens, *, back_to: str) -> Farewell | None:
        """How to end the provider's session; None when it has no such thing. back_to: registered there. Raises Unavailable."""
        metadata = await self._discovery.metadata()
        if metadata.end_session_endpoint is None:
            return None
        fields = {
            "client_id": self.terms.client_id,
            "post_logout_redirect_uri": back_to,
            "state": secrets.token_urlsafe(16),
        }
        if tokens.id_token is not None:
            fields["id_token_hint"] = tokens.id_token
        return Farewell(metadata.end_session_endpoint, fields)

    async def ended_there(self, logout_token: str) -> tuple[str | None, str | None]:
        """Whose sessions the provider ended: `sub`, `sid`. Raises Refused, Unavailable."""
        return await self._statements.logout_token(logout_token, now=self._clock())

    def now(self) -> datetime:
        return self._clock()

    async def close(self) -> None:
        await self._http.aclose()

    async def ask(self, endpoint: str, form: Mapping[str, str]) -> Answer:
        """A form sent with our proof to an endpoint of the provider; an answer of 400 or 401 is one. Raises Unavailable."""
        proof = self._credentials.prove(await self._discovery.metadata(), now=self._clock())
        options = {} if proof.auth is None else {"auth": proof.auth}
        return await call(
            self._http, "POST", endpoint, expected=_ANSWERED, data={**form, **proof.fields},
            headers={"Accept": "application/json"}, **options,
        )  # fmt: skip

    async def metadata(self) -> Metadata:
        """Raises Unavailable."""
        return await self._discovery.metadata()

    async def _redeem(
        self, metadata: Metadata, form: Mapping[str, str], *, refused: str
    ) -> tuple[Tokens, Mapping[str, Any]]:
        answer = await self.ask(metadata.token_endpoint, form)
        told = answer.object()
        if answer.status != 200:
            if told.get("error") != "invalid_grant":
                raise Unavailable("sign-in-provider-unreachable")  # it refuses us, not the person: a setting of ours
            if refused == "refresh":
                raise Refused("sign-in-refresh-refused")
            raise Refused("sign-in-answer-refused", cause=refused)
        return read_tokens(told, now=self._clock()), told

    async def _userinfo(self, access_token: str, *, subject: str) -> Mapping[str, Any] | None:
        """None when the provider has none. JSON, or a JWT that it signed."""
        endpoint = (await self._discovery.metadata()).userinfo_endpoint
        if endpoint is None:
            return None
        answer = await call(self._http, "GET", endpoint, headers={"Authorization": f"Bearer {access_token}"})
        if answer.media_type == "application/jwt":
            claims = await self._statements.userinfo(answer.body.decode("latin-1"), now=self._clock())
        else:
            claims = answer.object()
        if claims.get("sub") != subject:
            raise Refused("sign-in-answer-refused", cause="userinfo-sub")
        return claims


def read_tokens(told: Mapping[str, Any], *, now: datetime) -> Tokens:
    """The tokens of a successful answer. Raises Refused: `sign-in-answer-refused`."""
    access_token = text_of(told, "access_token")
    if access_token is None:
        raise Refused("sign-in-answer-refused", cause="access_token")
    life, refresh_life = _seconds(told, "expires_in"), _seconds(told, "refresh_expires_in")
    return Tokens(
        access_token, now + (life or _DEFAULT_LIFE), text_of(told, "id_token"), text_of(told, "refresh_token"),
        None if refresh_life is None else now + refresh_life,
    )  # fmt: skip


def _seconds(told: Mapping[str, Any], name: str) -> timedelta | None:
    value = told.get(name)
    is_one = isinstance(value, int) and not isinstance(value, bool) and 0 < value < _LONGEST_LIFE
    return timedelta(seconds=value) if is_one and isinstance(value, int) else None


def _refusal_of(error: str) -> Refused | Unavailable:
    if error in _LATER:
        return Unavailable("sign-in-provider-unreachable")
    return Refused("sign-in-denied") if error in _DENIED else Refused("sign-in-answer-refused", cause="error")
