"""Rights over the wire: declared, read and ended as FHIR Consent."""

from datetime import timedelta
from typing import Any

import orjson
import pytest
from tests.builders.people import an_ins
from tests.doors.world import JSON, Caller, Person, World, a_report, codes_of, issues_of

from carnet.domain.access.facts import holder_name
from carnet.domain.actor import Purpose
from carnet.domain.consent.model import ConsentKind, RecordStatus
from carnet.vocabulary.clock import system_clock

KIND = "https://carnet.example/fhir/CodeSystem/consent-kind"
BASIS = "https://carnet.example/fhir/CodeSystem/consent-basis"
PATCH = [{"op": "replace", "path": "/status", "value": "inactive"}]


def a_consent(person: Person, kind: str = "grant", *, basis: str | None = "care-team", holder: dict[str, str] | None = None, **changes: Any) -> dict[str, Any]:  # fmt: skip
    denies = kind == "block" or kind.endswith("-opposition")
    provision: dict[str, Any] = {"type": "deny" if denies else "permit"}
    if holder is not None:
        provision["actor"] = [{"reference": {"identifier": holder}}]
    consent = {
        "resourceType": "Consent",
        "status": "active",
        "category": [{"coding": [{"system": KIND, "code": kind}]}],
        "patient": person.by_identifier,
        "provision": provision,
    }
    if basis is not None:
        consent["policyRule"] = {"coding": [{"system": BASIS, "code": basis}]}
    return {name: value for name, value in (consent | changes).items() if value is not None}


def person_of(number: str) -> dict[str, str]:
    return {"system": "urn:oid:1.2.250.1.71.4.2.1", "value": number}


class Consents:
    def __init__(self, world: World) -> None:
        self.world = world

    async def declare(self, consent: Any, *, by: Caller):
        body = consent if isinstance(consent, bytes) else orjson.dumps(consent)
        return await self.world.http.post("/fhir/Consent", content=body, headers=JSON | by.headers)

    async def find(self, person: Person | None, *, by: Caller, **parameters: str):
        named = {} if person is None else {"patient.identifier": person.token_of_ins}
        return await self.world.http.get("/fhir/Consent", params=named | parameters, headers=by.headers)

    async def found(self, person: Person | None, *, by: Caller, **parameters: str) -> list[tuple[str, str, str]]:
        response = await self.find(person, by=by, **parameters)
        assert response.status_code == 200, response.text
        return [
            (each["resource"]["category"][0]["coding"][0]["code"], each["resource"]["status"], each["resource"]["provision"]["type"])
            for each in response.json().get("entry", [])
        ]  # fmt: skip

    async def end(self, location: str, *, by: Caller, patch: Any = PATCH, media: str = "application/json-patch+json"):
        path = "/fhir/" + location.partition("/fhir/")[2]
        return await self.world.http.patch(
            path, content=orjson.dumps(patch), headers={"Content-Type": media} | by.headers
        )


@pytest.fixture(scope="module")
def consents(world: World) -> Consents:
    return Consents(world)


async def test_a_professional_declares_and_withdraws(world: World, consents: Consents) -> None:
    person = await world.a_record()
    doctor = await world.a_professional()
    assert (await world.search(person, by=doctor)).status_code == 403
    assert await consents.found(person, by=doctor) == []
    declared = await consents.declare(a_consent(person), by=doctor)
    assert declared.status_code == 201, declared.text
    body = declared.json()
    assert declared.headers["location"].endswith(f"/fhir/Consent/{body['id']}")
    assert body["provision"]["actor"][0]["reference"]["identifier"] == person_of(doctor.number)
    assert body["provision"]["period"].keys() == {"start", "end"}
    assert (await world.search(person, by=doctor)).status_code == 200
    assert await consents.found(person, by=doctor) == [("grant", "active", "permit")]
    again = await consents.declare(a_consent(person, basis="explicit-consent"), by=doctor)
    assert (again.status_code, again.json()["id"]) == (200, body["id"])
    one = await world.http.get(f"/fhir/Consent/{body['id']}", headers=doctor.headers)
    assert one.json() == body
    for _ in range(2):
        ended = await consents.end(declared.headers["location"], by=doctor)
        assert (ended.status_code, ended.json()["status"]) == (200, "inactive")
    assert (await world.search(person, by=doctor)).status_code == 403
    assert await consents.found(person, by=doctor) == [("grant", "inactive", "permit")]
    types = [event.type for event in await world.events(person)]
    assert types.count("grant-given") == types.count("grant-ended") == 1


async def test_the_patient_decides_for_anyone(world: World, consents: Consents) -> None:
    person = await world.a_record()
    doctor = await world.a_professional()
    citizen = world.a_citizen(person)
    holder = {"system": "https://rpps.esante.gouv.fr", "value": doctor.number[1:]}
    given = await consents.declare(a_consent(person, basis=None, holder=holder), by=citizen)
    assert given.status_code == 201, given.text
    assert given.json()["policyRule"]["coding"][0]["code"] == "patient"
    assert "end" not in given.json()["provision"]["period"]
    assert await consents.found(person, by=doctor) == [("grant", "active", "permit")]
    treating = await consents.declare(a_consent(person, "primary-care-doctor", basis=None, holder=holder), by=citizen)
    assert treating.status_code == 201
    block = await consents.declare(a_consent(person, "block", basis=None, holder=holder), by=citizen)
    assert block.status_code == 201
    assert await consents.found(person, by=doctor) == [("block", "active", "deny")]
    assert (await world.search(person, by=doctor)).status_code == 403
    refused = await consents.declare(a_consent(person), by=doctor)
    assert (refused.status_code, codes_of(refused)) == (403, ["authorisation-blocked"])
    refused = await consents.end(block.headers["location"], by=doctor)
    assert (refused.status_code, codes_of(refused)) == (403, ["patient-decides"])
    assert await consents.found(None, by=citizen) == [
        ("block", "active", "deny"), ("primary-care-doctor", "inactive", "permit"), ("grant", "inactive", "permit"),
    ]  # fmt: skip
    assert await consents.found(None, by=citizen, status="active") == [("block", "active", "deny")]
    assert (await consents.end(block.headers["location"], by=citizen)).status_code == 200
    assert await consents.found(person, by=doctor) == [("grant", "inactive", "permit")]


async def test_a_structure_by_its_finess(world: World, consents: Consents) -> None:
    person = await world.a_record()
    inside = await world.a_professional(organization="1990000055")
    holder = {"system": "https://finess.esante.gouv.fr", "value": "990000055"}
    declared = await consents.declare(a_consent(person, holder=holder), by=inside)
    assert declared.status_code == 201, declared.text
    colleague = await world.a_professional(organization="1990000055")
    assert (await world.search(person, by=colleague)).status_code == 200
    outside = await world.a_professional(organization="1990000056")
    refused = await consents.declare(a_consent(person, holder=holder), by=outside)
    assert codes_of(refused) == ["authorisation-not-yours"]
    # Not theirs: it does not exist.
    for answer in (
        await world.http.get(f"/fhir/Consent/{declared.json()['id']}", headers=outside.headers),
        await consents.end(declared.headers["location"], by=outside),
        await world.http.get(f"/fhir/Consent/{'0' * 64}", headers=outside.headers),
        await world.http.get("/fhir/Consent/x", headers=outside.headers),
        await world.http.get(
            f"/fhir/Consent/{declared.json()['id']}", headers=world.a_citizen(await world.a_record()).headers
        ),
    ):
        assert (answer.status_code, codes_of(answer)) == (404, ["consent-unknown"])


async def test_the_primary_care_doctor_sees_who_may(world: World, consents: Consents) -> None:
    person = await world.a_record()
    doctor, other = await world.a_professional(treating=person), await world.a_professional(authorised_on=person)
    assert await consents.found(person, by=doctor) == [("primary-care-doctor", "active", "permit")]
    everyone = await consents.found(person, by=doctor, holder="everyone")
    assert sorted(everyone) == [("grant", "active", "permit"), ("primary-care-doctor", "active", "permit")]
    refused = await consents.find(person, by=other, holder="everyone")
    assert (refused.status_code, codes_of(refused)) == (403, ["not-primary-care-doctor"])


async def test_the_records_where_one_is_authorised_page_by_page(world: World, consents: Consents) -> None:
    doctor = await world.a_professional()
    people = [await world.a_record() for _ in range(5)]
    for person in people:
        await consents.declare(a_consent(person), by=doctor)
    response = await consents.find(None, by=doctor, _count="2")
    shown: list[str] = []
    while True:
        body = response.json()
        assert "total" not in body
        shown += [each["resource"]["patient"]["identifier"]["value"] for each in body["entry"]]
        following = [link["url"] for link in body["link"] if link["relation"] == "next"]
        if not following:
            break
        assert not any(person.ins.matricule in following[0] for person in people)
        response = await world.http.get(following[0], headers=doctor.headers)
    assert shown == [person.ins.matricule for person in reversed(people)]
    since = (system_clock() + timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    assert await consents.found(None, by=doctor, date=f"ge{since}") == []
    first = await consents.find(None, by=doctor, _count="2")
    (next_page,) = [link["url"] for link in first.json()["link"] if link["relation"] == "next"]
    another = await world.a_professional()
    assert codes_of(await world.http.get(next_page, headers=another.headers)) == ["cursor-invalid"]


async def test_a_search_by_post_says_the_same(world: World, consents: Consents) -> None:
    person = await world.a_record()
    doctor = await world.a_professional(authorised_on=person)
    by_get = await consents.find(person, by=doctor)
    by_post = await world.http.post(
        "/fhir/Consent/_search", data={"patient.identifier": person.token_of_ins}, headers=doctor.headers
    )
    assert by_get.json()["entry"][0]["resource"] == by_post.json()["entry"][0]["resource"]
    assert person.ins.matricule not in str(by_post.json()["link"])


async def test_ending_in_each_way(world: World, consents: Consents) -> None:
    person = await world.a_record()
    path_patch = {
        "resourceType": "Parameters",
        "parameter": [{"name": "operation", "part": [
            {"name": "type", "valueCode": "replace"}, {"name": "path", "valueString": "Consent.status"},
            {"name": "value", "valueCode": "inactive"},
        ]}],
    }  # fmt: skip
    for how in ("json", "fhirpath", "put"):
        doctor = await world.a_professional()
        declared = await consents.declare(a_consent(person), by=doctor)
        location = declared.headers["location"]
        if how == "put":
            body = declared.json() | {"status": "inactive"}
            path = "/fhir/" + location.partition("/fhir/")[2]
            changed = body | {"provision": body["provision"] | {"type": "deny"}}
            refused = await world.http.put(path, content=orjson.dumps(changed), headers=JSON | doctor.headers)
            assert (refused.status_code, codes_of(refused)) == (422, ["consent-change"])
            answer = await world.http.put(path, content=orjson.dumps(body), headers=JSON | doctor.headers)
        elif how == "fhirpath":
            answer = await consents.end(location, by=doctor, patch=path_patch, media="application/fhir+json")
        else:
            answer = await consents.end(location, by=doctor)
        assert (answer.status_code, answer.json()["status"]) == (200, "inactive"), (how, answer.text)
        assert (await world.search(person, by=doctor)).status_code == 403


WRONG_PATCHES: list[tuple[Any, str, int, str]] = [
    ([], "application/json-patch+json", 422, "consent-change"),
    ([{"op": "replace", "path": "/status", "value": "active"}], "application/json-patch+json", 422, "consent-change"),
    ([{"op": "remove", "path": "/status"}], "application/json-patch+json", 422, "consent-change"),
    ([*PATCH, {"op": "replace", "path": "/patient", "value": {}}], "application/json-patch+json", 422, "consent-change"),
    ({"resourceType": "Parameters"}, "application/fhir+json", 422, "consent-change"),
    ({"resourceType": "Parameters", "parameter": [{"name": "operation", "part": "x"}]}, "application/fhir+json", 422, "consent-change"),
    (PATCH, "application/fhir+json", 400, "json-not-an-object"),
    ({}, "application/json-patch+json", 400, "json-not-an-array"),
    (PATCH, "text/plain", 415, "patch-format-unsupported"),
]  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG_PATCHES)
async def test_a_patch_of_something_else(world: World, consents: Consents, wrong: tuple[Any, str, int, str]) -> None:
    patch, media, status, code = wrong
    person = await world.a_record()
    doctor = await world.a_professional()
    declared = await consents.declare(a_consent(person), by=doctor)
    refused = await consents.end(declared.headers["location"], by=doctor, patch=patch, media=media)
    assert (refused.status_code, codes_of(refused)) == (status, [code])
    assert (await world.search(person, by=doctor)).status_code == 200


@pytest.mark.parametrize(
    ("code", "expression", "changes"),
    [
        ("status-not-active", "Consent.status", {"status": "draft"}),
        ("status-not-active", "Consent.status", {"status": None}),
        ("element-required", "Consent.patient", {"patient": None}),
        ("consent-kind", "Consent.category", {"category": None}),
        ("consent-kind", "Consent.category", {"category": [{"coding": [{"system": KIND, "code": "grants"}]}]}),
        ("consent-basis", "Consent.policyRule", {"policyRule": {"coding": [{"system": BASIS, "code": "habit"}]}}),
        ("authorisation-basis", None, {"policyRule": {"coding": [{"system": BASIS, "code": "patient"}]}}),
        ("element-required", "Consent.policyRule", {"policyRule": None}),
        ("provision-type", "Consent.provision.type", {"provision": {"type": "deny"}}),
        ("provision-type", "Consent.provision.type", {"provision": None}),
        ("provision-actor", "Consent.provision.actor", {"provision": {"type": "permit", "actor": [{"reference": {"reference": "Practitioner/1"}}]}}),
        ("provision-actor", "Consent.provision.actor", {"provision": {"type": "permit", "actor": [{"reference": {"identifier": {"value": "x"}}}]}}),
        ("period-start-unexpected", "Consent.provision.period.start", {"provision": {"type": "permit", "period": {"start": "2026-01-01"}}}),
        ("authorisation-end", None, {"provision": {"type": "permit", "period": {"end": "2020-01-01"}}}),
        ("element-forbidden", "Consent.dateTime", {"dateTime": "2026-01-01"}),
        ("element-unknown", "Consent.habilitation", {"habilitation": True}),
    ],
)  # fmt: skip
async def test_a_wrong_consent_is_told_where(
    world: World, consents: Consents, code: str, expression: str | None, changes: dict[str, Any]
) -> None:
    person = await world.a_record()
    doctor = await world.a_professional()
    refused = await consents.declare(a_consent(person, **changes), by=doctor)
    assert refused.status_code in {400, 422}
    assert (code, expression) in issues_of(refused.json())
    assert "grant-given" not in [event.type for event in await world.events(person)]


@pytest.mark.parametrize(
    ("body", "status"), [(b"{", 400), (b"[]", 400), (b'{"resourceType":"Patient"}', 400), (b"\xff", 400), (b"{}", 400)]
)
async def test_what_is_no_consent(world: World, consents: Consents, body: bytes, status: int) -> None:
    doctor = await world.a_professional()
    assert (await consents.declare(body, by=doctor)).status_code == status


async def test_who_and_what_the_door_does_not_know(world: World, consents: Consents) -> None:
    person, closed = await world.a_record(), await world.a_record(status=RecordStatus.CLOSED)
    doctor, hospital = await world.a_professional(), world.hospital
    assert codes_of(await consents.declare(a_consent(person), by=hospital)) == ["provision-actor"]
    refused = await consents.declare(a_consent(person, holder=person_of(doctor.number)), by=hospital)
    assert (refused.status_code, codes_of(refused)) == (403, ["record-refused"])
    assert codes_of(await consents.declare(a_consent(closed), by=doctor)) == ["record-closed"]
    assert codes_of(await consents.find(closed, by=doctor)) == ["record-closed"]
    assert codes_of(await consents.find(None, by=hospital)) == ["parameter-missing"]
    assert codes_of(await consents.find(person, by=hospital)) == ["record-refused"]
    assert (await world.http.get("/fhir/Consent")).status_code == 401
    for name, value in (
        ("consentor", "x"),
        ("holder", "them"),
        ("status", "draft"),
        ("date", "lt2026"),
        ("date", ""),
        ("_sort", "date"),
    ):
        assert (await consents.find(person, by=doctor, **{name: value})).status_code == 400, name
    for name, value in (("holder", "organization"), ("date", "ge2026")):
        assert codes_of(await consents.find(person, by=doctor, **{name: value})) == ["parameter-with-patient"]
    assert (await world.http.delete("/fhir/Consent/x", headers=doctor.headers)).status_code == 405


async def test_a_guardian_and_a_minor(world: World, consents: Consents) -> None:
    child = await world.a_record(birth_date="2015-06-12")
    parent, looks = an_ins(), an_ins(sex=1)
    await world.consent(child, ConsentKind.PARENTAL_AUTHORITY, holder_name(parent), scope="full")
    await world.consent(child, ConsentKind.PARENTAL_AUTHORITY, holder_name(looks), scope="read")
    consent = a_consent(child, basis=None, holder=person_of("899700000099"))
    assert (await consents.declare(consent, by=world.a_representative(parent, of=child))).status_code == 201
    refused = await consents.declare(consent, by=world.a_representative(looks, of=child))
    assert codes_of(refused) == ["representation-to-read"]
    assert await consents.found(child, by=world.a_representative(looks, of=child)) == [("grant", "active", "permit")]


SWITCHED = ("emergency-opposition", "regulation-opposition", "feeding-opposition", "emergency-masked")


@pytest.mark.parametrize("kind", SWITCHED)
async def test_what_the_patient_says_to_everyone(world: World, consents: Consents, kind: str) -> None:
    person = await world.a_record()
    citizen, doctor = world.a_citizen(person), await world.a_professional(treating=person)
    emergency = await world.a_professional(purpose=Purpose.EMERGENCY, motive="Inconscient")
    said = a_consent(person, kind, basis=None)
    assert codes_of(await consents.declare(said, by=doctor)) == ["patient-decides"]
    declared = await consents.declare(said, by=citizen)
    assert declared.status_code == 201, declared.text
    assert "actor" not in declared.json()["provision"]
    again = await consents.declare(said, by=citizen)
    assert (again.status_code, again.json()["id"]) == (200, declared.json()["id"])
    allowed = (await world.search(person, by=emergency)).status_code == 200
    assert allowed is (kind != "emergency-opposition")
    assert ((await world.send(a_report(person))).status_code == 403) is (kind == "feeding-opposition")
    # It is the patient's own: even a médecin traitant is not told.
    assert (kind, "active", said["provision"]["type"]) in await consents.found(person, by=citizen)
    assert kind not in {each[0] for each in await consents.found(person, by=doctor, holder="everyone")}
    hidden = await world.http.get(f"/fhir/Consent/{declared.json()['id']}", headers=doctor.headers)
    assert codes_of(hidden) == ["consent-unknown"]
    ended = await consents.end(declared.headers["location"], by=citizen)
    assert (ended.status_code, ended.json()["status"]) == (200, "inactive")
    assert (await world.search(person, by=emergency)).status_code == 200
    wrong = a_consent(person, kind, basis=None, holder=person_of(doctor.number))
    assert codes_of(await consents.declare(wrong, by=citizen)) == ["provision-actor-unexpected"]
    ends = said | {"provision": said["provision"] | {"period": {"end": "2099-01-01"}}}
    assert codes_of(await consents.declare(ends, by=citizen)) == ["consent-end"]
