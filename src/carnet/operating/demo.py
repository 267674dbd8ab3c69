"""
`carnet demo`: an invented territory, fed through the real doors, served on this machine.

The first run installs the database, registers people and feeds the documents over HTTP; the next ones resume in seconds. Interrupted, it
goes on where it stopped: a document sent twice is a replay, which changes nothing.
"""

import argparse
import asyncio
import json
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import uvloop

from carnet.app import Carnet
from carnet.domain.access.facts import holder_name
from carnet.domain.access.model import Representation
from carnet.domain.actor import SYSTEM, Actor, ActorKind, Authentication
from carnet.domain.audit.model import EventType, did
from carnet.domain.clients.model import AuthMethod, Client, digest_of_secret
from carnet.domain.clients.registration import register
from carnet.domain.consent import granting
from carnet.domain.consent.model import Consent, ConsentKind
from carnet.domain.consent.record_life import begin_record
from carnet.domain.demo import store as demo_store
from carnet.jobs.extract_facts import BACKLOG
from carnet.jobs.worker import bring_forward
from carnet.operating.demo_accounts import open_accounts
from carnet.operating.demo_delegations import delegate
from carnet.operating.demo_directory import load_directory
from carnet.operating.demo_visits import visit_records
from carnet.operating.progress import Progress
from carnet.operating.running import database, migrated, serve
from carnet.settings import Settings
from carnet.storage.embedded import EmbeddedPostgresError
from carnet.storage.keys import KeyRing
from carnet.territory.invent import Territory, invent
from carnet.territory.model import Citizen, Professional
from carnet.web.demo_people import secretaries

SIZES = {"empty": (0, 0), "small": (300, 3_000), "medium": (3_000, 30_000), "large": (20_000, 1_000_000)}
LOADED = "large"  # taken over by COPY: feeding so much would take an hour
DEFAULT_SEED = 2026
SMALLEST = 13  # citizens that a territory cannot do without
REFUSED = 3  # exit status of the feeding when documents were refused; each said why
_MARKER = "demo.json"
_SOURCE_TITLE = "Source d'identités de l'assurance maladie"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--size",
        choices=list(SIZES),
        default="small",
        help="empty: software and professionals only; small: 300 citizens, 3 000 documents (default); medium: 3 000 and 30 000;"
        " large: 20 000 and 1 000 000, loaded by COPY in about twenty minutes, 40 GB",
    )
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="same seed, same territory")
    parser.add_argument("--reset", action="store_true", help="forget the former territory first")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Serve the demonstration until interrupted. Exit status 2 when it cannot start; the message says what to do."""
    settings = replace(settings, mode="demo")
    settings.home.mkdir(parents=True, exist_ok=True)
    noted = _noted(settings.home)
    if arguments.reset:
        _forget(settings.home, noted)
        noted = {}
    asked = {"size": arguments.size, "seed": arguments.seed}
    if noted and asked != {"size": noted["size"], "seed": noted["seed"]}:
        print(
            f"{settings.home} holds the territory « {noted['size']} », seed {noted['seed']}: add --reset to invent another, or --home for"
            " another place",
            file=sys.stderr,
        )
        return 2
    if _is_taken(settings):
        print(f"port {settings.port} is taken: stop what listens there, or add --port", file=sys.stderr)
        return 2
    try:
        with database(settings) as conninfo:
            settings = migrated(settings, conninfo)
            plan = _Plan(settings, noted or {**asked, "today": date.today().isoformat(), "fed": 0})  # noqa: DTZ011  a day of this place
            uvloop.run(serve(settings, conninfo, ready=plan.carry_out))
    except EmbeddedPostgresError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print()
    return 0


def _noted(home: Path) -> dict[str, Any]:
    marker = home / _MARKER
    return json.loads(marker.read_text("utf-8")) if marker.is_file() else {}


def _forget(home: Path, noted: dict[str, Any]) -> None:
    """Only what a demonstration made: a folder without its marker is left alone."""
    if not noted:
        return
    for name in ("postgresql", "keys", "contents", "checkpoints"):
        shutil.rmtree(home / name, ignore_errors=True)
    (home / _MARKER).unlink(missing_ok=True)


def _is_taken(settings: Settings) -> bool:
    import socket

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError:
            return True
    return False


class _Plan:
    """What is left to do once the address answers. noted: the marker's content, kept as the work goes on."""

    def __init__(self, settings: Settings, noted: dict[str, Any]) -> None:
        self._settings = settings
        self._noted = noted

    async def carry_out(self, carnet: Carnet) -> None:
        citizens, documents = SIZES[self._noted["size"]]
        territory = invent_sized(self._noted, citizens=citizens, documents=documents)
        is_loaded = self._noted["size"] == LOADED
        if not self._noted.get("people"):
            print("Inscription des personnes et des logiciels…", flush=True)
            await register_people(carnet, territory, with_records=not is_loaded)
            self._note(people=True)
        if not self._noted.get("directory"):
            await load_directory(carnet, territory)
            self._note(directory=True)
        await delegate(carnet)
        if territory.citizens and not is_loaded and not self._noted.get("accounts"):
            await open_accounts(carnet, territory)
            self._note(accounts=True)
        self._note(base_url=self._settings.public_url)
        if self._noted["fed"] < documents:
            await (self._load if is_loaded else self._feed)(citizens, documents)
            if is_loaded:  # no deposit asked for the facts of these documents to be read
                await bring_forward(carnet.database, BACKLOG, now=carnet.services.clock())
        if not self._noted.get("visits"):
            await visit_records(carnet, territory, self._settings.public_url)
            self._note(visits=True)
        await _summary(carnet, territory, self._settings)

    async def _feed(self, citizens: int, documents: int) -> None:
        """In a process of its own, so that the server has a core to itself."""
        command = [
            sys.executable, "-m", "carnet.operating.feed_territory", self._settings.public_url, str(self._settings.home / _MARKER),
            str(citizens),
            str(documents),
        ]  # fmt: skip
        process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.DEVNULL)
        try:
            status = await process.wait()
        except asyncio.CancelledError:
            process.terminate()
            await process.wait()
            raise
        if status not in {0, REFUSED}:
            raise KeyboardInterrupt  # interrupted or broken: the next run goes on where this one stopped
        self._noted = _noted(self._settings.home)

    async def _load(self, citizens: int, documents: int) -> None:
        """By COPY, in as many processes as there are cores."""
        parts = os.cpu_count() or 1
        environment = os.environ | {
            "CARNET_HOME": str(self._settings.home),
            "CARNET_MODE": self._settings.mode,
            "CARNET_DATABASE_URL": self._settings.database_url or "",
        }
        loaders = [
            await asyncio.create_subprocess_exec(
                sys.executable, "-m", "carnet.operating.load_territory", str(self._settings.home / _MARKER), str(citizens),
                str(documents), str(part), str(parts), stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
                env=environment,
            )
            for part in range(parts)
        ]  # fmt: skip
        progress = Progress("Chargement des documents", documents)
        try:
            await asyncio.gather(*(self._follow(loader, progress) for loader in loaders))
        except asyncio.CancelledError:
            for loader in loaders:
                if loader.returncode is None:
                    loader.terminate()
            await asyncio.gather(*(loader.wait() for loader in loaders))
            raise
        if any(loader.returncode for loader in loaders):
            raise KeyboardInterrupt  # interrupted or broken: the next run goes on where this one stopped
        progress.end()
        self._note(fed=documents)

    async def _follow(self, loader: asyncio.subprocess.Process, progress: "Progress") -> None:
        assert loader.stdout is not None
        async for line in loader.stdout:
            progress.add(int(line))
        await loader.wait()

    def _note(self, **values: Any) -> None:
        self._noted |= values
        note(self._settings.home / _MARKER, self._noted)


def invent_sized(noted: Mapping[str, Any], *, citizens: int, documents: int) -> Territory:
    """The territory that a marker names; the empty one has its professionals and software, and nobody to treat."""
    today = date.fromisoformat(noted["today"])
    territory = invent(noted["seed"], citizens=max(citizens, SMALLEST), documents=documents, today=today)
    if citizens:
        return territory
    named = {name: person for name, person in territory.named.items() if isinstance(person, Professional)}
    return replace(territory, citizens=(), named=named, grants=())


def note(marker: Path, values: dict[str, Any]) -> None:
    """Write the marker whole: a reader never sees half of it."""
    draft = marker.with_suffix(".new")
    draft.write_text(json.dumps(values), "utf-8")
    draft.replace(marker)


async def register_people(carnet: Carnet, territory: Territory, *, with_records: bool = True) -> None:
    """
    Clients, professionals who can be tried, records of the citizens, and what these decided. Idempotent.

    Takes
        with_records: false when records and decisions come with the documents.
    """
    services = carnet.services
    at = services.clock()
    async with carnet.database.transaction() as tx:
        for feeder in territory.clients:
            actor = Actor(
                feeder.kind, feeder.title, organization=feeder.organization, organization_name=feeder.organization_name,
                sector=feeder.sector, authentication=Authentication("client-secret", "INDIRECTE"),
            )  # fmt: skip
            await _client(tx, feeder.name, actor, feeder.title)
        source = Actor(ActorKind.IDENTITY_SOURCE, _SOURCE_TITLE, authentication=Authentication("client-secret"))
        await _client(tx, "identites", source, _SOURCE_TITLE)
        for name, person in territory.named.items():
            if isinstance(person, Professional):
                await _client(tx, name, _professional(person, territory), _described(person, territory))
    patients = {}
    for citizen in territory.citizens if with_records else ():
        async with carnet.database.transaction() as tx:
            patients[citizen.index], _ = await begin_record(
                tx, citizen.identity, actor=SYSTEM, keys=services.keys, at=at
            )
    for grant in territory.grants if with_records else ():
        since = datetime.combine(grant.since, datetime.min.time(), UTC)
        async with carnet.database.transaction() as tx:
            await granting.begin(
                tx, patients[grant.citizen.index], Consent(grant.kind, grant.professional), actor=_citizen(grant.citizen),
                keys=services.keys, at=at, since=max(since, at - timedelta(days=3650)),
            )  # fmt: skip
    async with carnet.database.transaction() as tx:
        for name, person in territory.named.items():
            if isinstance(person, Citizen):
                ins = person.identity.ins
                text = f"{person.spelled_name}, matricule {ins.matricule} ({ins.oid})"
                await demo_store.save(tx, demo_store.DemoPerson(name, text, ins=ins))
        for parent, child in _REPRESENTED if with_records else ():
            if parent in territory.named and child in territory.named:
                await _represents(tx, territory, parent, child, patients=patients, keys=services.keys, at=at)
    await services.trace(did(SYSTEM, EventType.DEMO_STARTED, at=at))


# Parents and children of the demonstration, by their names.
_REPRESENTED = (("marie", "lucas"),)


async def _represents(
    tx: Any, territory: Territory, parent: str, child: str, *, patients: Mapping[int, UUID], keys: KeyRing, at: datetime
) -> None:
    """A parent who may be tried in their child's place, as the identity source says."""
    one, other = territory.named[parent], territory.named[child]
    assert isinstance(one, Citizen)
    assert isinstance(other, Citizen)
    consent = Consent(ConsentKind.PARENTAL_AUTHORITY, holder_name(one.identity.ins), scope=Representation.FULL)
    await granting.begin(tx, patients[other.index], consent, actor=SYSTEM, keys=keys, at=at)
    text = f"{one.spelled_name}, pour son enfant {other.spelled_name} ({other.identity.ins.matricule})"
    name = f"{parent}-pour-{child}"
    await demo_store.save(tx, demo_store.DemoPerson(name, text, ins=one.identity.ins, represents=other.identity.ins))


async def _client(tx: Any, name: str, actor: Actor, description: str) -> None:
    methods = frozenset({AuthMethod.CLIENT_SECRET_BASIC, AuthMethod.CLIENT_SECRET_POST})
    await register(tx, Client(name, actor, methods, secret_digest=digest_of_secret(f"demo-{name}")), mode="demo")
    await demo_store.save(tx, demo_store.DemoPerson(name, description, client_id=name))


def _professional(person: Professional, territory: Territory) -> Actor:
    organization = territory.organizations[person.organizations[0]]
    return Actor(
        ActorKind.PROFESSIONAL, person.spelled_name, person=person.identifier, organization=organization.identifier,
        organization_name=organization.name, profession=person.profession.code,
        specialty=person.specialty.code if person.specialty else None, sector=organization.sector.code,
        authentication=Authentication("client-secret", "INDIRECTE_RENFORCEE"),
    )  # fmt: skip


def _described(person: Professional, territory: Territory) -> str:
    reads = [
        grant.citizen for grant in territory.grants if grant.professional == person.identifier and grant.kind != "block"
    ]
    text = f"{person.spelled_name}, {person.author_code.display or person.role}"
    if reads:
        text += (
            f" ; autorisé sur {len(reads)} dossiers, dont {reads[0].spelled_name} ({reads[0].identity.ins.matricule})"
        )
    return text


def _citizen(citizen: Citizen) -> Actor:
    return Actor(
        ActorKind.CITIZEN, citizen.spelled_name, ins=citizen.identity.ins, authentication=Authentication("demo-link")
    )


async def _summary(carnet: Carnet, territory: Territory, settings: Settings) -> None:
    base = settings.public_url
    async with carnet.database.connection() as connection:
        people = [*await demo_store.everyone(connection), *await secretaries(carnet.database)]
        documents, types = await demo_store.fed(connection)
    print(f"\ncarnet est prêt : {base}\n")
    print(
        f"  {len(territory.citizens)} usagers, {len(territory.professionals)} professionnels, {len(territory.organizations)} structures,"
    )
    print(f"  {documents} documents de {types} types, déposés par {base}/fhir\n")
    print("Qui peut entrer :")
    for person in people:
        print(f"  {base}/demo/enter/{person.name:<14} {person.description}")
    print(f"\nLeurs courriers, leurs codes, leur mot de passe : {base}/demo/courrier")
    citizens = [person for person in people if person.ins is not None]
    first = next((person for person in citizens if person.name == "marie"), next(iter(citizens), None))
    if first is not None and first.ins is not None:
        print("\nÀ essayer :")
        print(f"  TOKEN=$(.venv/bin/carnet token {first.name}{'' if settings.port == 8000 else f' --base-url {base}'})")
        print(f'  curl -s -H "Authorization: Bearer $TOKEN" -G {base}/fhir/DocumentReference \\')
        print(
            f"    --data-urlencode 'patient.identifier=urn:oid:{first.ins.oid}|{first.ins.matricule}' --data-urlencode _count=2"
        )
    doctor = next(person for person in territory.professionals if person.role == "gp")
    print("\nDans l’annuaire, avec n’importe quel jeton :")
    where = "" if settings.port == 8000 else f" --base-url {base}"
    print(f'  curl -s -H "Authorization: Bearer $(.venv/bin/carnet token medecin{where})" \\')
    print(f'    "{base}/fhir/Practitioner?identifier={doctor.rpps}&_revinclude=PractitionerRole:practitioner"')
    print("\nCtrl-C pour arrêter ; la prochaine fois reprend ici.", flush=True)
