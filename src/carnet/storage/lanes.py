"""
Connections of the hot path: statements prepared once, in binary both ways, without a cursor in between, sent several at a time.

An act of the record is two or three statements, each its own transaction. psycopg's cursor and pool cost more than the statement itself there;
this speaks to libpq through psycopg's own bindings, and converts with its loaders. Statements that are asked in the same turn of the loop leave
together on one connection (pipeline mode of libpq), each closed by its own Sync: PostgreSQL then runs one after the other without going to sleep
in between. Everything else goes through `storage.database`.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import AsyncConnection, errors
from psycopg.adapt import Transformer
from psycopg.conninfo import make_conninfo
from psycopg.pq import ConnStatus, ExecStatus, Format
from psycopg.pq.abc import PGconn, PGresult

from carnet.storage.lane_values import Values, dumped, numbered

Row = tuple[Any, ...]
Configure = Callable[[AsyncConnection[Row]], Awaitable[None]]

_WAITERS_PER_LANE = 50
_AT_ONCE = 8  # statements that leave together: each waits for those before it
# The program's own are far fewer; each shape of search is one more, and each costs the server memory until its connection ends.
_PREPARED_PER_LANE = 500
# Told by a server that then closes the connection.
_FATAL = (errors.AdminShutdown, errors.CrashShutdown, errors.CannotConnectNow, errors.IdleSessionTimeout)


class LaneBusy(Exception):
    """No connection came free in time."""


@dataclass(slots=True, eq=False)
class _Asked:
    """
    A statement on its way.

    answer: the lane that ran it, and what it gave, an error included. name: it is prepared under. results: as they come in. timeout: when it
    is told that no lane came free.
    """

    query: str
    oids: tuple[int, ...]
    params: list[bytes | None]
    formats: list[Format]
    answer: "asyncio.Future[tuple[_Lane, PGresult]]"
    name: bytes = b""
    results: list[PGresult] = field(default_factory=list)
    timeout: asyncio.TimerHandle | None = None


class Lanes:
    """A few connections, opened as they are needed, each given a handful of statements when it has answered the former ones."""

    def __init__(self, conninfo: str, *, size: int, wait_seconds: float, configure: Configure, **options: str) -> None:
        """
        Takes
            size: connections at most. wait_seconds: how long a statement waits for one before LaneBusy. configure: run on each new
            connection. options: parameters of the connection, as libpq names them.
        """
        self._configure = configure
        self._conninfo = make_conninfo(conninfo, **options)
        self._size = size
        self._wait_seconds = wait_seconds
        self._idle: list[_Lane] = []
        self._queue: deque[_Asked] = deque()
        self._is_due = False
        self._lanes: set[_Lane] = set()
        self._opening: set[asyncio.Task[None]] = set()
        self._is_closed = False

    async def fetch(self, statement: str, values: Values) -> list[Row]:
        """
        Run one statement in a transaction of its own, and give its rows.

        Takes
            statement: with `%(name)s`. values: text, bytes, int, bool, UUID, aware datetime, lists of these, None.

        Raises
        ------
            LaneBusy: every connection stayed taken. psycopg.Error: as psycopg itself.
        """
        query, names = numbered(statement)
        oids, params, formats = dumped(names, values)
        loop = asyncio.get_running_loop()
        asked = _Asked(query, oids, params, formats, loop.create_future())
        if len(self._queue) >= self._size * _WAITERS_PER_LANE:
            raise LaneBusy
        self._queue.append(asked)
        if not self._idle:
            self._make_wait(asked)
        elif not self._is_due:
            self._is_due = True
            loop.call_soon(self._dispatch)
        lane, result = await asked.answer
        return lane.rows(result)

    def _make_wait(self, asked: _Asked) -> None:
        if asked.timeout is None:
            asked.timeout = asyncio.get_running_loop().call_later(self._wait_seconds, self._give_up, asked)
        self._open_another()

    def _dispatch(self) -> None:
        """Give what waits to lanes that are free, as many statements to each as may leave together."""
        self._is_due = False
        while self._queue and self._idle:
            lane = self._idle.pop()
            batch: list[_Asked] = []
            while self._queue and len(batch) < _AT_ONCE:
                asked = self._queue.popleft()
                if asked.timeout is not None:
                    asked.timeout.cancel()
                if not asked.answer.done():  # else who asked has left
                    batch.append(asked)
            if batch:
                lane.send(batch)
            else:
                self._idle.append(lane)
        for asked in self._queue:
            self._make_wait(asked)

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
            broken = LaneBroken(str(error))
            while self._queue:
                _fail(self._queue.popleft(), broken)
            return
        lane = _Lane(connection, self._freed, self._forget)
        if self._is_closed:
            lane.close()
            return
        self._lanes.add(lane)
        self._freed(lane)

    def _freed(self, lane: "_Lane") -> None:
        """It has answered all that it was given."""
        if lane.is_usable and not self._is_closed:
            self._idle.append(lane)
        else:
            lane.close()
            self._forget(lane)
        if self._queue:
            self._dispatch()

    def _forget(self, lane: "_Lane") -> None:
        self._lanes.discard(lane)
        if lane in self._idle:
            self._idle.remove(lane)
        if self._queue:
            self._open_another()

    def _give_up(self, asked: _Asked) -> None:
        if asked in self._queue:  # else it is on its way, and has a time of its own
            self._queue.remove(asked)
            _fail(asked, LaneBusy())

    async def close(self) -> None:
        self._is_closed = True
        for opening in list(self._opening):
            opening.cancel()
        for lane in list(self._lanes):
            lane.close()
        self._lanes.clear()
        self._idle.clear()
        while self._queue:
            _fail(self._queue.popleft(), LaneBusy())


def _fail(asked: _Asked, error: Exception) -> None:
    if not asked.answer.done():
        asked.answer.set_exception(error)


class _Lane:
    """
    One connection in pipeline mode. Its socket is watched once, for as long as it lives.

    A statement that nobody awaits any more runs to its end, and its answer is dropped.
    """

    def __init__(
        self, connection: AsyncConnection[Row], freed: Callable[["_Lane"], None], forget: Callable[["_Lane"], None]
    ) -> None:
        self._connection = connection
        self._pgconn: PGconn = connection.pgconn
        self._pgconn.enter_pipeline_mode()
        self._transformer = Transformer(connection)
        self._prepared: dict[tuple[str, tuple[int, ...]], bytes] = {}
        self._refused: dict[bytes, PGresult] = {}  # names that could not be prepared, among what was sent last, and why
        self._count = 0
        self._sent: deque[_Asked] = deque()
        self._freed = freed
        self._forget = forget
        self._loop = asyncio.get_running_loop()
        self._socket = self._pgconn.socket
        self._is_writing = False
        self._is_taken = False  # by statements that it has yet to answer
        self._loop.add_reader(self._socket, self._readable)

    @property
    def is_usable(self) -> bool:
        """False when it broke, and when it has prepared its fill: a new one then takes its place."""
        return self._socket >= 0 and self._count < _PREPARED_PER_LANE and self._pgconn.status == ConnStatus.OK

    def send(self, batch: Sequence[_Asked]) -> None:
        """Send statements, each its own transaction."""
        pgconn = self._pgconn
        self._is_taken = True
        self._sent.extend(batch)
        try:
            for asked in batch:
                name = self._prepared.get((asked.query, asked.oids))
                if name is None:
                    name = b"carnet_%d" % self._count
                    self._count += 1
                    pgconn.send_prepare(name, asked.query.encode(), asked.oids)
                    self._prepared[asked.query, asked.oids] = name
                asked.name = name
                pgconn.send_query_prepared(name, asked.params, asked.formats, Format.BINARY)
                pgconn.pipeline_sync()
            self._flush()
        except psycopg.OperationalError as error:
            self._broken(error)

    def rows(self, result: PGresult) -> list[Row]:
        """
        What a statement gave.

        Raises
        ------
            psycopg.Error: the error that it gave. LaneBroken: one after which the server closes the connection.
        """
        if result.status == ExecStatus.FATAL_ERROR:
            error = errors.error_from_result(result)
            if isinstance(error, _FATAL):
                raise LaneBroken(str(error)) from error
            raise error
        self._transformer.set_pgresult(result)
        return self._transformer.load_rows(0, result.ntuples, tuple)

    def _flush(self) -> None:
        """Send what libpq still holds; the rest goes when the socket takes it."""
        if self._pgconn.flush():
            if not self._is_writing:
                self._is_writing = True
                self._loop.add_writer(self._socket, self._writable)
        elif self._is_writing:
            self._is_writing = False
            self._loop.remove_writer(self._socket)

    def _writable(self) -> None:
        try:
            self._flush()
        except psycopg.OperationalError as error:
            self._broken(error)

    def _readable(self) -> None:
        pgconn, sent = self._pgconn, self._sent
        try:
            pgconn.consume_input()
            if self._is_writing:
                self._flush()
            is_between = False  # libpq tells the end of a command by None, and says None again when it has nothing more
            while not pgconn.is_busy():
                result = pgconn.get_result()
                if result is None:
                    if is_between:
                        break
                    is_between = True
                    continue
                is_between = False
                if result.status != ExecStatus.PIPELINE_SYNC:
                    sent[0].results.append(result)
                    continue
                self._answer(sent.popleft())
        except psycopg.OperationalError as error:
            self._broken(error)
            return
        if pgconn.status != ConnStatus.OK:
            self._broken(psycopg.OperationalError("the connection is lost"))
        elif not sent and self._is_taken:
            self._is_taken = False
            self._refused.clear()
            self._freed(self)

    def _answer(self, asked: _Asked) -> None:
        """The last of its results, or the first that is an error: what follows it was not run."""
        failed = next((each for each in asked.results if each.status == ExecStatus.FATAL_ERROR), None)
        if failed is not None:
            if len(asked.results) > 1:  # the first of two: it could not be prepared
                self._prepared.pop((asked.query, asked.oids), None)
                self._refused[asked.name] = failed
            failed = self._refused.get(asked.name, failed)
        if not asked.answer.done():
            asked.answer.set_result((self, failed or asked.results[-1]))

    def _broken(self, error: psycopg.OperationalError) -> None:
        self.close(str(error))
        self._forget(self)

    def close(self, why: str = "the connection is closed") -> None:
        if self._socket < 0:
            return
        self._loop.remove_reader(self._socket)
        if self._is_writing:
            self._loop.remove_writer(self._socket)
        self._socket = -1
        self._pgconn.finish()
        while self._sent:
            _fail(self._sent.popleft(), LaneBroken(why))


class LaneBroken(psycopg.OperationalError):
    """The connection broke; whether a commit under way was kept is unknown."""
