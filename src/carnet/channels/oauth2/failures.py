"""
How many failed sign-ins an address may try: per client, so that a secret is not guessed, and in all.

Nothing is counted by client alone: a stranger elsewhere could then lock a hospital out by failing in its name.
"""

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from carnet.vocabulary.frozen import frozen

_WINDOW = timedelta(minutes=1)
_PER_CLIENT = 10  # failures of one client from one address
_PER_ADDRESS = 60  # failures of all clients from one address
_REMEMBERED = 10_000  # of each kind; past it the oldest is forgotten, so that invented names do not fill the memory


@dataclass(slots=True)
class _Count:
    since: datetime
    failures: int = 0
    announced: bool = False


@frozen
class Blocked:
    """retry_after_seconds: at least 1. is_first: of this window, the one worth a line in the trail."""

    retry_after_seconds: int
    is_first: bool


class FailureLimit:
    """Counts of this process, in memory: they protect for a minute and are worth nothing after it."""

    def __init__(self) -> None:
        self._counts: OrderedDict[tuple[str, str | None], _Count] = OrderedDict()
        self._trusted: OrderedDict[tuple[str, str], None] = OrderedDict()

    def blocked(self, address: str | None, client_id: str, *, now: datetime) -> Blocked | None:
        """
        Whether this client may try again from this address.

        A client that has already signed in from there is not held for the failures of its neighbours behind the same address.
        """
        network = network_of(address)
        count = self._over(network, client_id, limit=_PER_CLIENT, now=now)
        if count is None and (network, client_id) not in self._trusted:
            count = self._over(network, None, limit=_PER_ADDRESS, now=now)
        if count is None:
            return None
        is_first, count.announced = not count.announced, True
        return Blocked(max(1, int((count.since + _WINDOW - now).total_seconds()) + 1), is_first)

    def failed(self, address: str | None, client_id: str, *, now: datetime) -> None:
        network = network_of(address)
        for key in ((network, client_id), (network, None)):
            count = self._counts.get(key)
            if count is None or now >= count.since + _WINDOW:
                count = self._counts[key] = _Count(now)
            self._counts.move_to_end(key)
            count.failures += 1
        while len(self._counts) > _REMEMBERED:
            self._counts.popitem(last=False)

    def succeeded(self, address: str | None, client_id: str) -> None:
        key = (network_of(address), client_id)
        self._trusted[key] = None
        self._trusted.move_to_end(key)
        if len(self._trusted) > _REMEMBERED:
            self._trusted.popitem(last=False)

    def _over(self, network: str, client_id: str | None, *, limit: int, now: datetime) -> _Count | None:
        count = self._counts.get((network, client_id))
        return count if count is not None and now < count.since + _WINDOW and count.failures >= limit else None


def network_of(address: str | None) -> str:
    """What one sender holds: an IPv4 address, or the /64 of an IPv6 one, since its owner may use any of its addresses."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return address or "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
