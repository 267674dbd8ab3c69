"""
Answers of identity providers: each serves once.

Source: OpenID Connect Core 1.0 §15.5.2; RFC 9700 §4.7.
"""

import hashlib
from datetime import datetime

from carnet.domain.errors import Refused
from carnet.domain.sign_in import store
from carnet.storage.database import Database


async def use_state(database: Database, state: str, *, expires_at: datetime, now: datetime) -> None:
    """
    Use up the state of a request.

    Takes
        expires_at: from then on it is refused for its age.
    Raises
        Refused: `sign-in-state-unknown`: it has served already, or is too old.
    """
    if now >= expires_at or not await store.claim(
        database, hashlib.sha256(state.encode()).digest(), expires_at=expires_at, now=now
    ):
        raise Refused("sign-in-state-unknown")
