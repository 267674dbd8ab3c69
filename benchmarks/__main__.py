"""
`make bench`: measure the server beside a bare one, on the same PostgreSQL, in the same run. The method: benchmarks/README.md.

The stock is kept in --home and used again; --fresh loads it anew.
"""

import argparse
import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg

from benchmarks import authorised, bare_server, changes, load, people, report, trail
from benchmarks.comparison import (
    GROWTH_RECORDS,
    WARM_UP,
    PathFigures,
    Sides,
    compare,
    deposits,
    reads,
    repeated_searches,
    searches,
    signed,
    tokens,
)
from benchmarks.servers import Meter, Server, free_port, serving
from benchmarks.stock import FICHES_OF_A_RECORD, verified
from carnet.storage.embedded import EmbeddedPostgres
from carnet.storage.migrator import migrate

_BASE_URL = "http://127.0.0.1"
_STATE = "stock.json"
_LOADERS = 2
_CONTENTS = 50_000  # the last fiches of the stock, which have their contents
_CONTENT_IDS = {
    "carnet": "SELECT logical_id FROM content WHERE segment = 0 LIMIT 50000",
    "bare": "SELECT logical_id FROM bare_content LIMIT 50000",
}


def main() -> int:
    """Run. Exit status 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="carnet beside a bare server")
    parser.add_argument("--fiches", type=int, default=1_000_000, help="of the stock (default 1 000 000)")
    parser.add_argument(
        "--first-fiches", type=int, default=100_000, help="of the stock when it is first measured (100 000)"
    )
    parser.add_argument("--contents", type=int, default=_CONTENTS, help="fiches that have their content (50 000)")
    parser.add_argument(
        "--documents", type=int, default=2000, help="of one run of deposits; searches as many, reads twice (2 000)"
    )
    parser.add_argument(
        "--authorised", type=int, default=authorised.MANY, help="records of the one authorised on many (200 000)"
    )
    parser.add_argument("--rounds", type=int, default=9, help="runs on each side, in turn (9)")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--workers", type=int, default=2, help="processes of each server (2: one for each core)")
    parser.add_argument(
        "--quick", action="store_true", help="under a minute: a small stock, short runs; figures are indicative"
    )
    parser.add_argument("--people", type=int, default=people.RECORDS, help="lines of the population file (1 000 000)")
    parser.add_argument("--home", type=Path, default=Path("var/benchmarks"))
    parser.add_argument("--fresh", action="store_true", help="forget the stock of the last run")
    parser.add_argument("--starts", type=int, default=5, help="starts of the server whose time is taken (5)")
    parser.add_argument("--results", type=Path, default=report.RESULTS, help="where the JSON is kept")
    parser.add_argument("--name", help="of the result in benchmarks/results (default: the date)")
    given = parser.parse_args()
    if given.quick:
        given.fiches, given.first_fiches, given.contents = (
            min(given.fiches, 8000),
            min(given.first_fiches, 4000),
            min(given.contents, 2000),
        )
        given.people = min(given.people, 20_000)
        given.authorised = min(given.authorised, 5_000)
        given.documents, given.rounds = min(given.documents, 600), min(given.rounds, 3)
    if given.fresh:
        shutil.rmtree(given.home, ignore_errors=True)
    given.home.mkdir(parents=True, exist_ok=True)
    with EmbeddedPostgres(given.home) as server:
        return _Bench(given, server.url).run()


class _Bench:
    def __init__(self, given: argparse.Namespace, conninfo: str) -> None:
        self._given = given
        self._home: Path = given.home
        self._conninfo = conninfo
        self._failed = False

    def run(self) -> int:
        given = self._given
        migrate(self._conninfo)
        started = time.monotonic()
        result: dict[str, Any] = {
            "machine": report.machine(),
            "workers": given.workers,
            "connections": given.connections,
        }
        result["ready"] = self._readiness()
        if self._loaded() < given.first_fiches:
            self._fill(given.first_fiches)
        if self._loaded() <= given.first_fiches < given.fiches:
            with self._sides() as sides:
                result["first_search"] = self._search_again(sides)
            self._fill(given.fiches)
        result["fiches"] = self._loaded()
        searched = authorised.searched_records(*self._search_records())
        few_token = asyncio.run(
            authorised.prepare(self._home, self._conninfo, _BASE_URL, searched, many=given.authorised)
        )
        changes.prepare(self._conninfo)
        trail.prepare(self._conninfo, *self._search_records())
        (treating,) = asyncio.run(tokens(self._home, self._conninfo, _BASE_URL, trail.TREATING))
        with self._sides() as sides:
            maskings = changes.Maskings(self._conninfo, *self._search_records(), token=treating)
            paths = [
                self._compare("ITI-65", deposits(sides, *self._deposit_records()), sides),
                self._compare("ITI-67", searches(sides, *self._search_records()), sides),
                self._compare("ITI-68", reads(sides, _CONTENT_IDS), sides, times=2),
                self._compare("ITI-81", trail.histories(*self._search_records(), token=treating), sides),
                self._compare("PATCH", maskings, sides),
            ]
            load.run([worker.port for worker in sides.carnet], maskings.undone(), connections=4)
            result["grown_search"] = self._search_again(sides)
            result["authorised"] = authorised.compare(
                sides, few_token, searched, documents=given.documents, rounds=given.rounds,
                connections=given.connections,
            )  # fmt: skip
        print("\n" + report.table(paths) + "\n")
        result["paths"] = {path.name: report.as_json(path) for path in paths}
        self._failed |= any(report.verdict(path) == "FAIL" for path in paths)
        self._growth(result)
        label = f"search by one authorised on {given.authorised} records over one authorised on {authorised.FEW}"
        self._say(label, result["authorised"]["ratio"], 0.9, "", at_most=False)
        result["ready"] |= self._lines(result["ready"])
        result["pgbench"] = self._pgbench()
        result["people"] = people.measure(self._home / "people", records=given.people, rounds=1 if given.quick else 3)
        self._failed |= not (given.quick or people.holds(result["people"]))
        result["seconds"] = time.monotonic() - started
        print(f"\n{report.keep(result, given.results, given.name)}, {result['seconds']:.0f} s")
        return int(self._failed)

    def _growth(self, result: dict[str, Any]) -> None:
        """The search among all fiches, beside its own figure among the first ones."""
        first, grown = result.get("first_search") or self._state().get("first_search"), result["grown_search"]
        if first is None:
            return
        self._note(first_search=first)
        result["first_search"] = first
        label = f"search among {grown['fiches']} fiches over search among {first['fiches']}"
        value = grown["carnet"]["per_second"] / first["carnet"]["per_second"]
        self._say(label, value, 0.8, "", at_most=False)
        bare = grown["bare"]["per_second"] / first["bare"]["per_second"]
        print(f"  (the bare server, over the same growth: {bare:.2f})")

    def _lines(self, ready: dict[str, float]) -> dict[str, float]:
        self._say("idle memory of the server process (PSS)", ready["pss_mb"], 150, "MB")
        self._say("idle memory of the server process (RSS)", ready["rss_mb"], 150, "MB")
        self._say("import and ready, database apart", ready["seconds"], 0.6, "s")
        return ready

    def _say(self, label: str, value: float, limit: float, unit: str, *, at_most: bool = True) -> None:
        line, holds = report.check(label, value, limit, unit, at_most=at_most)
        self._failed |= not holds
        print(line, flush=True)

    def _compare(
        self, name: str, requests: Callable[[int], Any], sides: Sides, *, times: int = 1, warm_up: int = WARM_UP
    ) -> PathFigures:
        given = self._given
        print(f"{report.TITLES[name]}…", flush=True)
        return compare(
            name, requests, sides=sides, documents=given.documents * times, rounds=given.rounds, connections=given.connections,
            seconds=20, warm_up=warm_up,
        )  # fmt: skip

    def _search_again(self, sides: Sides) -> dict[str, Any]:
        records = self._search_records()
        path = self._compare(
            "ITI-67", repeated_searches(sides, *records), sides, warm_up=min(GROWTH_RECORDS, records[1])
        )
        print(report.table([path]), flush=True)
        return {"fiches": self._loaded(), **report.as_json(path)}

    def _readiness(self) -> dict[str, float]:
        """The median of the starts: a process that answers, over a database that runs; its memory then."""
        told: list[tuple[float, dict[str, float]]] = []
        for _ in range(self._given.starts):
            with self._carnet() as server:
                time.sleep(0.3)
                told.append((server.ready_seconds, server.memory()))
        seconds = sorted(seconds for seconds, _ in told)
        memory = told[-1][1]
        return {"seconds": seconds[len(seconds) // 2], "pss_mb": memory["pss"], "rss_mb": memory["rss"]}

    @contextmanager
    def _carnet(self) -> Iterator[Server]:
        port = free_port()
        environment = {
            "PYTHONPYCACHEPREFIX": str(self._home / "pycache"),
            "CARNET_HOME": str(self._home), "CARNET_DATABASE_URL": self._conninfo, "CARNET_MODE": "demo", "CARNET_BASE_URL": _BASE_URL,
        }  # fmt: skip
        command = ["-m", "carnet.cli", "serve", "--port", str(port)]
        with serving(command, port=port, environment=environment, path="/health/ready") as server:
            yield server

    @contextmanager
    def _bare(self) -> Iterator[Server]:
        port = free_port()
        environment = {"BENCH_DATABASE_URL": self._conninfo}
        with serving(
            ["-m", "benchmarks.bare_server", str(port)], port=port, environment=environment, path="/"
        ) as server:
            yield server

    @contextmanager
    def _sides(self) -> Iterator[Sides]:
        """Both servers, with as many workers each, over the same PostgreSQL."""
        workers = range(self._given.workers)
        with ExitStack() as stack:
            meter = Meter(self._conninfo)
            stack.callback(meter.close)
            carnet = tuple(stack.enter_context(self._carnet()) for _ in workers)
            bare = tuple(stack.enter_context(self._bare()) for _ in workers)
            yield Sides(carnet, bare, meter, signed(self._home, self._conninfo, _BASE_URL))

    def _deposit_records(self) -> tuple[int, int]:
        """First and number of the records that receive deposits: a tenth of the first stock."""
        return 0, max(1, self._given.first_fiches // FICHES_OF_A_RECORD // 10)

    def _search_records(self) -> tuple[int, int]:
        """The other records: they keep their twenty fiches."""
        first = self._deposit_records()[1]
        return first, self._loaded() // FICHES_OF_A_RECORD - first

    def _fill(self, fiches: int) -> None:
        """Load until so many fiches, in as many processes as there are loaders, then let PostgreSQL tidy up."""
        done = self._loaded()
        started = time.monotonic()
        if not done:
            bare_server.create(self._conninfo)
        first, last = done // FICHES_OF_A_RECORD, fiches // FICHES_OF_A_RECORD
        contents_from = max(0, self._given.fiches - self._given.contents) // FICHES_OF_A_RECORD
        share = -(-(last - first) // _LOADERS)
        loaders = [
            subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "benchmarks.stock",
                    str(self._home),
                    str(at),
                    str(min(share, last - at)),
                    str(contents_from),
                ],
                env={**os.environ, "BENCH_DATABASE_URL": self._conninfo, "BENCH_BASE_URL": _BASE_URL},
                stdout=subprocess.DEVNULL,
            )
            for at in range(first, last, share)
        ]
        with psycopg.connect(self._conninfo, autocommit=True) as connection:
            while any(loader.poll() is None for loader in loaders):
                time.sleep(1)
                row = connection.execute(
                    "SELECT n_live_tup FROM pg_stat_user_tables WHERE relname = 'document_entry'"
                ).fetchone()
                print(f"\rloading… {row[0] if row else 0}/{fiches}", end="", flush=True)
            if any(loader.returncode for loader in loaders):
                raise RuntimeError("the loading failed; --fresh begins again")
            print(f"\rloaded {fiches} fiches in {time.monotonic() - started:.0f} s", flush=True)
            connection.execute("VACUUM (ANALYZE)")
        self._note(fiches=fiches)
        asyncio.run(verified(self._home, self._conninfo))

    def _loaded(self) -> int:
        found: int = self._state().get("fiches", 0)
        return found

    def _state(self) -> dict[str, Any]:
        path = self._home / _STATE
        return json.loads(path.read_text()) if path.is_file() else {}

    def _note(self, **values: Any) -> None:
        (self._home / _STATE).write_text(json.dumps(self._state() | values))

    def _pgbench(self) -> dict[str, float] | None:
        """Durable inserts of one small row, by PostgreSQL's own client: what the disk and the log allow. Indicative."""
        programs = EmbeddedPostgres(self._home).programs
        if not (programs / "pgbench").is_file():
            return None
        with psycopg.connect(self._conninfo, autocommit=True) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS bare_pgbench (n bigint, filler text)")
        script = self._home / "pgbench.sql"
        script.write_text("INSERT INTO bare_pgbench VALUES (1, repeat('x', 200));\n")
        seconds = "2" if self._given.quick else "8"
        told = subprocess.run(
            [
                str(programs / "pgbench"), "-n", "-M", "prepared", "-c", str(self._given.connections), "-j", "1", "-T", seconds, "-f",
                str(script), self._conninfo,
            ],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        found = re.search(r"tps = ([0-9.]+)", told.stdout)
        if found is None:
            return None
        print(
            f"pgbench, durable one-row inserts, {self._given.connections} clients (indicative): {float(found[1]):.0f}/s"
        )
        return {"durable_inserts_per_second": float(found[1])}


if __name__ == "__main__":
    sys.exit(main())
