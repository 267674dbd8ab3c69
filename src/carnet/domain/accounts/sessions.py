"""
Sessions of the holder at the portal: begun with their trace, looked at by each request, ended by the person or by time.

A session is named by a token that only the browser holds: who, which, and a secret whose digest alone is kept.
Source: identity-and-messaging.md §3.1 (30 minutes unused), §3.3; OWASP ASVS 4.0 §3.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from carnet.domain.accounts import store
from carnet.domain.accounts.model import CitizenSession, SessionTerms, SignedIn
from carnet.domain.actor import Actor
from carnet.domain.audit import store as audit_store
from carnet.domain.audit.model import EventType, did
from carnet.domain.audit.trail import prepare
from carnet.domain.consent.store import lock_at
from carnet.domain.errors import NotFound
from carnet.storage.database import Connection, Database
from carnet.storage.keys import KeyRing
from carnet.vocabulary.uuid7 import uuid7

_SECRET_BYTES = 32
_ID_BYTES = 16
_MAX_DEVICE = 120
SEEN_EVERY = timedelta(minutes=1)  # the instant of the last use is kept to the minute: a page read is not a row written


async def begin(
    tx: Connection, patient_id: UUID, *, actor: Actor, device: str, keys: KeyRing, at: datetime, terms: SessionTerms
) -> tuple[CitizenSession, str]:
    """
    Begin a session, and the visit it makes.

    Takes
        tx: a connection inside a transaction. actor: the holder, with the means by which they proved who they are.
    Gives
        the session, and the token for the browser: nobody can make it again.
    Raises
        NotFound: `record-unknown`.
    """
    held = await lock_at(tx, patient_id, at)
    if held is None:
        raise NotFound("record-unknown")
    secret = secrets.token_bytes(_SECRET_BYTES)
    shown = device[:_MAX_DEVICE] or "appareil inconnu"
    session = CitizenSession(uuid7(), actor.authentication.means, shown, at, at, at + terms.absolute)
    await store.insert(tx, patient_id, session, hashlib.sha256(secret).digest())
    await store.begin_visit(tx, patient_id, at)
    event = did(actor, EventType.SIGNED_IN, at=held.at, means=session.means)
    await audit_store.append(tx, patient_id, prepare(event, keys.patient_key(patient_id, held.wrapped_key)))
    return session, _written(patient_id, session.session_id, secret)


async def resume(database: Database, token: str, *, at: datetime, terms: SessionTerms) -> SignedIn | None:
    """Who this token signs in, now; None when it does not, whatever the reason."""
    read = _read(token)
    if read is None:
        return None
    patient_id, session_id, secret = read
    found = await store.find(database, patient_id, session_id)
    if found is None:
        return None
    signed_in, digest, ended_at = found
    is_its_own = hmac.compare_digest(hashlib.sha256(secret).digest(), digest)
    if not is_its_own or ended_at is not None or at >= signed_in.session.expires_at(terms):
        return None
    if at - signed_in.session.seen_at >= SEEN_EVERY:
        await store.see(database, patient_id, session_id, at)
    return signed_in


async def former(database: Database, token: str) -> tuple[UUID, UUID] | None:
    """The session that a token named and whose it was, though it may have ended; None when it names none."""
    read = _read(token)
    found = None if read is None else await store.find(database, read[0], read[1])
    if read is None or found is None or not hmac.compare_digest(hashlib.sha256(read[2]).digest(), found[1]):
        return None
    return read[1], read[0]


async def extend(database: Database, patient_id: UUID, session_id: UUID, *, at: datetime, terms: SessionTerms) -> bool:
    """The person asks to stay: the session lasts from now as long as a new one; False when it is over."""
    return await store.extend(database, patient_id, session_id, at, ends_at=at + terms.absolute)


async def end(database: Database, patient_id: UUID, session_id: UUID, *, at: datetime) -> bool:
    """End one session of this person; False when it was not open."""
    return await store.end(database, patient_id, session_id, at)


async def end_all(database: Database, patient_id: UUID, *, at: datetime, but: UUID | None = None) -> int:
    """End every session of this person, but this one. How many."""
    return await store.end_all(database, patient_id, at, but=but)


async def end_with(
    tx: Connection, patient_id: UUID, *, at: datetime, session_id: UUID | None = None, but: UUID | None = None
) -> int:
    """As `end` or, without session_id, `end_all`, in the transaction of its trace. How many were open."""
    return await store.end_in(tx, patient_id, at, session_id=session_id, but=but)


async def open_sessions(
    database: Database, patient_id: UUID, *, at: datetime, terms: SessionTerms
) -> list[CitizenSession]:
    """Those that are open now, the last used first."""
    held = await store.unended(database, patient_id)
    return [session for session in held if at < session.expires_at(terms)]


def _written(patient_id: UUID, session_id: UUID, secret: bytes) -> str:
    return base64.urlsafe_b64encode(patient_id.bytes + session_id.bytes + secret).decode().rstrip("=")


def _read(token: str) -> tuple[UUID, UUID, bytes] | None:
    try:
        plain = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(plain) != 2 * _ID_BYTES + _SECRET_BYTES:
        return None
    patient_id, session_id = UUID(bytes=plain[:_ID_BYTES]), UUID(bytes=plain[_ID_BYTES : 2 * _ID_BYTES])
    return patient_id, session_id, plain[2 * _ID_BYTES :]
