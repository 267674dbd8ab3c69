"""The database of the running server: one pool of asynchronous connections, and the transaction of an act."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Self
from uuid import UUID

import orjson
import psycopg
from psycopg import AsyncConnection, AsyncCursor, errors
from psycopg.abc import DumperKey
from psycopg.adapt import Dumper, PyFormat
from psycopg.pq import Format
from psycopg.rows import TupleRow
from psycopg.types.array import ListBinaryDumper
from psycopg.types.json import set_json_dumps, set_json_loads
from psycopg.types.numeric import Int4BinaryDumper, Int8BinaryDumper
from psycopg_pool import AsyncConnectionPool, PoolTimeout, TooManyRequests

from carnet.storage.lane import LaneBroken, Order
from carnet.storage.lanes import LaneBusy, Lanes

Connection = AsyncConnection[TupleRow]

# Plans are kept: one that was made while a table was empty would go through the whole of it, however large it has become, until statistics
# are next gathered. What the lanes run goes by an index wherever there is one.
_BY_INDEX = "-c enable_seqscan=off"
_PREPARED_STATEMENTS = 500  # more than the program has, so that none is ever prepared twice on a connection


class DatabaseBusy(Exception):
    """No connection came free in time; the asker may come back later."""


class DatabaseCrossed(DatabaseBusy):
    """Two transactions waited for each other; this one was undone whole, and may be tried again at once."""


class DatabaseUnreachable(Exception):
    """The server does not answer, or refuses us."""


class _BinaryCursor(AsyncCursor[TupleRow]):
    """A cursor that receives in binary: uuid, bytea, timestamps and integers come without text in between."""

    def __init__(self, connection: Connection, **options: Any) -> None:
        super().__init__(connection, **options)
        self.format = Format.BINARY


class _IntegerDumper(Int4BinaryDumper):
    """
    An integer as `integer`, or `bigint` when it must.

    psycopg would say `smallint` for the small ones; as a statement is prepared once per list of parameter types, sizes and counts on both
    sides of 32 767 would prepare it twice.
    """

    def get_key(self, obj: int, format: PyFormat) -> DumperKey:  # noqa: A002, ARG002 - psycopg's name and protocol
        return self.cls if -0x8000_0000 <= obj <= 0x7FFF_FFFF else (self.cls, (Int8BinaryDumper,))

    def upgrade(self, obj: int, format: PyFormat) -> Dumper:  # noqa: A002 - as above
        return self if self.get_key(obj, format) is self.cls else Int8BinaryDumper(self.cls)


class Database:
    """A pool of connections in autocommit, statements prepared at their first use, results in binary; and lanes beside it."""

    def __init__(self, pool: AsyncConnectionPool[Connection], lanes: Lanes) -> None:
        self._pool = pool
        self._lanes = lanes

    @classmethod
    async def open(
        cls,
        conninfo: str,
        *,
        pool_size: int = 12,
        application_name: str = "carnet",
        statement_timeout_seconds: float = 30,
        wait_seconds: float = 5,
        together: int = 8,
    ) -> Self:
        """
        Connect.

        Takes
            pool_size: connections at most; two thirds of them are lanes.
            wait_seconds: how long an act waits for a connection before `DatabaseBusy`, a statement of the hot path for a lock, and
                opening for the server.
            together: those that may share a transaction, at most.

        Raises
        ------
            DatabaseUnreachable: no connection could be made.
        """
        milliseconds = int(statement_timeout_seconds * 1000)
        # Generic plans: our statements have one good plan each, and planning them anew costs more than running them.
        options = f"-c statement_timeout={milliseconds} -c timezone=UTC -c plan_cache_mode=force_generic_plan"
        lane_count = max(1, pool_size * 2 // 3)
        pooled = max(1, pool_size - lane_count)
        pool = AsyncConnectionPool[Connection](
            conninfo,
            connection_class=AsyncConnection[TupleRow],
            kwargs={
                "autocommit": True,
                "prepare_threshold": 0,
                "application_name": application_name,
                "options": options,
            },
            min_size=1,
            max_size=pooled,
            timeout=wait_seconds,
            max_waiting=pooled * 50,
            configure=_configure,
            open=False,
            name=application_name,
        )
        try:
            await pool.open(wait=True, timeout=wait_seconds)
        except PoolTimeout as error:
            await pool.close()
            raise DatabaseUnreachable("the database does not answer; see the log of the server") from error
        lanes = Lanes(
            conninfo, size=lane_count, wait_seconds=wait_seconds, together=together, configure=_configure,
            options=f"{options} {_BY_INDEX} -c lock_timeout={int(wait_seconds * 1000)}", application_name=application_name,
        )  # fmt: skip
        return cls(pool, lanes)

    async def close(self) -> None:
        await self._lanes.close()
        await self._pool.close()

    async def fetch(self, statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """
        Run one statement of the hot path, and give its rows.

        Takes
            statement: with `%(name)s`. values: text, bytes, int, bool, UUID, aware datetime, lists of these, None.

        Raises
        ------
            as `connection`.
        """
        return await self._asked(statement, values)

    async def row(self, statement: str, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """The first row of `fetch`, or None."""
        rows = await self._asked(statement, values)
        return rows[0] if rows else None

    async def write(
        self, statement: str, values: Mapping[str, Any], *, patient: UUID, moves_facts: bool = False
    ) -> tuple[Any, ...] | None:
        """
        Run one statement that writes in the record of one patient, and lock it: its first row, or None; durable when it returns.

        It waits for those that are being kept, so as to share a transaction, and one flush of PostgreSQL's log, with others that wait.

        Takes
            moves_facts: it raises the version of the facts that other acts of this patient were decided on: of a transaction, it comes
            after them, or two who write and read one record in step would have them decide again and again.

        Raises
        ------
            as `connection`.
        """
        rows = await self._asked(statement, values, (patient, moves_facts))
        return rows[0] if rows else None

    async def _asked(
        self, statement: str, values: Mapping[str, Any], order: Order | None = None
    ) -> list[tuple[Any, ...]]:
        try:
            return await self._lanes.fetch(statement, values, order=order)
        except (LaneBusy, errors.QueryCanceled, errors.LockNotAvailable) as error:
            raise DatabaseBusy from error
        except LaneBroken as error:
            raise DatabaseUnreachable from error

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """
        A connection in autocommit: each statement is its own transaction.

        Raises
        ------
            DatabaseBusy: every connection is taken and stayed so, or a statement passed its time.
            DatabaseCrossed: a transaction that waited for another, which waited for it.
            DatabaseUnreachable: the connection broke; whether a commit under way was kept is unknown.
        """
        try:
            connection = await self._pool.getconn()
        except (PoolTimeout, TooManyRequests) as error:
            raise DatabaseBusy from error
        try:
            yield connection
        except errors.QueryCanceled as error:
            raise DatabaseBusy from error
        except errors.DeadlockDetected as error:
            raise DatabaseCrossed from error
        except psycopg.OperationalError as error:
            if connection.broken:
                raise DatabaseUnreachable from error
            raise
        finally:
            await self._pool.putconn(connection)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection inside one transaction: committed at the end of the block, rolled back if it raises."""
        async with self.connection() as connection, connection.transaction():
            yield connection


async def _configure(connection: Connection) -> None:
    connection.prepared_max = _PREPARED_STATEMENTS
    connection.cursor_factory = _BinaryCursor
    set_json_dumps(orjson.dumps, connection)
    set_json_loads(orjson.loads, connection)
    adapters = connection.adapters
    adapters.register_dumper(int, _IntegerDumper)
    adapters.register_dumper(list, ListBinaryDumper)  # a list of contents as text would take thousands of times longer
