"""
Opening records from a population file, beside the floor: a bare COPY of the same rows into the same PostgreSQL, in the same run.

`python -m benchmarks.people --records 1000000`; `make bench` runs it too. The method: benchmarks/README.md.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import psycopg

from carnet.storage.embedded import EmbeddedPostgres
from carnet.storage.migrator import migrate
from carnet.vocabulary.ins import NIR, key_of

RECORDS = 1_000_000
TARGET_PER_SECOND = 5_000
TARGET_MEGABYTES = 300
# What one new record is, and nothing else: the rows that the floor copies.
_TABLES = {
    "record": "patient_id, wrapped_key, status, trail_length, trail_hash, changed_at",
    "record_period": "patient_id, period_id, status, valid_from, recorded_at, recorded_by",
    "identity": (
        "patient_id, identity_id, matricule, oid, status, attributes, birth_name, first_given_name, given_names, birth_date, sex,"
        " birth_place, valid_from, recorded_at, recorded_by"
    ),
    "ins_claim": "matricule, oid, patient_id",
    "audit_event": "patient_id, event_id, position, type, outcome, occurred_at, commitment, hash, body",
}
_NAMES = ("MARTIN", "BERNARD", "THOMAS", "PETIT", "ROBERT", "RICHARD", "DURAND", "DUBOIS", "MOREAU", "LAURENT")
_GIVEN = ("MARIE", "JEANNE", "LOUISE", "ALICE", "CLAIRE", "PAUL", "JULES", "HUGO", "ADAM", "LOUIS")


def matricule(number: int) -> str:
    """The number-th matricule: twelve million of them, well formed, of nobody."""
    body = f"{1 + number % 2}{number // 2 % 100:02d}{number // 200 % 12 + 1:02d}75{number // 2400 % 1000:03d}{number // 2_400_000 % 999 + 1:03d}"
    return f"{body}{key_of(body):02d}"


def write_csv(path: Path, records: int) -> None:
    """A population of this size, all invented."""
    with path.open("w", encoding="utf-8") as file:
        file.write("matricule;oid;nom_naissance;premier_prenom;prenoms;date_naissance;sexe;lieu_naissance;date_insi\n")
        for n in range(records):
            given = _GIVEN[n % 10]
            file.write(
                f"{matricule(n)};{NIR};{_NAMES[n // 10 % 10]}-{n:X};{given};{given} {_GIVEN[n // 100 % 10]};"
                f"{1930 + n % 90}-{n // 90 % 12 + 1:02d}-{n // 1080 % 28 + 1:02d};{'MF'[n % 2]};75056;2026-01-15\n"
            )


def imported(home: Path, url: str, path: Path) -> tuple[float, float, float]:
    """Import by the command, as an operator does; gives its seconds, its peak of resident memory in MB, its seconds of processor."""
    environment = {**os.environ, "CARNET_HOME": str(home), "CARNET_DATABASE_URL": url, "CARNET_MODE": "production"}
    command = [sys.executable, "-m", "carnet.cli", "people", "import", str(path)]
    started = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
    assert process.stdout is not None
    peak = 0.0
    ended, status, usage = os.wait4(process.pid, os.WNOHANG)
    while not ended:
        # Not ru_maxrss, which counts what the process that started it held.
        told = Path(f"/proc/{process.pid}/status").read_text()
        peak = max(peak, *(int(line.split()[1]) / 1024 for line in told.splitlines() if line.startswith("VmHWM:")), 0.0)
        time.sleep(0.02)
        ended, status, usage = os.wait4(process.pid, os.WNOHANG)
    seconds = time.perf_counter() - started
    said = process.stdout.read().decode()
    process.stdout.close()
    if status:
        raise RuntimeError(said)
    print("  " + said.splitlines()[0].partition(": ")[2], flush=True)
    return seconds, peak, usage.ru_utime + usage.ru_stime


def copied(connection: psycopg.Connection[Any], folder: Path, *, batch: int = 2_000) -> float:
    """
    The floor: the rows that the import wrote, back from files by bare COPY into the same tables, keys and indexes and all; a commit per
    batch, as the import does. Gives its seconds, reading of the files left out.
    """
    for table, columns in _TABLES.items():
        with (folder / table).open("wb") as file, connection.cursor() as cursor:
            order = "matricule" if table == "ins_claim" else "patient_id"
            with cursor.copy(f"COPY (SELECT {columns} FROM {table} ORDER BY {order}) TO STDOUT") as copy:
                for block in copy:
                    file.write(block)
    empty(connection)
    files = {table: (folder / table).open("rb") for table in _TABLES}
    spent = 0.0
    while True:
        blocks = {
            table: b"".join(line for _, line in zip(range(batch), file, strict=False)) for table, file in files.items()
        }
        if not blocks["record"]:
            break
        started = time.perf_counter()
        with connection.transaction(), connection.cursor() as cursor:
            for table, columns in _TABLES.items():
                with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                    copy.write(blocks[table])
        spent += time.perf_counter() - started
    for file in files.values():
        file.close()
    return spent


def empty(connection: psycopg.Connection[Any]) -> None:
    connection.execute(
        "TRUNCATE record, record_period, identity, ins_claim, audit_event, consent_period, person_identifier,"
        " local_identifier_claim, people_import, people_import_batch CASCADE"
    )
    connection.execute("CHECKPOINT")


def measure(home: Path, *, records: int, rounds: int, say: Callable[[str], None] = print) -> dict[str, Any]:
    """Rounds of import then floor, then one more import over what is held; gives the figures."""
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    path = home / "population.csv"
    write_csv(path, records)
    opened: list[float] = []
    floor: list[float] = []
    memory = processor = 0.0
    with EmbeddedPostgres(home) as server:
        migrate(server.url)
        with psycopg.connect(server.url, autocommit=True) as connection:
            for _ in range(rounds):
                empty(connection)
                seconds, megabytes, processor = imported(home, server.url, path)
                opened.append(records / seconds)
                memory = max(memory, megabytes)
                floor.append(records / copied(connection, home))
                say(f"  opened {opened[-1]:.0f}/s, bare COPY {floor[-1]:.0f}/s, peak {megabytes:.0f} MB")
            seconds, megabytes, _ = imported(home, server.url, path)
    figures = {
        "records": records,
        "opened_per_second": median(opened),
        "bare_copy_per_second": median(floor),
        "ratio": median(opened) / median(floor),
        "unchanged_per_second": records / seconds,
        "peak_mb": max(memory, megabytes),
        "processor_us_per_record": processor / records * 1e6,
    }
    say(
        f"records opened from a population file: {figures['opened_per_second']:.0f}/s, ratio {figures['ratio']:.2f} to a bare COPY of the"
        f" same rows; the same file again {figures['unchanged_per_second']:.0f}/s; peak {figures['peak_mb']:.0f} MB, {figures['processor_us_per_record']:.0f} µs of"
        " processor a record beside PostgreSQL's"
    )
    return figures


def holds(figures: dict[str, Any]) -> bool:
    """Whether the targets are met."""
    return bool(figures["opened_per_second"] >= TARGET_PER_SECOND and figures["peak_mb"] < TARGET_MEGABYTES)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.people", description=__doc__)
    parser.add_argument("--records", type=int, default=RECORDS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--home", type=Path, default=Path("var/benchmarks/people"))
    given = parser.parse_args()
    return int(not holds(measure(given.home, records=given.records, rounds=given.rounds)))


if __name__ == "__main__":
    sys.exit(main())
