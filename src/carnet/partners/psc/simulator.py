"""
A simulated Pro Santé Connect, for the demonstration and the tests: invented professionals, the claims and the addresses of the real one.

An ASGI application with nothing beside it, served over HTTP or called in the process. It says what it is, and is not made in
production: see `opening.py`. Source: identity-and-messaging.md §2.1, §2.4, §2.6.
"""

import base64
import binascii
import secrets
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import orjson
from joserfc import jwt
from joserfc.jwk import RSAKey

from carnet.vocabulary.clock import Clock
from carnet.vocabulary.uuid7 import uuid7

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

DISCOVERY = "/.well-known/wallet-openid-configuration"
_OIDC = "/protocol/openid-connect"
_LIFE = timedelta(minutes=2)


@dataclass(slots=True)
class Session:
    """A token given: to whom, until when, at which level."""

    claims: Mapping[str, Any]
    expires_at: datetime
    level: str
    is_active: bool = True


@dataclass(slots=True)
class PscSimulator:
    """
    base_url: its issuer. client_id, secret: whom it lets introspect. signs: user-info as `application/jwt`, as PSC may.
    """

    base_url: str
    client_id: str
    secret: str
    clock: Clock
    signs: bool = False
    sessions: dict[str, Session] = field(default_factory=dict)
    key: RSAKey | None = None

    def sign_in(self, claims: Mapping[str, Any], *, level: str = "eidas1", life: timedelta = _LIFE) -> str:
        """An access token for whom these claims tell."""
        now = self.clock()
        self.sessions = {token: each for token, each in self.sessions.items() if each.expires_at > now}
        token = secrets.token_urlsafe(32)
        self.sessions[token] = Session(claims, now + life, level)
        return token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        path = scope["path"].removeprefix(self._prefix)
        body = await _body(receive)
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        match (scope["method"], path):
            case ("GET", "/.well-known/wallet-openid-configuration"):
                await _answer(send, 200, self._discovery())
            case ("POST", "/protocol/openid-connect/token/introspect"):
                await self._introspect(send, headers, body)
            case ("GET", "/protocol/openid-connect/userinfo"):
                await self._userinfo(send, headers)
            case ("GET", "/protocol/openid-connect/certs"):
                await _answer(send, 200, {"keys": [self._signing_key().as_dict(private=False, use="sig", alg="RS256")]})
            case _:
                await _answer(send, 404, {"error": "not_found", "error_description": "Pro Santé Connect simulé"})

    @property
    def _prefix(self) -> str:
        return "/" + self.base_url.partition("://")[2].partition("/")[2]

    def _discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.base_url,
            "introspection_endpoint": f"{self.base_url}{_OIDC}/token/introspect",
            "userinfo_endpoint": f"{self.base_url}{_OIDC}/userinfo",
            "jwks_uri": f"{self.base_url}{_OIDC}/certs",
            "service_documentation": "Pro Santé Connect simulé : aucun professionnel réel, aucune valeur.",
        }

    async def _introspect(self, send: Send, headers: Mapping[bytes, str], body: bytes) -> None:
        if _basic(headers) != (self.client_id, self.secret):
            await _answer(send, 401, {"error": "invalid_client"})
            return
        token = parse_qs(body.decode()).get("token", [""])[0]
        session = self._living(token)
        if session is None:
            await _answer(send, 200, {"active": False})
            return
        claims = session.claims
        told = {
            "active": True, "iss": self.base_url, "sub": claims.get("sub"), "typ": "Bearer", "azp": "simulated-client", "acr": session.level,
            "client_id": "simulated-client", "scope": "openid scope_all", "exp": int(session.expires_at.timestamp()),
            "iat": int((session.expires_at - _LIFE).timestamp()), "jti": str(uuid7()), "SubjectNameID": claims.get("SubjectNameID"),
            "username": claims.get("preferred_username"), "preferred_username": claims.get("preferred_username"),
        }  # fmt: skip
        await _answer(send, 200, told)

    async def _userinfo(self, send: Send, headers: Mapping[bytes, str]) -> None:
        session = self._living(headers.get(b"authorization", "").partition(" ")[2])
        if session is None:
            await _answer(send, 401, {"error": "invalid_token"})
            return
        if not self.signs:
            await _answer(send, 200, dict(session.claims))
            return
        key = self._signing_key()
        signed = jwt.encode({"alg": "RS256", "kid": key.kid}, {**session.claims, "iss": self.base_url}, key)
        await _answer(send, 200, signed.encode(), media_type="application/jwt")

    def _living(self, token: str) -> Session | None:
        session = self.sessions.get(token)
        return session if session is not None and session.is_active and self.clock() < session.expires_at else None

    def _signing_key(self) -> RSAKey:
        if self.key is None:
            self.key = RSAKey.generate_key(2048, parameters={"kid": "simulated"})
        return self.key


def claims_of(
    identifier: str, given_name: str, family_name: str, *, profession: str, specialty: str | None, sector: str | None,
    organization: str | None, organization_name: str | None,
) -> dict[str, Any]:  # fmt: skip
    """The claims of an invented professional who practises in one place. organization: Struct_IdNat."""
    number = (organization or "")[1:]
    activity = {
        "codeModeExercice": "L", "codeSecteurDactivite": sector or "", "raisonSocialeSite": organization_name or "",
        "numeroFinessSite": number if (organization or "").startswith("1") else "",
        "numeroSiretSite": number if (organization or "").startswith("3") else "",
        "ancienIdentifiantDeLaStructure": organization or "", "identifiantTechniqueDeLaStructure": "",
    }  # fmt: skip
    practice = {
        "codeProfession": profession, "codeCategorieProfessionnelle": "C", "codeTypeSavoirFaire": "S" if specialty else "",
        "codeSavoirFaire": specialty or "", "nomDexercice": family_name, "prenomDexercice": given_name, "activities": [activity],
    }  # fmt: skip
    return {
        "sub": f"f:00000000-0000-4000-8000-000000000000:{identifier}", "SubjectNameID": identifier, "preferred_username": identifier,
        "given_name": given_name, "family_name": family_name, "email_verified": False,
        "SubjectRole": [f"{profession}^1.2.250.1.213.1.1.5.5"], "Secteur_Activite": f"{sector or ''}^1.2.250.1.71.4.2.4",
        "UITVersion": "1.0", "Palier_Authentification": "APPPRIP3^1.2.250.1.213.1.5.1.1.1",
        "otherIds": [{"identifiant": identifier, "origine": "RPPS", "qualite": 1}], "SubjectRefPro": {"exercices": [practice]},
    }  # fmt: skip


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


async def _answer(send: Send, status: int, body: object, *, media_type: str = "application/json") -> None:
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    headers = [(b"content-type", media_type.encode()), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
