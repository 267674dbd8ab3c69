"""
Connections of the hot path: statements prepared once, in binary both ways, without a cursor in between, sent several at a time.

An act of the record is two or three statements: psycopg's cursor and pool cost more than the statement itself there. This speaks to libpq through
psycopg's own bindings, and converts with its loaders.

Statements that are asked in the same turn of the loop leave together on one connection (pipeline mode of libpq) and share one transaction: PostgreSQL
runs one after the other without going to sleep in between, and its log is flushed once. If one fails, all are undone, and each is asked again by
itself. Writes wait for those that are being kept, so that more of them share a flush. Everything else goes through `storage.database`.
"""

import asyncio
import itertools
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

import psycopg
from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo

from carnet.storage.lane import Asked, Lane, LaneBroken, Order, Row, Transaction, fail
from carnet.storage.lane_values import Values, dumped, numbered

Configure = Callable[[AsyncConnection[Row]], Awaitable[None]]

_WAITERS_PER_LANE = 50
_PATIENCE_SECONDS = 0.05  # after which writes no longer wait for those that left before them


class LaneBusy(Exception):
    """No connection came free in time."""


class Lanes:
    """A few connections, opened as they are needed, each given a handful of statements when it has answered the former ones."""

    def __init__(
        self, conninfo: str, *, size: int, wait_seconds: float, together: int, configure: Configure, **options: str
    ) -> None:  # fmt: skip
        """
        Takes
            size: connections at most. wait_seconds: how long a statement waits for one before LaneBusy. together: those that share a
            transaction, at most. configure: run on each new connection. options: parameters of the connection, as libpq names them.
        """
        self._configure = configure
        self._conninfo = make_conninfo(conninfo, **options)
        self._size = size
        self._wait_seconds = wait_seconds
        self._together = together
        self._idle: list[Lane] = []
        self._queue: deque[Asked] = deque()
        self._writes: deque[Asked] = deque()
        self._again: deque[Asked] = deque()  # those whose transaction was undone for another's fault
        self._waiting = (self._again, self._writes, self._queue)
        self._keeping: Lane | None = None  # the lane whose writes the next ones wait for,
        self._patience: asyncio.TimerHandle | None = None  # and until when
        self._is_due = False
        self._lanes: set[Lane] = set()
        self._opening: set[asyncio.Task[None]] = set()
        self._is_closed = False

    async def fetch(self, statement: str, values: Values, *, order: Order | None = None) -> list[Row]:
        """
        Run one statement, and give its rows once its transaction, which others may share, is kept.

        Takes
            statement: with `%(name)s`. values: text, bytes, int, bool, UUID, aware datetime, lists of these, None. order: of a write that locks
            the record of a patient; None: anything else.

        Raises
        ------
            LaneBusy: every connection stayed taken. psycopg.Error: as psycopg itself.
        """
        if self._together <= 1:
            order = None  # writes wait for each other to share a transaction
        query, names = numbered(statement)
        oids, params, formats = dumped(names, values)
        loop = asyncio.get_running_loop()
        asked = Asked(query, oids, params, formats, loop.create_future(), order)
        if sum(map(len, self._waiting)) >= self._size * _WAITERS_PER_LANE:
            raise LaneBusy
        (self._queue if order is None else self._writes).append(asked)
        if not self._idle:
            self._make_wait(asked)
        elif not self._is_due and (order is None or self._keeping is None):
            self._is_due = True
            loop.call_soon(self._dispatch)
        return await asked.answer

    def _make_wait(self, asked: Asked) -> None:
        if asked.timeout is None:
            asked.timeout = asyncio.get_running_loop().call_later(self._wait_seconds, self._give_up, asked)
        self._open_another()

    def _dispatch(self) -> None:
        """Give what waits to lanes that are free, as many statements to each as may leave together."""
        self._is_due = False
        while self._idle:
            if again := self._taken(self._again):
                transactions = [Transaction([each]) for each in again]
            elif self._keeping is None and (writes := self._taken(self._writes)):
                self._keeping = self._idle[-1]
                self._patience = asyncio.get_running_loop().call_later(_PATIENCE_SECONDS, self._pass_by)
                transactions = [Transaction(sorted(writes, key=_order))]
            elif asked := self._taken(self._queue):
                transactions = [Transaction(asked)]
            else:
                return
            self._idle.pop().send(transactions)
        for waiting in itertools.chain(*self._waiting):
            self._make_wait(waiting)

    def _taken(self, queue: deque[Asked]) -> list[Asked]:
        """The first of those that wait, as many as may leave together, taken out of the queue."""
        taken: list[Asked] = []
        while queue and len(taken) < self._together:
            asked = queue.popleft()
            if asked.timeout is not None:
                asked.timeout.cancel()
                asked.timeout = None
            if not asked.answer.done():  # else who asked has left
                taken.append(asked)
        return taken

    def _pass_by(self) -> None:
        """Writes that take their time, behind a lock perhaps, no longer hold the next ones up."""
        self._keeping = None
        self._dispatch()

    def _ask_again(self, asked: Sequence[Asked]) -> None:
        """Those of a transaction that was undone: each has its own now."""
        self._again.extend(asked)
        self._dispatch()

    def _open_another(self) -> None:
        if len(self._lanes) + len(self._opening) < self._size and not self._is_closed:
            opening = asyncio.create_task(self._open())
            self._opening.add(opening)
            opening.add_done_callback(self._opening.discard)

    async def _open(self) -> None:
        try:
            connection = await AsyncConnection[Row].connect(self._conninfo, autocommit=True)
            await self._configure(connection)
        except psycopg.Error as error:
            if self._lanes:
                return  # another will serve who waits, or their time will pass
            self._fail_all(LaneBroken(str(error)))
            return
        lane = Lane(connection, self._freed, self._forget, self._ask_again)
        if self._is_closed:
            lane.close()
            return
        self._lanes.add(lane)
        self._freed(lane)

    def _freed(self, lane: Lane) -> None:
        """It has answered all that it was given."""
        self._kept(lane)
        if lane.is_usable and not self._is_closed:
            self._idle.append(lane)
        else:
            lane.close()
            self._forget(lane)
        if any(self._waiting):
            self._dispatch()

    def _kept(self, lane: Lane) -> None:
        if self._keeping is lane:
            self._keeping = None
            if self._patience is not None:
                self._patience.cancel()

    def _forget(self, lane: Lane) -> None:
        self._kept(lane)
        self._lanes.discard(lane)
        if lane in self._idle:
            self._idle.remove(lane)
        if any(self._waiting):
            self._open_another()

    def _give_up(self, asked: Asked) -> None:
        for queue in self._waiting:
            if asked in queue:  # else it is on its way, and has a time of its own
                queue.remove(asked)
                fail(asked, LaneBusy())

    def _fail_all(self, error: Exception) -> None:
        for queue in self._waiting:
            while queue:
                fail(queue.popleft(), error)

    async def close(self) -> None:
        self._is_closed = True
        for opening in list(self._opening):
            opening.cancel()
        for lane in list(self._lanes):
            lane.close()
        self._lanes.clear()
        self._idle.clear()
        self._fail_all(LaneBusy())


def _order(asked: Asked) -> Order:
    assert asked.order is not None
    return asked.order
