"""
The world that the tests of the doors speak of: records, people with their tokens, deposits and readings over HTTP, and what is left behind.

Every person, structure and number here is invented.
"""

import itertools
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import orjson
from tests.builders import fhir
from tests.builders.cda import a_cda, a_pdf

from carnet.app import Carnet
from carnet.domain.actor import SYSTEM, Actor, ActorKind, Authentication, Purpose
from carnet.domain.audit import store as audit_store
from carnet.domain.audit.model import AuditEvent
from carnet.domain.audit.trail import open_body, read_canonical
from carnet.domain.audit.verification import StreamReport, verify_stream
from carnet.domain.consent import granting
from carnet.domain.consent.model import EVERYONE, Basis, Consent, ConsentKind, RecordStatus
from carnet.domain.consent.record_life import begin_record, change_record
from carnet.domain.people.model import Identity, IdentityStatus, InsTraits, Sex
from carnet.vocabulary.clock import system_clock
from carnet.vocabulary.ins import NIR_TEST, Ins, key_of

_numbers = itertools.count(1)
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

CLAIMS = ("unique_id_claim", "entry_claim", "ins_claim", "local_identifier_claim")
TRAILS = ("audit_event", "system_event")
STRUCTURE = ("1990000001", "Hôpital inventé")  # of the hospital whose software feeds, as its reports have it
JSON = {"Content-Type": "application/fhir+json"}


def a_unique_id() -> str:
    """A uniqueId that nobody used yet."""
    return f"1.2.250.1.999.1.{next(_numbers)}"


@dataclass(frozen=True)
class Person:
    """Someone with a record."""

    patient_id: UUID
    identity: Identity

    @property
    def ins(self) -> Ins:
        return self.identity.ins

    @property
    def token_of_ins(self) -> str:
        """As a search names them."""
        return f"urn:oid:{self.ins.oid}|{self.ins.matricule}"

    @property
    def by_ins(self) -> dict[str, Any]:
        return fhir.by_ins(self.ins)

    @property
    def by_id(self) -> dict[str, Any]:
        return {"reference": f"Patient/{self.patient_id}"}

    @property
    def by_identifier(self) -> dict[str, Any]:
        return {"identifier": {"system": f"urn:oid:{self.ins.oid}", "value": self.ins.matricule}}

    def contained(self, ident: str = "patient", **changes: Any) -> dict[str, Any]:
        """A Patient resource with the traits of the identity."""
        traits = self.identity.traits
        resource = {
            "resourceType": "Patient",
            "id": ident,
            "identifier": [{"system": f"urn:oid:{self.ins.oid}", "value": self.ins.matricule}],
            "name": [{"use": "official", "family": traits.birth_name, "given": [traits.first_given_name]}],
            "gender": "female" if traits.sex is Sex.FEMALE else "male",
            "birthDate": traits.birth_date,
        }
        return {name: value for name, value in (resource | changes).items() if value is not None}

    def header(self, **changes: Any) -> dict[str, Any]:
        """Arguments of a CDA about this person."""
        traits = self.identity.traits
        return {
            "ins": (self.ins.matricule, self.ins.oid),
            "birth_name": traits.birth_name,
            "first_given_name": traits.first_given_name,
            "given_names": traits.given_names,
            "birth_date": traits.birth_date.replace("-", ""),
            "birth_place": traits.birth_place,
            "sex": "F" if traits.sex is Sex.FEMALE else "M",
        } | changes


@dataclass(frozen=True)
class Caller:
    """Someone with a token. number: PS_IdNat of a professional."""

    token: str
    number: str = ""

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass
class Deposited:
    """The answer of a deposit that was accepted."""

    response: httpx.Response

    def __post_init__(self) -> None:
        assert self.response.status_code == 200, self.response.text[:1500]

    @property
    def entries(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = [entry["response"] for entry in self.response.json()["entry"]]
        return found

    @property
    def statuses(self) -> list[str]:
        return [entry["status"][:3] for entry in self.entries]

    def ids(self, kind: str = "DocumentReference") -> list[str]:
        return [e["location"].split("/")[1] for e in self.entries if e.get("location", "").startswith(kind + "/")]

    @property
    def id(self) -> str:
        (found,) = self.ids()
        return found

    @property
    def set_id(self) -> str:
        (found,) = self.ids("List")
        return found

    @property
    def warnings(self) -> list[str]:
        return [code for entry in self.entries for code, _ in issues_of(entry.get("outcome", {"issue": []}))]


def issues_of(outcome: Mapping[str, Any]) -> list[tuple[str, str | None]]:
    """(our code, first expression) of each issue of an OperationOutcome."""
    return [
        (issue["details"]["coding"][0]["code"], (issue.get("expression") or [None])[0]) for issue in outcome["issue"]
    ]


def codes_of(response: httpx.Response) -> list[str]:
    assert response.json()["resourceType"] == "OperationOutcome", response.text[:500]
    return [code for code, _ in issues_of(response.json())]


def a_report(
    *people: Person,
    unique_id: str | None = None,
    content: bytes | None = None,
    set_id: str | None = None,
    set_subject: dict[str, Any] | None = None,
    more: Iterable[dict[str, Any]] = (),
    **changes: Any,
) -> dict[str, Any]:
    """A transaction with one report in bare PDF, with all its metadata, about the first of these people."""
    content = content if content is not None else a_pdf("Compte rendu")
    subject = changes.pop("subject", None) or people[0].by_ins
    fiche = fhir.a_fiche(unique_id=unique_id or a_unique_id(), document=content, subject=subject, **changes)
    return fhir.a_bundle(
        fiche,
        contents=[content],
        more=more,
        subject=set_subject or people[0].by_ins,
        identifier=_set_identifier(set_id),
    )


def a_titled(
    person: Person, title: str, *, date: str = "2026-03-12T10:15:00+01:00", family: str = "Lambert", number: str = "899700000001", **changes: Any
) -> dict[str, Any]:  # fmt: skip
    """A report with this title, of this date, by this author; `changes` as of `a_report`."""
    bundle = a_report(person, date=date, **changes)
    fiche = fiche_of(bundle)
    fiche["content"][0]["attachment"] |= {"title": title, "creation": date}
    fiche["contained"][0] = fhir.a_practitioner(family=family, number=number)
    return bundle


def a_letter(person: Person, *, cda: Mapping[str, Any] | None = None, content: bytes | None = None, set_id: str | None = None, **changes: Any) -> dict[str, Any]:  # fmt: skip
    """A transaction with one discharge letter: a CDA whose header tells nearly everything; `changes` are members of the fiche."""
    if content is None:
        content = a_cda(**{"structure": STRUCTURE} | person.header(unique_id=a_unique_id()) | dict(cda or {}))
    bare = dict.fromkeys(
        (
            "masterIdentifier",
            "type",
            "category",
            "date",
            "author",
            "authenticator",
            "contained",
            "context",
            "securityLabel",
        )
    )
    subject = changes.pop("subject", None) or person.by_ins
    fiche = fhir.a_fiche(document=content, media_type="text/xml", subject=subject, **bare | changes)
    attachment = fiche["content"][0]["attachment"]
    fiche["content"] = [{"attachment": {name: attachment[name] for name in ("contentType", "size", "hash", "url")}}]
    return fhir.a_bundle(fiche, contents=[content], subject=person.by_ins, identifier=_set_identifier(set_id))


def several(person: Person, *bundles: dict[str, Any], set_id: str | None = None) -> dict[str, Any]:
    """One transaction with the documents of several."""
    fiches, contents = [], []
    for bundle in bundles:
        held = {entry.get("fullUrl"): entry["resource"] for entry in bundle["entry"]}
        for resource in held.values():
            if resource["resourceType"] == "DocumentReference":
                fiches.append(resource)
                contents.append(_bytes(held[resource["content"][0]["attachment"]["url"]]))
    return fhir.a_bundle(*fiches, contents=contents, subject=person.by_ins, identifier=_set_identifier(set_id))


def _bytes(binary: dict[str, Any]) -> bytes:
    import base64

    return base64.b64decode(binary["data"])


def _set_identifier(set_id: str | None) -> list[dict[str, str]]:
    value = "urn:oid:" + (set_id or f"1.2.250.1.999.6.{next(_numbers)}")
    return [{"use": "usual", "system": "urn:ietf:rfc:3986", "value": value}]


def a_folder_entry(
    person: Person, *members: str, name: str = "folder", held: str | None = None, **changes: Any
) -> dict[str, Any]:
    """An entry of a transaction that makes a folder, or that adds to the one `held`."""
    entry = fhir.posted(fhir.urn(name), fhir.a_folder(*members, subject=person.by_ins, **changes))
    if held is not None:
        entry["request"] = {"method": "PUT", "url": f"List/{held}"}
    return entry


def fiche_of(bundle: dict[str, Any], position: int = 0) -> dict[str, Any]:
    """The DocumentReference of a transaction, to be changed."""
    found: list[dict[str, Any]] = [
        entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == "DocumentReference"
    ]
    return found[position]


@dataclass
class World:
    carnet: Carnet
    http: httpx.AsyncClient
    _feeder: Caller | None = field(default=None, repr=False)

    async def mark_deleted(self, person: Person, logical_id: str) -> None:
        """As a deletion will leave it: status and class."""
        async with self.carnet.database.transaction() as tx:
            await tx.execute(
                """
                INSERT INTO access_class SELECT patient_id, gen_random_uuid(), 'deleted', labels, type_code, class_code, owner, author_persons,
                    author_organizations FROM access_class WHERE patient_id = %s LIMIT 1
                """,
                (person.patient_id,),
            )
            await tx.execute(
                """
                INSERT INTO document_entry_past (patient_id, logical_id, version, class_id, entry_uuid, status, labels, valid_from, valid_to, ended_by)
                SELECT patient_id, logical_id, version, class_id, entry_uuid, status, labels, updated_at, clock_timestamp(), gen_random_uuid()
                FROM document_entry WHERE patient_id = %s AND logical_id = %s
                """,
                (person.patient_id, logical_id),
            )
            await tx.execute(
                """
                UPDATE document_entry SET status = 'deleted', version = version + 1, updated_at = clock_timestamp(), class_id = (
                    SELECT class_id FROM access_class WHERE patient_id = %s AND status = 'deleted' LIMIT 1)
                WHERE patient_id = %s AND logical_id = %s
                """,
                (person.patient_id, person.patient_id, logical_id),
            )

    # People

    async def a_record(
        self, *, status: RecordStatus = RecordStatus.OPEN, used_name: str | None = None, used_given_name: str | None = None,
        **traits: Any,
    ) -> Person:  # fmt: skip
        """Someone whose record is in this status."""
        number = next(_numbers)
        letters = "".join(_ALPHABET[number // 26**n % 26] for n in range(4))
        body = f"2550699{number:06d}"
        known: dict[str, Any] = {
            "birth_name": f"ESSAI-{letters}", "first_given_name": "LOUISE", "given_names": "LOUISE MARIE", "birth_date": "1955-06-12",
            "sex": Sex.FEMALE, "birth_place": "75056",
        }  # fmt: skip
        identity = Identity(
            Ins(body + f"{key_of(body):02d}", NIR_TEST), InsTraits(**known | traits), IdentityStatus.QUALIFIED, used_name=used_name,
            used_given_name=used_given_name,
        )  # fmt: skip
        first = RecordStatus.ANNOUNCED if status is RecordStatus.OPPOSED else RecordStatus.OPEN
        if status is RecordStatus.ANNOUNCED:
            first = status
        async with self.carnet.database.transaction() as tx:
            patient_id, _ = await begin_record(
                tx, identity, actor=SYSTEM, keys=self.carnet.services.keys, at=system_clock(), status=first
            )
        person = Person(patient_id, identity)
        if status is not first:
            await self.change(person, to=status)
        return person

    async def change(self, person: Person, *, to: RecordStatus) -> None:
        """Close, oppose or reopen a record."""
        async with self.carnet.database.transaction() as tx:
            await change_record(
                tx, person.patient_id, to=to, actor=SYSTEM, keys=self.carnet.services.keys, at=system_clock()
            )

    async def consent(
        self, person: Person, kind: ConsentKind, holder: str = EVERYONE, *, until: Any = None, ends: bool = False,
        organization: bool = False, scope: str | None = None, basis: Basis | None = None,
    ) -> bool:  # fmt: skip
        """Begin or end a period, whoever may."""
        keys, at = self.carnet.services.keys, self.carnet.services.clock()
        consent = Consent(kind, holder, organization, basis, scope)
        async with self.carnet.database.transaction() as tx:
            if ends:
                return await granting.end(tx, person.patient_id, consent, actor=SYSTEM, keys=keys, at=at)
            begun = await granting.begin(tx, person.patient_id, consent, actor=SYSTEM, keys=keys, at=at, until=until)
            return begun is not None

    def token(self, actor: Actor, *, lifetime: timedelta = timedelta(hours=1)) -> str:
        return self.carnet.services.issuer.issue(actor, lifetime=lifetime)

    def a_citizen(self, person: Person) -> Caller:
        return Caller(
            self.token(
                Actor(ActorKind.CITIZEN, "La personne", ins=person.ins, authentication=Authentication("demo-link"))
            )
        )

    def an_identity_source(self, name: str = "Référentiel inventé") -> Caller:
        """Who tells identities."""
        return Caller(self.token(Actor(ActorKind.IDENTITY_SOURCE, name, software="identites")))

    def a_feeder(self, name: str = "Hôpital inventé", **changes: Any) -> Caller:
        """A hospital's software."""
        return Caller(
            self.token(Actor(ActorKind.ORGANIZATION, name, organization="1990000001", software="hopital", **changes))
        )

    @property
    def hospital(self) -> Caller:
        self._feeder = self._feeder or self.a_feeder()
        return self._feeder

    async def a_professional(
        self,
        *,
        authorised_on: Person | None = None,
        until: Any = None,
        blocked_on: Person | None = None,
        treating: Person | None = None,
        profession: str = "10",
        number: str | None = None,
        organization: str | None = None,
        secret_connection: bool = False,
        purpose: Purpose = Purpose.NORMAL,
        motive: str | None = None,
    ) -> Caller:
        """A physician unless told otherwise. number: PS_IdNat. treating: whose médecin traitant they are."""
        number = number or f"8997{next(_numbers):08d}"
        if authorised_on is not None:
            await self.consent(authorised_on, ConsentKind.GRANT, number, until=until)
        if treating is not None:
            await self.consent(treating, ConsentKind.PRIMARY_CARE_DOCTOR, number)
        if blocked_on is not None:
            await self.consent(blocked_on, ConsentKind.BLOCK, number)
        actor = Actor(
            ActorKind.PROFESSIONAL, "Dr Essai", person=number, profession=profession, organization=organization, software="cabinet",
            secret_connection=secret_connection, purpose=purpose, motive=motive,
        )  # fmt: skip
        return Caller(self.token(actor), number)

    def a_representative(self, ins: Ins, *, of: Person) -> Caller:
        """Someone, by their INS, who says that they represent this person."""
        return Caller(self.token(self.representing(ins, of)))

    @staticmethod
    def representing(ins: Ins, person: Person) -> Actor:
        name = f"{person.ins.oid}|{person.ins.matricule}"
        return Actor(ActorKind.GUARDIAN, "Un parent", ins=ins, on_behalf_of=name, capacity="parent")

    # Acts

    async def send(self, bundle: Any, *, by: Caller | None = None, **headers: str) -> httpx.Response:
        """POST a bundle, or these bytes as they are."""
        body = bundle if isinstance(bundle, bytes) else orjson.dumps(bundle)
        return await self.http.post("/fhir", content=body, headers=JSON | (by or self.hospital).headers | headers)

    async def deposit(self, bundle: dict[str, Any], *, by: Caller | None = None) -> Deposited:
        """A deposit that must be accepted."""
        return Deposited(await self.send(bundle, by=by))

    async def search(self, person: Person | None, *, by: Caller, **parameters: Any) -> httpx.Response:
        """GET a search; `_` at the end of a name stands for nothing, `__` for a hyphen or a dot as FHIR writes it."""
        named = {} if person is None else {"patient.identifier": person.token_of_ins}
        asked = {_NAMES.get(name, name): value for name, value in parameters.items()}
        return await self.http.get("/fhir/DocumentReference", params=named | asked, headers=by.headers)

    async def search_lists(self, person: Person | None, *, by: Caller, **parameters: Any) -> httpx.Response:
        """As `search`, of lists."""
        named = {} if person is None else {"patient.identifier": person.token_of_ins}
        return await self.http.get("/fhir/List", params=named | parameters, headers=by.headers)

    async def found(self, person: Person, *, by: Caller, **parameters: Any) -> list[str]:
        """Ids of a search that must be allowed, in order."""
        response = await self.search(person, by=by, **parameters)
        assert response.status_code == 200, response.text[:500]
        return ids_of(response)

    async def read(self, address: str, *, by: Caller, **headers: str) -> httpx.Response:
        return await self.http.get(
            f"/fhir/{address}", headers=by.headers | {n.replace("_", "-"): v for n, v in headers.items()}
        )

    # What is left behind

    async def rows(self, person: Person | None = None) -> dict[str, int]:
        """How many rows each table has, trails apart; only of one patient when one is given, claims always as a whole."""
        counts = {}
        async with self.carnet.database.connection() as connection:
            cursor = await connection.execute(
                "SELECT table_name FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)"
                " WHERE table_schema = 'public' AND column_name = 'patient_id' AND table_type = 'BASE TABLE'"
            )
            for (table,) in await cursor.fetchall():
                if table in TRAILS:
                    continue
                counts[table] = await self._count(connection, table, None if table in CLAIMS else person)
        return counts

    async def _count(self, connection: Any, table: str, person: Person | None) -> int:
        if person is None:
            cursor = await connection.execute(f"SELECT count(*) FROM {table}")
        else:
            cursor = await connection.execute(
                f"SELECT count(*) FROM {table} WHERE patient_id = %s", (person.patient_id,)
            )
        row = await cursor.fetchone()
        return int(row[0])

    async def head(self, person: Person) -> tuple[Any, ...]:
        """Status, version of the facts and last change of a record."""
        async with self.carnet.database.connection() as connection:
            cursor = await connection.execute(
                "SELECT status, facts_version, changed_at FROM record WHERE patient_id = %s", (person.patient_id,)
            )
            row = await cursor.fetchone()
            assert row is not None
            return tuple(row)

    async def events(self, person: Person | None) -> list[AuditEvent]:
        """The trail of a record, or the system's, opened."""
        async with self.carnet.database.transaction() as tx:
            sealer = await self._sealer(tx, person)
            return [
                read_canonical(open_body(event.event_id, event.body, sealer)[16:])
                async for event in audit_store.events(tx, None if person is None else person.patient_id)
            ]

    async def verified(self, person: Person | None) -> StreamReport:
        """The trail recomputed."""
        async with self.carnet.database.transaction() as tx:
            await tx.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            sealer = await self._sealer(tx, person)
            return await verify_stream(tx, None if person is None else person.patient_id, sealer)

    async def _sealer(self, tx: Any, person: Person | None) -> Any:
        if person is None:
            return self.carnet.services.store.system_key
        head = await audit_store.head(tx, person.patient_id)
        assert head is not None
        assert head.wrapped_key is not None
        return self.carnet.services.keys.patient_key(person.patient_id, head.wrapped_key)

    @asynccontextmanager
    async def only_a_refusal(self, person: Person | None, *, told_of: str | None = None) -> AsyncIterator[None]:
        """
        Nothing is stored within the block but one event of refusal: in the record's trail, or the system's when there is no record.

        told_of: an issue code that the event must hold.
        """
        rows = await self.rows()
        head = None if person is None else await self.head(person)
        trails = {who: await self.events(who) for who in {person, None}}
        yield
        assert await self.rows() == rows
        if person is not None:
            assert await self.head(person) == head
        for who, before in trails.items():
            after = (await self.events(who))[len(before) :]
            if who == person:
                (event,) = after
                assert event.outcome == "refused", event
                assert event.documents == ()
                if told_of is not None:
                    assert told_of in event.details["issues"].split(), event.details
            else:
                assert after == []


_NAMES = {
    "relatesto": "relatesto", "period_start": "period-start", "period_end": "period-end", "security_label": "security-label",
    "author_family": "author.family", "by_patient": "patient",
}  # fmt: skip


def ids_of(response: httpx.Response) -> list[str]:
    """Ids of the fiches of a searchset, in order."""
    return [entry["resource"]["id"] for entry in response.json().get("entry", ()) if entry["search"]["mode"] == "match"]


def links_of(response: httpx.Response) -> dict[str, str]:
    return {link["relation"]: link["url"] for link in response.json().get("link", ())}


async def every_page(world: World, first: httpx.Response, *, by: Caller) -> Sequence[list[str]]:
    """Ids page by page, following `next`."""
    pages, response = [ids_of(first)], first
    while "next" in links_of(response):
        response = await world.http.get(links_of(response)["next"], headers=by.headers)
        assert response.status_code == 200, response.text[:500]
        pages.append(ids_of(response))
    return pages
