"""
Who is answered what, at every address: each route of the program, each kind of asker, on their own patient and on another.

The rows come from the list of routes, so that a new one fails here until its answers are written down. The answers are in
`matrix_of_routes.csv`, read by people: `CARNET_TEST_WRITE_MATRIX=1 pytest tests/doors/test_matrix_of_routes.py` writes it anew, and the
difference is then reviewed line by line. A form is sent with its token and nothing else: what it says of a right is there, not what it does.
"""

import csv
import os
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from tests.builders.people import an_ins
from tests.doors.test_consents import a_consent
from tests.doors.test_simplified_publish import a_publication
from tests.doors.world import JSON, Person, World, a_report

from carnet.app import Carnet, application, doors, open_carnet, pages
from carnet.domain.access.facts import holder_name
from carnet.domain.access.model import Representation
from carnet.domain.actor import Actor, ActorKind, Authentication
from carnet.domain.consent.model import ConsentKind
from carnet.domain.demo import store as demo_store
from carnet.operating.demo import invent_sized, register_people
from carnet.operating.demo_delegations import delegate
from carnet.operating.demo_directory import load_directory
from carnet.settings import Settings

FILE = Path(__file__).with_name("matrix_of_routes.csv")
NOBODY = "nobody"
PEOPLE = ("citizen", "professional", "secretary")  # at the portals
MACHINES = (
    "citizen", "guardian", "physician", "nurse", "midwife", "software", "producer", "identity-source", "operator", "carer", "mediator",
    "secretary", "application", "share-link",
)  # fmt: skip
AT_WORK = {"professional": "medecin", "secretary": "secretaire"}  # by their names in the demonstration
OWN, OTHER = "own", "other"
# Addresses of the demonstration's simulated partners: they are not ours to guard.
NOT_OURS = re.compile(r"/demo/(franceconnect|apcv|psc-simule)/")
MISSING = "01900000-0000-7000-8000-0000000000ff"
_PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")
_MACHINE = re.compile(r"/(fhir|oauth2|\.well-known|health|demo)(/|$)")


@dataclass(frozen=True)
class Subject:
    """A patient with one document."""

    person: Person
    document: str


def _all_routes(carnet: Carnet) -> list[tuple[str, str]]:
    """Method and path of every route."""
    found = set()
    for route in (*doors(carnet), *pages(carnet)):
        if isinstance(route, Route) and not NOT_OURS.match(route.path):
            found |= {(method, route.path) for method in route.methods or () if method != "HEAD"}
    return sorted(found, key=lambda each: (each[1], each[0]))


def _concerns_a_patient(path: str) -> bool:
    return bool(
        re.search(
            r"\{(patient|document|id)\b|/fhir(/(DocumentReference|List|AuditEvent|Consent|Patient|Binary))?/?(\$|_|$)",
            path,
        )
    )


def _address(path: str, subject: Subject) -> str:
    values = {
        "patient": str(subject.person.patient_id),
        "document": subject.document,
        "number": "0",
        "version": "1",
        "act": "masquer",
        "name": "personne",
    }
    if path.startswith("/fhir/Patient"):
        values["id"] = str(subject.person.patient_id)
    elif path.startswith(("/fhir/DocumentReference", "/fhir/Binary")):
        values["id"] = subject.document
    return _PARAMETER.sub(lambda found: values.get(found[1], MISSING), path)


def _query(path: str, subject: Subject) -> dict[str, str]:
    """What a search says of whom it is about."""
    patient = {"patient.identifier": subject.person.token_of_ins}
    if path.endswith(("/fhir/DocumentReference", "/fhir/DocumentReference/_search")):
        return patient
    if path.endswith(("/fhir/List", "/fhir/List/_search")):
        return {**patient, "status": "current", "code": "submissionset"}
    if path.endswith(("/fhir/AuditEvent", "/fhir/AuditEvent/_search")):
        return {**patient, "date": "ge2020-01-01"}
    if path.endswith(("/fhir/Consent", "/fhir/Consent/_search")):
        return patient
    if path.endswith(("/fhir/Patient", "/fhir/Patient/_search")):
        return {"identifier": subject.person.token_of_ins}
    return {}


def _content(method: str, path: str, subject: Subject) -> Any:
    """A sound message about this patient, where one is sent; nothing of use to anyone else."""
    match method, path:
        case "POST", "/fhir" | "/fhir/":
            return a_report(subject.person)
        case "POST", "/fhir/DocumentReference":
            return a_publication(subject.person)
        case "POST", "/fhir/Consent":
            return a_consent(subject.person, "emergency-opposition", basis=None)
        case "PATCH", _:
            return [{"op": "test", "path": "/status", "value": "current"}]
    return {}


class Scene:
    def __init__(self, carnet: Carnet, app: Starlette, http: httpx.AsyncClient) -> None:
        self.carnet, self.app = carnet, app
        self.world = World(carnet, http)
        self._own: dict[str, Subject] = {}

    async def subject(self) -> Subject:
        person = await self.world.a_record(birth_date="2014-06-12")
        return Subject(person, (await self.world.deposit(a_report(person))).id)

    async def actor(self, role: str, own: Subject) -> Actor:
        """Someone of this kind, with what their kind may have on their own patient."""
        if role == "citizen":
            return Actor(
                ActorKind.CITIZEN, "La personne", ins=own.person.ins, authentication=Authentication("demo-link")
            )
        if role == "guardian":
            parent = an_ins()
            await self.world.consent(
                own.person, ConsentKind.PARENTAL_AUTHORITY, holder_name(parent), scope=Representation.FULL
            )
            return Actor(ActorKind.GUARDIAN, "Le parent", ins=parent, on_behalf_of=holder_name(own.person.ins))
        professions = {"physician": "10", "nurse": "60", "midwife": "50"}
        if role in professions:
            number = f"8997{UUID(own.document).int % 10**6:06d}{professions[role]}"
            await self.world.consent(own.person, ConsentKind.GRANT, number)
            return Actor(
                ActorKind.PROFESSIONAL, "Essai", person=number, profession=professions[role], software="cabinet"
            )
        if role == "software":
            return Actor(ActorKind.ORGANIZATION, "Hôpital inventé", organization="1990000001", software="hopital")
        if role == "identity-source":
            return Actor(ActorKind.IDENTITY_SOURCE, "Référentiel inventé", software="identites")
        return Actor(ActorKind(role), "Essai", software="essai")

    def browser(self) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://carnet.test")

    async def signed_in(self, role: str, own: Subject) -> httpx.AsyncClient:
        """
        A browser of a citizen; of the general practitioner of the demonstration, authorised on their own patient; of their secretary, whom they
        let feed in their name.
        """
        browser = self.browser()
        if role == "citizen":
            name = f"matrice-{own.person.ins.matricule}"
            async with self.carnet.database.transaction() as tx:
                await demo_store.save(tx, demo_store.DemoPerson(name, "Une personne inventée", ins=own.person.ins))
            await browser.get(f"/demo/enter/{name}")
        elif role in {"professional", "secretary"}:
            page = await browser.get((await browser.get("/pro/connexion/psc")).headers["location"])
            action = re.search(r'action="([^"]+)"', page.text)
            fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.text))
            assert action is not None
            answer = await browser.post(action[1], data={**fields, "person": AT_WORK[role]})
            while answer.has_redirect_location:
                answer = await browser.get(answer.headers["location"])
            people = await demo_actor(self.carnet, "medecin")
            if role == "professional":
                await self.world.consent(own.person, ConsentKind.GRANT, people.person or "")
        return browser


async def demo_actor(carnet: Carnet, name: str) -> Actor:
    from carnet.web.demo_people import actor_named

    return await actor_named(carnet.database, name)


@pytest.fixture(scope="module")
async def carnet(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Carnet]:
    """The whole program in demo mode, with its professionals and its directory, and no citizen."""
    settings = Settings(
        home=tmp_path_factory.mktemp("home"), mode="demo", base_url="http://carnet.test", database_pool=8
    )
    opened = await open_carnet(settings, database_url)
    territory = invent_sized({"seed": 2026, "today": "2026-06-01"}, citizens=0, documents=0)
    await register_people(opened, territory)
    await load_directory(opened, territory)
    await delegate(opened)
    yield opened
    await opened.close()


@pytest.fixture(scope="module")
async def scene(carnet: Carnet) -> AsyncIterator[Scene]:
    app = application(carnet)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://carnet.test") as http:
        yield Scene(carnet, app, http)


def _said(answer: httpx.Response) -> str:
    """The status, and whether one is led to sign in."""
    where = answer.headers.get("location", "")
    if answer.status_code == 303 and re.match(r"(/pro)?/connexion$", where):
        return "sign-in"
    return str(answer.status_code)


async def _machine(scene: Scene, method: str, path: str, actor: Actor | None, subject: Subject) -> str:
    headers = {} if actor is None else {"Authorization": f"Bearer {scene.world.token(actor)}"}
    address, query = _address(path, subject), _query(path, subject)
    async with scene.browser() as browser:
        if path.endswith("/_search") and method == "POST":
            return _said(await browser.post(address, data=query, headers=headers))
        if method == "GET":
            return _said(await browser.get(address, params=query, headers=headers))
        content, media_type = _content(method, path, subject), JSON
        if method == "PATCH":
            media_type = {"Content-Type": "application/json-patch+json"}
        return _said(await browser.request(method, address, json=content, headers={**headers, **media_type}))


async def _portal(scene: Scene, method: str, path: str, role: str, *, whose: str) -> str:
    own = await scene.subject()
    subject = own if whose == OWN else await scene.subject()
    browser = await scene.signed_in(role, own)
    try:
        if method == "GET":
            return _said(await browser.get(_address(path, subject)))
        page = await browser.get(
            {"professional": "/pro", "secretary": "/pro", "citizen": "/compte"}.get(role, "/connexion")
        )
        token = re.search(r'name="csrf" value="([^"]+)"', page.text)
        return _said(await browser.request(method, _address(path, subject), data={"csrf": token[1] if token else ""}))
    finally:
        await browser.aclose()


async def _matrix(scene: Scene) -> list[dict[str, str]]:
    own, other = await scene.subject(), await scene.subject()
    rows = []
    for method, path in _all_routes(scene.carnet):
        row = {"method": method, "route": path}
        wholly = (OWN, OTHER) if _concerns_a_patient(path) else (OWN,)
        for whose in wholly:
            if _MACHINE.match(path):
                for role in (NOBODY, *MACHINES):
                    actor = None if role == NOBODY else await scene.actor(role, own)
                    subject = own if whose == OWN else other
                    row[f"{role} {whose}"] = await _machine(scene, method, path, actor, subject)
            else:
                for role in (NOBODY, *PEOPLE):
                    row[f"{role} {whose}"] = await _portal(scene, method, path, role, whose=whose)
        rows.append(row)
    return rows


COLUMNS = ["method", "route"] + [
    f"{role} {whose}" for role in (NOBODY, *dict.fromkeys((*PEOPLE, *MACHINES))) for whose in (OWN, OTHER)
]


def _read() -> list[dict[str, str]]:
    with FILE.open(encoding="utf-8", newline="") as file:
        return [{name: value for name, value in row.items() if value} for row in csv.DictReader(file)]


def _write(rows: list[dict[str, str]]) -> None:
    with FILE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def test_every_route_has_its_row(carnet: Carnet) -> None:
    if os.environ.get("CARNET_TEST_WRITE_MATRIX"):
        pytest.skip("the matrix is being written")
    assert [(row["method"], row["route"]) for row in _read()] == _all_routes(carnet)


@pytest.mark.long
async def test_everyone_is_answered_as_the_matrix_says(scene: Scene) -> None:
    rows = await _matrix(scene)
    if os.environ.get("CARNET_TEST_WRITE_MATRIX"):
        _write(rows)
        pytest.skip("the matrix was written: review it")
    expected = {(row["method"], row["route"]): row for row in _read()}
    differing = {}
    for row in rows:
        key = row["method"], row["route"]
        for column, answer in row.items():
            if expected.get(key, {}).get(column) != answer:
                differing[*key, column] = (expected.get(key, {}).get(column), answer)
    assert differing == {}


@pytest.mark.parametrize("row", _read() if FILE.exists() else [], ids=lambda row: f"{row['method']} {row['route']}")
def test_no_fault_and_nothing_given_to_nobody(row: Mapping[str, str]) -> None:
    """What may be checked of the matrix itself, whatever was written in it."""
    answers = {column: value for column, value in row.items() if column not in {"method", "route"}}
    assert not [column for column, value in answers.items() if value.startswith("5")], "a fault is no answer"
    if re.search(r"\{patient\b|^/(compte|documents|dossiers|acces|avis)(/|$)", row["route"]):
        assert {row[f"{NOBODY} {OWN}"], row.get(f"{NOBODY} {OTHER}", "sign-in")} <= {"sign-in", "404"}, (
            "nobody goes past the sign-in"
        )
    if row["route"].startswith("/fhir/") and not re.search(r"metadata|well-known", row["route"]):
        assert row[f"{NOBODY} {OWN}"] == "401" or set(answers.values()) in ({"404"}, {"405"}), "nobody learns anything"
    for role in ("carer", "mediator", "secretary", "application", "share-link"):
        assert row.get(f"{role} {OWN}", "403") != "201", "a kind that has no rule yet does nothing"
