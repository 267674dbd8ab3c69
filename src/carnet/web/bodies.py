"""Bodies of requests: bounded one by one, and all together, so that a burst of large ones cannot take the memory of the server."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.requests import ClientDisconnect, Request

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

    @asynccontextmanager
    async def read(self, request: Request) -> AsyncIterator[bytes]:
        """
        The whole body; its share of the budget is given back at the end of the block.

        Raises
            as `stream`; Saturated: no place among the acts under way.
        """
        async with self.stream(request) as arriving:
            chunks = [chunk async for chunk in arriving]
            async with request.scope.get(PLACE, NO_PLACE):
                yield chunks[0] if len(chunks) == 1 else b"".join(chunks)

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncIterator[AsyncGenerator[bytes, None]]:
        """
        The body as it comes; its share of the budget, which whoever reads it may go on using, is given back at the end of the block.

        Raises
            BodyTooLarge: `body-too-large`, before anything is read when the length is announced. BodyCut: `body-cut`.
            Unavailable: `server-busy` when the budget is spent.
        """
        announced = request.headers.get("content-length", "")
        # A length too long to be a number of bytes is past any limit, whatever it says.
        size = int(announced[:18]) if announced.isdecimal() else 0
        if size > self.max_body_bytes:
            raise BodyTooLarge("body-too-large", limit=str(self.max_body_bytes))
        held = 0

        async def arriving() -> AsyncGenerator[bytes, None]:
            nonlocal held
            received = 0
            try:
                async for chunk in request.stream():
                    received += len(chunk)
                    if received > self.max_body_bytes:
                        raise BodyTooLarge("body-too-large", limit=str(self.max_body_bytes))
                    if received > held:
                        held += self._take(received - held)
                    yield chunk
            except ClientDisconnect as gone:
                raise BodyCut("body-cut") from gone
            if received < size:
                raise BodyCut("body-cut")

        try:
            held = self._take(size)
            yield arriving()
        finally:
            self.taken_bytes -= held

    def _take(self, size: int) -> int:
        if self.taken_bytes + size > self.total_bytes:
            raise Unavailable("server-busy")
        self.taken_bytes += size
        return size
