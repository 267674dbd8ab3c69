"""
State in a link: filters, the words of a search, where a page starts; sealed, so that no address tells of health or of anyone.

It opens for the session it was made in, and for a while only.
"""

import base64
import binascii
from datetime import datetime, timedelta
from typing import Any

import orjson

from carnet.storage.sealing import SealBroken, SealingKey

LIFETIME = timedelta(hours=12)
_MAX_CHARACTERS = 4_000


def seal_state(values: dict[str, Any], *, key: SealingKey, whose: bytes, at: datetime) -> str:
    """Text safe in an address. whose: the session."""
    plain = orjson.dumps([int(at.timestamp()), values])
    return base64.urlsafe_b64encode(key.seal(plain, b"portal state:" + whose)).decode().rstrip("=")


def open_state(
    text: str, *, key: SealingKey, whose: bytes, at: datetime, lifetime: timedelta = LIFETIME
) -> dict[str, Any]:
    """What was sealed; nothing when it is not ours, of another session, or too old: the page is then shown without state."""
    if not text or len(text) > _MAX_CHARACTERS:
        return {}
    try:
        sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        made_at, values = orjson.loads(key.open(sealed, b"portal state:" + whose))
    except (SealBroken, ValueError, binascii.Error):
        return {}
    return dict(values) if at.timestamp() - made_at < lifetime.total_seconds() else {}
