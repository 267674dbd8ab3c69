"""
The assertion a client signs instead of sending a secret (`private_key_jwt`): pure, from text to claims.

Source: RFC 7523 §3, RFC 8725 (algorithms, audiences), OpenID Connect Core §9.
"""

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwa import EdDSAAlgorithm, ESAlgorithm, JWSAlgModel, RSAAlgorithm, RSAPSSAlgorithm
from joserfc.jwk import ECKey, JWKRegistry, Key, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from carnet.vocabulary.frozen import frozen
from carnet.web.tokens import header_of, json_part

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST_LIFE = timedelta(minutes=5)
SKEW = timedelta(seconds=30)

# Algorithm → members that a key must have to serve it. `Ed25519` is the name RFC 9864 gives to what was `EdDSA`.
ALGORITHMS: Mapping[str, Mapping[str, str]] = {
    "ES256": {"kty": "EC", "crv": "P-256"},
    "RS256": {"kty": "RSA"},
    "PS256": {"kty": "RSA"},
    "EdDSA": {"kty": "OKP", "crv": "Ed25519"},
    "Ed25519": {"kty": "OKP", "crv": "Ed25519"},
}

_MAX_CHARACTERS = 16 * 1024
_MAX_JTI_CHARACTERS = 512
_TYPES = {None, "JWT", "jwt", "client-authentication+jwt"}


class AssertionRefused(Exception):
    """The assertion proves nothing. cause: for the trail (`assertion-…`), never for the sender."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


@frozen
class AssertionClaims:
    """What has been proved. dies_at: from then on the assertion is refused for its age, the skew of clocks included."""

    client_id: str
    jti: str
    dies_at: datetime


def claimed_client(assertion: str) -> str | None:
    """Who the assertion says it comes from, unverified: the client whose keys must verify it."""
    if len(assertion) > _MAX_CHARACTERS or assertion.count(".") != 2:
        return None
    subject = (json_part(assertion.split(".")[1]) or {}).get("sub")
    return subject if isinstance(subject, str) else None


def verify_assertion(
    assertion: str,
    client_id: str,
    *,
    jwks: Sequence[Mapping[str, Any]],
    audiences: frozenset[str],
    now: datetime,
) -> AssertionClaims:
    """
    Check an assertion with the keys of the client it claims to come from.

    A client without a fitting key (unknown, disabled…) costs the same: the signature is then checked with a key nobody has.

    Takes
        jwks: the client's registered keys; empty for a client that must fail. audiences: the names by which we are known.

    Raises
        AssertionRefused.
    """
    header = header_of(assertion) if len(assertion) <= _MAX_CHARACTERS else None
    algorithm = (header or {}).get("alg")
    # A chosen list: never `none`, never a shared-secret algorithm that would take a public key for its secret.
    if header is None or not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise AssertionRefused("assertion-algorithm")
    if header.get("typ") not in _TYPES or "crit" in header:
        raise AssertionRefused("assertion-header")
    keys = _fitting(jwks, algorithm, header.get("kid"))
    if not any(_is_signed_by(key, assertion, algorithm) for key in keys or [_decoy(ALGORITHMS[algorithm]["kty"])]):
        raise AssertionRefused("assertion-signature" if keys else "assertion-key-unknown")
    claims = json_part(assertion.split(".")[1])
    if claims is None:
        raise AssertionRefused("assertion-claims")
    return _checked(claims, client_id, audiences=audiences, now=now)


def _checked(claims: Mapping[str, Any], client_id: str, *, audiences: frozenset[str], now: datetime) -> AssertionClaims:
    if claims.get("iss") != client_id or claims.get("sub") != client_id:
        raise AssertionRefused("assertion-of-another-client")
    audience = claims.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    # Every audience is one of ours: an assertion also meant for another server could be played here by that server.
    if not named or not all(isinstance(name, str) and name in audiences for name in named):
        raise AssertionRefused("assertion-audience")
    expires = _moment(claims, "exp")
    if expires is None:
        raise AssertionRefused("assertion-claims")
    if expires + SKEW <= now:
        raise AssertionRefused("assertion-expired")
    if expires > now + LONGEST_LIFE + SKEW:
        raise AssertionRefused("assertion-too-long-lived")
    for name in ("nbf", "iat"):
        begins = _moment(claims, name)
        if begins is not None and begins > now + SKEW:
            raise AssertionRefused("assertion-not-yet-valid")
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= _MAX_JTI_CHARACTERS:
        raise AssertionRefused("assertion-claims")
    return AssertionClaims(client_id, jti, expires + SKEW)


def _moment(claims: Mapping[str, Any], name: str) -> datetime | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise AssertionRefused("assertion-claims")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise AssertionRefused("assertion-claims") from error


def _fitting(jwks: Sequence[Mapping[str, Any]], algorithm: str, kid: object) -> list[Key]:
    wanted = ALGORITHMS[algorithm]
    return [
        JWKRegistry.import_key(dict(jwk))
        for jwk in jwks
        if all(jwk.get(name) == value for name, value in wanted.items())
        and jwk.get("alg", algorithm) == algorithm
        and (kid is None or jwk.get("kid", kid) == kid)
    ]


def _is_signed_by(key: Key, assertion: str, algorithm: str) -> bool:
    try:
        jws.deserialize_compact(assertion, key, registry=_registry(algorithm))
    except (JoseError, ValueError, TypeError, RecursionError):
        return False
    return True


class _Registry(JWSRegistry):
    """Ours alone: the algorithms above, headers that we ignore as RFC 7515 §4 asks, room for a certificate chain."""

    max_header_length = 8192


@cache
def _registry(algorithm: str) -> JWSRegistry:
    registry = _Registry(algorithms=[algorithm], strict_check_header=False)
    registry.algorithms = _MODELS  # this registry's own, not those of the library's default
    return registry


def _models() -> dict[str, JWSAlgModel]:
    edwards = EdDSAAlgorithm()
    # RFC 9864 deprecates the name only for not saying which curve; ours is checked on the key.
    edwards.security_warning = ""
    models: dict[str, JWSAlgModel] = {
        "ES256": ESAlgorithm("ES256", "P-256", 256),
        "RS256": RSAAlgorithm(256),
        "PS256": RSAPSSAlgorithm(256),
        "EdDSA": edwards,
    }
    return {**models, "Ed25519": JWSRegistry.algorithms["Ed25519"]}


_MODELS = _models()


@cache
def _decoy(kty: str) -> Key:
    """A public key whose private half does not exist, of the size most clients use."""
    if kty == "RSA":
        modulus = int.from_bytes(os.urandom(256)) | 1 << 2047 | 1
        return RSAKey(RSAPublicNumbers(65537, modulus).public_key(), None)
    whole = ECKey.generate_key("P-256") if kty == "EC" else OKPKey.generate_key("Ed25519")
    return JWKRegistry.import_key(whole.as_dict(private=False))
