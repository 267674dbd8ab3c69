"""
Connections of the hot path: one statement at a time, prepared once, in binary both ways, without a cursor in between.

An act of the record is two or three statements, each its own transaction. psycopg's cursor and pool cost more than the statement itself there;
this speaks to libpq through psycopg's own bindings, and converts with its loaders. Everything else goes through `storage.database`.
"""

import asyncio
import re
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from struct import Struct
from typing import Any
from uuid import UUID

import psycopg
from psycopg import AsyncConnection, errors
from psycopg.adapt import Transformer
from psycopg.conninfo import make_conninfo
from psycopg.pq import ConnStatus, ExecStatus, Format
from psycopg.pq.abc import PGconn, PGresult

Values = Mapping[str, Any]
Row = tuple[Any, ...]
Configure = Callable[[AsyncConnection[Row]], Awaitable[None]]

_NAMED = re.compile(r"%\((\w+)\)[sb]")
_WAITERS_PER_LANE = 50
# The program's own are far fewer; each shape of search is one more, and each costs the server memory until its connection ends.
_PREPARED_PER_LANE = 500
# Told by a server that then closes the connection.
_FATAL = (errors.AdminShutdown, errors.CrashShutdown, errors.CannotConnectNow, errors.IdleSessionTimeout)


class LaneBusy(Exception):
    """No connection came free in time."""


class Lanes:
    """A few connections, opened as they are needed, each used by one statement at a time."""

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
        self._waiting: deque[asyncio.Future[_Lane | None]] = deque()
        self._count = 0
        self._lanes: set[_Lane] = set()
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
        query, names = _numbered(statement)
        oids, params, formats = _dumped(names, values)
        lane = self._idle.pop() if self._idle else await self._free()
        try:
            return await lane.run(query, oids, params, formats)
        finally:
            self._release(lane)

    async def close(self) -> None:
        self._is_closed = True
        for lane in list(self._lanes):
            lane.close()
        self._lanes.clear()
        self._idle.clear()
        for waiting in self._waiting:
            _give_up(waiting)

    async def _free(self) -> "_Lane":
        if self._count < self._size:
            return await self._connect()
        if len(self._waiting) >= self._size * _WAITERS_PER_LANE:
            raise LaneBusy
        waiting: asyncio.Future[_Lane | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        timeout = asyncio.get_running_loop().call_later(self._wait_seconds, _give_up, waiting)
        try:
            lane = await waiting
        except asyncio.CancelledError:
            if waiting.done() and not waiting.cancelled() and waiting.exception() is None and (got := waiting.result()):
                self._release(got)
            raise
        finally:
            timeout.cancel()
        return lane if lane is not None else await self._connect()

    async def _connect(self) -> "_Lane":
        self._count += 1
        try:
            connection = await AsyncConnection[Row].connect(self._conninfo, autocommit=True)
            await self._configure(connection)
        except BaseException as error:
            self._count -= 1
            self._wake(None)
            if isinstance(error, psycopg.OperationalError):
                raise LaneBroken(str(error)) from error
            raise
        lane = _Lane(connection, self._forget)
        self._lanes.add(lane)
        return lane

    def _release(self, lane: "_Lane") -> None:
        if not lane.is_usable or self._is_closed:
            lane.close()
            self._forget(lane)
        elif not self._wake(lane):
            self._idle.append(lane)

    def _wake(self, lane: "_Lane | None") -> bool:
        """Hand a lane, or the right to open one, to whoever waits first."""
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_result(lane)
                return True
        return False

    def _forget(self, lane: "_Lane") -> None:
        if lane not in self._lanes:
            return
        self._lanes.discard(lane)
        if lane in self._idle:
            self._idle.remove(lane)
        self._count -= 1
        self._wake(None)


def _give_up(waiting: "asyncio.Future[_Lane | None]") -> None:
    if not waiting.done():
        waiting.set_exception(LaneBusy())


class _Lane:
    """One connection. Its socket is watched once, for as long as it lives."""

    def __init__(self, connection: AsyncConnection[Row], forget: Any) -> None:
        self._connection = connection
        self._pgconn: PGconn = connection.pgconn
        self._transformer = Transformer(connection)
        self._prepared: dict[tuple[str, tuple[int, ...]], bytes] = {}
        self._results: list[PGresult] = []
        self._answer: asyncio.Future[list[PGresult]] | None = None
        self._forget = forget
        self._loop = asyncio.get_running_loop()
        self._socket = self._pgconn.socket
        self._is_writing = False
        self._loop.add_reader(self._socket, self._readable)

    @property
    def is_usable(self) -> bool:
        """False when a statement was abandoned on it, when it broke, and when it has prepared its fill: a new one then takes its place."""
        return (
            self._answer is None and len(self._prepared) < _PREPARED_PER_LANE and self._pgconn.status == ConnStatus.OK
        )

    async def run(
        self, query: str, oids: tuple[int, ...], params: list[bytes | None], formats: list[Format]
    ) -> list[Row]:
        try:
            name = self._prepared.get((query, oids))
            if name is None:
                name = b"carnet_%d" % len(self._prepared)
                self._pgconn.send_prepare(name, query.encode(), oids)
                await self._answered()
                self._prepared[query, oids] = name
            self._pgconn.send_query_prepared(name, params, formats, Format.BINARY)
            result = await self._answered()
        except psycopg.OperationalError as error:
            if isinstance(error, _FATAL) or self._pgconn.status != ConnStatus.OK:
                self.close()
                raise LaneBroken(str(error)) from error
            raise
        self._transformer.set_pgresult(result)
        return self._transformer.load_rows(0, result.ntuples, tuple)

    async def _answered(self) -> PGresult:
        """The one result of what was sent. A statement abandoned meanwhile leaves the lane unusable: it is then closed."""
        self._flush()
        answer: asyncio.Future[list[PGresult]] = self._loop.create_future()
        self._answer = answer
        results = await answer
        self._answer = None
        result = results[-1]
        if result.status == ExecStatus.FATAL_ERROR:
            raise errors.error_from_result(result, self._connection.info.encoding)
        return result

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
        pgconn = self._pgconn
        try:
            pgconn.consume_input()
            if self._is_writing:
                self._flush()
            while not pgconn.is_busy():
                result = pgconn.get_result()
                if result is None:
                    break
                self._results.append(result)
            else:
                return
        except psycopg.OperationalError as error:
            self._broken(error)
            return
        results, self._results = self._results, []
        if results and self._answer is not None and not self._answer.done():
            self._answer.set_result(results)
        elif pgconn.status != ConnStatus.OK:
            self._broken(psycopg.OperationalError("the connection is lost"))

    def _broken(self, error: psycopg.OperationalError) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(LaneBroken(str(error)))
        self.close()
        self._forget(self)

    def close(self) -> None:
        if self._socket < 0:
            return
        self._loop.remove_reader(self._socket)
        if self._is_writing:
            self._loop.remove_writer(self._socket)
        self._socket = -1
        self._pgconn.finish()
        answer = self._answer
        if answer is not None and not answer.done():
            answer.set_exception(LaneBroken("the connection is closed"))


class LaneBroken(psycopg.OperationalError):
    """The connection broke; whether a commit under way was kept is unknown."""


@lru_cache(maxsize=1024)
def _numbered(statement: str) -> tuple[str, tuple[str, ...]]:
    """The statement with `$n` for its names, and the names in that order."""
    names: dict[str, str] = {}
    query = _NAMED.sub(lambda found: names.setdefault(found[1], f"${len(names) + 1}"), statement)
    return query, tuple(names)


def _dumped(names: Sequence[str], values: Values) -> tuple[tuple[int, ...], list[bytes | None], list[Format]]:
    """Types, values and formats of the parameters. A null and an empty list have no type of their own: PostgreSQL infers it."""
    oids: list[int] = []
    params: list[bytes | None] = []
    formats: list[Format] = []
    for name in names:
        value = values[name]
        if value is None or value == []:
            oids.append(0)
            params.append(None if value is None else b"{}")
            formats.append(Format.TEXT)
            continue
        if value.__class__ is list:
            oid, data = _dumped_list(value)
        else:
            oid, _, dump = _dumper(value)
            data = dump(value)
        oids.append(oid)
        params.append(data)
        formats.append(Format.BINARY)
    return tuple(oids), params, formats


Dumper = tuple[int, int, Callable[[Any], bytes]]

_INT8 = Struct("!q").pack
_LENGTH = Struct("!i").pack
_ARRAY = Struct("!iiIii").pack  # dimensions, whether it has nulls, type of the items, their number, first index
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def _timestamp(value: datetime) -> bytes:
    since = value - _EPOCH
    return _INT8((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds)


# OID of the type, of its array, and the binary form (catalogue of PostgreSQL: pg_type.dat).
_DUMPERS: dict[type, Dumper] = {
    bool: (16, 1000, lambda value: b"\x01" if value else b"\x00"),
    bytes: (17, 1001, bytes),
    int: (20, 1016, _INT8),
    str: (25, 1009, str.encode),
    datetime: (1184, 1185, _timestamp),
    UUID: (2950, 2951, lambda value: value.bytes),
}


def _dumper(value: Any) -> Dumper:
    found = _DUMPERS.get(value.__class__)
    if found is None:  # an enumeration, a subclass: once for each class
        for kind, dumper in list(_DUMPERS.items()):
            if isinstance(value, kind):
                found = _DUMPERS[value.__class__] = dumper
                break
        else:
            raise TypeError(value.__class__.__name__)
    return found


def _dumped_list(values: list[Any]) -> tuple[int, bytes]:
    oid, array, dump = _dumper(values[0])
    parts = [_ARRAY(1, 0, oid, len(values), 1)]
    for value in values:
        data = dump(value)
        parts += (_LENGTH(len(data)), data)
    return array, b"".join(parts)
