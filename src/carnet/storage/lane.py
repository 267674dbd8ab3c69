"""One connection of the lanes, in pipeline mode: statements out, results in, each given to who asked. See `storage.lanes`."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg
from psycopg import AsyncConnection, errors
from psycopg.adapt import Transformer
from psycopg.pq import ConnStatus, ExecStatus, Format
from psycopg.pq.abc import PGconn, PGresult

Row = tuple[Any, ...]
# The patient whose record is locked; whether it changes what other writes of this patient rely on.
Order = tuple[UUID, bool]

# The program's own are far fewer; each shape of search is one more, and each costs the server memory until its connection ends.
_PREPARED_PER_LANE = 500
# A long result comes in pieces, and the next one is often there when one has been read.
_READS_AT_ONCE = 3
# Told by a server that then closes the connection.
_FATAL = (errors.AdminShutdown, errors.CrashShutdown, errors.CannotConnectNow, errors.IdleSessionTimeout)
# What is told one of these has waited its time: it is not asked again.
_WAITED = (errors.LockNotAvailable, errors.QueryCanceled)


class LaneBroken(psycopg.OperationalError):
    """The connection broke; whether a commit under way was kept is unknown."""


@dataclass(slots=True, eq=False)
class Asked:
    """
    A statement on its way.

    answer: its rows, or the error that it gave. order: of a write, its place in a transaction of several.
    name: it is prepared under. is_prepared: its preparation was sent with it. timeout: when it is told that no lane came free.
    """

    query: str
    oids: tuple[int, ...]
    params: list[bytes | None]
    formats: list[Format]
    answer: asyncio.Future[list[Row]]
    order: Order | None = None
    name: bytes = b""
    is_prepared: bool = False
    timeout: asyncio.TimerHandle | None = None


@dataclass(slots=True, eq=False)
class Transaction:
    """Statements that are kept together or not at all. results: as they come in, those of preparations included."""

    asked: Sequence[Asked]
    results: list[PGresult] = field(default_factory=list)


def fail(asked: Asked, error: Exception) -> None:
    if not asked.answer.done():
        asked.answer.set_exception(error)


class Lane:
    """
    One connection in pipeline mode. Its socket is watched once, for as long as it lives.

    A statement that nobody awaits any more runs to its end, and its answer is dropped.
    """

    def __init__(
        self, connection: AsyncConnection[Row], freed: Callable[["Lane"], None], forget: Callable[["Lane"], None],
        ask_again: Callable[[Sequence[Asked]], None],
    ) -> None:  # fmt: skip
        self._connection = connection
        self._pgconn: PGconn = connection.pgconn
        self._pgconn.enter_pipeline_mode()
        self._transformer = Transformer(connection)
        self._prepared: dict[tuple[str, tuple[int, ...]], bytes] = {}
        self._refused: dict[bytes, PGresult] = {}  # names that could not be prepared, among what was sent last, and why
        self._count = 0
        self._sent: deque[Transaction] = deque()
        self._freed = freed
        self._forget = forget
        self._ask_again = ask_again
        self._loop = asyncio.get_running_loop()
        self._socket = self._pgconn.socket
        self._is_writing = False
        self._is_taken = False  # by statements that it has yet to answer
        self._loop.add_reader(self._socket, self._readable)

    @property
    def is_usable(self) -> bool:
        """False when it broke, and when it has prepared its fill: a new one then takes its place."""
        return self._socket >= 0 and self._count < _PREPARED_PER_LANE and self._pgconn.status == ConnStatus.OK

    def send(self, transactions: Sequence[Transaction]) -> None:
        """Send statements, those of each transaction closed by one Sync."""
        pgconn = self._pgconn
        self._is_taken = True
        self._sent.extend(transactions)
        try:
            for transaction in transactions:
                for asked in transaction.asked:
                    name = self._prepared.get((asked.query, asked.oids))
                    asked.is_prepared = name is None
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
        try:
            for _ in range(_READS_AT_ONCE):
                self._pgconn.consume_input()
                if self._is_writing:
                    self._flush()
                self._take_results()
                if not self._sent:
                    break
        except psycopg.OperationalError as error:
            self._broken(error)
            return
        if self._pgconn.status != ConnStatus.OK:
            self._broken(psycopg.OperationalError("the connection is lost"))
        elif not self._sent and self._is_taken:
            self._is_taken = False
            self._refused.clear()
            self._freed(self)

    def _take_results(self) -> None:
        pgconn, sent = self._pgconn, self._sent
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

    def _answer(self, transaction: Transaction) -> None:
        """Each has its result; or all are undone, for the first error: what follows it was not run."""
        results = iter(transaction.results)
        failed = next((each for each in transaction.results if each.status == ExecStatus.FATAL_ERROR), None)
        again: list[Asked] = []
        for asked in transaction.asked:
            if asked.is_prepared and (prepared := next(results)).status != ExecStatus.COMMAND_OK:
                self._prepared.pop((asked.query, asked.oids), None)
                self._refused[asked.name] = prepared
            result = next(results)
            if asked.answer.done():
                continue
            if failed is None:
                self._give(asked, result)
            elif len(transaction.asked) == 1 or (
                result is failed and isinstance(errors.error_from_result(failed), _WAITED)
            ):
                self._give(asked, self._refused.get(asked.name, failed))
            else:
                again.append(asked)
        if again:
            self._ask_again(again)

    def _give(self, asked: Asked, result: PGresult) -> None:
        """The rows at once, as long as the connection lives: their times are read in its time zone."""
        try:
            asked.answer.set_result(self._rows(result))
        except psycopg.Error as error:
            asked.answer.set_exception(error)

    def _rows(self, result: PGresult) -> list[Row]:
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
            for asked in self._sent.popleft().asked:
                fail(asked, LaneBroken(why))
