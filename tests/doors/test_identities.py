"""Identities at the FHIR door: read, put, found by their source; whatever is refused changes nothing and leaves its trace."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
import pytest
from tests.builders.patients import (
    a_birth_place,
    a_name,
    a_patient,
    a_reliability,
    an_ins,
    ins_identifier,
    local_identifier,
)
from tests.doors.world import Caller, World, codes_of, issues_of

from carnet.domain.actor import SYSTEM
from carnet.domain.consent.model import RecordStatus
from carnet.domain.consent.record_life import activate, close, erase
from carnet.vocabulary.ins import NIR, Ins

JSON = {"Content-Type": "application/fhir+json"}
_numbers = iter(range(300, 900))
BORN = {"birthDate": "1961-02-03"}  # nobody else in these tests


@pytest.fixture
def source(world: World) -> Caller:
    return world.an_identity_source()


def a_new_ins() -> Ins:
    return an_ins(next(_numbers), start="2550697")  # numbers that `world` never gives


def named_by(ins: Ins) -> str:
    return f"urn:oid:{ins.oid}|{ins.matricule}"


async def put(world: World, resource: Any, *, by: Caller, under: str | None = None, **headers: str) -> httpx.Response:
    """Under its first identifier unless told otherwise; `under` beginning with a slash is an id."""
    address = "/fhir/Patient"
    parameters = {}
    if under is not None and under.startswith("/"):
        address += under
    else:
        if under is None:
            first = resource["identifier"][0]
            under = f"{first['system']}|{first['value']}"
        parameters = {"identifier": under}
    body = resource if isinstance(resource, bytes) else orjson.dumps(resource)
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return await world.http.put(address, params=parameters, content=body, headers=JSON | by.headers | given)


async def created(world: World, resource: dict[str, Any], *, by: Caller) -> UUID:
    answer = await put(world, resource, by=by)
    assert answer.status_code == 201, answer.text
    return UUID(answer.headers["location"].split("/Patient/")[1].split("/")[0])


async def read(world: World, ident: object, *, by: Caller) -> httpx.Response:
    return await world.http.get(f"/fhir/Patient/{ident}", headers=by.headers)


async def find(world: World, identifier: str, *, by: Caller, **parameters: str) -> httpx.Response:
    return await world.http.get("/fhir/Patient", params={"identifier": identifier, **parameters}, headers=by.headers)


async def match(world: World, *, by: Caller, only: bool | None = None, count: int | None = None, **changes: Any) -> httpx.Response:  # fmt: skip
    resource = a_patient(**{"identifier": None, "active": None, "meta": None, "extension": [a_birth_place()]} | changes)
    parameters: list[dict[str, Any]] = [{"name": "resource", "resource": resource}]
    if only is not None:
        parameters.append({"name": "onlyCertainMatches", "valueBoolean": only})
    if count is not None:
        parameters.append({"name": "count", "valueInteger": count})
    body = orjson.dumps({"resourceType": "Parameters", "parameter": parameters})
    return await world.http.post("/fhir/Patient/$match", content=body, headers=JSON | by.headers)


def entries(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    return [each for each in answer.json().get("entry", ()) if each["search"]["mode"] == "match"]


def outcome_codes(answer: httpx.Response) -> list[str]:
    return [code for code, _ in issues_of(answer.json())]


async def types(world: World, patient_id: UUID) -> list[str]:
    """Kinds of events of a record."""
    async with world.carnet.database.connection() as connection:
        rows = await connection.execute(
            "SELECT type FROM audit_event WHERE patient_id = %s ORDER BY position", (patient_id,)
        )
        return [row[0] for row in await rows.fetchall()]


# Put


async def test_a_new_person_is_announced(world: World, source: Caller) -> None:
    ins = a_new_ins()
    answer = await put(world, a_patient(ins), by=source)
    assert answer.status_code == 201
    assert outcome_codes(answer) == ["identity-created"]
    assert answer.headers["etag"] == 'W/"1"'
    assert answer.headers["last-modified"].endswith("GMT")
    told = (await world.http.get(answer.headers["location"], headers=source.headers)).json()
    assert told["meta"]["versionId"] == "1"
    assert told["identifier"][0]["value"] == ins.matricule
    assert told["name"] == [a_name()]


async def test_what_is_told_can_be_put_back(world: World, source: Caller) -> None:
    sent = a_patient(
        a_new_ins(),
        extension=[a_reliability("QUAL", {"url": "validationDate", "valueDate": "2026-01-15"}, comments=("HOMA",)), a_birth_place("2A004")],
        name=[a_name(), {"use": "usual", "family": "DURAND", "given": ["LOU"]}],
    )  # fmt: skip
    sent["identifier"] += [ins_identifier(a_new_ins(), use="old", period={"start": "2001-01-01"}), local_identifier("IPP-9")]  # fmt: skip
    patient_id = await created(world, sent, by=source)
    told = await read(world, patient_id, by=source)
    again = await put(world, told.json(), by=source, under=f"/{patient_id}", If_Match=told.headers["etag"])
    assert again.status_code == 200
    assert outcome_codes(again) == ["identity-unchanged"]
    assert again.headers["etag"] == told.headers["etag"]
    for member in ("extension", "name", "gender", "birthDate", "identifier"):
        assert told.json()[member] == sent[member]


async def test_the_same_twice_changes_nothing(world: World, source: Caller) -> None:
    resource = a_patient(a_new_ins())
    await created(world, resource, by=source)
    again = await put(world, resource, by=source)
    assert (again.status_code, outcome_codes(again)) == (200, ["identity-unchanged"])


async def test_a_change_raises_the_version(world: World, source: Caller) -> None:
    ins = a_new_ins()
    patient_id = await created(world, a_patient(ins), by=source)
    changed = await put(world, a_patient(ins, name=[a_name("ESSAI-DEUX")]), by=source, If_Match='W/"1"')
    assert (changed.status_code, outcome_codes(changed)) == (200, ["identity-changed"])
    assert changed.headers["etag"] == 'W/"2"'
    assert (await read(world, patient_id, by=source)).json()["name"][0]["family"] == "ESSAI-DEUX"
    assert "identity-changed" in await types(world, patient_id)
    former = await world.http.get(f"/fhir/Patient/{patient_id}/_history/1", headers=source.headers)
    assert former.status_code == 404


async def test_a_matricule_that_changes(world: World, source: Caller) -> None:
    """The former one is said dead, and finds the same person."""
    before, after = a_new_ins(), a_new_ins()
    patient_id = await created(world, a_patient(before), by=source)
    changed = a_patient(after)
    changed["identifier"].append(ins_identifier(before, use="old"))
    answer = await put(world, changed, by=source, under=named_by(before))
    assert answer.status_code == 200, answer.text
    told = (await read(world, patient_id, by=source)).json()
    assert [(each["use"], each["value"]) for each in told["identifier"]] == [
        ("official", after.matricule),
        ("old", before.matricule),
    ]
    assert "matricule-changed" in await types(world, patient_id)


async def test_what_the_client_prefers(world: World, source: Caller) -> None:
    ins = a_new_ins()
    whole = await put(world, a_patient(ins), by=source, Prefer="return=representation")
    assert (whole.status_code, whole.json()["resourceType"]) == (201, "Patient")
    nothing = await put(world, a_patient(ins), by=source, Prefer="return=minimal")
    assert (nothing.status_code, nothing.content) == (200, b"")
    warned = await put(world, a_patient(ins, telecom=[{"system": "phone", "value": "01"}]), by=source)
    assert outcome_codes(warned) == ["identity-unchanged", "element-not-kept"]


async def test_the_number_of_another_source_is_not_told(world: World, source: Caller) -> None:
    """It says where someone is cared for."""
    ins = a_new_ins()
    own = a_patient(ins, identifier=[ins_identifier(ins), local_identifier("IPP-77", "urn:oid:1.2.250.1.999.4.7")])
    patient_id = await created(world, own, by=source)
    assert len((await read(world, patient_id, by=source)).json()["identifier"]) == 2
    other = world.an_identity_source("Autre référentiel")
    assert len((await read(world, patient_id, by=other)).json()["identifier"]) == 1


async def test_a_source_finds_by_its_own_number(world: World, source: Caller) -> None:
    ins, number = a_new_ins(), f"IPP-{uuid4()}"
    own = a_patient(ins, identifier=[ins_identifier(ins), local_identifier(number)])
    patient_id = await created(world, own, by=source)
    for name in (f"urn:oid:1.2.250.1.999.4.1|{number}", number, ins.matricule, named_by(ins)):
        (entry,) = entries(await find(world, name, by=source))
        assert entry["resource"]["id"] == str(patient_id)
    assert entries(await find(world, "urn:oid:1.2.250.1.999.4.2|" + number, by=source)) == []
    moved = await put(world, own | {"name": [a_name("ESSAI-TROIS")]}, by=source, under=number)
    assert moved.status_code == 200


async def test_a_name_of_several_people_is_refused(world: World, source: Caller) -> None:
    number = f"IPP-{uuid4()}"
    people = []
    for system in ("urn:oid:1.2.250.1.999.4.1", "urn:oid:1.2.250.1.999.4.2"):
        ins = a_new_ins()
        people.append(a_patient(ins, identifier=[ins_identifier(ins), local_identifier(number, system)]))
        await created(world, people[-1], by=source)
    several = await find(world, number, by=source)
    assert len(entries(several)) == 2
    assert several.json()["link"][0]["url"].endswith("/fhir/Patient")
    async with refused(world):
        answer = await put(world, people[0], by=source, under=number)
    assert answer.status_code == 412
    assert codes_of(answer) == ["identifier-several"]


async def test_a_death_closes_the_record(world: World, source: Caller) -> None:
    ins = a_new_ins()
    patient_id = await created(world, a_patient(ins), by=source)
    answer = await put(world, a_patient(ins, deceasedBoolean=True), by=source)
    assert answer.status_code == 200, answer.text
    told = await read(world, patient_id, by=source)
    assert told.json()["deceasedBoolean"] is True
    assert told.json()["active"] is True
    again = await put(world, told.json(), by=source, under=f"/{patient_id}", If_Match=told.headers["etag"])
    assert outcome_codes(again) == ["identity-unchanged"]


async def test_only_when_new(world: World, source: Caller) -> None:
    ins, other = a_new_ins(), a_new_ins()
    headers = {"If_None_Match": "*"}
    assert (await put(world, a_patient(ins), by=source, **headers)).status_code == 201
    moved = a_patient(other, identifier=[ins_identifier(other), ins_identifier(ins, use="old")])
    for resource in (a_patient(ins, name=[a_name("ESSAI-SIX")]), moved):
        async with refused(world):
            answer = await put(world, resource, by=source, **headers)
        assert (answer.status_code, codes_of(answer)) == (412, ["identity-known"])
    malformed = await put(world, a_patient(a_new_ins()), by=source, If_None_Match='W/"1"')
    assert (malformed.status_code, codes_of(malformed)) == (400, ["version-malformed"])


# What is refused


class refused:  # noqa: N801  reads as a sentence
    """Within the block, no row of an identity, a claim or a record is written; the system's trail tells of a refusal."""

    def __init__(self, world: World, *, traced: bool = True) -> None:
        self.world, self.traced = world, traced

    async def __aenter__(self) -> None:
        self.rows = await self.world.rows()
        self.events = len(await self.world.events(None))

    async def __aexit__(self, *failure: object) -> None:
        if failure[0] is None:
            assert await self.world.rows() == self.rows
            after = (await self.world.events(None))[self.events :]
            assert [event.outcome for event in after] == (["refused"] if self.traced else [])


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"extension": [a_reliability("PROV"), a_birth_place()]}, 422, "identity-carries-ins"),
        ({"extension": [a_reliability("QUAL", comments=("DOUT",)), a_birth_place()]}, 422, "identity-attribute-needs-provisional"),
        ({"gender": "other"}, 422, "gender-not-of-ins"),
        ({"birthDate": "2199-01-01"}, 422, "trait-invalid"),
        ({"resourceType": "Person"}, 400, "resource-type"),
        ({"link": [{"type": "replaces", "other": {"reference": "Patient/1"}}]}, 422, "element-forbidden"),
        ({"modifierExtension": [{"url": "http://essai.test/non"}]}, 422, "modifier-extension"),
        ({"couleur": "bleue"}, 400, "element-unknown"),
        ({"active": False}, 403, "identity-inactive"),
        ({"deceasedBoolean": True}, 403, "person-deceased"),
    ],
)  # fmt: skip
async def test_what_is_not_an_identity_to_keep(
    world: World, source: Caller, changes: dict[str, Any], status: int, code: str
) -> None:
    ins = a_new_ins()
    before = await world.rows()
    answer = await put(world, a_patient(ins, **changes), by=source, under=named_by(ins))
    assert (answer.status_code, codes_of(answer)) == (status, [code])
    assert await world.rows() == before


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"birthDate": "2199-01-01"}, "Patient.birthDate"),
        ({"name": [a_name("ES\u2028SAI")]}, "Patient.name.where(use='official').family"),
        ({"active": False}, "Patient.active"),
        ({"deceasedDateTime": "2026-01-01"}, "Patient.deceased"),
    ],
)
async def test_what_the_domain_refuses_is_placed(
    world: World, source: Caller, changes: dict[str, Any], place: str
) -> None:
    answer = await put(world, a_patient(a_new_ins(), **changes), by=source)
    assert [where for _, where in issues_of(answer.json())] == [place]


async def test_what_the_domain_warns_of_is_placed(world: World, source: Caller) -> None:
    answer = await put(world, a_patient(a_new_ins(), name=[a_name(given_list="MARIE LOUISE")]), by=source)
    assert issues_of(answer.json())[1] == ("given-names-disagree", "Patient.name.where(use='official').given")


async def test_a_provisional_identity_opens_nothing(world: World, source: Caller) -> None:
    unknown = a_patient(
        extension=[a_reliability("VALI"), a_birth_place()], identifier=[local_identifier(f"IPP-{uuid4()}")]
    )
    async with refused(world):
        answer = await put(world, unknown, by=source)
    assert (answer.status_code, codes_of(answer)) == (403, ["identity-not-qualified"])


async def test_a_production_matricule_opens_nothing_in_the_demonstration(world: World, source: Caller) -> None:
    async with refused(world):
        answer = await put(world, a_patient(an_ins(5, oid=NIR)), by=source)
    assert (answer.status_code, codes_of(answer)) == (422, ["ins-register-not-here"])


async def test_a_matricule_of_someone_else(world: World, source: Caller) -> None:
    ins = a_new_ins()
    await created(world, a_patient(ins), by=source)
    other = a_patient(ins, name=[a_name("AUTRE", "ANNE", "ANNE LUCE")])
    async with refused(world):
        answer = await put(world, other, by=source)
    assert (answer.status_code, codes_of(answer)) == (409, ["matricule-held"])


async def test_two_matricules_that_claim_one_person(world: World, source: Caller) -> None:
    first, second = a_new_ins(), a_new_ins()
    await created(world, a_patient(first), by=source)
    await created(world, a_patient(second), by=source)
    both = a_patient(second)
    both["identifier"].append(ins_identifier(first, use="old"))
    async with refused(world):
        answer = await put(world, both, by=source)
    assert (answer.status_code, codes_of(answer)) == (409, ["person-has-two-records"])


async def test_the_id_of_another(world: World, source: Caller) -> None:
    first, second = a_new_ins(), a_new_ins()
    patient_id = await created(world, a_patient(first), by=source)
    await created(world, a_patient(second), by=source)
    version = (await read(world, patient_id, by=source)).headers["etag"]
    async with refused(world):
        answer = await put(
            world, a_patient(second) | {"id": str(patient_id)}, by=source, under=f"/{patient_id}", If_Match=version
        )
    assert (answer.status_code, codes_of(answer)) == (409, ["identity-of-another"])


@pytest.mark.parametrize(
    ("under", "status", "code"),
    [
        ("urn:oid:1.2.250.1.213.1.4.10|255069900000159", 422, "identity-not-named"),
        ("255069900000159", 422, "identity-not-named"),
        ("urn:oid:1.2.250.1.999.4.1|IPP-1", 422, "identity-not-named"),
        ("urn:oid:1.2.250.1.213.1.4.10|2550", 400, "ins-format"),
        ("|255069900000159", 400, "parameter-value"),
        ("", 400, "parameter-value"),
        ("urn:oid:1.2.250.1.213.1.4.10|255069900000159,urn:oid:1.2|3", 400, "parameter-value"),
    ],
)
async def test_a_condition_that_is_not_about_it(world: World, source: Caller, under: str, status: int, code: str) -> None:  # fmt: skip
    async with refused(world, traced=status == 422):
        answer = await put(world, a_patient(a_new_ins()), by=source, under=under)
    assert (answer.status_code, codes_of(answer)) == (status, [code])


async def test_a_condition_by_anything_else(world: World, source: Caller) -> None:
    for query, code in (("", "parameter-missing"), ("?name=ESSAI&identifier=1", "parameter-unknown"), ("?_id=1", "parameter-unknown"), ("?identifier=1&identifier=2", "parameter-patients-differ")):  # fmt: skip
        answer = await world.http.put("/fhir/Patient" + query, content=b"{}", headers=JSON | source.headers)
        assert (answer.status_code, codes_of(answer)) == (400, [code])


async def test_versions_and_ids(world: World, source: Caller) -> None:
    ins = a_new_ins()
    patient_id = await created(world, a_patient(ins), by=source)
    whole = a_patient(ins) | {"id": str(patient_id)}
    at = f"/{patient_id}"
    cases = [
        (at, whole, {}, 400, "version-required"),
        (at, whole, {"If_Match": "1"}, 400, "version-malformed"),
        (at, whole, {"If_Match": 'W/"2"'}, 412, "version-stale"),
        (None, whole, {"If_Match": 'W/"7"'}, 412, "version-stale"),
        (None, a_patient(a_new_ins()), {"If_Match": 'W/"1"'}, 412, "version-stale"),
        (at, a_patient(ins), {"If_Match": 'W/"1"'}, 400, "identity-id-differs"),
        (at, whole | {"id": str(uuid4())}, {"If_Match": 'W/"1"'}, 400, "identity-id-differs"),
        ("/personne", whole, {"If_Match": 'W/"1"'}, 404, "identity-unknown"),
    ]
    for under, resource, headers, status, code in cases:
        answer = await put(world, resource, by=source, under=under, **headers)
        assert (answer.status_code, codes_of(answer)) == (status, [code]), (under, headers)
    unknown = str(uuid4())
    answer = await put(
        world, a_patient(a_new_ins()) | {"id": unknown}, by=source, under=f"/{unknown}", If_Match='W/"1"'
    )
    assert (answer.status_code, codes_of(answer)) == (404, ["identity-unknown"])
    assert (await put(world, whole, by=source, under=at, If_Match="*")).status_code == 200


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("POST", "/fhir/Patient"),
        ("DELETE", "/fhir/Patient"),
        ("DELETE", f"/fhir/Patient/{uuid4()}"),
        ("PATCH", f"/fhir/Patient/{uuid4()}"),
        ("GET", "/fhir/Patient/$match/x"),
    ],
)
async def test_other_methods(world: World, source: Caller, method: str, address: str) -> None:
    answer = await world.http.request(method, address, headers=source.headers)
    assert answer.status_code == (404 if address.endswith("x") else 405)


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"{", {}, 400, "json-malformed"),
        (b"[]", {}, 400, "json-not-an-object"),
        (b'{"a":1,"a":2}', {}, 400, "json-duplicate-key"),
        (b'{"resourceType":"Patient","gender":"\\u0000"}', {}, 422, "json-character"),
        (b'{"a":' * 100 + b"1" + b"}" * 100, {}, 400, "json-too-deep"),
        (b"<Patient/>", {"Content-Type": "application/fhir+xml"}, 415, "content-type-unsupported"),
        (b"{}", {"Accept": "application/fhir+xml"}, 406, "format-not-acceptable"),
    ],
)
async def test_bodies_that_are_not_read(
    world: World, source: Caller, *, body: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    for method, address in (("PUT", "/fhir/Patient?identifier=IPP-1"), ("POST", "/fhir/Patient/$match")):
        answer = await world.http.request(method, address, content=body, headers=JSON | source.headers | headers)
        assert answer.status_code in {status, 400 if status == 422 else status}
        assert codes_of(answer) == [code]


async def test_a_person_is_told_in_a_mebibyte(world: World, source: Caller) -> None:
    photo = [{"contentType": "image/png", "data": "A" * 2**20}]
    answer = await put(world, a_patient(a_new_ins(), photo=photo), by=source)
    assert (answer.status_code, codes_of(answer)) == (413, ["body-too-large"])


async def test_only_a_source(world: World) -> None:
    person = await world.a_record()
    for caller in (world.hospital, world.a_citizen(person), await world.a_professional(authorised_on=person)):
        async with refused(world):
            answer = await put(world, a_patient(person.ins), by=caller)
        assert (answer.status_code, codes_of(answer)) == (403, ["identity-sources-only"])
        async with refused(world):
            answer = await match(world, by=caller)
        assert (answer.status_code, codes_of(answer)) == (403, ["identity-sources-only"])
    stranger = await world.http.put("/fhir/Patient?identifier=1", content=b"{}", headers=JSON)
    assert stranger.status_code == 401


async def test_a_source_has_no_right_on_records(world: World, source: Caller) -> None:
    person = await world.a_record()
    answer = await world.search(person, by=source)
    assert (answer.status_code, codes_of(answer)) == (403, ["record-refused"])


# At the same time


async def test_two_puts_of_one_matricule_at_once(world: World, source: Caller) -> None:
    for _ in range(4):
        ins = a_new_ins()
        answers = await asyncio.gather(*(put(world, a_patient(ins), by=source) for _ in range(6)))
        assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
        (entry,) = entries(await find(world, named_by(ins), by=source))
        assert entry["resource"]["meta"]["versionId"] == "1"


async def test_two_changes_of_one_version_at_once(world: World, source: Caller) -> None:
    ins = a_new_ins()
    await created(world, a_patient(ins), by=source)
    changes = [a_patient(ins, name=[a_name(f"ESSAI-{letter}")]) for letter in "ABCD"]
    answers = await asyncio.gather(*(put(world, change, by=source, If_Match='W/"1"') for change in changes))
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]


async def test_crossed_matricules_at_once(world: World, source: Caller) -> None:
    """Two people, each said to have had the other's matricule: nobody gets a second record, and nothing hangs."""
    first, second = a_new_ins(), a_new_ins()
    one, two = a_patient(first), a_patient(second)
    one["identifier"].append(ins_identifier(second, use="old"))
    two["identifier"].append(ins_identifier(first, use="old"))
    answers = await asyncio.gather(put(world, one, by=source), put(world, two, by=source))
    assert sorted(answer.status_code for answer in answers) in ([200, 201], [201, 409])
    ids = {entry["resource"]["id"] for ins in (first, second) for entry in entries(await find(world, named_by(ins), by=source))}  # fmt: skip
    assert len(ids) == 1


# Read and found


async def test_reading_leaves_its_trace(world: World, source: Caller) -> None:
    person = await world.a_record()
    before = await types(world, person.patient_id)
    assert (await read(world, person.patient_id, by=source)).status_code == 200
    assert len(entries(await find(world, person.token_of_ins, by=source))) == 1
    assert (await types(world, person.patient_id))[len(before) :] == ["identity-read", "identity-read"]
    assert (await world.verified(person)).faults == ()


async def test_nobody(world: World, source: Caller) -> None:
    assert (await read(world, uuid4(), by=source)).status_code == 404
    assert (await read(world, "personne", by=source)).status_code == 404
    assert entries(await find(world, named_by(a_new_ins()), by=source)) == []


async def test_a_link_never_names_anyone(world: World, source: Caller) -> None:
    person = await world.a_record()
    answer = await find(world, person.token_of_ins, by=source)
    (link,) = answer.json()["link"]
    assert person.ins.matricule not in link["url"]
    followed = await world.http.get(link["url"], headers=source.headers)
    assert [each["resource"]["id"] for each in entries(followed)] == [str(person.patient_id)]
    nobody = await find(world, named_by(a_new_ins()), by=source)
    assert nobody.json()["link"][0]["url"].endswith("/fhir/Patient")


# Matched by traits


async def test_one_person_with_all_five_traits_is_certain(world: World, source: Caller) -> None:
    ins = a_new_ins()
    traits = {"name": [a_name("ESSAI-SEULE")]} | BORN
    patient_id = await created(world, a_patient(ins, **traits), by=source)
    (entry,) = entries(await match(world, by=source, **traits))
    assert entry["resource"]["id"] == str(patient_id)
    assert entry["search"] == {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/match-grade", "valueCode": "certain"}], "mode": "match", "score": 1}  # fmt: skip
    assert (await types(world, patient_id))[-1] == "identity-matched"
    accented = {"name": [a_name("Éssai seule", "Louise", None)]} | BORN
    assert len(entries(await match(world, by=source, only=True, **accented))) == 1


async def test_fewer_traits_are_never_certain(world: World, source: Caller) -> None:
    traits = {"name": [a_name("ESSAI-PEU")]} | BORN
    await created(world, a_patient(a_new_ins(), **traits), by=source)
    bare = {"name": [{"use": "official", "family": "ESSAI-PEU"}], "gender": None, "extension": None} | BORN
    (entry,) = entries(await match(world, by=source, **bare))
    assert entry["search"]["score"] == 0.5
    assert entry["search"]["extension"][0]["valueCode"] == "possible"
    assert entries(await match(world, by=source, only=True, **bare)) == []


async def test_homonyms_and_twins_are_only_possible(world: World, source: Caller) -> None:
    traits = {"name": [a_name("ESSAI-DOUBLE")]} | BORN
    for _ in range(2):
        await created(world, a_patient(a_new_ins(), **traits), by=source)
    twins = {"name": [{"use": "official", "family": "ESSAI-JUMELLE"}]} | BORN
    for given in ("ANNE", "LUCE"):
        await created(world, a_patient(a_new_ins(), name=[a_name("ESSAI-JUMELLE", given, given)], **BORN), by=source)
    for sought in (traits, twins):
        found = entries(await match(world, by=source, **sought))
        assert [each["search"]["extension"][0]["valueCode"] for each in found] == ["possible", "possible"]
        assert entries(await match(world, by=source, only=True, **sought)) == []
        assert len(entries(await match(world, by=source, count=1, **sought))) == 1


async def test_a_known_homonym_is_only_possible(world: World, source: Caller) -> None:
    traits = {"name": [a_name("ESSAI-HOMA")]} | BORN
    await created(world, a_patient(a_new_ins(), extension=[a_reliability(comments=("HOMA",)), a_birth_place()], **traits), by=source)  # fmt: skip
    (entry,) = entries(await match(world, by=source, **traits))
    assert entry["search"]["extension"][0]["valueCode"] == "possible"


@pytest.mark.parametrize(
    "changes",
    [
        {"name": [a_name("ESSAI-EXACTE", "LOUISA", None)]},
        {"name": [a_name("ESSAI-EXACTES")]},
        {"name": [a_name("ESSAI-EXACTE", "LOUISE", "LOUISE ANNE")]},
        {"birthDate": "1961-02-04"},
        {"gender": "male"},
        {"extension": [a_birth_place("69383")]},
    ],
)
async def test_near_is_not_equal(world: World, source: Caller, changes: dict[str, Any]) -> None:
    traits = {"name": [a_name("ESSAI-EXACTE")]} | BORN
    if not entries(await match(world, by=source, **traits)):
        await created(world, a_patient(a_new_ins(), **traits), by=source)
    assert len(entries(await match(world, by=source, **traits))) == 1
    assert entries(await match(world, by=source, **traits | changes)) == []


async def test_too_many_people_are_nobody(world: World, source: Caller) -> None:
    traits = {"name": [a_name("ESSAI-LEGION")]} | BORN
    for _ in range(21):
        await created(world, a_patient(a_new_ins(), **traits), by=source)
    answer = await match(world, by=source, **traits)
    assert (answer.status_code, codes_of(answer)) == (422, ["match-too-many"])


@pytest.mark.parametrize(
    ("parameters", "status", "code"),
    [
        ({"resourceType": "Patient"}, 400, "resource-type"),
        ({"resourceType": "Parameters"}, 422, "element-required"),
        ({"parameter": [{"name": "resource"}]}, 422, "element-required"),
        ({"parameter": [{"name": "resource", "resource": {"resourceType": "Person"}}]}, 400, "resource-type"),
        ({"parameter": [{"name": "resource", "resource": {"resourceType": "Patient"}}]}, 422, "match-traits-missing"),
        ({"parameter": [{"name": "resource", "resource": {"resourceType": "Patient", "birthDate": "1961-02-03"}}]}, 422, "match-traits-missing"),
        ({"parameter": [{"name": "couleur", "valueBoolean": True}]}, 422, "parameter-unknown"),
        ({"parameter": [{"name": "resource", "resource": a_patient()}, {"name": "count", "valueInteger": 0}]}, 422, "parameter-value"),
        ({"parameter": [{"name": "resource", "resource": a_patient()}, {"name": "count", "valueInteger": -1}]}, 400, "element-type"),
        ({"parameter": [{"name": "resource", "resource": a_patient()}, {"name": "onlyCertainMatches", "valueBoolean": "oui"}]}, 400, "element-type"),
        ({"parameter": [{"name": "resource", "resource": a_patient()}] * 2}, 400, "element-too-many"),
    ],
)  # fmt: skip
async def test_what_is_not_a_match(
    world: World, source: Caller, parameters: dict[str, Any], status: int, code: str
) -> None:
    body = orjson.dumps({"resourceType": "Parameters"} | parameters)
    answer = await world.http.post("/fhir/Patient/$match", content=body, headers=JSON | source.headers)
    assert (answer.status_code, codes_of(answer)[0]) == (status, code)


async def test_an_erased_record_is_nobody(world: World, source: Caller) -> None:
    """From the act that decides it, before anything is destroyed."""
    traits = {"name": [a_name("ESSAI-EFFACEE")]} | BORN
    ins = a_new_ins()
    patient_id = await created(world, a_patient(ins, **traits), by=source)
    services = world.carnet.services
    async with world.carnet.database.transaction() as tx:
        for step in (activate, close, erase):
            await step(tx, patient_id, actor=SYSTEM, keys=services.keys, at=services.clock())
    assert (await read(world, patient_id, by=source)).status_code == 404
    assert entries(await find(world, named_by(ins), by=source)) == []
    assert entries(await match(world, by=source, **traits)) == []
    for caller in (world.hospital, await world.a_professional()):
        assert entries(await find(world, named_by(ins), by=caller)) == []
    whole = a_patient(ins, **traits) | {"id": str(patient_id)}
    answer = await put(world, whole, by=source, under=f"/{patient_id}", If_Match='W/"1"')
    assert (answer.status_code, codes_of(answer)) == (404, ["identity-unknown"])


async def test_a_record_that_closed_is_still_someone(world: World, source: Caller) -> None:
    person = await world.a_record(status=RecordStatus.CLOSED)
    told = await read(world, person.patient_id, by=source)
    assert told.json()["active"] is True  # the life of a record is not the source's business
