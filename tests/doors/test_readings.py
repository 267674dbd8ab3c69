"""Who reads what, and how: rights, ids, ranges, conditions, representations, batches."""

import base64
from datetime import timedelta
from typing import Any

import httpx
import orjson
import pytest
from tests.builders.cda import a_pdf
from tests.doors.world import JSON, Caller, Person, World, a_letter, a_report, codes_of, several

from carnet.domain.actor import Actor, ActorKind
from carnet.domain.audit.model import EventType
from carnet.domain.consent.model import ConsentKind, RecordStatus
from carnet.vocabulary.clock import system_clock
from carnet.vocabulary.ins import NIR_TEST, Ins, key_of

MEBIBYTE = 1024 * 1024
UNKNOWN = "01900000-0000-7000-8000-0000000000aa"


async def _with_a_report(world: World, **changes: Any) -> tuple[Person, str]:
    person = await world.a_record()
    return person, (await world.deposit(a_report(person, **changes))).id


async def _answers(world: World, person: Person, document: str, by: Caller) -> list[httpx.Response]:
    """What this caller gets from a search, the fiche and the content."""
    return [
        await world.search(person, by=by),
        await world.read(f"DocumentReference/{document}", by=by),
        await world.read(f"Binary/{document}", by=by),
    ]


async def _is_shut_out(world: World, person: Person, document: str, by: Caller) -> None:
    """Refused everywhere, each refusal with its event, and a record that does not exist looks the same."""
    before = len(await world.events(person))
    answers = await _answers(world, person, document, by)
    assert [(answer.status_code, codes_of(answer)) for answer in answers] == [(403, ["record-refused"])] * 3
    events = (await world.events(person))[before:]
    assert [(event.type, event.documents) for event in events] == [(EventType.ACCESS_REFUSED, ())] * 3
    nobody = Ins("2550699333444" + f"{key_of('2550699333444'):02d}", NIR_TEST)
    unknown = await world.search(None, by=by, **{"patient.identifier": f"urn:oid:{nobody.oid}|{nobody.matricule}"})
    assert (unknown.status_code, unknown.content) == (403, answers[0].content)


# Rights


async def test_the_citizen_reads_their_record(world: World) -> None:
    person, document = await _with_a_report(world)
    answers = await _answers(world, person, document, world.a_citizen(person))
    assert [answer.status_code for answer in answers] == [200] * 3


async def test_a_citizen_of_another_record(world: World) -> None:
    person, document = await _with_a_report(world)
    await _is_shut_out(world, person, document, world.a_citizen(await world.a_record()))


async def test_a_professional_without_authorisation(world: World) -> None:
    person, document = await _with_a_report(world)
    await _is_shut_out(world, person, document, await world.a_professional())


async def test_an_authorisation_that_has_ended(world: World) -> None:
    person, document = await _with_a_report(world)
    doctor = await world.a_professional(authorised_on=person)
    assert (await world.read(f"Binary/{document}", by=doctor)).status_code == 200
    await world.consent(person, ConsentKind.GRANT, doctor.number, ends=True)
    await _is_shut_out(world, person, document, doctor)


async def test_an_authorisation_past_its_end(world: World) -> None:
    person, document = await _with_a_report(world)
    doctor = await world.a_professional(authorised_on=person, until=system_clock() + timedelta(microseconds=1))
    await _is_shut_out(world, person, document, doctor)


async def test_a_blocked_professional_whose_authorisation_runs(world: World) -> None:
    person, document = await _with_a_report(world)
    doctor = await world.a_professional(authorised_on=person, blocked_on=person)
    await _is_shut_out(world, person, document, doctor)


async def test_a_professional_whose_organisation_is_blocked(world: World) -> None:
    person, document = await _with_a_report(world)
    doctor = await world.a_professional(authorised_on=person, organization="1990000002")
    assert (await world.read(f"Binary/{document}", by=doctor)).status_code == 200
    await world.consent(person, ConsentKind.BLOCK, "1990000002", organization=True)
    await _is_shut_out(world, person, document, doctor)


async def test_a_block_takes_effect_at_once_on_an_open_token(world: World) -> None:
    person, document = await _with_a_report(world)
    doctor = await world.a_professional(authorised_on=person)
    first = await world.search(person, by=doctor, _count=1)
    assert first.status_code == 200
    await world.consent(person, ConsentKind.BLOCK, doctor.number)
    await _is_shut_out(world, person, document, doctor)
    await world.consent(person, ConsentKind.BLOCK, doctor.number, ends=True)
    assert (await world.read(f"Binary/{document}", by=doctor)).status_code == 200


async def test_a_feeder_does_not_read(world: World) -> None:
    person, document = await _with_a_report(world)
    await _is_shut_out(world, person, document, world.hospital)


async def test_a_closed_record_is_shut_even_to_its_citizen(world: World) -> None:
    person, document = await _with_a_report(world)
    doctor = await world.a_professional(authorised_on=person)
    await world.change(person, to=RecordStatus.CLOSED)
    for who in (doctor, world.a_citizen(person)):
        await _is_shut_out(world, person, document, who)
    await world.change(person, to=RecordStatus.OPEN)
    assert await world.found(person, by=doctor) == [document]


@pytest.mark.parametrize("kind", [ActorKind.CARER, ActorKind.SECRETARY, ActorKind.OPERATOR, ActorKind.APPLICATION])
async def test_kinds_that_have_no_rule_yet(world: World, kind: ActorKind) -> None:
    person, document = await _with_a_report(world)
    await _is_shut_out(world, person, document, Caller(world.token(Actor(kind, "Quelqu'un", ins=person.ins))))


async def test_a_profession_that_the_matrix_denies(world: World) -> None:
    person = await world.a_record()
    kept = await world.deposit(a_report(person))
    ambulance = await world.a_professional(authorised_on=person, profession="36")
    assert await world.found(person, by=ambulance) == []
    for kind in ("DocumentReference", "Binary"):
        assert (await world.read(f"{kind}/{kept.id}", by=ambulance)).status_code == 404


async def test_a_masked_document(world: World) -> None:
    person = await world.a_record()
    author = await world.a_professional(authorised_on=person, number="899700000001")
    treating = await world.a_professional(treating=person)
    other = await world.a_professional(authorised_on=person)
    document = (await world.deposit(a_report(person, labels=["MASQUE_PS"]))).id
    for who, sees in ((author, True), (treating, True), (world.a_citizen(person), True), (other, False)):
        assert await world.found(person, by=who) == [document] * sees
        assert (await world.read(f"Binary/{document}", by=who)).status_code == (200 if sees else 404)


async def test_a_document_that_the_patient_may_not_see_yet(world: World) -> None:
    person = await world.a_record()
    doctor = await world.a_professional(authorised_on=person)
    document = (await world.deposit(a_report(person, labels=["INVISIBLE_PATIENT"]))).id
    assert await world.found(person, by=doctor) == [document]
    assert await world.found(person, by=world.a_citizen(person)) == []
    assert (await world.read(f"Binary/{document}", by=world.a_citizen(person))).status_code == 404


# Ids


@pytest.mark.parametrize("ident", [UNKNOWN, "1", "%00", "a" * 300, UNKNOWN.upper(), "é"])
@pytest.mark.parametrize("kind", ["DocumentReference", "Binary", "List"])
async def test_ids_that_name_nothing(world: World, kind: str, ident: str) -> None:
    person = await world.a_record()
    response = await world.read(f"{kind}/{ident}", by=world.a_citizen(person))
    assert response.status_code == 404
    assert codes_of(response) in (["document-unknown"], ["address-unknown"])


async def test_an_id_of_another_kind(world: World) -> None:
    person = await world.a_record()
    done = await world.deposit(a_report(person))
    citizen = world.a_citizen(person)
    for address in (f"List/{done.id}", f"Binary/{done.set_id}", f"DocumentReference/{done.set_id}"):
        assert (await world.read(address, by=citizen)).status_code == 404


async def test_versions(world: World) -> None:
    person, document = await _with_a_report(world)
    citizen = world.a_citizen(person)
    now = await world.read(f"DocumentReference/{document}", by=citizen)
    assert (await world.read(f"DocumentReference/{document}/_history/1", by=citizen)).content == now.content
    assert now.headers["etag"] == 'W/"1"'
    await world.deposit(a_report(person, replaces={"reference": f"DocumentReference/{document}"}))
    former = await world.read(f"DocumentReference/{document}/_history/1", by=citizen)
    assert (former.json()["status"], former.content) == ("current", now.content)
    assert (await world.read(f"DocumentReference/{document}/_history/2", by=citizen)).json()["status"] == "superseded"
    assert (await world.read(f"DocumentReference/{document}/_history/3", by=citizen)).status_code == 404


async def test_a_submission_set_lists_what_its_reader_may_see(world: World) -> None:
    person = await world.a_record()
    done = await world.deposit(several(person, a_report(person), a_report(person, labels=["INVISIBLE_PATIENT"])))
    doctor = await world.a_professional(authorised_on=person)
    for who, members in ((doctor, done.ids()), (world.a_citizen(person), done.ids()[:1])):
        seen = await world.read(f"List/{done.set_id}", by=who)
        listed = [entry["item"]["reference"].split("/")[-1] for entry in seen.json()["entry"]]
        assert sorted(listed) == sorted(members)
        version = seen.json()["meta"]["versionId"]
        assert (await world.read(f"List/{done.set_id}/_history/{version}", by=who)).content == seen.content
        assert (await world.read(f"List/{done.set_id}/_history/inventee", by=who)).status_code == 404


# Contents


async def _three_megabytes(world: World) -> tuple[Caller, str, bytes]:
    person = await world.a_record()
    content = a_pdf(size_bytes=3 * MEBIBYTE)
    content = content[:-6] + bytes(range(48, 58)) * 7 + content[-6:]  # unlike halves
    return world.a_citizen(person), (await world.deposit(a_report(person, content=content))).id, content


async def test_ranges_across_segments(world: World) -> None:
    citizen, document, content = await _three_megabytes(world)
    size = len(content)
    for asked, first, last in (
        ("0-0", 0, 0),
        ("0-99", 0, 99),
        (f"{MEBIBYTE - 1}-{MEBIBYTE}", MEBIBYTE - 1, MEBIBYTE),
        (f"{MEBIBYTE}-{2 * MEBIBYTE - 1}", MEBIBYTE, 2 * MEBIBYTE - 1),
        (f"10-{2 * MEBIBYTE + 5}", 10, 2 * MEBIBYTE + 5),
        (f"{size - 1}-", size - 1, size - 1),
        (f"{size - 1}-{size + 100}", size - 1, size - 1),
        ("-1", size - 1, size - 1),
        (f"-{MEBIBYTE}", size - MEBIBYTE, size - 1),
        (f"-{size + 1}", 0, size - 1),
        ("0-", 0, size - 1),
    ):
        part = await world.read(f"Binary/{document}", by=citizen, Range=f"bytes={asked}")
        assert (part.status_code, part.headers["content-range"]) == (206, f"bytes {first}-{last}/{size}"), asked
        assert part.content == content[first : last + 1], asked


@pytest.mark.parametrize("asked", ["bytes={size}-", "bytes={size}-{more}", "bytes=-0", "bytes=999999999999999999-"])
async def test_ranges_past_the_end(world: World, asked: str) -> None:
    person, document = await _with_a_report(world)
    citizen = world.a_citizen(person)
    size = len((await world.read(f"Binary/{document}", by=citizen)).content)
    before = len(await world.events(person))
    response = await world.read(f"Binary/{document}", by=citizen, Range=asked.format(size=size, more=size + 5))
    assert (response.status_code, codes_of(response)) == (416, ["range-outside"])
    assert response.headers["content-range"] == f"bytes */{size}"
    (event,) = (await world.events(person))[before:]
    assert (event.type, [str(d) for d in event.documents]) == (EventType.FICHE_READ, [document])


@pytest.mark.parametrize(
    "asked",
    ["bytes=5-2", "bytes=0-1,4-5", "lines=0-1", "bytes=a-b", "bytes=-", "bytes=" + "9" * 5000 + "-", "bytes=٣-"],
)
async def test_ranges_that_are_not_understood_give_the_whole(world: World, asked: str) -> None:
    person, document = await _with_a_report(world)
    response = await world.http.get(
        f"/fhir/Binary/{document}",
        headers=[*world.a_citizen(person).headers.items(), (b"Range", asked.encode())],
    )
    assert response.status_code == 200


async def test_conditions(world: World) -> None:
    person, document = await _with_a_report(world)
    citizen = world.a_citizen(person)
    whole = await world.read(f"Binary/{document}", by=citizen)
    tag = whole.headers["etag"]
    for held in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        again = await world.read(f"Binary/{document}", by=citizen, If_None_Match=held)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert (await world.read(f"Binary/{document}", by=citizen, If_None_Match='"other"')).content == whole.content
    assert whole.headers["cache-control"] == "no-store"
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert whole.headers["content-disposition"] == "attachment"


async def test_representations_of_a_content(world: World) -> None:
    person, document = await _with_a_report(world)
    citizen = world.a_citizen(person)
    raw = (await world.read(f"Binary/{document}", by=citizen)).content
    as_fhir = await world.read(f"Binary/{document}", by=citizen, Accept="application/fhir+json")
    assert as_fhir.json()["resourceType"] == "Binary"
    assert as_fhir.json()["contentType"] == "application/pdf"
    assert base64.b64decode(as_fhir.json()["data"]) == raw
    for accepted in ("application/pdf", "application/*", "*/*", "text/html, application/pdf;q=0.5"):
        assert (await world.read(f"Binary/{document}", by=citizen, Accept=accepted)).content == raw
    for accepted in ("image/png", "application/fhir+xml", "application/pdf;q=0", "text/xml"):
        response = await world.read(f"Binary/{document}", by=citizen, Accept=accepted)
        assert (response.status_code, codes_of(response)) == (406, ["format-not-acceptable"]), accepted


async def test_a_cda_goes_by_its_several_names(world: World) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_letter(person))).id
    for accepted in ("text/xml", "application/xml", "application/hl7-v3+xml", "text/*"):
        response = await world.read(f"Binary/{document}", by=world.a_citizen(person), Accept=accepted)
        assert (response.status_code, response.headers["content-type"]) == (200, "text/xml")
    refused = await world.read(f"Binary/{document}", by=world.a_citizen(person), Accept="application/fhir+xml")
    assert refused.status_code == 406


async def test_head(world: World) -> None:
    person, document = await _with_a_report(world)
    citizen = world.a_citizen(person)
    for address in (f"Binary/{document}", f"DocumentReference/{document}", "metadata"):
        whole = await world.read(address, by=citizen)
        head = await world.http.head(f"/fhir/{address}", headers=citizen.headers)
        assert head.status_code == 200
        assert head.headers["content-length"] == str(len(whole.content))


async def test_an_altered_content_is_never_given(world: World) -> None:
    person, document = await _with_a_report(world)
    async with world.carnet.database.connection() as connection:
        await connection.execute(
            "UPDATE content SET bytes = set_byte(bytes, 100, get_byte(bytes, 100) # 1) WHERE logical_id = %s",
            (document,),
        )
    response = await world.read(f"Binary/{document}", by=world.a_citizen(person))
    assert (response.status_code, codes_of(response)) == (500, ["content-damaged"])


# Batches


def _batch(*addresses: str, method: str = "GET") -> dict[str, Any]:
    return {
        "resourceType": "Bundle", "type": "batch",
        "entry": [{"request": {"method": method, "url": address}} for address in addresses],
    }  # fmt: skip


async def test_a_batch_answers_each_on_its_own_and_leaves_each_its_event(world: World) -> None:
    person = await world.a_record()
    done = await world.deposit(a_report(person))
    other, elsewhere = await _with_a_report(world)
    before = len(await world.events(person))
    addresses = [
        f"DocumentReference/{done.id}", f"Binary/{done.id}", f"List/{done.set_id}", f"Binary/{UNKNOWN}", f"Binary/{elsewhere}",
        "Patient?name=x", "Binary/../metadata",
    ]  # fmt: skip
    response = await world.send(_batch(*addresses), by=world.a_citizen(person))
    assert response.json()["type"] == "batch-response"
    statuses = [entry["response"]["status"][:3] for entry in response.json()["entry"]]
    assert statuses == ["200", "200", "200", "404", "403", "400", "400"]
    assert [event.type for event in (await world.events(person))[before:]] == [
        EventType.FICHE_READ, EventType.DOCUMENT_READ, EventType.DOCUMENTS_LISTED,
    ]  # fmt: skip
    assert (await world.events(other))[-1].type is EventType.ACCESS_REFUSED


async def test_a_batch_does_not_write(world: World) -> None:
    person = await world.a_record()
    rows = await world.rows()
    bundle = a_report(person) | {"type": "batch"}
    response = await world.send(bundle)
    assert {entry["response"]["status"][:3] for entry in response.json()["entry"]} == {"400"}
    assert await world.rows() == rows


async def test_a_batch_is_bounded(world: World) -> None:
    person, document = await _with_a_report(world)
    response = await world.send(_batch(*[f"Binary/{document}"] * 51), by=world.a_citizen(person))
    assert (response.status_code, codes_of(response)) == (422, ["bundle-too-many-entries"])


# Addresses


async def test_methods_and_addresses_that_are_not_there(world: World) -> None:
    citizen = world.a_citizen(await world.a_record())
    for method, path, status, code in (
        ("PUT", f"DocumentReference/{UNKNOWN}", 405, "update-by-patch"),
        ("DELETE", f"Binary/{UNKNOWN}", 405, "method-not-allowed"),
        ("PATCH", f"List/{UNKNOWN}", 405, "method-not-allowed"),
        ("GET", "Medication", 404, "address-unknown"),
        ("GET", "", 405, "method-not-allowed"),
    ):
        response = await world.http.request(method, f"/fhir/{path}", headers=citizen.headers, content=b"{}")
        assert (response.status_code, codes_of(response)) == (status, [code])


async def test_an_expired_and_a_foreign_token(world: World) -> None:
    person, document = await _with_a_report(world)
    actor = Actor(ActorKind.CITIZEN, "La personne", ins=person.ins)
    expired = Caller(world.token(actor, lifetime=timedelta(seconds=-120)))
    header, payload, signature = world.a_citizen(person).token.split(".")
    claims = orjson.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    forged = base64.urlsafe_b64encode(orjson.dumps(claims | {"iss": "https://ailleurs.example"})).decode().rstrip("=")
    for caller, code in ((expired, "token-expired"), (Caller(f"{header}.{forged}.{signature}"), "token-foreign")):
        response = await world.read(f"Binary/{document}", by=caller)
        assert (response.status_code, codes_of(response)) == (401, [code])
        assert (await world.http.post("/fhir", content=b"{}", headers=JSON | caller.headers)).status_code == 401
