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

_FIRST_TIDYING = 1000
POLL_SECONDS = 0.3  # a change is known everywhere in less than a second: one poll, one read


class TokenRefusals:
    """The lists of this process. Empty until the first refresh."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._edition = -1
        self._before: Mapping[str, datetime] = {}
        self._revoked: dict[str, datetime] = {}
        self._tidy_at = _FIRST_TIDYING

    async def refresh(self, connection: Connection) -> bool:
        """
        Read the lists again if they moved; says whether they did.

        The figure is read first: what moves between the two reads is read twice, never missed. Tokens are read from the last figure on: a
        software may give back each of its tokens, and the list be long.
        """
        edition = await store.edition(connection)
        if edition == self._edition:
            return False
        since = (
            self._edition if edition > self._edition else -1
        )  # a figure that steps back is of a restored database: all anew
        before = await store.refused_before(connection)
        self._revoked |= await store.revoked(connection, since=since, now=self._clock())
        self._before, self._edition = before, edition
        self._tidy()
        return True

    def _tidy(self) -> None:
        """Forget what has expired, each time the list has doubled."""
        if len(self._revoked) > self._tidy_at:
            now = self._clock()
            self._revoked = {jti: until for jti, until in self._revoked.items() if until > now}
            self._tidy_at = max(_FIRST_TIDYING, 2 * len(self._revoked))

    def refuses(self, client_id: str | None, *, jti: str, issued_at: datetime) -> bool:
        """Whether a sound token opens nothing any more. Hot: two look-ups."""
        if jti in self._revoked:
            return True
        before = self._before.get(client_id) if client_id is not None else None
        return before is not None and issued_at < before
