"""PATCH of a fiche over HTTP: both formats, by id and by identifier, what may change, what may not, and what is answered."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.doors.world import Caller, Person, World, a_report, a_unique_id, codes_of

from carnet.domain.consent.model import RecordStatus
from carnet.formats.fhir import systems

AUTHOR = "899700000001"  # of the reports that the builders make
FHIR = "application/fhir+json"
JSON_PATCH = "application/json-patch+json"
ARCHIVED, DELETED = systems.IS_ARCHIVED, systems.IS_DELETED
MASQUE_PS = {"coding": [{"system": systems.VISIBILITY, "code": "MASQUE_PS"}]}
NORMAL = {"coding": [{"system": systems.V3_CONFIDENTIALITY, "code": "N"}]}


def operation(kind: str, path: str, **parts: Any) -> dict[str, Any]:
    """One operation of a FHIRPath Patch; `value` by its value[x], or as given."""
    listed: list[dict[str, Any]] = [{"name": "type", "valueCode": kind}, {"name": "path", "valueString": path}]
    for name, value in parts.items():
        listed.append({"name": name, **value} if isinstance(value, dict) else {"name": name, "valueInteger" if isinstance(value, int) else "valueString": value})  # fmt: skip
    return {"name": "operation", "part": listed}


def path_patch(*operations: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Parameters", "parameter": list(operations)}


def flag(url: str, value: bool) -> dict[str, Any]:
    return {"part": [{"name": "url", "valueUri": url}, {"name": "valueBoolean", "valueBoolean": value}]}


MASK = path_patch(operation("add", "DocumentReference", name="securityLabel", value={"valueCodeableConcept": MASQUE_PS}))  # fmt: skip
UNMASK = path_patch(operation("delete", "DocumentReference.securityLabel.where(coding.code='MASQUE_PS')"))
ARCHIVE = path_patch(operation("add", "DocumentReference", name="extension", value=flag(ARCHIVED, True)))
UNARCHIVE = path_patch(operation("replace", f"DocumentReference.extension.where(url='{ARCHIVED}').value", value={"valueBoolean": False}))  # fmt: skip
DELETE = path_patch(
    operation("replace", "DocumentReference.status", value={"valueCode": "superseded"}),
    operation("add", "DocumentReference", name="extension", value=flag(DELETED, True)),
)


async def patched(world: World, address: str, patch: Any, *, by: Caller, media: str = "", **headers: str) -> httpx.Response:  # fmt: skip
    body = patch if isinstance(patch, bytes) else json.dumps(patch).encode()
    media = media or (JSON_PATCH if isinstance(patch, list) else FHIR)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await world.http.patch(f"/fhir/{address}", content=body, headers=by.headers | named | {"Content-Type": media})  # fmt: skip


def labels_of(resource: Mapping[str, Any]) -> list[str]:
    return [coding["code"] for label in resource["securityLabel"] for coding in label["coding"]]


def flags_of(resource: Mapping[str, Any]) -> dict[str, bool]:
    return {item["url"]: item["valueBoolean"] for item in resource.get("extension", ())}


@pytest.fixture
async def person(world: World) -> Person:
    return await world.a_record()


@pytest.fixture
def me(world: World, person: Person) -> Caller:
    return world.a_citizen(person)


@pytest.fixture
async def author(world: World) -> Caller:
    return await world.a_professional(number=AUTHOR)


@pytest.fixture
async def document(world: World, person: Person) -> str:
    return (await world.deposit(a_report(person))).id


async def test_masking_answers_with_the_whole_fiche(world: World, person: Person, me: Caller, document: str) -> None:
    before = (await world.read(f"DocumentReference/{document}", by=me)).json()
    response = await patched(world, f"DocumentReference/{document}", MASK, by=me)
    assert response.status_code == 200, response.text
    after = response.json()
    assert labels_of(after) == ["N", "MASQUE_PS"]
    assert (response.headers["etag"], after["meta"]["versionId"]) == ('W/"2"', "2")
    assert after["meta"]["lastUpdated"] > before["meta"]["lastUpdated"]
    assert after["identifier"][0] != before["identifier"][0]
    assert after["identifier"][1] == before["identifier"][1]
    changed = {"meta", "securityLabel", "identifier"}
    assert {name: before[name] for name in before.keys() - changed} == {name: after[name] for name in after.keys() - changed}  # fmt: skip
    assert (await world.read(f"DocumentReference/{document}", by=me)).json() == after
    response = await patched(world, f"DocumentReference/{document}", UNMASK, by=me)
    assert labels_of(response.json()) == ["N"]


# Every way that was published or that an editor may write, from a state to a state.
WAYS: dict[str, tuple[list[str], bool, Any, list[str], bool]] = {
    "mask, FHIRPath, PDSm": ([], False, MASK, ["MASQUE_PS"], False),
    "mask, JSON, the draft": ([], False, [{"op": "replace", "path": "/securityLabel/0", "value": MASQUE_PS}], ["MASQUE_PS"], False),
    "mask, JSON, at the end": ([], False, [{"op": "add", "path": "/securityLabel/-", "value": MASQUE_PS}], ["MASQUE_PS"], False),
    "mask, JSON, all labels": ([], False, [{"op": "replace", "path": "/securityLabel", "value": [NORMAL, MASQUE_PS]}], ["MASQUE_PS"], False),
    "mask, FHIRPath, in place of the only label": ([], False, path_patch(operation("replace", "DocumentReference.securityLabel", value={"valueCodeableConcept": MASQUE_PS})), ["MASQUE_PS"], False),
    "mask, FHIRPath, made of parts": ([], False, path_patch(operation("add", "DocumentReference", name="securityLabel", value={"part": [{"name": "coding", "part": [{"name": "system", "valueUri": systems.VISIBILITY}, {"name": "code", "valueCode": "MASQUE_PS"}]}]})), ["MASQUE_PS"], False),
    "mask, FHIRPath, inserted": ([], False, path_patch(operation("insert", "DocumentReference.securityLabel", index=1, value={"valueCodeableConcept": MASQUE_PS})), ["MASQUE_PS"], False),
    "unmask, FHIRPath": (["MASQUE_PS"], False, UNMASK, [], False),
    "unmask, FHIRPath, exists": (["MASQUE_PS"], False, path_patch(operation("delete", f"DocumentReference.securityLabel.where(coding.where(system = '{systems.VISIBILITY}' and code = 'MASQUE_PS').exists())")), [], False),
    "unmask, FHIRPath, by its place": (["MASQUE_PS"], False, path_patch(operation("delete", "DocumentReference.securityLabel[1]")), [], False),
    "unmask, JSON": (["MASQUE_PS"], False, [{"op": "remove", "path": "/securityLabel/1"}], [], False),
    "unmask, JSON, the draft": (["MASQUE_PS"], False, [{"op": "replace", "path": "/securityLabel/0", "value": NORMAL}], [], False),
    "unmask, JSON, tested first": (["MASQUE_PS"], False, [{"op": "test", "path": "/securityLabel/1/coding/0/code", "value": "MASQUE_PS"}, {"op": "remove", "path": "/securityLabel/1"}], [], False),
    "show to the patient": (["INVISIBLE_PATIENT"], False, path_patch(operation("delete", "DocumentReference.securityLabel.where(coding.code = 'INVISIBLE_PATIENT')")), [], False),
    "show to the representatives, the draft": (["INVISIBLE_REPRESENTANTS_LEGAUX"], False, [{"op": "replace", "path": "/securityLabel/0", "value": NORMAL}], [], False),
    "archive, FHIRPath": ([], False, ARCHIVE, [], True),
    "archive, JSON": ([], False, [{"op": "add", "path": "/extension/-", "value": {"url": ARCHIVED, "valueBoolean": True}}], [], True),
    "archive, JSON, whole": ([], False, [{"op": "add", "path": "/extension", "value": [{"url": ARCHIVED, "valueBoolean": True}]}], [], True),
    "unarchive, FHIRPath": ([], True, UNARCHIVE, [], False),
    "unarchive, FHIRPath, extension()": ([], True, path_patch(operation("delete", f"DocumentReference.extension('{ARCHIVED}')")), [], False),
    "unarchive, JSON": ([], True, [{"op": "replace", "path": "/extension/0/valueBoolean", "value": False}], [], False),
    "unarchive, JSON, removed": ([], True, [{"op": "remove", "path": "/extension/0"}], [], False),
    "several at once": ([], False, path_patch(*MASK["parameter"], *ARCHIVE["parameter"]), ["MASQUE_PS"], True),
    "PDSm's example, confidentiality unchanged": ([], True, path_patch(operation("replace", "DocumentReference.status", value={"valueCode": "current"}), operation("replace", f"DocumentReference.securityLabel.coding.where(system='{systems.V3_CONFIDENTIALITY}').code", value={"valueCode": "N"}), operation("replace", f"DocumentReference.extension.where(url='{ARCHIVED}').value", value={"valueBoolean": False})), [], False),
    "moved, which means nothing": (["MASQUE_PS"], False, path_patch(operation("move", "DocumentReference.securityLabel", source=1, destination=0)), ["MASQUE_PS"], False),
    "moved, JSON": (["MASQUE_PS"], False, [{"op": "move", "from": "/securityLabel/1", "path": "/securityLabel/0"}], ["MASQUE_PS"], False),
    "already so": (["MASQUE_PS"], False, MASK, ["MASQUE_PS"], False),
    "nothing to delete": ([], False, UNMASK, [], False),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
async def test_every_way(world: World, person: Person, author: Caller, way: str) -> None:
    before, was_archived, patch, after, is_archived = WAYS[way]
    document = (await world.deposit(a_report(person, labels=before))).id
    if was_archived:
        assert (await patched(world, f"DocumentReference/{document}", ARCHIVE, by=author)).status_code == 200
    response = await patched(world, f"DocumentReference/{document}", patch, by=author)
    assert response.status_code == 200, response.text
    resource = response.json()
    assert labels_of(resource) == ["N", *after]
    assert flags_of(resource) == ({ARCHIVED: True} if is_archived else {})
    assert resource["status"] == "current"
    unchanged = (before, was_archived) == (after, is_archived)
    assert resource["meta"]["versionId"] == str(1 + was_archived + (not unchanged))


async def test_a_patient_makes_a_professionals_mask_their_own(
    world: World, person: Person, me: Caller, author: Caller
) -> None:
    document = (await world.deposit(a_report(person, labels=["MASQUE_PS"]))).id
    address = f"DocumentReference/{document}"
    # A patch that only looks changes nothing; one that asks to mask does, though the labels stay as they were.
    looked = await patched(
        world, address, [{"op": "test", "path": "/securityLabel/1/coding/0/code", "value": "MASQUE_PS"}], by=me
    )
    assert looked.headers["etag"] == 'W/"1"'
    assert (await patched(world, address, UNMASK, by=author)).status_code == 200
    assert (await patched(world, address, MASK, by=author)).status_code == 200
    assert (await patched(world, address, MASK, by=me)).headers["etag"] == 'W/"4"'
    assert (await patched(world, address, UNMASK, by=author)).status_code == 403


async def test_each_act_has_its_event(world: World, person: Person, author: Caller, document: str) -> None:
    both = path_patch(*MASK["parameter"], *ARCHIVE["parameter"])
    assert (await patched(world, f"DocumentReference/{document}", both, by=author)).status_code == 200
    events = (await world.events(person))[-2:]
    assert [event.type for event in events] == ["document-masked", "document-archived"]
    assert {str(one) for event in events for one in event.documents} == {document}
    assert (await world.verified(person)).faults == ()


DELETIONS = {
    "PDSm": DELETE,
    "PDSm4DMP": [{"op": "replace", "path": "/status", "value": "entered-in-error"}],
    "the flag alone": [{"op": "add", "path": "/extension/-", "value": {"url": DELETED, "valueBoolean": True}}],
    "entered-in-error, FHIRPath": path_patch(operation("replace", "DocumentReference.status", value={"valueCode": "entered-in-error"})),
}  # fmt: skip


@pytest.mark.parametrize("way", DELETIONS)
async def test_deleting(world: World, person: Person, author: Caller, document: str, way: str) -> None:
    me = world.a_citizen(person)
    response = await patched(world, f"DocumentReference/{document}", DELETIONS[way], by=author)
    assert response.status_code == 200, response.text
    assert (response.json()["status"], flags_of(response.json())) == ("superseded", {DELETED: True})
    for caller in (me, author):
        again = await patched(world, f"DocumentReference/{document}", DELETIONS[way], by=caller)
        assert (again.status_code, codes_of(again)) == (404, ["document-unknown"])
    for address in ("DocumentReference/{}", "DocumentReference/{}/_history", "DocumentReference/{}/_history/1", "Binary/{}"):  # fmt: skip
        assert (await world.read(address.format(document), by=me)).status_code == 404
    assert await world.found(person, by=me) == []


async def test_an_archived_document_is_deleted_too(world: World, author: Caller, document: str) -> None:
    await patched(world, f"DocumentReference/{document}", ARCHIVE, by=author)
    off = operation("replace", f"DocumentReference.extension.where(url='{ARCHIVED}').value", value={"valueBoolean": False})  # fmt: skip
    patch = path_patch(off, *DELETE["parameter"])
    response = await patched(world, f"DocumentReference/{document}", patch, by=author)
    assert flags_of(response.json()) == {DELETED: True}


async def test_by_identifier(world: World, person: Person, me: Caller) -> None:
    unique_id = a_unique_id()
    document = (await world.deposit(a_report(person, unique_id=unique_id))).id
    for number, (value, patch) in enumerate(
        [
            (f"urn:ietf:rfc:3986|urn:oid:{unique_id}", MASK),
            (f"urn:oid:{unique_id}", UNMASK),
            (f"urn:ietf:rfc:3986|urn:uuid:{document}", MASK),
        ],
        start=2,
    ):
        response = await patched(world, f"DocumentReference?identifier={value}", patch, by=me)
        assert (response.status_code, response.headers["etag"]) == (200, f'W/"{number}"'), response.text
    former = response.json()["identifier"][0]["value"]
    await patched(world, f"DocumentReference/{document}", UNMASK, by=me)
    response = await patched(world, f"DocumentReference?identifier=urn:ietf:rfc:3986|{former}", MASK, by=me)
    assert response.json()["id"] == document


async def test_a_condition_that_several_meet(world: World, person: Person, me: Caller) -> None:
    numbers = [a_unique_id() for _ in range(3)]
    hidden = (await world.deposit(a_report(person, unique_id=numbers[0], labels=["INVISIBLE_PATIENT"]))).id
    ids = [(await world.deposit(a_report(person, unique_id=number))).id for number in numbers[1:]]
    condition = "DocumentReference?identifier=" + ",".join(f"urn:oid:{number}" for number in numbers)
    response = await patched(world, condition, MASK, by=me)
    assert (response.status_code, codes_of(response)) == (412, ["several-match"])
    # What the asker may not see is not counted.
    condition = f"DocumentReference?identifier=urn:oid:{numbers[0]},urn:oid:{numbers[1]}"
    assert (await patched(world, condition, MASK, by=me)).json()["id"] == ids[0]
    # A uniqueId that is the id of another fiche: two documents of one name, when both are seen.
    twin = (await world.deposit(a_report(person, unique_id=None, masterIdentifier={"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{ids[1]}"}))).id  # fmt: skip
    response = await patched(world, f"DocumentReference?identifier=urn:uuid:{ids[1]}", MASK, by=me)
    assert response.status_code == 412
    veiled = (await world.deposit(a_report(person, masterIdentifier={"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{hidden}"}))).id  # fmt: skip
    response = await patched(world, f"DocumentReference?identifier=urn:uuid:{hidden}", MASK, by=me)
    assert response.json()["id"] == veiled
    assert twin != veiled


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "parameter-missing"),
        ("?patient=1", "parameter-unknown"),
        ("?identifier=a|b&status=current", "parameter-unknown"),
        ("?identifier=urn:oid:1.2.3&identifier=urn:oid:1.2.4", "parameter-too-many-values"),
        ("?identifier=" + ",".join(["urn:oid:1.2.3"] * 11), "parameter-too-many-values"),
        ("?identifier=bonjour", "parameter-value"),
        ("?identifier=http://mon-systeme|123", "parameter-value"),
        ("?identifier=", "parameter-value"),
        ("?identifier=%ff", "parameter-encoding"),
    ],
)
async def test_conditions_that_mean_nothing(world: World, me: Caller, query: str, code: str) -> None:
    response = await patched(world, f"DocumentReference{query}", MASK, by=me)
    assert (response.status_code, codes_of(response)) == (400, [code])


CODING = "DocumentReference.securityLabel.coding"
REFUSED: dict[str, tuple[Any, int, str]] = {
    "another element": (path_patch(operation("replace", "DocumentReference.description", value={"valueString": "x"})), 405, "patch-element-forbidden"),
    "another element added": (path_patch(operation("add", "DocumentReference", name="description", value={"valueString": "x"})), 405, "patch-element-forbidden"),
    "another element, JSON": ([{"op": "replace", "path": "/type/coding/0/code", "value": "1"}], 405, "patch-element-forbidden"),
    "another element, copied": ([{"op": "copy", "from": "/id", "path": "/status"}], 405, "patch-element-forbidden"),
    "one allowed, one not": ([{"op": "replace", "path": "/status", "value": "current"}, {"op": "remove", "path": "/author"}], 405, "patch-element-forbidden"),
    "another extension": ([{"op": "add", "path": "/extension/-", "value": {"url": "http://un.example/autre", "valueBoolean": True}}], 405, "patch-element-forbidden"),
    "the whole": ([{"op": "replace", "path": "", "value": {}}], 405, "patch-element-forbidden"),
    "the whole, FHIRPath": (path_patch(operation("delete", "DocumentReference")), 405, "patch-element-forbidden"),
    "an operation unknown": ([{"op": "erase", "path": "/status"}], 400, "patch-operation"),
    "an operation without its value": ([{"op": "add", "path": "/status"}], 400, "patch-operation"),
    "a pointer of the draft": ([{"op": "replace", "path": f"/extension[url:'{ARCHIVED}']/valueBoolean", "value": True}], 400, "patch-pointer"),
    "no pointer": ([{"op": "remove", "path": "status"}], 400, "patch-pointer"),
    "no operation": ([], 400, "patch-empty"),
    "no parameter": (path_patch(), 400, "patch-empty"),
    "too many": ([{"op": "test", "path": "/status", "value": "current"}] * 51, 422, "patch-too-many-operations"),
    "not an array": (b"{}", 400, "json-not-an-array"),
    "a resource of another type": ({"resourceType": "DocumentReference"}, 400, "patch-parameters-expected"),
    "parameters without parts": ({"resourceType": "Parameters", "parameter": [{"name": "operation"}]}, 400, "patch-operation"),
    "a part unknown": (path_patch(operation("delete", "DocumentReference.status", silence="oui")), 400, "patch-operation"),
    "not a path": (path_patch(operation("delete", "DocumentReference.securityLabel.where(")), 400, "patch-path"),
    "a path of a whole engine": (path_patch(operation("delete", "DocumentReference.securityLabel.repeat(coding)")), 400, "patch-path"),
    "a path from elsewhere": (path_patch(operation("delete", "Patient.name")), 400, "patch-path"),
    "a path to nothing": (path_patch(operation("replace", f"DocumentReference.extension.where(url='{ARCHIVED}').value", value={"valueBoolean": True})), 422, "patch-path-missing"),
    "a pointer to nothing": ([{"op": "replace", "path": "/securityLabel/7", "value": MASQUE_PS}], 422, "patch-path-missing"),
    "a test that fails": ([{"op": "test", "path": "/status", "value": "superseded"}, {"op": "replace", "path": "/status", "value": "entered-in-error"}], 422, "patch-test-failed"),
    "a status unknown": ([{"op": "replace", "path": "/status", "value": "archived"}], 422, "patch-status"),
    "no status": ([{"op": "remove", "path": "/status"}], 422, "element-required"),
    "a label unknown": ([{"op": "add", "path": "/securityLabel/-", "value": {"coding": [{"system": systems.VISIBILITY, "code": "MASQUE_PT"}]}}], 422, "security-label-unknown"),
    "a label of another system": ([{"op": "add", "path": "/securityLabel/-", "value": {"coding": [{"system": "http://un.example", "code": "MASQUE_PS"}]}}], 422, "security-label-system"),
    "a label that is none": ([{"op": "add", "path": "/securityLabel/-", "value": "MASQUE_PS"}], 400, "element-type"),
    "another confidentiality": (path_patch(operation("replace", f"{CODING}.where(system='{systems.V3_CONFIDENTIALITY}').code", value={"valueCode": "R"})), 422, "confidentiality-fixed"),
    "two confidentialities": ([{"op": "add", "path": "/securityLabel/-", "value": {"coding": [{"system": systems.V3_CONFIDENTIALITY, "code": "R"}]}}], 422, "confidentiality-too-many"),
    "hidden again": ([{"op": "add", "path": "/securityLabel/-", "value": {"coding": [{"system": systems.VISIBILITY, "code": "INVISIBLE_PATIENT"}]}}], 422, "visibility-one-way"),
    "superseded by nothing": ([{"op": "replace", "path": "/status", "value": "superseded"}], 422, "status-by-replacement"),
    "a flag that is none": ([{"op": "add", "path": "/extension/-", "value": {"url": ARCHIVED, "valueBoolean": "oui"}}], 400, "element-type"),
    "a flag twice": ([{"op": "add", "path": "/extension/-", "value": {"url": ARCHIVED, "valueBoolean": True}}] * 2, 400, "element-too-many"),
    "copies of copies": ([{"op": "copy", "from": "/securityLabel", "path": "/securityLabel/-"}] * 40, 422, "patch-too-large"),
}  # fmt: skip


@pytest.mark.parametrize("fault", REFUSED)
async def test_refused_with_nothing_changed(world: World, person: Person, author: Caller, document: str, fault: str) -> None:  # fmt: skip
    patch, status, code = REFUSED[fault]
    media = JSON_PATCH if patch == b"{}" else ""
    rows, before = await world.rows(), await world.head(person)
    response = await patched(world, f"DocumentReference/{document}", patch, by=author, media=media)
    assert (response.status_code, codes_of(response)[0]) == (status, code), response.text
    assert (await world.rows(), await world.head(person)) == (rows, before)


async def test_two_labels_and_the_draft_that_knows_one(world: World, person: Person, author: Caller) -> None:
    document = (await world.deposit(a_report(person, labels=["INVISIBLE_PATIENT", "INVISIBLE_REPRESENTANTS_LEGAUX"]))).id  # fmt: skip
    patch = [{"op": "replace", "path": "/securityLabel/0", "value": NORMAL}]
    response = await patched(world, f"DocumentReference/{document}", patch, by=author)
    assert (response.status_code, codes_of(response)) == (422, ["patch-label-ambiguous"])


async def test_labels_that_do_not_go_together(world: World, person: Person, author: Caller) -> None:
    document = (await world.deposit(a_report(person, labels=["INVISIBLE_PATIENT"]))).id
    response = await patched(world, f"DocumentReference/{document}", MASK, by=author)
    assert (response.status_code, codes_of(response)) == (422, ["labels-incompatible"])


@pytest.mark.parametrize("media", ["application/fhir+xml", "application/xml-patch+xml", "text/plain", "application/fhir+json; charset=latin-1", "application/merge-patch+json"])  # fmt: skip
async def test_other_formats(world: World, me: Caller, document: str, media: str) -> None:
    response = await patched(world, f"DocumentReference/{document}", MASK, by=me, media=media)
    assert (response.status_code, codes_of(response)) == (415, ["patch-format-unsupported"])
    assert JSON_PATCH in response.headers["accept-patch"]


HOSTILE: dict[str, bytes] = {
    "nothing": b"",
    "null": b"null",
    "a number": b"1e999",
    "not UTF-8": b"\xff\xfe[",
    "cut": b'[{"op":',
    "deep": b"[" * 5000 + b"]" * 5000,
    "deep in a value": b'[{"op":"add","path":"/extension","value":' + b"[" * 200 + b"]" * 200 + b"}]",
    "twice the same key": b'[{"op":"remove","op":"add","path":"/status"}]',
    "a null character": b'[{"op":"replace","path":"/status","value":"\\u0000"}]',
    "a lone surrogate": b'[{"op":"replace","path":"/status","value":"\\ud800"}]',
    "a huge number": b'[{"op":"add","path":"/securityLabel/-","value":' + b"9" * 400 + b"}]",
    "a huge index": b'[{"op":"remove","path":"/securityLabel/' + b"9" * 400 + b'"}]',
    "a negative index": b'[{"op":"remove","path":"/securityLabel/-1"}]',
    "operations that are none": b'[null, 1, "x", [], {}]',
    "an operation within itself": b'[{"op":{"op":[]},"path":{"path":1}}]',
    "moved into itself": b'[{"op":"move","from":"/securityLabel","path":"/securityLabel/0/coding/0"}]',
    "parts within parts": b'{"resourceType":"Parameters","parameter":[{"name":"operation","part":[' + b'{"name":"value","part":[' * 40 + b"]}" * 40 + b"]}]}",
    "a label made of anything": b'[{"op":"add","path":"/securityLabel/-","value":{"coding":{"code":[{}]},"text":[[]],"_x":0}}]',
    "an extension made of anything": b'[{"op":"add","path":"/extension/-","value":{"url":["a"],"valueBoolean":{}}}]',
    "a status made of anything": b'[{"op":"replace","path":"/status","value":[{"a":1}]}]',
    "everything removed": b'[{"op":"remove","path":"/securityLabel"},{"op":"remove","path":"/status"}]',
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_bodies(world: World, author: Caller, document: str, name: str) -> None:
    for media in (FHIR, JSON_PATCH):
        response = await patched(world, f"DocumentReference/{document}", HOSTILE[name], by=author, media=media)
        assert response.status_code in {400, 405, 422}, (media, response.text)
        assert codes_of(response)
    assert (await world.read(f"DocumentReference/{document}", by=author)).status_code in {403, 404}
    assert (await patched(world, f"DocumentReference/{document}", UNMASK, by=author)).headers["etag"] == 'W/"1"'


async def test_too_large(world: World, me: Caller, document: str) -> None:
    response = await patched(world, f"DocumentReference/{document}", b" " * 70_000, by=me, media=FHIR)
    assert (response.status_code, codes_of(response)) == (413, ["body-too-large"])


async def test_versions(world: World, me: Caller, document: str) -> None:
    address = f"DocumentReference/{document}"
    assert (await patched(world, address, MASK, by=me, If_Match='W/"1"')).status_code == 200
    stale = await patched(world, address, UNMASK, by=me, If_Match='W/"1"')
    assert (stale.status_code, codes_of(stale)) == (412, ["version-stale"])
    assert (await patched(world, address, UNMASK, by=me, If_Match='"2"')).status_code == 200
    assert (await patched(world, address, MASK, by=me, If_Match="*")).status_code == 200
    malformed = await patched(world, address, MASK, by=me, If_Match="trois")
    assert (malformed.status_code, codes_of(malformed)) == (400, ["version-malformed"])
    gone = await patched(world, f"DocumentReference/{uuid4()}", MASK, by=me, If_Match='W/"1"')
    assert gone.status_code == 404


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_the_other_methods_tell_the_way(world: World, me: Caller, document: str, method: str) -> None:
    response = await world.http.request(method, f"/fhir/DocumentReference/{document}", headers=me.headers)
    assert (response.status_code, codes_of(response)) == (405, ["update-by-patch"])


async def test_who_may_not(world: World, person: Person, document: str) -> None:
    other = await world.a_professional(authorised_on=person)
    stranger = await world.a_professional()
    neighbour = world.a_citizen(await world.a_record())
    for caller, status, code in (
        (other, 403, "update-refused"), (stranger, 403, "record-refused"), (neighbour, 403, "record-refused"),
        (world.hospital, 403, "update-by-replacement"),
    ):  # fmt: skip
        response = await patched(world, f"DocumentReference/{document}", MASK, by=caller)
        assert (response.status_code, codes_of(response)) == (status, [code])
    assert (await patched(world, f"DocumentReference/{document}", DELETE, by=other)).status_code == 403
    anonymous = await world.http.patch(f"/fhir/DocumentReference/{document}", json=MASK)
    assert anonymous.status_code == 401


async def test_a_foreign_document_is_not_found_by_its_identifier(world: World, person: Person) -> None:
    unique_id = a_unique_id()
    await world.deposit(a_report(person, unique_id=unique_id))
    neighbour = world.a_citizen(await world.a_record())
    for value in (unique_id, a_unique_id()):
        response = await patched(world, f"DocumentReference?identifier=urn:oid:{value}", MASK, by=neighbour)
        assert (response.status_code, codes_of(response)) == (404, ["document-unknown"])


async def test_a_closed_record(world: World, author: Caller) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id
    await world.change(person, to=RecordStatus.CLOSED)
    for caller in (world.a_citizen(person), author):
        response = await patched(world, f"DocumentReference/{document}", MASK, by=caller)
        assert response.status_code in {403, 404}


async def test_two_at_once(world: World, person: Person, me: Caller, author: Caller, document: str) -> None:
    address = f"DocumentReference/{document}"
    answers = await asyncio.gather(*(patched(world, address, MASK, by=me) for _ in range(4)))
    assert [answer.status_code for answer in answers] == [200] * 4
    assert {answer.headers["etag"] for answer in answers} == {'W/"2"'}
    answers = await asyncio.gather(*(patched(world, address, ARCHIVE, by=author, If_Match='W/"2"') for _ in range(2)), patched(world, address, UNMASK, by=me, If_Match='W/"2"'))  # fmt: skip
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412]
    assert (await world.verified(person)).faults == ()


# History.


async def test_history_as_the_asker_may_see_it(world: World, person: Person, me: Caller, author: Caller) -> None:
    document = (await world.deposit(a_report(person))).id
    reader = await world.a_professional(authorised_on=person)
    for patch, caller in ((MASK, me), (UNMASK, me), (ARCHIVE, author)):
        assert (await patched(world, f"DocumentReference/{document}", patch, by=caller)).status_code == 200
    mine = (await world.read(f"DocumentReference/{document}/_history", by=me)).json()
    assert [entry["resource"]["meta"]["versionId"] for entry in mine["entry"]] == ["4", "3", "2", "1"]
    assert [labels_of(entry["resource"]) for entry in mine["entry"]] == [["N"], ["N"], ["N", "MASQUE_PS"], ["N"]]
    assert [flags_of(entry["resource"]) for entry in mine["entry"]] == [{ARCHIVED: True}, {}, {}, {}]
    assert [entry["request"]["method"] for entry in mine["entry"]] == ["PATCH", "PATCH", "PATCH", "POST"]
    theirs = (await world.read(f"DocumentReference/{document}/_history", by=reader)).json()
    assert [entry["resource"]["meta"]["versionId"] for entry in theirs["entry"]] == ["3", "2", "1"]
    assert theirs["total"] == 3
    assert "MASQUE_PS" not in json.dumps(theirs)
    assert (await world.found(person, by=reader)) == [document]
    fiche = (await world.search(person, by=reader)).json()["entry"][0]["resource"]
    assert fiche["meta"]["versionId"] == "3"
    for number in ("1", "2", "3"):
        state = await world.read(f"DocumentReference/{document}/_history/{number}", by=reader)
        assert state.json() == theirs["entry"][3 - int(number)]["resource"]
    for number in ("0", "4", "deux"):
        assert (await world.read(f"DocumentReference/{document}/_history/{number}", by=reader)).status_code == 404
    event = next(event for event in await world.events(person) if event.type == "fiche-read")
    assert str(event.documents[0]) == document
    odd = await world.read(f"DocumentReference/{document}/_history?_count=1", by=me)
    assert (odd.status_code, codes_of(odd)) == (400, ["parameter-unknown"])


async def test_what_the_patient_is_shown_begins_there(world: World, person: Person, me: Caller, author: Caller) -> None:
    document = (await world.deposit(a_report(person, labels=["INVISIBLE_PATIENT"]))).id
    reveal = path_patch(operation("delete", "DocumentReference.securityLabel.where(coding.code='INVISIBLE_PATIENT')"))
    response = await patched(world, f"DocumentReference/{document}", reveal, by=author)
    assert response.headers["etag"] == 'W/"2"'
    history = (await world.read(f"DocumentReference/{document}/_history", by=me)).json()
    assert [entry["resource"]["meta"]["versionId"] for entry in history["entry"]] == ["1"]
    assert history["entry"][0]["request"]["method"] == "POST"
    assert (await patched(world, f"DocumentReference/{document}", MASK, by=me, If_Match='W/"1"')).status_code == 200


async def test_the_capability_says_so(world: World) -> None:
    statement = (await world.http.get("/fhir/metadata")).json()
    (resource,) = [each for each in statement["rest"][0]["resource"] if each["type"] == "DocumentReference"]
    assert {"patch", "vread", "history-instance"} <= {each["code"] for each in resource["interaction"]}
    assert JSON_PATCH in statement["patchFormat"]
