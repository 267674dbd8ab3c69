"""
What one software may take of this process: so many requests a second, and no more than its part when there is no room for all.

In memory, for each process: with n processes, a software has n times as much. Keyed by software, never by patient.
"""

import asyncio
import math
import time
from collections import OrderedDict, deque
from collections.abc import Callable

from carnet.domain.errors import Unavailable

_BURST_SECONDS = 2.0  # what was not used of the last two seconds may be used at once
_PATIENCE_SECONDS = 2.0
_RETRY_SECONDS = 1


class Throttled(Unavailable):
    """Not now, for this software; nothing was done."""

    def __init__(self, code: str, /, *, seconds: int) -> None:
        super().__init__(code, seconds=str(seconds))
        self.retry_after_seconds = seconds


class TooOften(Throttled):
    """Past its rate: 429."""


class Saturated(Throttled):
    """No room now, and its queue is full or did not move: 503."""


class Rates:
    """One token bucket for each software. per_second: 0 means without limit."""

    def __init__(self, per_second: int, *, now: Callable[[], float] = time.monotonic) -> None:
        self._rate = float(per_second)
        self._burst = max(1.0, self._rate * _BURST_SECONDS)
        self._now = now
        self._left: dict[
            str, tuple[float, float]
        ] = {}  # client → what is left, at an instant; bounded by who is registered

    def take(self, client: str) -> None:
        """One request; about half a microsecond. Raises TooOften: `client-rate-exceeded`, with when to come back."""
        if not self._rate:
            return
        now = self._now()
        left, at = self._left.get(client, (self._burst, now))
        left = min(self._burst, left + (now - at) * self._rate)
        if left < 1:
            self._left[client] = (left, now)
            raise TooOften("client-rate-exceeded", seconds=max(1, math.ceil((1 - left) / self._rate)))
        self._left[client] = (left - 1, now)


class FairShare:
    """
    Acts under way, together and for each software.

    A software that waits does not hold back another: each has its own short queue, and a place that becomes free goes to each in turn.

    Takes
        at_once: acts under way, together. per_client: of one software, less than at_once so that there is room for another.
        waiting: acts of one software that wait for a place; past it they are refused at once.
    """

    def __init__(
        self, *, at_once: int, per_client: int, waiting: int = 64, patience: float = _PATIENCE_SECONDS
    ) -> None:
        self._at_once = at_once
        self._per_client = min(per_client, at_once)
        self._waiting = waiting
        self._patience = patience
        self._busy = 0
        self._of: dict[str, int] = {}
        self._queues: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    async def enter(self, client: str) -> None:
        """
        Take a place; give it back by `leave`. Without waiting when there is room: a look-up and an addition.

        Raises
            Saturated: `client-share-exceeded`.
        """
        if self._busy < self._at_once and client not in self._queues and self._of.get(client, 0) < self._per_client:
            self._take(client)
            return
        queue = self._queues.setdefault(client, deque())
        if len(queue) >= self._waiting:
            raise Saturated("client-share-exceeded", seconds=_RETRY_SECONDS)
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.append(place)
        try:
            async with asyncio.timeout(self._patience):
                await place
        except BaseException as ended:
            if place.done() and not place.cancelled():
                self.leave(client)  # given while we were giving up
            else:
                self._forget(client, place)
            if isinstance(ended, TimeoutError):
                raise Saturated("client-share-exceeded", seconds=_RETRY_SECONDS) from None
            raise

    def leave(self, client: str) -> None:
        self._busy -= 1
        left = self._of[client] - 1
        if left:
            self._of[client] = left
        else:
            del self._of[client]
        if self._queues:
            self._give()

    def _take(self, client: str) -> None:
        self._busy += 1
        self._of[client] = self._of.get(client, 0) + 1

    def _give(self) -> None:
        """Free places go to those who wait, one each in turn."""
        while self._busy < self._at_once:
            client = next((name for name in self._queues if self._of.get(name, 0) < self._per_client), None)
            if client is None:
                return
            queue = self._queues[client]
            place = queue.popleft()
            if queue:
                self._queues.move_to_end(client)
            else:
                del self._queues[client]
            if not place.done():
                self._take(client)
                place.set_result(None)

    def _forget(self, client: str, place: asyncio.Future[None]) -> None:
        queue = self._queues.get(client)
        if queue is not None and place in queue:
            queue.remove(place)
            if not queue:
                del self._queues[client]
