"""
Pages of the portals, as many people at once: server time, and how often each page asks the database.

    python -m benchmarks.portal                    # 16 people, 2 000 documents each
    python -m benchmarks.portal --as professional  # 16 professionals, each in the record of one of these people

Each person leafs through a record of their own, over a connection that sends its next request when it has its answer: nobody pauses to read, so the
figures are those of a busy hour. The server runs one process for each core, as in `make bench`. Every page is first asked once of each process: these
first answers are told apart, since a process remembers a record that stands still (docs/decisions/0035-browsing.md).
"""

import argparse
import asyncio
import json
import random
import re
import shutil
import statistics
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg

from benchmarks import load, report
from benchmarks.letters import identity_of, letters, matricules, new_unique_id
from benchmarks.servers import Meter, Server, free_port, serving
from carnet.app import Carnet, application, open_carnet
from carnet.domain.accounts import sessions
from carnet.domain.accounts.model import SessionTerms
from carnet.domain.actor import SYSTEM, Actor, ActorKind, Authentication
from carnet.domain.consent.model import ConsentKind
from carnet.domain.professionals import sessions as professional_sessions
from carnet.domain.professionals.model import KnownProfessional, Practice
from carnet.domain.record.loading import load as load_records
from carnet.domain.record.loading.model import HeldConsent, HeldDocument, HeldRecord, HeldSubmission
from carnet.settings import Settings
from carnet.storage import database as storage
from carnet.storage import lanes
from carnet.storage.embedded import EmbeddedPostgres
from carnet.storage.migrator import migrate
from carnet.vocabulary.clock import system_clock
from carnet.vocabulary.identifiers import UniqueId
from carnet.vocabulary.ins import Ins
from carnet.vocabulary.moments import Moment

_BASE_URL = "http://127.0.0.1"
_LAST = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
_WORDS = "compte"


@dataclass(frozen=True, slots=True)
class Person:
    """One who leafs. cookie: of their session. patient, document: the record, and its newest document, with its content."""

    ins: Ins
    cookie: str
    patient: UUID
    document: UUID


Path_of = Callable[[Person], str]
SignIn = Callable[[Carnet, Ins, UUID], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Readers:
    """
    Who leafs. target_ms: of p95. pages: what they ask for. list: the page that has the search. sign_in: gives the cookie. room_bytes: what a page
    may weigh, or None.
    """

    target_ms: float
    pages: dict[str, Path_of]
    list: Path_of
    sign_in: SignIn
    room_bytes: int | None = None


async def _as_citizen(carnet: Carnet, ins: Ins, patient_id: UUID) -> str:
    holder = Actor(ActorKind.CITIZEN, "Une personne inventée", ins=ins, authentication=Authentication("demo-link"))
    async with carnet.database.transaction() as tx:
        _, token = await sessions.begin(
            tx, patient_id, actor=holder, device="benchmark", keys=carnet.services.keys, at=system_clock(), terms=SessionTerms()
        )  # fmt: skip
    return f"carnet_session={token}"


async def _as_professional(carnet: Carnet, ins: Ins, patient_id: UUID) -> str:
    """A physician, each of their own, whom the person of the record authorised."""
    del patient_id
    practice = Practice("exercice", "10", "SM26", "SA07", "1990000777", "Maison de santé inventée")
    known = KnownProfessional(_doctor_of(ins), "Dr Essai Inventé", (practice,))
    actor = known.acting(practice, means="psc", level="PSC")
    portal = carnet.professionals
    async with carnet.database.transaction() as tx:
        _, token = await professional_sessions.begin(
            tx, known, actor=actor, practice=practice, device="benchmark", seals=portal.seals, at=system_clock(), terms=portal.terms
        )  # fmt: skip
    return f"carnet_pro={token}"


def _doctor_of(ins: Ins) -> str:
    """PS_IdNat of the one who reads this record."""
    return f"89970{ins.matricule[6:13]}"


READERS: dict[str, Readers] = {
    "citizen": Readers(
        60.0,
        {
            "Accueil": lambda _: "/",
            "Mes documents": lambda _: "/documents",
            "Document": lambda person: f"/documents/{person.document}",
        },
        lambda _: "/documents",
        _as_citizen,
    ),
    "professional": Readers(
        100.0,
        {
            "Trouver un patient": lambda _: "/pro",
            "Carnet": lambda person: f"/pro/patients/{person.patient}",
            "Document en place": lambda person: f"/pro/patients/{person.patient}/documents/{person.document}",
        },
        lambda person: f"/pro/patients/{person.patient}",
        _as_professional,
        room_bytes=120_000,
    ),
}


def main() -> int:
    """Run. Exit status 1 when a page misses its target."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.portal", description="pages of the portals")
    parser.add_argument("--as", dest="who", choices=list(READERS), default="citizen", help="who leafs (citizen)")
    parser.add_argument("--documents", type=int, default=2000, help="of each record (2 000)")
    parser.add_argument("--users", type=int, default=16, help="people at once, each with a record (16)")
    parser.add_argument("--requests", type=int, default=1600, help="of each page (1 600)")
    parser.add_argument("--workers", type=int, default=2, help="processes of the server (2: one for each core)")
    parser.add_argument("--home", type=Path, default=Path("var/benchmarks-portal"), help="made anew at each run")
    parser.add_argument("--name", help="of a JSON result in benchmarks/results; none: not kept")
    given = parser.parse_args()
    shutil.rmtree(given.home, ignore_errors=True)
    given.home.mkdir(parents=True)
    with EmbeddedPostgres(given.home) as server:
        migrate(server.url)
        people, counts = asyncio.run(_prepared(given, server.url))
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("VACUUM (ANALYZE)")
        return _measured(given, server.url, people, counts)


async def _prepared(given: Any, conninfo: str) -> tuple[list[Person], dict[str, int]]:
    """The people, signed in, with their records; and the statements of each page, counted within this process."""
    carnet = await open_carnet(Settings(home=given.home, mode="demo", base_url=_BASE_URL, database_pool=4), conninfo)
    try:
        people = [person async for person in _people(carnet, READERS[given.who], given.users, given.documents)]
        return people, await _statements(carnet, people[0], READERS[given.who].pages)
    finally:
        await carnet.close()


async def _people(carnet: Carnet, readers: Readers, count: int, documents: int) -> Any:
    services, terms = carnet.services, carnet.services.deposit_terms
    patients = list(islice(matricules(letters()[0]), count))
    loading = load_records(
        services.store, (_record(ins, n, documents) for n, ins in enumerate(patients)), actor=SYSTEM, write_fiche=terms.write_fiche,
        write_set=terms.write_set, at=services.clock(), batch_records=4,
    )  # fmt: skip
    waiting = iter(patients)
    async for batch in loading:
        for record in batch:
            ins = next(waiting)
            cookie = await readers.sign_in(carnet, ins, record.patient_id)
            print(f"\r{documents} documents for {ins.matricule[-8:]}…", end="", flush=True)
            yield Person(ins, cookie, record.patient_id, record.documents[0])
    print()


def _record(ins: Ins, number: int, documents: int) -> HeldRecord:
    """A record of letters of several types, ten days apart; the newest has its content."""
    chance, models = random.Random(number), letters()
    held = []
    for n in range(documents):
        letter = models[n % len(models)]
        entry = replace(
            letter.entry, unique_id=UniqueId(new_unique_id(chance)), created=Moment.at(_LAST - timedelta(days=10 * n)),
        )  # fmt: skip
        submission_set = replace(letter.submission_set, unique_id=UniqueId(new_unique_id(chance)))
        held.append(HeldSubmission(submission_set, (HeldDocument(entry, letter.content if n == 0 else None),)))
    authorised = HeldConsent(
        ConsentKind.GRANT, _doctor_of(ins), holder_is_organization=False, since=_LAST - timedelta(days=1)
    )
    return HeldRecord(identity_of(models[0], ins), tuple(held), consents=(authorised,))


# How often a page asks the database ----------------------------------------


async def _statements(carnet: Carnet, person: Person, pages: dict[str, Path_of]) -> dict[str, int]:
    """Statements of each page once its record is remembered, that of the session included."""
    transport = httpx.ASGITransport(application(carnet))
    counts = {}
    async with httpx.AsyncClient(transport=transport, base_url=_BASE_URL, headers={"Cookie": person.cookie}) as client:
        for name, path in pages.items():
            for _ in range(2):
                with _counting() as told:
                    (await client.get(path(person))).raise_for_status()
            counts[name] = len(told)
    return counts


@contextmanager
def _counting() -> Iterator[list[str]]:
    """What the database is asked within the block, by whichever way."""
    told: list[str] = []
    # Every way to the database; what the portals are served by is counted without their knowing.
    ways: list[tuple[Any, str]] = [(storage._BinaryCursor, "execute"), (lanes.Lanes, "fetch")]  # noqa: SLF001 - the pool has no public one
    kept = [(owner, name, getattr(owner, name)) for owner, name in ways]

    def counting(run: Any) -> Any:
        async def asked(self: Any, statement: Any, *more: Any, **options: Any) -> Any:
            told.append(str(statement))
            return await run(self, statement, *more, **options)

        return asked

    for owner, name, run in kept:
        setattr(owner, name, counting(run))
    try:
        yield told
    finally:
        for owner, name, run in kept:
            setattr(owner, name, run)


# How long it takes ----------------------------------------------------------


def _measured(given: Any, conninfo: str, people: Sequence[Person], counts: dict[str, int]) -> int:
    result: dict[str, Any] = {"documents": given.documents, "users": given.users, "workers": given.workers, "pages": {}}
    failed, readers = False, READERS[given.who]
    with ExitStack() as stack:
        meter = Meter(conninfo)
        stack.callback(meter.close)
        servers = [stack.enter_context(_carnet(given.home, conninfo)) for _ in range(given.workers)]
        print(f"{'page':<22}{'p50 ms':>8}{'p95 ms':>8}{'a second':>10}{'first ms':>10}{'statements':>12}{'kB':>7}{'CPU ms':>8}{'SQL ms':>8}")  # fmt: skip
        pages = {**readers.pages, f"Chercher « {_WORDS} »": _found(servers[0], people, readers.list)}
        for name, path in pages.items():
            first = _first(servers, people, path)
            before = meter.cost(servers)
            requests = [
                load.get(path(person), [f"Cookie: {person.cookie}"])
                for _, person in zip(range(given.requests), _around(people), strict=False)
            ]
            run = load.run([each.port for each in servers], requests, connections=given.users)
            spent = meter.cost(servers).since(before)
            if run.failures:
                print(f"{name}: {len(run.failures)} answers failed: {run.failures[0]!r}")
                return 1
            told = {
                "p50_ms": run.percentile(0.5), "p95_ms": run.percentile(0.95), "per_second": run.per_second, "first_ms": first,
                "statements": counts.get(name), "kilobytes": run.received_bytes / run.count / 1000,
                "server_cpu_ms": spent.server_cpu / run.count * 1000, "database_cpu_ms": spent.database_cpu / run.count * 1000,
            }  # fmt: skip
            result["pages"][name] = told
            statements = "" if told["statements"] is None else told["statements"]
            print(
                f"{name:<22}{told['p50_ms']:>8.1f}{told['p95_ms']:>8.1f}{told['per_second']:>10.0f}{first:>10.0f}{statements:>12}"
                f"{told['kilobytes']:>7.1f}{told['server_cpu_ms']:>8.2f}{told['database_cpu_ms']:>8.2f}", flush=True,
            )  # fmt: skip
            failed |= run.percentile(0.95) > readers.target_ms
            if readers.room_bytes is not None and run.received_bytes > run.count * readers.room_bytes:
                print(f"{name}: a page weighs more than {readers.room_bytes // 1000} kB")
                failed = True
    print(
        f"\ntarget: p95 under {readers.target_ms:.0f} ms with {given.users} people at once: {'FAIL' if failed else 'ok'}"
    )
    if given.name:
        report.RESULTS.mkdir(exist_ok=True)
        (report.RESULTS / f"{given.name}.json").write_text(json.dumps(result, indent=1) + "\n")
    return int(failed)


def _around(people: Sequence[Person]) -> Iterator[Person]:
    while True:
        yield from people


def _first(servers: Sequence[Server], people: Sequence[Person], path: Path_of) -> float:
    """Each person once at each process; the median of these first answers, in milliseconds."""
    told = []
    for server in servers:
        for person in people:
            started = time.perf_counter()
            _get(server, path(person), person)
            told.append((time.perf_counter() - started) * 1000)
    return statistics.median(told)


def _found(server: Server, people: Sequence[Person], list_of: Path_of) -> Path_of:
    """Where the search of each person led: an address sealed for their session."""
    addresses = {}
    for person in people:
        page = _get(server, list_of(person), person).decode()
        token = re.search(r'name="csrf" value="([^"]+)"', page)
        assert token is not None
        body = urllib.parse.urlencode({"csrf": token[1], "mots": _WORDS}).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{server.port}{list_of(person)}", body, {"Cookie": person.cookie}
        )
        with urllib.request.build_opener(_Stay).open(request) as answer:
            addresses[person.ins] = answer.headers["location"]
    return lambda person: addresses[person.ins]


class _Stay(urllib.request.HTTPRedirectHandler):
    """Redirects are told, not followed."""

    def http_error_303(self, _: Any, answer: Any, *__: Any) -> Any:
        return answer


def _get(server: Server, path: str, person: Person) -> bytes:
    request = urllib.request.Request(f"http://127.0.0.1:{server.port}{path}", headers={"Cookie": person.cookie})
    with urllib.request.urlopen(request) as answer:
        content: bytes = answer.read()
        return content


@contextmanager
def _carnet(home: Path, conninfo: str) -> Iterator[Server]:
    port = free_port()
    environment = {
        "PYTHONPYCACHEPREFIX": str(home / "pycache"), "CARNET_HOME": str(home), "CARNET_DATABASE_URL": conninfo, "CARNET_MODE": "demo",
        "CARNET_BASE_URL": _BASE_URL,
    }  # fmt: skip
    with serving(
        ["-m", "carnet.cli", "serve", "--port", str(port)], port=port, environment=environment, path="/health/ready"
    ) as server:
        yield server


if __name__ == "__main__":
    sys.exit(main())
