"""
Cursors of searches: the query and where its next page starts, sealed.

A cursor opens only for the actor it was given to and for the kind of resource it was given for, and holds nothing but what was asked and the last entry shown; no INS shows in a link.
"""

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime, timedelta

import orjson

from carnet.domain.actor import Actor
from carnet.domain.errors import Invalid
from carnet.domain.record.search import Page
from carnet.storage.sealing import SealBroken, SealingKey
from carnet.vocabulary.frozen import frozen

LIFETIME = timedelta(hours=12)


@frozen
class Cursor:
    """parameters: of the first request. total: of the first page, None when not wanted. issued_at: aware, UTC."""

    parameters: tuple[tuple[str, str], ...]
    page: Page
    total: int | None
    issued_at: datetime


def seal_cursor(cursor: Cursor, *, kind: str, actor: Actor, key: SealingKey) -> str:
    """Text safe in a URL. kind: of the resource searched."""
    plain = orjson.dumps(
        [cursor.parameters, cursor.page.after_value, cursor.page.after_id, cursor.total, cursor.issued_at],
        option=orjson.OPT_UTC_Z,
    )
    return base64.urlsafe_b64encode(key.seal(plain, _aad(kind, actor))).decode().rstrip("=")


def open_cursor(text: str, *, kind: str, actor: Actor, key: SealingKey, now: datetime) -> Cursor:
    """
    Read a cursor back.

    Raises
        Invalid: `cursor-invalid`: altered, expired, given to someone else or for another kind of resource.
    """
    try:
        sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        parameters, value, after_id, total, issued = orjson.loads(key.open(sealed, _aad(kind, actor)))
    except (SealBroken, ValueError, binascii.Error) as broken:
        raise Invalid("cursor-invalid") from broken
    issued_at = datetime.fromisoformat(issued)
    if now - issued_at > LIFETIME:
        raise Invalid("cursor-invalid")
    pairs = tuple((str(name), str(text)) for name, text in parameters)
    return Cursor(pairs, Page(datetime.fromisoformat(value), after_id), total, issued_at)


def _aad(kind: str, actor: Actor) -> bytes:
    """What the cursor is for, and who: the person or the software, and in which capacity."""
    who: Sequence[str | None] = (
        actor.kind, actor.person, actor.organization, actor.software, actor.ins.matricule if actor.ins else None, actor.purpose,
    )  # fmt: skip
    return f"cursor:{kind}:".encode() + orjson.dumps(who)
