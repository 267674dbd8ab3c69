"""Bodies of requests: bounded one by one, and all together, so that a burst of large ones cannot take the memory of the server."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import TracebackType

from starlette.requests import Request

from carnet.domain.errors import Invalid, Unavailable
from carnet.web.doorkeeper import NO_PLACE, PLACE


class BodyTooLarge(Invalid):
    """Past the limit of one body; nothing of it was kept."""


class BodyCut(Invalid):
    """The client left, or sent less than it announced."""


@dataclass(slots=True)
class BodyBudget:
    """
    The memory that bodies in flight may take.

    max_body_bytes: of one. total_bytes: of all. taken_bytes: now.
    """

    max_body_bytes: int
    total_bytes: int
    taken_bytes: int = 0

    def read(self, request: Request) -> "Whole":
        """
        The whole body, for a block; its share of the budget is given back at the end of the block.

        Raises
            on entering it, as `stream`; Saturated: no place among the acts under way.
        """
        return Whole(self, request)

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncIterator[AsyncGenerator[bytes, None]]:
        """
        The body as it comes; its share of the budget, which whoever reads it may go on using, is given back at the end of the block.

        Raises
            BodyTooLarge: `body-too-large`, before anything is read when the length is announced. BodyCut: `body-cut`.
            Unavailable: `server-busy` when the budget is spent.
        """
        arrival = _Arrival(self, request)
        try:
            arrival.begin()
            yield arrival.chunks()
        finally:
            arrival.give_back()

    def take(self, size: int) -> int:
        """Raises Unavailable: `server-busy`."""
        if self.taken_bytes + size > self.total_bytes:
            raise Unavailable("server-busy")
        self.taken_bytes += size
        return size


class Whole:
    """A body held for a block. Every deposit has one: a class, since a generator made into a context costs several times as much."""

    __slots__ = ("_arrival", "_place")

    def __init__(self, budget: BodyBudget, request: Request) -> None:
        self._arrival = _Arrival(budget, request)
        self._place = request.scope.get(PLACE, NO_PLACE)

    async def __aenter__(self) -> bytes:
        arrival = self._arrival
        try:
            arrival.begin()
            chunks = []
            while (chunk := await arrival.next()) is not None:
                chunks.append(chunk)
            await self._place.__aenter__()
        except BaseException:
            arrival.give_back()
            raise
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self._place.__aexit__(kind, fault, trace)
        finally:
            self._arrival.give_back()


class _Arrival:
    """One body, as its messages come."""

    __slots__ = ("_announced", "_budget", "_held", "_more", "_received", "_request")

    def __init__(self, budget: BodyBudget, request: Request) -> None:
        self._budget = budget
        self._request = request
        self._announced = self._held = self._received = 0  # bytes
        self._more = True

    def begin(self) -> None:
        announced = self._request.headers.get("content-length", "")
        # A length too long to be a number of bytes is past any limit, whatever it says.
        self._announced = int(announced[:18]) if announced.isdecimal() else 0
        self._refuse_past_limit(self._announced)
        self._held = self._budget.take(self._announced)

    async def next(self) -> bytes | None:
        """What comes next; None when all has come."""
        while self._more:
            message = await self._request.receive()
            if message["type"] == "http.disconnect":
                raise BodyCut("body-cut")
            self._more = message.get("more_body", False)
            chunk: bytes = message.get("body", b"")
            self._received += len(chunk)
            self._refuse_past_limit(self._received)
            if self._received > self._held:
                self._held += self._budget.take(self._received - self._held)
            if chunk:
                return chunk
        if self._received < self._announced:
            raise BodyCut("body-cut")
        return None

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        while (chunk := await self.next()) is not None:
            yield chunk

    def give_back(self) -> None:
        self._budget.taken_bytes -= self._held
        self._held = 0

    def _refuse_past_limit(self, size: int) -> None:
        if size > self._budget.max_body_bytes:
            raise BodyTooLarge("body-too-large", limit=str(self._budget.max_body_bytes))
