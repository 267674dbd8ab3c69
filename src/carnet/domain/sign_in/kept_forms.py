"""
What someone was sending when their session had ended: kept for them alone, until they are signed in again.

Sealed under the server's key, found by a key that only their browser holds, opened for the same person; a quarter of an hour.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

import orjson

from carnet.domain.sign_in import store
from carnet.storage.database import Database
from carnet.storage.sealing import SealBroken, SealingKey
from carnet.vocabulary.frozen import frozen

LIFE = timedelta(minutes=15)


@frozen
class KeptForm:
    """address: where it was going. fields: what was typed, in order."""

    address: str
    fields: tuple[tuple[str, str], ...]


async def keep(database: Database, form: KeptForm, *, whose: str, seal: SealingKey, now: datetime) -> str:
    """Keep a form. whose: the person of the session that ended. Gives the key for their browser."""
    key = secrets.token_urlsafe(32)
    plain = orjson.dumps([whose, form.address, form.fields])
    digest = _digest_of(key)
    await store.keep_form(database, digest, seal.seal(plain, digest), expires_at=now + LIFE, now=now)
    return key


async def find(database: Database, key: str, *, whose: str, seal: SealingKey, now: datetime) -> KeptForm | None:
    """The form of this key, if it is this person's."""
    digest = _digest_of(key)
    sealed = await store.kept_form(database, digest, now=now)
    if sealed is None:
        return None
    try:
        owner, address, fields = orjson.loads(seal.open(sealed, digest))
    except SealBroken:
        return None
    return KeptForm(address, _pairs(fields)) if owner == whose else None


async def drop(database: Database, key: str) -> None:
    await store.drop_form(database, _digest_of(key))


def _pairs(fields: Sequence[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in fields)


def _digest_of(key: str) -> bytes:
    return hashlib.sha256(b"kept form:" + key.encode()).digest()
