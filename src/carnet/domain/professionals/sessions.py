"""
Sessions of professionals at the portal: begun with their trace, looked at by each request, ended by the person, the provider or time.

A session is named by a token that only the browser holds: which, and a secret whose digest alone is kept. What Pro Santé Connect gave is
sealed, and forgotten with the session. Source: identity-and-messaging.md §2.3.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from carnet.domain.actor import Actor
from carnet.domain.audit import store as audit_store
from carnet.domain.audit.model import EventType, did
from carnet.domain.audit.trail import Sealer, prepare
from carnet.domain.errors import NotFound
from carnet.domain.professionals import store
from carnet.domain.professionals.model import (
    HeldTokens,
    KnownProfessional,
    Practice,
    ProfessionalSession,
    SessionTerms,
    SignedInProfessional,
)
from carnet.storage.database import Connection, Database
from carnet.storage.sealing import SealingKey
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.uuid7 import uuid7

SESSIONS_KEY = "professional sessions"  # purpose of the key that seals what is known and the tokens
SEEN_EVERY = timedelta(minutes=1)  # the instant of the last use is kept to the minute: a page read is not a row written
_SECRET_BYTES = 32
_ID_BYTES = 16
_MAX_DEVICE = 120
_RENEWAL = timedelta(seconds=15)  # how long one request may be at renewing before another tries


@frozen
class Seals:
    """sessions: seals what is known of a professional, and tokens. trail: seals the system's trail."""

    sessions: SealingKey
    trail: Sealer


async def begin(
    tx: Connection, known: KnownProfessional, *, actor: Actor, practice: Practice | None, device: str, seals: Seals, at: datetime,
    terms: SessionTerms, tokens: HeldTokens | None = None, provider_session: str | None = None, ends_at: datetime | None = None,
) -> tuple[ProfessionalSession, str]:  # fmt: skip
    """
    Begin a session.

    Takes
        tx: a connection inside a transaction. actor: the professional, with the means by which they proved who they are.
        practice: the situation, when there is nothing to choose. provider_session: `sid`, by which the provider will end it.
        ends_at: earlier than the terms say, if it must be.
    Gives
        the session, and the token for the browser: nobody can make it again.
    """
    secret, session_id = secrets.token_bytes(_SECRET_BYTES), uuid7()
    latest = at + terms.absolute
    session = ProfessionalSession(
        session_id, actor.authentication.means, device[:_MAX_DEVICE] or "appareil inconnu", at, at,
        latest if ends_at is None else min(latest, ends_at),
    )  # fmt: skip
    told = orjson.dumps({"name": known.name, "practices": [asdict(each) for each in known.practices]})
    values = {
        "session_id": session_id, "secret_hash": hashlib.sha256(secret).digest(), "person": known.person,
        "situation": None if practice is None else practice.ident, "known": seals.sessions.seal(told, _known_of(session_id)),
        "tokens": None if tokens is None else _sealed(tokens, seals.sessions, session_id),
        "fresh_until": None if tokens is None else tokens.fresh_until,
        "provider_session": None if provider_session is None else _digest_of(provider_session),
        "means": session.means, "device": session.device, "begun_at": at, "ends_at": session.ends_at,
    }  # fmt: skip
    await store.insert(tx, values)
    await _append(tx, did(actor, EventType.SIGNED_IN, at=at, means=session.means), seals)
    return session, _written(session_id, secret)


async def resume(
    database: Database, token: str, *, seals: Seals, at: datetime, terms: SessionTerms
) -> SignedInProfessional | None:
    """Who this token signs in, now; None when it does not, whatever the reason."""
    read = _read(token)
    row = None if read is None else await store.find(database, read[0])
    if read is None or row is None:
        return None
    session_id, secret = read
    session = ProfessionalSession(*row[:6])
    digest, ended_at, person, situation, known, tokens, fresh_until = row[6:]
    is_its_own = hmac.compare_digest(hashlib.sha256(secret).digest(), bytes(digest))
    if not is_its_own or ended_at is not None or at >= session.expires_at(terms):
        return None
    if at - session.seen_at >= SEEN_EVERY:
        await store.see(database, session_id, at)
    told = orjson.loads(seals.sessions.open(bytes(known), _known_of(session_id)))
    professional = KnownProfessional(person, told["name"], tuple(Practice(**each) for each in told["practices"]))
    held = None
    if tokens is not None:
        held = HeldTokens(orjson.loads(seals.sessions.open(bytes(tokens), _tokens_of(session_id))), fresh_until)
    return SignedInProfessional(professional, professional.practice(situation), session, held)


async def former(database: Database, token: str) -> tuple[UUID, str] | None:
    """The session that a token named and whose it was, though it may have ended; None when it names none."""
    read = _read(token)
    row = None if read is None else await store.find(database, read[0])
    if read is None or row is None or not hmac.compare_digest(hashlib.sha256(read[1]).digest(), bytes(row[6])):
        return None
    return read[0], str(row[8])


async def choose_practice(
    tx: Connection, session_id: UUID, practice: Practice, *, actor: Actor, seals: Seals, at: datetime
) -> None:
    """
    Practise in this situation from now on.

    Takes
        practice: one of the professional's. actor: them, in that situation.
    Raises
        NotFound: `session-unknown`: the session has ended.
    """
    if not await store.choose(tx, session_id, practice.ident):
        raise NotFound("session-unknown")
    await _append(tx, did(actor, EventType.SITUATION_CHOSEN, at=at, situation=practice.ident), seals)


async def claim_renewal(database: Database, session_id: UUID, held: HeldTokens, *, at: datetime) -> bool:
    """Whether the asker is the one who renews these tokens: a provider may refuse a second use of what was already renewed."""
    return await store.claim_renewal(database, session_id, fresh_until=held.fresh_until, at=at, until=at + _RENEWAL)


async def renew(database: Database, session_id: UUID, held: HeldTokens, *, seals: Seals) -> None:
    """Keep what the provider gave anew."""
    await store.renew(
        database, session_id, tokens=_sealed(held, seals.sessions, session_id), fresh_until=held.fresh_until
    )


async def end(tx: Connection, session_id: UUID, *, actor: Actor, cause: str, seals: Seals, at: datetime) -> bool:
    """End a session; False when it was not open. cause: `signed-out`, `refresh-refused`."""
    if not await store.end(tx, session_id, at):
        return False
    await _append(tx, did(actor, EventType.SIGNED_OUT, at=at, cause=cause), seals)
    return True


async def end_by_provider(tx: Connection, provider_session: str, *, actor: Actor, seals: Seals, at: datetime) -> int:
    """End every session that began in this one of the provider. actor: carnet, at the provider's word. How many."""
    ended = await store.end_by_provider(tx, _digest_of(provider_session), at)
    for _ in ended:
        await _append(tx, did(actor, EventType.SIGNED_OUT, at=at, cause="ended-by-provider"), seals)
    return len(ended)


async def _append(tx: Connection, event: Any, seals: Seals) -> None:
    await audit_store.append_system(tx, prepare(event, seals.trail))


def _sealed(held: HeldTokens, key: SealingKey, session_id: UUID) -> bytes:
    values: Mapping[str, Any] = held.values
    return key.seal(orjson.dumps(dict(values)), _tokens_of(session_id))


def _known_of(session_id: UUID) -> bytes:
    return b"professional session:" + session_id.bytes


def _tokens_of(session_id: UUID) -> bytes:
    return b"professional tokens:" + session_id.bytes


def _digest_of(provider_session: str) -> bytes:
    return hashlib.sha256(provider_session.encode()).digest()


def _written(session_id: UUID, secret: bytes) -> str:
    return base64.urlsafe_b64encode(session_id.bytes + secret).decode().rstrip("=")


def _read(token: str) -> tuple[UUID, bytes] | None:
    try:
        plain = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(plain) != _ID_BYTES + _SECRET_BYTES:
        return None
    return UUID(bytes=plain[:_ID_BYTES]), plain[_ID_BYTES:]
