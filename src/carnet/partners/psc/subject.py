"""The professional for whom Pro Santé Connect gave a token, once PSC has said that it holds. Source: identity-and-messaging.md §2.5."""

import hashlib
from collections import OrderedDict
from datetime import datetime, timedelta

from carnet.domain.errors import Refused
from carnet.formats.psc.userinfo import UserInfo, read_userinfo
from carnet.partners.psc.port import Psc
from carnet.vocabulary.clock import Clock

_REMEMBERED = 1000
_LONGEST = timedelta(minutes=2)  # the life of an access token of PSC


class PscSubjects:
    """
    Asks PSC, and remembers what it said of a person as long as the token lives. Whether the token holds is asked every time.

    Takes
        levels: `acr` that are enough.
    """

    def __init__(self, provider: Psc, *, levels: frozenset[str], clock: Clock) -> None:
        self._provider = provider
        self._levels = levels
        self._clock = clock
        self._told: OrderedDict[bytes, tuple[UserInfo, datetime]] = OrderedDict()

    async def of(self, token: str) -> UserInfo:
        """
        Who the token was given to.

        Raises
            Refused: `psc-token-refused` (not active, expired, of someone else than its user-info says), `psc-level-insufficient`.
            Invalid: `psc-userinfo-unreadable`. Unavailable: `psc-unreachable`.
        """
        found = await self._provider.introspect(token)
        now = self._clock()
        if not found.is_active or (found.expires_at is not None and found.expires_at <= now):
            raise Refused("psc-token-refused")
        if found.level not in self._levels:
            raise Refused("psc-level-insufficient")
        digest = hashlib.sha256(token.encode()).digest()
        known = self._told.get(digest)
        if known is not None and now < known[1]:
            told = known[0]
        else:
            told = read_userinfo(await self._provider.userinfo(token))
            self._remember(digest, told, until=min(found.expires_at or now + _LONGEST, now + _LONGEST))
        if found.identifier is not None and found.identifier != told.identifier:
            raise Refused("psc-token-refused")
        return told

    async def close(self) -> None:
        await self._provider.close()

    def _remember(self, digest: bytes, told: UserInfo, *, until: datetime) -> None:
        self._told[digest] = told, until
        self._told.move_to_end(digest)
        if len(self._told) > _REMEMBERED:
            self._told.popitem(last=False)
