"""The paths, one server after the other, A B A B, with what each document cost."""

import asyncio
import itertools
import random
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

from benchmarks import bare_server, load
from benchmarks.letters import letters, new_unique_id
from benchmarks.servers import Meter, Server
from benchmarks.stock import READER, people
from carnet.app import open_carnet
from carnet.domain.actor import Actor, ActorKind, Authentication
from carnet.settings import Settings
from carnet.vocabulary.ins import Ins

CARNET_TABLES = (
    "unique_id_claim", "entry_claim", "record", "submission_set", "access_class", "document_entry", "document_entry_past", "content",
    "audit_event",
)  # fmt: skip
WARM_UP = 400  # requests on each side before a path is measured
# Records whose search is measured in a small stock, then in a large one; each is asked once before, so that neither first accesses, which
# are told to the citizen, nor the whole pages that the log takes after a checkpoint make the difference.
GROWTH_RECORDS = 4_000
_FEEDER = Actor(
    ActorKind.ORGANIZATION, "Centre hospitalier inventé", organization="1000001008", sector="SA01", software="benchmark",
    authentication=Authentication("client-secret", "INDIRECTE"),
)  # fmt: skip
READER_ACTOR = Actor(
    ActorKind.PROFESSIONAL, "Dr Inventé", person=READER, organization="1000001008", profession="10", specialty="SM26",
    software="benchmark", authentication=Authentication("client-secret", "INDIRECTE_RENFORCEE"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figures:
    """One run on one server. Times are microseconds per document, latencies milliseconds, wal and storage bytes per document."""

    per_second: float
    p50: float
    p95: float
    p99: float
    server_cpu: float
    database_cpu: float
    client_cpu: float
    wal: float
    storage: float
    answer_bytes: float
    documents: int
    failures: int


@dataclass(frozen=True, slots=True)
class PathFigures:
    """One path on both servers: figures of every run, in the order they were made."""

    name: str
    carnet: tuple[Figures, ...]
    bare: tuple[Figures, ...]

    def median(self, side: str) -> dict[str, float]:
        """The median of each figure."""
        runs = [asdict(run) for run in (self.carnet if side == "carnet" else self.bare)]
        return {name: statistics.median(run[name] for run in runs) for name in runs[0]}

    @property
    def ratio(self) -> float:
        """Throughput of carnet over that of the bare server just after it: a machine that slows down slows both. The median of the rounds."""
        return statistics.median(
            carnet.per_second / bare.per_second for carnet, bare in zip(self.carnet, self.bare, strict=True)
        )

    @property
    def processor_ratio(self) -> float:
        """Processor time of a document on the bare server over that on carnet, PostgreSQL included: hardly moved by a busy machine."""
        carnet, bare = self.median("carnet"), self.median("bare")
        return (bare["server_cpu"] + bare["database_cpu"]) / (carnet["server_cpu"] + carnet["database_cpu"])


@dataclass(frozen=True, slots=True)
class Sides:
    """Both servers, and what it takes to ask them. tokens: of the feeder, of the reader."""

    carnet: tuple[Server, ...]
    bare: tuple[Server, ...]
    meter: Meter
    tokens: tuple[str, str]


async def tokens(home: Path, conninfo: str, base_url: str, *actors: Actor) -> tuple[str, ...]:
    """Access tokens of these actors, signed with the server's own keys."""
    carnet = await open_carnet(Settings(home=home, mode="demo", base_url=base_url, database_pool=2), conninfo)
    try:
        return tuple(carnet.services.issuer.issue(actor, lifetime=timedelta(hours=6)) for actor in actors)
    finally:
        await carnet.close()


Requests = Callable[[int], tuple[Sequence[bytes], Sequence[bytes]]]


def compare(
    name: str, requests: Requests, *, sides: Sides, documents: int, rounds: int, connections: int, seconds: float,
    warm_up: int = WARM_UP,
) -> PathFigures:  # fmt: skip
    """
    Run one path on both servers in turn, `rounds` times.

    Takes
        requests: makes so many requests for each side; made anew each round, outside the measured time.
        documents: of one run. seconds: after which a run is cut. warm_up: requests on each side before anything is measured.
    Raises
        RuntimeError: an answer was not a success: the figures would mean nothing.
    """
    # Whole pages go to the log after one: each path begins alike, whatever came before.
    sides.meter.execute("CHECKPOINT")
    found: dict[str, list[Figures]] = {"carnet": [], "bare": []}
    for round_ in range(rounds + 1):
        both = requests(warm_up if round_ == 0 else documents)
        for side, workers, asked in zip(("carnet", "bare"), (sides.carnet, sides.bare), both, strict=True):
            tables = CARNET_TABLES if side == "carnet" else bare_server.TABLES
            size, cost = sides.meter.size(tables), sides.meter.cost(workers)
            run = load.run([worker.port for worker in workers], asked, connections=connections, seconds=seconds)
            spent = sides.meter.cost(workers).since(cost)
            if run.failures or not run.count:
                raise RuntimeError(f"{name}, {side}: {len(run.failures)} failures, first {run.failures[:1]}")
            if round_:
                n = run.count
                found[side].append(
                    Figures(
                        per_second=run.per_second, p50=run.percentile(0.5), p95=run.percentile(0.95), p99=run.percentile(0.99),
                        server_cpu=spent.server_cpu / n * 1e6, database_cpu=spent.database_cpu / n * 1e6,
                        client_cpu=run.client_cpu_seconds / n * 1e6, wal=spent.wal / n,
                        storage=(sides.meter.size(tables) - size) / n, answer_bytes=run.received_bytes / n, documents=n,
                        failures=len(run.failures),
                    )
                )  # fmt: skip
    return PathFigures(name, tuple(found["carnet"]), tuple(found["bare"]))


def deposits(sides: Sides, first: int, records: int) -> Requests:
    """ITI-65: letters never seen before, of patients who have a record; the same bodies for both."""
    models, patients, chance = letters(), people(first, records), random.Random()
    authorization = [f"Authorization: Bearer {sides.tokens[0]}"]

    def make(count: int) -> tuple[list[bytes], list[bytes]]:
        bodies = [
            models[n % len(models)].copy(patients[n % records], new_unique_id(chance), new_unique_id(chance))
            for n in range(count)
        ]
        return [load.post("/fhir", body, authorization) for body in bodies], [
            load.post("/fhir", body) for body in bodies
        ]

    return make


def searches(sides: Sides, first: int, records: int) -> Requests:
    """ITI-67: the twenty fiches of a record taken at random."""
    patients, chance = people(first, records), random.Random()
    return _searching(sides, lambda count: chance.choices(patients, k=count))


def repeated_searches(sides: Sides, first: int, records: int) -> Requests:
    """ITI-67 over GROWTH_RECORDS spread over the stock, in turn."""
    spread = random.Random(records).sample(range(records), min(GROWTH_RECORDS, records))
    patients = people(first, records)
    turn = itertools.cycle([patients[n] for n in spread])
    return _searching(sides, lambda count: list(itertools.islice(turn, count)))


def _searching(sides: Sides, draw: Callable[[int], Sequence[Ins]]) -> Requests:
    headers = [f"Authorization: Bearer {sides.tokens[1]}", "Accept: application/fhir+json"]

    def make(count: int) -> tuple[list[bytes], list[bytes]]:
        paths = [
            f"/fhir/DocumentReference?patient.identifier=urn:oid:{ins.oid}%7C{ins.matricule}&_count=20"
            for ins in draw(count)
        ]
        return [load.get(path, headers) for path in paths], [load.get(path, headers[1:]) for path in paths]

    return make


def reads(sides: Sides, table: Mapping[str, str]) -> Requests:
    """ITI-68: a content taken at random among those held. table: query that gives their ids, by side."""
    chance = random.Random()
    ids = {side: [str(row[0]) for row in sides.meter.execute(query)] for side, query in table.items()}
    headers = [f"Authorization: Bearer {sides.tokens[1]}", "Accept: */*"]

    def make(count: int) -> tuple[list[bytes], list[bytes]]:
        asked = {side: [f"/fhir/Binary/{ident}" for ident in chance.choices(ids[side], k=count)] for side in ids}
        return [load.get(path, headers) for path in asked["carnet"]], [
            load.get(path, headers[1:]) for path in asked["bare"]
        ]

    return make


def signed(home: Path, conninfo: str, base_url: str) -> tuple[str, str]:
    """Of a hospital that feeds and of a professional who reads."""
    feeder, reader = asyncio.run(tokens(home, conninfo, base_url, _FEEDER, READER_ACTOR))
    return feeder, reader
