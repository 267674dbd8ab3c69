"""Register, disable and enable a client, refuse its former tokens. Run by an operator or by the demo, never by the client itself."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry
from joserfc.util import urlsafe_b64decode

from carnet.domain.actor import ActorKind
from carnet.domain.clients import store
from carnet.domain.clients.certificates import CertificateTrait, fault_of_expected
from carnet.domain.clients.model import (
    CLIENT_KINDS,
    METHODS_BY_MODE,
    OWN_CLIENT_ID,
    SECRET_METHODS,
    TLS_METHODS,
    AuthMethod,
    Client,
    Mode,
)
from carnet.domain.errors import Invalid, Issue, NotFound
from carnet.storage.database import Connection

# No colon: it would end the identifier inside a Basic header. Nothing that a form or a URL has to escape.
CLIENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,99}")

_MAX_KEYS = 10
_RSA_BITS = range(2048, 4097)  # shorter is weak (ANSSI), longer lets a sender choose how much processor a check costs
_CURVES = {"EC": "P-256", "OKP": "Ed25519"}
_ALGORITHMS = {"RSA": {"RS256", "PS256"}, "EC": {"ES256"}, "OKP": {"EdDSA", "Ed25519"}}


async def register(connection: Connection, client: Client, *, mode: Mode) -> None:
    """
    Keep a client, or replace the one of the same identifier; doing it twice changes nothing.

    Raises
        Invalid: one issue per fault, so that an operator mends a file once.
    """
    issues = list(faults_of(client, mode=mode))
    if issues:
        raise Invalid(issues[0].code, issues=issues)
    await store.save(connection, client)


async def disable(connection: Connection, client_id: str, *, at: datetime) -> None:
    """Refuse a client from now on; every process refuses its living tokens within a second. Raises NotFound."""
    if not await store.set_disabled(connection, client_id, at=at):
        raise NotFound("client-unknown", client=client_id)


async def enable(connection: Connection, client_id: str) -> None:
    """Accept a disabled client again. Raises NotFound."""
    if not await store.set_disabled(connection, client_id, at=None):
        raise NotFound("client-unknown", client=client_id)


async def refuse_former_tokens(connection: Connection, client_id: str, *, now: datetime) -> None:
    """
    Refuse what was issued to a client until now, for a key or a certificate that got out of its hands. Raises NotFound.

    Tokens count whole seconds: those of the second under way are refused too, and the client asks again.
    """
    if not await store.set_tokens_from(connection, client_id, at=now.replace(microsecond=0) + timedelta(seconds=1)):
        raise NotFound("client-unknown", client=client_id)


def faults_of(client: Client, *, mode: Mode) -> Iterator[Issue]:
    """What keeps this client from being registered in this mode; nothing when it may be."""
    template = client.template
    if CLIENT_ID.fullmatch(client.client_id) is None or client.client_id == OWN_CLIENT_ID:
        yield Issue("client-id-malformed", "client_id", {"client": client.client_id[:100]})
    if not template.name.strip():
        yield Issue("client-name-missing", "name")
    if client.kind not in CLIENT_KINDS:
        yield Issue("client-kind-not-allowed", "kind", {"kind": client.kind})
    if client.kind is ActorKind.ORGANIZATION and not template.organization:
        yield Issue("client-organization-missing", "organization")
    if client.kind is ActorKind.PROFESSIONAL and not (template.person and template.profession):
        yield Issue("client-person-missing", "person")
    for method in sorted(client.methods - METHODS_BY_MODE[mode]):
        yield Issue("client-method-not-allowed", "token_endpoint_auth_method", {"method": method})
    if not client.methods:
        yield Issue("client-method-missing", "token_endpoint_auth_method")
    if client.methods & SECRET_METHODS and client.secret_digest is None:
        yield Issue("client-secret-missing", "client_secret")
    if AuthMethod.PRIVATE_KEY_JWT in client.methods and not client.jwks:
        yield Issue("client-keys-missing", "jwks")
    yield from _faults_of_keys(client.jwks)
    yield from _faults_of_certificates(client)


def _faults_of_keys(jwks: tuple[Mapping[str, Any], ...]) -> Iterator[Issue]:
    if len(jwks) > _MAX_KEYS:
        yield Issue("client-keys-too-many", "jwks", {"limit": str(_MAX_KEYS)})
        return
    kids = Counter(key["kid"] for key in jwks if isinstance(key.get("kid"), str))
    if any(count > 1 for count in kids.values()):
        yield Issue("client-keys-same-kid", "jwks")
    for index, key in enumerate(jwks):
        code = _fault_of_key(key)
        if code is not None:
            yield Issue(code, f"jwks.keys[{index}]")


def _faults_of_certificates(client: Client) -> Iterator[Issue]:
    certificates = client.certificates
    if len(certificates) > _MAX_KEYS:
        yield Issue("client-certificates-too-many", "certificates", {"limit": str(_MAX_KEYS)})
        return
    whole = [each for each in certificates if each.trait is CertificateTrait.WHOLE]
    lacks = (AuthMethod.SELF_SIGNED_TLS_CLIENT_AUTH in client.methods and not whole) or (
        AuthMethod.TLS_CLIENT_AUTH in client.methods and len(whole) == len(certificates)
    )
    # Both ways look the same on the wire: a client has one, so that nobody wonders which one vouches for it.
    if len(client.methods & TLS_METHODS) > 1:
        yield Issue(
            "client-method-not-allowed", "token_endpoint_auth_method", {"method": min(client.methods & TLS_METHODS)}
        )
    if lacks:
        yield Issue("client-certificate-missing", "certificates")
    for index, expected in enumerate(certificates):
        code = fault_of_expected(expected)
        if code is not None:
            yield Issue(code, f"certificates[{index}]")


def _fault_of_key(jwk: Mapping[str, Any]) -> str | None:
    """
    The code of what is wrong with one public key, or None.

    A symmetric key is refused because it would be a shared secret under another name; a private one because it must never leave its
    owner: having received it, we could sign in its place.
    """
    kty = jwk.get("kty")
    if not isinstance(kty, str) or kty not in _ALGORITHMS:
        return "client-key-type-not-allowed"
    if "d" in jwk:
        return "client-key-private"
    if jwk.get("use", "sig") != "sig" or ("alg" in jwk and str(jwk["alg"]) not in _ALGORITHMS[kty]):
        return "client-key-not-for-signing"
    if kty in _CURVES and jwk.get("crv") != _CURVES[kty]:
        return "client-key-type-not-allowed"
    try:
        if kty == "RSA" and int.from_bytes(urlsafe_b64decode(jwk["n"].encode())).bit_length() not in _RSA_BITS:
            return "client-key-size"
        JWKRegistry.import_key(dict(jwk)).check_key_op("verify")
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        return "client-key-unreadable"
    return None
