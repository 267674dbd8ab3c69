"""
The load client: keep-alive connections that each send a request, wait for its answer, and send the next. It does as little as it can.

Every answer is checked for its status, and its bytes are counted; nothing is parsed beyond the length of the body.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import cast

import uvloop

_PATIENCE_SECONDS = 30  # for the answers to what was sent last


@dataclass(slots=True)
class Run:
    """What one run of requests gave. latencies: seconds each. failures: first lines of the answers that were not a success."""

    seconds: float = 0.0
    client_cpu_seconds: float = 0.0
    received_bytes: int = 0
    latencies: list[float] = field(default_factory=list)
    failures: list[bytes] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.latencies)

    @property
    def per_second(self) -> float:
        return self.count / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """Latency in milliseconds under which this share (0 to 1) of the answers came."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000


def run(ports: Sequence[int], requests: Sequence[bytes], *, connections: int = 16, seconds: float = 60) -> Run:
    """
    Send every request, in order, over that many connections; those not begun after so many seconds are left out.

    ports: of the workers of one server; connections are dealt among them in turn.
    """
    return uvloop.run(_run(ports, requests, connections, seconds))


async def _run(ports: Sequence[int], requests: Sequence[bytes], connections: int, seconds: float) -> Run:
    loop = asyncio.get_running_loop()
    told = Run()
    started = time.perf_counter()
    cpu = time.process_time()
    waiting = iter(requests)
    clients = []
    for number in range(connections):
        client = _Client(waiting, told, started + seconds, loop.create_future())
        await loop.create_connection(partial(_same, client), "127.0.0.1", ports[number % len(ports)])
        clients.append(client)
    async with asyncio.timeout(seconds + _PATIENCE_SECONDS):
        await asyncio.gather(*(client.done for client in clients))
    told.seconds = time.perf_counter() - started
    told.client_cpu_seconds = time.process_time() - cpu
    return told


def _same(client: "_Client") -> "_Client":
    return client


class _Client(asyncio.Protocol):
    def __init__(self, waiting: Iterator[bytes], told: Run, deadline: float, done: "asyncio.Future[None]") -> None:
        self.done = done
        self._waiting = waiting
        self._told = told
        self._deadline = deadline
        self._transport: asyncio.Transport
        self._sent = 0.0
        self._missing = -1  # bytes of the body still to come; -1 while its length is unknown
        self._head = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one without inheriting from it
        self._next()

    def connection_lost(self, _: Exception | None) -> None:
        if not self.done.done():
            self._told.failures.append(b"connection lost")
            self.done.set_result(None)

    def _next(self) -> None:
        now = time.perf_counter()
        request = next(self._waiting, None) if now < self._deadline else None
        if request is None:
            self.done.set_result(None)
            self._transport.close()
            return
        self._sent, self._missing, self._head = now, -1, b""
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        if self._missing < 0:
            self._head += data
            end = self._head.find(b"\r\n\r\n")
            if end < 0:
                return
            at = self._head.lower().find(b"content-length:", 0, end) if b"ontent-" in self._head else -1
            length = int(self._head[at + 15 : self._head.find(b"\r\n", at)]) if at >= 0 else 0
            self._missing = length + end + 4 - len(self._head)
            self._told.received_bytes += length
        else:
            self._missing -= len(data)
        if self._missing == 0:
            if not self._head.startswith(b"HTTP/1.1 2"):
                self._told.failures.append(self._head[:400])
            self._told.latencies.append(time.perf_counter() - self._sent)
            self._next()


def get(path: str, headers: Sequence[str] = ()) -> bytes:
    """A GET ready to be sent."""
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


def post(path: str, body: bytes, headers: Sequence[str] = (), *, method: str = "POST") -> bytes:
    """A POST of a FHIR body, or another method that has one, ready to be sent."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *headers]
    lines += ["Content-Type: application/fhir+json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body
