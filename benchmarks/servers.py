"""The processes measured: starting and stopping them, their processor time, their memory, and what PostgreSQL wrote."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

# Compiled modules are kept, as those of an installed package are: some environments switch that off.
BYTECODE = {"PYTHONDONTWRITEBYTECODE": ""}
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers. ready_seconds: from the start of its process to its first answer."""

    pid: int
    port: int
    ready_seconds: float

    def memory(self) -> dict[str, float]:
        """RSS and PSS, in MB."""
        told = {}
        for line in Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines():
            name, _, rest = line.partition(":")
            if name in {"Rss", "Pss"}:
                told[name.lower()] = int(rest.split()[0]) / 1024
        return told


@contextmanager
def serving(command: Sequence[str], *, port: int, environment: Mapping[str, str], path: str) -> Iterator[Server]:
    """
    A server for the block.

    Takes
        path: asked until it answers.
    Raises
        RuntimeError: it stopped, or does not answer within a minute.
    """
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *command], env={**os.environ, **BYTECODE, **environment}, stdout=subprocess.DEVNULL
    )
    try:
        while not _answers(port, path):
            if process.poll() is not None or time.perf_counter() - started > 60:
                raise RuntimeError(f"{' '.join(command)} did not start")
            time.sleep(0.002)
        yield Server(process.pid, port, time.perf_counter() - started)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)


def _answers(port: int, path: str) -> bool:
    with socket.socket() as client:
        client.settimeout(5)
        try:
            client.connect(("127.0.0.1", port))
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
            return client.recv(64).startswith(b"HTTP/1.1 2")
        except OSError:
            return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True, slots=True)
class Cost:
    """What was spent so far. server_cpu, database_cpu: seconds. wal: bytes."""

    server_cpu: float
    database_cpu: float
    wal: int

    def since(self, before: "Cost") -> "Cost":
        return Cost(self.server_cpu - before.server_cpu, self.database_cpu - before.database_cpu, self.wal - before.wal)


class Meter:
    """Reads what the processes have spent."""

    def __init__(self, conninfo: str) -> None:
        self._connection = psycopg.connect(conninfo, autocommit=True)
        row = self._connection.execute("SELECT current_setting('data_directory')").fetchone()
        assert row is not None
        self._postmaster = int((Path(row[0]) / "postmaster.pid").read_text().splitlines()[0])

    def close(self) -> None:
        self._connection.close()

    def cost(self, servers: Sequence[Server]) -> Cost:
        """Of the workers of one server, and of PostgreSQL with all its processes, those that ended included."""
        row = self._connection.execute("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn").fetchone()
        assert row is not None
        database = _cpu(self._postmaster, with_ended=True)
        children = Path(f"/proc/{self._postmaster}/task/{self._postmaster}/children").read_text().split()
        database += sum(_cpu(int(child)) for child in children)
        return Cost(sum(_cpu(server.pid) for server in servers), database, int(row[0]))

    def size(self, tables: Sequence[str]) -> int:
        """Bytes of these tables with their indexes and their TOAST."""
        row = self._connection.execute(
            "SELECT sum(pg_total_relation_size(t::regclass)) FROM unnest(%s::text[]) t", (list(tables),)
        ).fetchone()
        assert row is not None
        return int(row[0])

    def execute(self, statement: str) -> list[tuple[object, ...]]:
        cursor = self._connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def _cpu(pid: int, *, with_ended: bool = False) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    ticks = int(fields[11]) + int(fields[12])
    if with_ended:
        ticks += int(fields[13]) + int(fields[14])
    return ticks / _TICK
