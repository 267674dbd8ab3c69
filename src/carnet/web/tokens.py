"""
Access tokens: an actor signed into a JWT and read back, with the keys that sign them.

Source: RFC 9068 (JWT profile for access tokens), RFC 8725 (JWT best current practices), RFC 7800 and 8705 (`cnf`).
"""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from joserfc.util import urlsafe_b64decode

from carnet.domain.actor import Actor, ActorKind, Authentication, Purpose
from carnet.domain.clients import store
from carnet.domain.clients.model import OWN_CLIENT_ID
from carnet.storage.database import Connection
from carnet.vocabulary.clock import Clock
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.ins import Ins
from carnet.vocabulary.uuid7 import uuid7
from carnet.web.token_refusals import TokenRefusals

ALGORITHM = "ES256"  # what every JWT library knows; Ed25519 is not, yet
TOKEN_TYPE = "at+jwt"  # noqa: S105 - RFC 9068 §2.1, so that no other JWT we sign or receive passes for an access token
ACTOR_CLAIM = "urn:carnet:actor"
MAX_TOKEN_CHARACTERS = 8192

_SKEW = timedelta(seconds=30)  # between the clocks of two of our own servers
_REMEMBERED = 10_000  # tokens, about 1 kB each with their actor

Refusal = Literal["token-malformed", "token-expired", "token-not-yet-valid", "token-foreign", "token-revoked"]
REFUSALS: tuple[Refusal, ...] = get_args(Refusal)

# Facts of the actor that travel as plain strings. `software` is the standard claim `client_id`; the certificate is `cnf`.
_TEXTS = (
    "person",
    "organization",
    "organization_name",
    "profession",
    "specialty",
    "function",
    "sector",
    "situation",
    "on_behalf_of",
    "on_behalf_of_name",
    "capacity",
    "motive",
)


class TokenRefused(Exception):
    """
    A token that opens nothing.

    reason: `token-malformed` (not a token of ours in its form), `token-expired`, `token-not-yet-valid`, `token-foreign` (another key,
    issuer, audience, type or algorithm: forged, or meant for someone else), `token-revoked` (given back, or its client was disabled).
    """

    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason)
        self.reason: Refusal = reason


@frozen
class SoundToken:
    """
    A token of ours, read. until: when it expires, or its key does. certificate: thumbprint that it is bound to, or None.
    act: who acts for its subject (RFC 8693 §4.1), or None.
    """

    actor: Actor
    jti: str
    subject: str
    issued_at: datetime
    expires_at: datetime
    until: datetime
    act: Mapping[str, Any] | None = None


@frozen
class SigningKey:
    """
    One key pair. signs_from: published before it signs, so that every process knows it. verifies_until: None while it is the newest.
    """

    kid: str
    key: ECKey
    signs_from: datetime
    verifies_until: datetime | None = None

    @staticmethod
    def new(*, signs_from: datetime) -> "SigningKey":
        key = ECKey.generate_key("P-256")
        return SigningKey(key.thumbprint(), key, signs_from)

    def public_jwk(self) -> dict[str, Any]:
        return {**self.key.as_dict(private=False), "kid": self.kid, "use": "sig", "alg": ALGORITHM}

    def may_verify(self, now: datetime) -> bool:
        return self.verifies_until is None or now < self.verifies_until


class SigningKeys:
    """
    The keys of this server, kept sealed in the database, and what it refuses before its time; both are refreshed from there.

    Takes
        seal, unseal: bytes to bytes, from the key ring. unseal raises when a byte was changed.
        clock: for now.
    """

    def __init__(self, *, seal: Callable[[bytes], bytes], unseal: Callable[[bytes], bytes], clock: Clock) -> None:
        self._seal = seal
        self._unseal = unseal
        self._clock = clock
        self._keys: dict[str, SigningKey] = {}
        self.refusals = TokenRefusals(clock)
        self.generation = 0
        """Raised by every refresh that changed the keys: what was concluded from the former ones holds no more."""

    async def start(self, connection: Connection) -> None:
        """Load the keys, and make the first one when there is none; processes that start together share it."""
        async with connection.transaction():
            await store.lock_signing_keys(connection)
            if not await store.signing_keys(connection, now=self._clock()):
                await self._add(connection, signs_from=self._clock())
        await self.refresh(connection)

    async def refresh(self, connection: Connection) -> None:
        """
        Take in keys added and tokens refused by others. Run every minute; `refusals` alone a few times a second.

        Raises
            ValueError: a sealed key is not the one its row names.
        """
        keys = {sealed.kid: self._open(sealed) for sealed in await store.signing_keys(connection, now=self._clock())}
        if {k: v.verifies_until for k, v in keys.items()} != {k: v.verifies_until for k, v in self._keys.items()}:
            self._keys = keys
            self.generation += 1
        await self.refusals.refresh(connection)

    async def rotate(self, connection: Connection, *, notice: timedelta, longest_token: timedelta) -> str:
        """
        Add a key that signs once every process has had time to learn it; the former ones verify until their last token has expired.

        Takes
            notice: longer than the period of `refresh`. longest_token: the longest lifetime given to a token.
        Gives
            The identifier of the new key.
        """
        signs_from = self._clock() + notice
        async with connection.transaction():
            await store.lock_signing_keys(connection)
            kid = await self._add(connection, signs_from=signs_from)
            await store.retire_signing_keys(
                connection, except_kid=kid, verifies_until=signs_from + longest_token + _SKEW
            )
        await self.refresh(connection)
        return kid

    def current(self) -> SigningKey:
        """The key that signs now: the newest whose time has come. Raises LookupError before `start`."""
        now = self._clock()
        # A first key made by another server whose clock is a little ahead of ours must serve here at once.
        ready = [key for key in self._keys.values() if key.signs_from <= now + _SKEW and key.may_verify(now)]
        if not ready:
            raise LookupError("no signing key")
        return max(ready, key=lambda key: key.signs_from)

    def find(self, kid: str) -> SigningKey | None:
        """The key of this identifier, while it may verify."""
        key = self._keys.get(kid)
        return key if key is not None and key.may_verify(self._clock()) else None

    def public_jwks(self) -> dict[str, list[dict[str, Any]]]:
        """What `/oauth2/jwks` shows: every public half that may verify, the next one included."""
        now = self._clock()
        return {"keys": [key.public_jwk() for key in self._keys.values() if key.may_verify(now)]}

    async def _add(self, connection: Connection, *, signs_from: datetime) -> str:
        key = SigningKey.new(signs_from=signs_from)
        sealed = self._seal(json.dumps(key.key.as_dict(private=True)).encode())
        await store.add_signing_key(connection, store.SealedKey(key.kid, sealed, signs_from))
        return key.kid

    def _open(self, sealed: store.SealedKey) -> SigningKey:
        key = ECKey.import_key(json.loads(self._unseal(sealed.sealed)))
        if key.thumbprint() != sealed.kid:
            raise ValueError(f"signing key {sealed.kid} is not the one that was sealed")
        return SigningKey(sealed.kid, key, sealed.signs_from, sealed.verifies_until)


class TokenIssuer:
    """Signs actors into access tokens. issuer: our public URL. audience: the base of our FHIR door."""

    def __init__(self, keys: SigningKeys, *, issuer: str, audience: str, clock: Clock) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._clock = clock

    def issue(self, actor: Actor, *, lifetime: timedelta, act: Mapping[str, Any] | None = None) -> str:
        """
        A token that says who this actor is, for this long; about 100 µs. act: the software that acts for a person (RFC 8693 §4.1).

        The subject is the person when there is one, else the client (RFC 9068 §2.2). The correlation identifier belongs to a request
        and does not travel.
        """
        key = self._keys.current()
        now = self._clock().astimezone(UTC)
        client_id = actor.software or OWN_CLIENT_ID
        issued_at = int(now.timestamp())
        claims: dict[str, Any] = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": actor.person or (actor.ins.matricule if actor.ins else client_id),
            "client_id": client_id,
            "iat": issued_at,
            "exp": issued_at + int(lifetime.total_seconds()),
            "jti": str(uuid7()),
            ACTOR_CLAIM: facts_of(actor),
        }
        if actor.authentication.certificate is not None:
            claims["cnf"] = {"x5t#S256": actor.authentication.certificate}
        if act is not None:
            claims["act"] = dict(act)
        return jwt.encode(
            {"alg": ALGORITHM, "typ": TOKEN_TYPE, "kid": key.kid}, claims, key.key, algorithms=[ALGORITHM]
        )


class TokenVerifier:
    """
    Reads tokens back into actors, and remembers those already checked.

    Hot: a token already seen costs one SHA-256, three look-ups and one comparison of times. It is remembered by its digest, so that a
    dump of this process's memory is not a purse of tokens, and dropped at its expiry.
    """

    def __init__(
        self, keys: SigningKeys, *, issuer: str, audience: str, clock: Clock, remembered: int = _REMEMBERED
    ) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._clock = clock
        self._limit = remembered
        self._seen: OrderedDict[bytes, SoundToken] = OrderedDict()
        self._generation = keys.generation

    def verify(self, token: str) -> Actor:
        """
        The actor a token speaks for.

        Raises
            TokenRefused: with its reason.
        """
        return self.read(token).actor

    def read(self, token: str) -> SoundToken:
        """All that a token says. Raises TokenRefused."""
        if len(token) > MAX_TOKEN_CHARACTERS or not token.isascii():
            raise TokenRefused("token-malformed")
        digest = hashlib.sha256(token.encode("ascii")).digest()
        if self._generation != self._keys.generation:
            self._seen.clear()
            self._generation = self._keys.generation
        now = self._clock()
        seen = self._seen.get(digest)
        if seen is not None:
            if now < seen.until:
                self._seen.move_to_end(digest)
                return self._living(seen)
            del self._seen[digest]
        sound = self._check(token, now)
        self._seen[digest] = sound
        if len(self._seen) > self._limit:
            self._seen.popitem(last=False)
        return self._living(sound)

    def _living(self, sound: SoundToken) -> SoundToken:
        """Asked at every use: a token given back is refused from then on, whatever was concluded before."""
        if self._keys.refusals.refuses(sound.actor.software, jti=sound.jti, issued_at=sound.issued_at):
            raise TokenRefused("token-revoked")
        return sound

    def _check(self, token: str, now: datetime) -> SoundToken:
        header = header_of(token)
        if header is None:
            raise TokenRefused("token-malformed")
        # The algorithm is ours to choose, never the token's (RFC 8725 §3.1): neither `none`, nor HS256 keyed with our public key.
        if header.get("alg") != ALGORITHM or header.get("typ") != TOKEN_TYPE or "crit" in header:
            raise TokenRefused("token-foreign")
        kid = header.get("kid")
        key = self._keys.find(kid) if isinstance(kid, str) else None
        if key is None:
            raise TokenRefused("token-foreign")
        try:
            claims = jwt.decode(token, key.key, algorithms=[ALGORITHM]).claims
        except (JoseError, ValueError, TypeError) as error:
            raise TokenRefused("token-foreign") from error
        if claims.get("iss") != self._issuer or claims.get("aud") != self._audience:
            raise TokenRefused("token-foreign")
        try:
            expires = datetime.fromtimestamp(claims["exp"], UTC)
            issued = datetime.fromtimestamp(claims["iat"], UTC)
            begins = datetime.fromtimestamp(claims["nbf"], UTC) if "nbf" in claims else issued
            actor, jti, subject = _actor(claims), _text(claims, "jti"), _text(claims, "sub")
        except (KeyError, TypeError, AttributeError, ValueError, OverflowError, OSError) as error:
            raise TokenRefused("token-malformed") from error
        if max(begins, issued) > now + _SKEW:
            raise TokenRefused("token-not-yet-valid")
        if now >= expires:
            raise TokenRefused("token-expired")
        until = min(expires, key.verifies_until or expires)
        return SoundToken(actor, jti, subject, issued, expires, until, claims.get("act"))


def header_of(token: str) -> dict[str, Any] | None:
    """The protected header of a compact JWS, unverified, or None when there is none. Never raises, whatever the noise."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    return json_part(parts[0])


def json_part(part: str) -> dict[str, Any] | None:
    """One base64url part of a JWS read as a JSON object, or None."""
    try:
        value = json.loads(urlsafe_b64decode(part.encode()))
    except (ValueError, TypeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def facts_of(actor: Actor) -> dict[str, Any]:
    """What the namespaced claim holds: only what is known."""
    facts: dict[str, Any] = {"kind": actor.kind.value, "name": actor.name, "means": actor.authentication.means}
    for name in _TEXTS:
        value = getattr(actor, name)
        if value is not None:
            facts[name] = value
    if actor.ins is not None:
        facts["ins"] = {"matricule": actor.ins.matricule, "oid": actor.ins.oid}
    if actor.purpose is not Purpose.NORMAL:
        facts["purpose"] = actor.purpose.value
    if actor.secret_connection:
        facts["secret_connection"] = True
    if actor.authentication.level is not None:
        facts["level"] = actor.authentication.level
    return facts


def _actor(claims: Mapping[str, Any]) -> Actor:
    """The inverse of `facts_of`. Raises KeyError, TypeError or ValueError when a fact is not what it should be."""
    facts = claims[ACTOR_CLAIM]
    client_id = _text(claims, "client_id")
    ins = facts.get("ins")
    secret = facts.get("secret_connection", False)
    if not isinstance(secret, bool):
        raise TypeError("secret_connection")
    return Actor(
        ActorKind(facts["kind"]),
        _text(facts, "name"),
        **_texts(facts, _TEXTS),
        software=None if client_id == OWN_CLIENT_ID else client_id,
        ins=None if ins is None else Ins(_text(ins, "matricule"), _text(ins, "oid")),
        purpose=Purpose(facts.get("purpose", Purpose.NORMAL)),
        secret_connection=secret,
        authentication=Authentication(
            _text(facts, "means"),
            _text(facts, "level") if "level" in facts else None,
            _text(claims["cnf"], "x5t#S256") if "cnf" in claims else None,
        ),
    )


def _texts(facts: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: _text(facts, name) for name in names if name in facts}


def _text(facts: Mapping[str, Any], name: str) -> str:
    value = facts[name]
    if not isinstance(value, str):
        raise TypeError(name)
    return value
