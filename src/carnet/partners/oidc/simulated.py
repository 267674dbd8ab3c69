"""
A simulated identity provider, for the demonstration and the tests: real codes, real signed tokens, invented people.

An ASGI application with nothing beside it, called in the process or over HTTP; the page where a person says yes or no is its host's, by
`asked`, `approve` and `decline`. It says what it is, and is made in demo mode only. Source: OpenID Connect Core 1.0 §3.1.
"""

import base64
import binascii
import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from carnet.vocabulary.clock import Clock
from carnet.vocabulary.frozen import frozen

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_CODE_LIFE = timedelta(seconds=30)
_REMEMBERED = 1000


@frozen
class Asked:
    """An authorization request that stands, waiting for a person's answer."""

    request_id: str
    client_id: str
    redirect_uri: str
    state: str
    nonce: str
    challenge: str
    levels: tuple[str, ...]


@dataclass(slots=True)
class Session:
    """A token given: to whom, until when, at which level."""

    claims: Mapping[str, Any]
    expires_at: datetime
    level: str
    is_active: bool = True
    sid: str = ""


@dataclass(slots=True)
class Grant:
    """What a code or a refresh token is worth. sid: of the provider's own session."""

    claims: Mapping[str, Any]
    level: str
    nonce: str | None
    sid: str
    until: datetime
    redirect_uri: str = ""
    challenge: str = ""


@dataclass(kw_only=True)
class SimulatedProvider:
    """
    base_url: its issuer. authorization_url: of its page, on whatever host. client_id, secret: whom it knows. redirect_uris,
    logout_uris: where it sends people back. signs: user-info as a JWT. refresh_life: None: no refresh. sid: tells its session.
    """

    base_url: str
    authorization_url: str
    client_id: str
    secret: str
    clock: Clock
    title: str
    redirect_uris: tuple[str, ...] = ()
    logout_uris: tuple[str, ...] = ()
    discovery_path: str = "/.well-known/openid-configuration"
    paths: Mapping[str, str] = field(
        default_factory=lambda: {
            "token": "/token", "userinfo": "/userinfo", "certs": "/jwks", "logout": "/session/end", "introspect": "/checktoken",
        }
    )  # fmt: skip
    levels: tuple[str, ...] = ("eidas1",)
    signs: bool = False
    access_life: timedelta = timedelta(seconds=60)
    refresh_life: timedelta | None = None
    sessions: dict[str, Session] = field(default_factory=dict)
    grants: OrderedDict[str, Grant] = field(default_factory=OrderedDict)
    waiting: OrderedDict[str, Asked] = field(default_factory=OrderedDict)
    key: RSAKey | None = None

    # The person's side

    def asked(self, query: Mapping[str, str]) -> Asked | str:
        """The request of someone sent here; else what is wrong with it, in French: nobody is sent to an address that is not known."""
        wanted = {
            "client_id": "Ce service n’est pas connu ici.", "redirect_uri": "L’adresse de retour n’est pas celle de ce service.",
            "state": "Le paramètre « state » manque.", "nonce": "Le paramètre « nonce » manque.",
            "code_challenge": "Le défi PKCE manque (« code_challenge », méthode S256).",
        }  # fmt: skip
        for name, fault in wanted.items():
            if not query.get(name):
                return fault
        if query["client_id"] != self.client_id:
            return wanted["client_id"]
        if query["redirect_uri"] not in self.redirect_uris:
            return wanted["redirect_uri"]
        if query.get("response_type") != "code" or query.get("code_challenge_method") != "S256":
            return "Seul le code d’autorisation avec PKCE (S256) est servi ici."
        if "openid" not in query.get("scope", "").split():
            return "La portée « openid » manque."
        asked = Asked(
            secrets.token_urlsafe(16), query["client_id"], query["redirect_uri"], query["state"], query["nonce"], query["code_challenge"],
            tuple(query.get("acr_values", "").split()),
        )  # fmt: skip
        _remember(self.waiting, asked.request_id, asked)
        return asked

    def approve(self, request_id: str, claims: Mapping[str, Any], *, level: str | None = None) -> str | None:
        """Where the person goes back with a code; None when this request waits no more. level: of the sign-in; None: as asked for."""
        asked = self.waiting.pop(request_id, None)
        if asked is None:
            return None
        code = secrets.token_urlsafe(32)
        served = next((each for each in asked.levels if each in self.levels), self.levels[0])
        grant = Grant(
            claims, level or served, asked.nonce, secrets.token_urlsafe(16), self.clock() + _CODE_LIFE, asked.redirect_uri,
            asked.challenge,
        )  # fmt: skip
        _remember(self.grants, code, grant)
        return _back(asked, code=code, iss=self.base_url)

    def decline(self, request_id: str) -> str | None:
        """Where the person goes back, having refused."""
        asked = self.waiting.pop(request_id, None)
        return None if asked is None else _back(asked, error="access_denied", iss=self.base_url)

    def end_sessions(self, sid: str) -> None:
        """End one session of the provider: nothing given in it is worth anything any more."""
        for name in [name for name, grant in self.grants.items() if grant.sid == sid]:
            del self.grants[name]
        for session in self.sessions.values():
            session.is_active = session.is_active and session.sid != sid

    # The service's side

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        path = scope["path"].removeprefix(self._prefix)
        body = await _body(receive)
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        form = dict(parse_qsl(body.decode("latin-1")))
        await self.serve(
            send, (scope["method"], path), headers, form, dict(parse_qsl(scope["query_string"].decode("latin-1")))
        )

    async def serve(
        self, send: Send, asked: tuple[str, str], headers: Mapping[bytes, str], form: Mapping[str, str], query: Mapping[str, str]
    ) -> None:  # fmt: skip
        """Answer one request: method and path below the issuer."""
        paths = self.paths
        if asked == ("GET", self.discovery_path):
            await answer(send, 200, self.discovery())
        elif asked == ("POST", paths["token"]):
            await self._token(send, headers, form)
        elif asked == ("GET", paths["userinfo"]):
            await self._userinfo(send, headers)
        elif asked == ("GET", paths["certs"]):
            await answer(send, 200, {"keys": [self.signing_key().as_dict(private=False, use="sig", alg="RS256")]})
        elif asked[1] == paths["logout"] and asked[0] in {"GET", "POST"}:
            await self._log_out(send, form or query)
        else:
            await answer(send, 404, {"error": "not_found", "error_description": self.title})

    @property
    def _prefix(self) -> str:
        path = self.base_url.partition("://")[2].partition("/")[2]
        return f"/{path}" if path else ""

    def discovery(self) -> dict[str, Any]:
        """What it says of itself."""
        return {
            "issuer": self.base_url, "authorization_endpoint": self.authorization_url,
            "token_endpoint": self.base_url + self.paths["token"], "userinfo_endpoint": self.base_url + self.paths["userinfo"],
            "jwks_uri": self.base_url + self.paths["certs"], "end_session_endpoint": self.base_url + self.paths["logout"],
            "response_types_supported": ["code"], "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"], "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "acr_values_supported": list(self.levels), "authorization_response_iss_parameter_supported": True,
            "service_documentation": f"{self.title} : aucune personne réelle, aucune valeur.",
        }  # fmt: skip

    def knows(self, headers: Mapping[bytes, str], form: Mapping[str, str]) -> bool:
        """Whether a request comes from the service it knows."""
        proved = _basic(headers) or (form.get("client_id", ""), form.get("client_secret", ""))
        return proved == (self.client_id, self.secret)

    def living(self, token: str) -> Session | None:
        """The session of an access token that holds."""
        session = self.sessions.get(token)
        return session if session is not None and session.is_active and self.clock() < session.expires_at else None

    def give(self, claims: Mapping[str, Any], *, level: str, life: timedelta, sid: str = "") -> str:
        """An access token for whom these claims tell."""
        now = self.clock()
        self.sessions = {token: each for token, each in self.sessions.items() if each.expires_at > now}
        token = secrets.token_urlsafe(32)
        self.sessions[token] = Session(claims, now + life, level, sid=sid)
        return token

    def signing_key(self) -> RSAKey:
        if self.key is None:
            self.key = RSAKey.generate_key(2048, parameters={"kid": "simulated"})
        return self.key

    def tokens(self, grant: Grant) -> dict[str, Any]:
        """The answer that a grant is worth."""
        access_token = self.give(grant.claims, level=grant.level, life=self.access_life, sid=grant.sid)
        now, key = self.clock(), self.signing_key()
        at = int(now.timestamp())
        claims = {
            "iss": self.base_url, "aud": self.client_id, "sub": grant.claims["sub"], "iat": at, "exp": at + 60, "auth_time": at,
            "acr": grant.level, "sid": grant.sid, "at_hash": _half_hash(access_token),
        }  # fmt: skip
        if grant.nonce is not None:
            claims["nonce"] = grant.nonce
        told = {
            "access_token": access_token, "token_type": "Bearer", "expires_in": int(self.access_life.total_seconds()),
            "id_token": jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key),
        }  # fmt: skip
        if self.refresh_life is not None:
            refresh_token = secrets.token_urlsafe(32)
            renewed = Grant(grant.claims, grant.level, None, grant.sid, now + self.refresh_life)
            _remember(self.grants, f"refresh:{refresh_token}", renewed)
            told |= {"refresh_token": refresh_token, "refresh_expires_in": int(self.refresh_life.total_seconds())}
        return told

    async def _token(self, send: Send, headers: Mapping[bytes, str], form: Mapping[str, str]) -> None:
        if not self.knows(headers, form):
            await answer(send, 401, {"error": "invalid_client"})
            return
        grant = self.redeem(form)
        if grant is None or self.clock() >= grant.until:
            await answer(send, 400, {"error": "invalid_grant"})
            return
        await answer(send, 200, self.tokens(grant))

    def redeem(self, form: Mapping[str, str]) -> Grant | None:
        """The grant of a token request, which serves once; None when it is worth nothing."""
        match form.get("grant_type"):
            case "authorization_code":
                grant = self.grants.pop(form.get("code", ""), None)
                verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
                proved = (
                    grant is not None
                    and _encoded(verifier) == grant.challenge
                    and form.get("redirect_uri") == grant.redirect_uri
                )
                return grant if proved else None
            case "refresh_token":
                return self.grants.pop(f"refresh:{form.get('refresh_token', '')}", None)
        return None

    async def _userinfo(self, send: Send, headers: Mapping[bytes, str]) -> None:
        session = self.living(headers.get(b"authorization", "").partition(" ")[2])
        if session is None:
            await answer(send, 401, {"error": "invalid_token"})
            return
        if not self.signs:
            await answer(send, 200, dict(session.claims))
            return
        key, at = self.signing_key(), int(self.clock().timestamp())
        claims = {**session.claims, "iss": self.base_url, "aud": self.client_id, "iat": at, "exp": at + 60}
        signed = jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key)
        await answer(send, 200, signed.encode(), media_type="application/jwt")

    async def _log_out(self, send: Send, form: Mapping[str, str]) -> None:
        try:
            hinted = jwt.decode(form.get("id_token_hint", ""), self.signing_key(), algorithms=["RS256"]).claims
        except (JoseError, ValueError):
            hinted = {}
        self.end_sessions(str(hinted.get("sid", "")))
        back = form.get("post_logout_redirect_uri", "")
        if back not in self.logout_uris:
            await answer(send, 200, {"title": self.title, "session": "ended"})
            return
        location = f"{back}?{urlencode({'state': form.get('state', '')})}"
        await answer(send, 303, b"", more=((b"location", location.encode()),))


def _back(asked: Asked, **told: str) -> str:
    return f"{asked.redirect_uri}?{urlencode({**told, 'state': asked.state})}"


def _remember(held: OrderedDict[str, Any], name: str, value: object) -> None:
    held[name] = value
    while len(held) > _REMEMBERED:
        held.popitem(last=False)


def _encoded(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _half_hash(access_token: str) -> str:
    return _encoded(hashlib.sha256(access_token.encode()).digest()[:16])


def _basic(headers: Mapping[bytes, str]) -> tuple[str, str] | None:
    scheme, _, encoded = headers.get(b"authorization", "").partition(" ")
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return (name, secret) if scheme.lower() == "basic" else None


async def _body(receive: Receive) -> bytes:
    received = bytearray()
    while True:
        message = await receive()
        received += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(received)


async def answer(
    send: Send,
    status: int,
    body: object,
    *,
    media_type: str = "application/json",
    more: tuple[tuple[bytes, bytes], ...] = (),
) -> None:
    """One whole answer, never cached."""
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    headers = [(b"content-type", media_type.encode()), (b"cache-control", b"no-store"), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
