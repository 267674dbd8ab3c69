"""
What is refused before its time: tokens given back, tokens of clients disabled or whose keys were lost.

Tokens are verified without a query. Each process keeps the lists in memory, and reads one figure in the database a few times a second
to know that they moved (docs/decisions/0022-revocation.md). Source: RFC 7009.
"""

from collections.abc import Mapping
from datetime import datetime

from carnet.domain.clients import store
from carnet.storage.database import Connection
from carnet.vocabulary.clock import Clock

POLL_SECONDS = 0.3  # a change is known everywhere in less than a second: one poll, one read


class TokenRefusals:
    """The lists of this process. Empty until the first refresh."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._edition = -1
        self._before: Mapping[str, datetime] = {}
        self._revoked: frozenset[str] = frozenset()

    async def refresh(self, connection: Connection) -> bool:
        """
        Read the lists again if they moved; says whether they did.

        The figure is read first: what moves between the two reads is read twice, never missed.
        """
        edition = await store.edition(connection)
        if edition == self._edition:
            return False
        before, revoked = await store.refused_before(connection), await store.revoked(connection, now=self._clock())
        self._before, self._revoked, self._edition = before, revoked, edition
        return True

    def refuses(self, client_id: str | None, *, jti: str, issued_at: datetime) -> bool:
        """Whether a sound token opens nothing any more. Hot: two look-ups."""
        if jti in self._revoked:
            return True
        before = self._before.get(client_id) if client_id is not None else None
        return before is not None and issued_at < before
