"""
The trail read through ITI-81: who may, what they are told and what they are not, searches and pages, and the trace of reading it.

A document hidden from the reader must show nowhere: the whole answer is searched for it.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from tests.doors.world import Caller, Person, World, a_report, codes_of, links_of

from carnet.domain.access.facts import holder_name
from carnet.domain.actor import Actor, ActorKind, Authentication
from carnet.domain.audit.model import EventType
from carnet.domain.consent.model import ConsentKind, RecordStatus
from carnet.domain.record.history import reading
from carnet.domain.record.linked.linking import link
from carnet.vocabulary.uuid7 import made_at

SINCE = "ge2020-01-01"
UNKNOWN = "01900000-0000-7000-8000-0000000000aa"


def an_operator(world: World) -> Caller:
    return Caller(world.token(Actor(ActorKind.OPERATOR, "Exploitant", software="console", authentication=Authentication("x"))))  # fmt: skip


async def ask(world: World, person: Person | None, *, by: Caller, **parameters: Any) -> httpx.Response:
    named = {} if person is None else {"patient.identifier": person.token_of_ins}
    asked = {name.replace("__", "-"): value for name, value in parameters.items()}
    return await world.http.get("/fhir/AuditEvent", params={"date": SINCE} | named | asked, headers=by.headers)


def told(response: httpx.Response) -> list[dict[str, Any]]:
    assert response.status_code == 200, response.text[:800]
    return [entry["resource"] for entry in response.json().get("entry", ()) if entry["search"]["mode"] == "match"]


def kinds(response: httpx.Response) -> list[str]:
    return [event["extension"][0]["valueCode"] for event in told(response)]


def documents_of(event: dict[str, Any]) -> list[str]:
    references = [entity["what"].get("reference", "") for entity in event.get("entity", ()) if "what" in entity]
    return [each.split("/")[1] for each in references if each.startswith("DocumentReference/")]


async def test_a_citizen_reads_who_did_what(world: World) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id
    doctor = await world.a_professional(authorised_on=person)
    await world.read(f"Binary/{document}", by=doctor)
    response = await ask(world, person, by=world.a_citizen(person))
    assert kinds(response) == ["document-read", "grant-given", "documents-filed", "record-opened"]
    read = told(response)[0]
    assert documents_of(read) == [document]
    assert read["meta"]["profile"] == ["https://interop.esante.gouv.fr/ig/fhir/tde/StructureDefinition/tde-auditevent"]
    assert (read["action"], read["outcome"], read["subtype"][0]["code"]) == ("R", "0", "read")
    assert len(read["agent"]) == 2
    assert read["agent"][0]["who"]["identifier"] == {"system": "urn:oid:1.2.250.1.71.4.2.1", "value": doctor.number}
    assert read["agent"][0]["role"][0]["coding"][0]["code"] == "10"
    assert read["agent"][0]["policy"] == ["https://carnet.example/fhir/access-rules#read.professional"]
    assert read["agent"][1]["altId"] == "cabinet"
    assert read["purposeOfEvent"][0]["coding"][0]["code"] == "TREAT"
    assert "Dr Essai, médecin, a lu votre document «" in read["outcomeDesc"]
    assert read["outcomeDesc"] in read["text"]["div"]
    grant = told(response)[1]
    assert doctor.number in str(grant["entity"])


async def test_reading_the_trail_is_in_the_trail(world: World) -> None:
    person = await world.a_record()
    citizen = world.a_citizen(person)
    assert kinds(await ask(world, person, by=citizen)) == ["record-opened"]
    assert kinds(await ask(world, person, by=citizen)) == ["trail-read", "record-opened"]
    event = (await world.events(person))[-1]
    assert (event.type, event.rule) == (EventType.TRAIL_READ, "trail.citizen")
    assert event.details == {"parameters": "date patient.identifier", "shown": "2"}
    again = told(await ask(world, person, by=citizen))[0]
    assert again["outcomeDesc"].startswith("Vous avez consulté l’historique du dossier le ")
    assert again["type"]["code"] == "110101"
    assert (await world.verified(person)).faults == ()


async def test_a_citizen_needs_not_name_their_record(world: World) -> None:
    person = await world.a_record()
    await world.a_record()
    assert kinds(await ask(world, None, by=world.a_citizen(person))) == ["record-opened"]


@pytest.mark.parametrize("status", [each for each in RecordStatus if each is not RecordStatus.ERASED])
async def test_a_citizen_reads_the_trail_whatever_became_of_the_record(world: World, status: RecordStatus) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id
    if status is RecordStatus.CLOSED:
        await world.change(person, to=status)
        filed = told(await ask(world, person, by=world.a_citizen(person)))[1]
        assert documents_of(filed) == [document]
    else:
        other = await world.a_record(status=status)
        assert kinds(await ask(world, other, by=world.a_citizen(other)))[-1] in {"record-opened", "record-announced"}


async def test_a_legal_representative_reads_it_without_what_is_secret_from_them(world: World) -> None:
    child = await world.a_record(birth_date="2015-06-12")
    shown = (await world.deposit(a_report(child))).id
    secret = (await world.deposit(a_report(child, labels=["INVISIBLE_REPRESENTANTS_LEGAUX"]))).id
    parent, other = await world.a_record(), await world.a_record()
    await world.consent(child, ConsentKind.PARENTAL_AUTHORITY, holder_name(parent.ins), scope="full")

    def acting(person: Person) -> Caller:
        return Caller(world.token(Actor(ActorKind.GUARDIAN, "Parent", ins=person.ins, on_behalf_of=holder_name(child.ins))))  # fmt: skip

    secretly = await world.a_professional(authorised_on=child, secret_connection=True)
    await world.read(f"Binary/{shown}", by=secretly)
    response = await ask(world, child, by=acting(parent))
    assert secret not in response.text
    assert parent.ins.matricule not in response.text
    assert secretly.number not in str([event["agent"] for event in told(response)])
    assert "document-read" not in kinds(response)
    assert kinds(response).count("documents-filed") == 1
    assert (await ask(world, child, by=acting(other))).status_code == 403
    assert "comme représentant légal" in told(await ask(world, child, by=world.a_citizen(child)))[1]["outcomeDesc"]


async def test_what_was_decided_on_a_linked_record_holds_for_the_trail_too(world: World) -> None:
    """Médecin traitant of one of the two: reads both trails; blocked on one: reads neither; a category withheld on one hides in both."""
    one, other = await world.a_record(), await world.a_record()
    document = (await world.deposit(a_report(one))).id
    treating = await world.a_professional(treating=other)
    assert (await ask(world, one, by=treating)).status_code == 403
    async with world.carnet.database.transaction() as tx:
        await link(
            tx, one.patient_id, other.patient_id, actor=Actor(ActorKind.OPERATOR, "Exploitant"), motive="Doublon",
            keys=world.carnet.services.keys, at=world.carnet.services.clock(),
        )  # fmt: skip
    assert document in (await ask(world, one, by=treating)).text
    by_id = {"date": SINCE, "patient": str(other.patient_id)}
    own = await world.http.get("/fhir/AuditEvent", params=by_id, headers=world.a_citizen(one).headers)
    assert kinds(own)[-1] == "record-opened"
    await world.consent(other, ConsentKind.WITHHELD_CATEGORY, treating.number, scope="class|10")
    assert document not in (await ask(world, one, by=treating)).text
    await world.consent(other, ConsentKind.BLOCK, treating.number)
    for person in (one, other):
        assert (await ask(world, person, by=treating)).status_code == 403


async def test_what_a_reader_may_not_see_shows_nowhere(world: World) -> None:
    """Filed, listed, read and refused: a document hidden from the patient leaves no event of its own, and no place in those it shares."""
    person = await world.a_record()
    citizen = world.a_citizen(person)
    shown = (await world.deposit(a_report(person))).id
    hidden = (await world.deposit(a_report(person, labels=["INVISIBLE_PATIENT"]))).id
    doctor = await world.a_professional(authorised_on=person)
    assert sorted(await world.found(person, by=doctor)) == sorted([shown, hidden])
    await world.read(f"Binary/{hidden}", by=doctor)
    await world.read(f"DocumentReference/{hidden}", by=citizen)
    response = await ask(world, person, by=citizen)
    assert hidden not in response.text
    assert kinds(response) == ["documents-listed", "grant-given", "documents-filed", "record-opened"]
    assert documents_of(told(response)[0]) == [shown]
    assert told(await ask(world, person, by=citizen, entity=f"DocumentReference/{hidden}")) == []
    assert documents_of(told(await ask(world, person, by=citizen, entity=f"DocumentReference/{shown}"))[-1]) == [shown]


async def test_the_trail_with_a_hidden_document_is_that_without_it(world: World) -> None:
    """Twins, one with a document that is not to be shown yet: whatever others and themselves did about it, they read the same."""

    async def lived(*, with_hidden: bool) -> tuple[Person, str]:
        person = await world.a_record()
        citizen, author = world.a_citizen(person), await world.a_professional(authorised_on=person)
        shown = (await world.deposit(a_report(person), by=author)).id
        hidden = ""
        if with_hidden:
            kept = await world.deposit(a_report(person, labels=["INVISIBLE_PATIENT"]), by=author)
            hidden = kept.id
            for address in (f"Binary/{hidden}", f"DocumentReference/{hidden}", f"List/{kept.set_id}"):
                await world.read(address, by=author)
                await world.read(address, by=citizen)
                await world.read(address, by=await world.a_professional())
        await world.found(person, by=author)
        await world.found(person, by=citizen)
        await world.read(f"Binary/{shown}", by=author)
        for address in (f"Binary/{hidden or UNKNOWN}", f"List/{hidden or UNKNOWN}"):
            await world.read(address, by=citizen)
        return person, hidden

    def normal(events: list[dict[str, Any]]) -> list[Any]:
        return [
            (
                event["type"], event["subtype"], event["action"], event["outcome"], event.get("purposeOfEvent"), event["extension"],
                event["outcomeDesc"].split(" le ")[0], [agent["who"]["display"] for agent in event["agent"][:1]],
                [entity.get("description") for entity in event["entity"]],
            )
            for event in events
            if event["extension"][0]["valueCode"] != "access-refused"  # strangers were refused the record, in one life only
        ]  # fmt: skip

    (with_it, hidden), (without, _) = await lived(with_hidden=True), await lived(with_hidden=False)
    answers = [await ask(world, person, by=world.a_citizen(person), _sort="date") for person in (with_it, without)]
    assert hidden not in answers[0].text
    assert normal(told(answers[0])) == normal(told(answers[1]))
    strangers = [event for event in told(answers[0]) if event["extension"][0]["valueCode"] == "access-refused"]
    assert {event["outcomeDesc"].partition(" : ")[2] for event in strangers} == {
        "aucune autorisation n’était en cours."
    }
    asked = [
        await ask(world, person, by=world.a_citizen(person), entity=f"DocumentReference/{document}", type="rest")
        for person, document in ((with_it, hidden), (without, UNKNOWN))
    ]
    assert [told(answer) for answer in asked] == [[], []]


async def test_the_medecin_traitant_reads_what_they_may_see(world: World) -> None:
    person = await world.a_record()
    masked = (await world.deposit(a_report(person, labels=["MASQUE_PS"]))).id
    treating = await world.a_professional(treating=person)
    authorised = await world.a_professional(authorised_on=person)
    assert (await world.read(f"Binary/{masked}", by=authorised)).status_code == 404
    response = await ask(world, person, by=treating)
    refused = told(response)[0]
    assert kinds(response)[0] == "access-refused"
    assert documents_of(refused) == [masked]
    assert refused["outcome"] == "4"
    assert "masqué aux professionnels" in refused["outcomeDesc"]
    assert "votre" not in refused["outcomeDesc"]


async def test_who_is_not_told(world: World) -> None:
    person, other = await world.a_record(), await world.a_record()
    authorised = await world.a_professional(authorised_on=person)
    response = await ask(world, person, by=authorised)
    assert (response.status_code, codes_of(response)) == (403, ["trail-refused"])
    blocked = await world.a_professional(treating=person, blocked_on=person)
    stranger, neighbour = await world.a_professional(), world.a_citizen(other)
    for caller in (blocked, stranger, neighbour, world.hospital):
        response = await ask(world, person, by=caller)
        assert (response.status_code, codes_of(response)) == (403, ["record-refused"])
    unknown = await world.http.get(
        "/fhir/AuditEvent",
        params={"date": SINCE, "patient": "01900000-0000-7000-8000-0000000000aa"},
        headers=stranger.headers,
    )
    assert (unknown.status_code, codes_of(unknown)) == (403, ["record-refused"])
    nobody = await world.http.get("/fhir/AuditEvent", params={"date": SINCE}, headers=stranger.headers)
    assert (nobody.status_code, codes_of(nobody)) == (400, ["parameter-missing"])
    assert (await world.http.get("/fhir/AuditEvent", params={"date": SINCE})).status_code == 401
    assert [event.type for event in await world.events(person)][-3:] == ["access-refused"] * 3


async def test_an_operator_is_told_when_and_what_kind(world: World) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id
    doctor = await world.a_professional(authorised_on=person)
    await world.read(f"Binary/{document}", by=doctor)
    operator = an_operator(world)
    response = await ask(world, person, by=operator)
    assert kinds(response) == ["document-read", "grant-given", "documents-filed", "record-opened"]
    for secret in (document, doctor.number, "Dr Essai", "médecin", person.ins.matricule, person.identity.traits.birth_name, "hopital"):  # fmt: skip
        assert secret not in response.text
    assert all("entity" not in event and "purposeOfEvent" not in event for event in told(response))
    assert told(response)[0]["outcomeDesc"].startswith("Quelqu’un a lu un document le ")
    # The person sees that somebody operating the service looked.
    seen = told(await ask(world, person, by=world.a_citizen(person)))[0]
    assert "exploitant" in seen["outcomeDesc"]
    for parameters in ({"agent": doctor.number}, {"agent__name": "essai"}, {"entity": document}):
        response = await ask(world, person, by=operator, **parameters)
        assert (response.status_code, codes_of(response)) == (403, ["trail-criterion-refused"])
    tried = told(await ask(world, person, by=world.a_citizen(person), type="110113"))
    assert len(tried) == 3
    assert "Exploitant a tenté un accès ; il a été refusé" in tried[0]["outcomeDesc"]


async def test_the_demonstration_has_an_operator(world: World) -> None:
    person = await world.a_record()
    listed = (await world.http.get("/demo/people")).json()["people"]
    assert [each["name"] for each in listed].count("exploitant") == 1
    told_token = (await world.http.get("/demo/token/exploitant")).json()["access_token"]
    assert kinds(await ask(world, person, by=Caller(told_token))) == ["record-opened"]


async def test_an_operator_reads_the_trail_of_the_system(world: World) -> None:
    operator, person = an_operator(world), await world.a_record()
    await world.read("Binary/01900000-0000-7000-8000-0000000000aa", by=world.a_citizen(person))
    response = await ask(world, None, by=operator)
    assert kinds(response)[0] == "access-refused"
    assert person.ins.matricule not in response.text
    one = told(response)[0]
    assert len(one["id"]) == 36
    again = await world.read(f"AuditEvent/{one['id']}", by=operator)
    assert again.json() == one
    assert (await world.read(f"AuditEvent/{one['id']}", by=world.a_citizen(person))).status_code == 403
    unknown = await world.read("AuditEvent/01900000-0000-7000-8000-0000000000aa", by=operator)
    assert (unknown.status_code, codes_of(unknown)) == (404, ["event-unknown"])
    assert kinds(await ask(world, None, by=operator, _count=1))[0] == "trail-read"
    assert (await ask(world, None, by=operator, agent="x")).status_code == 403


async def test_one_event_by_its_id(world: World) -> None:
    person, other = await world.a_record(), await world.a_record()
    hidden = (await world.deposit(a_report(person, labels=["INVISIBLE_PATIENT"]))).id
    citizen = world.a_citizen(person)
    treating = await world.a_professional(treating=person)
    filed = next(e for e in told(await ask(world, person, by=treating)) if documents_of(e) == [hidden])
    assert len(filed["id"]) == 64
    assert (await world.read(f"AuditEvent/{filed['id']}", by=treating)).json()["id"] == filed["id"]
    for ident in (filed["id"], person.patient_id.hex + "0" * 32):
        response = await world.read(f"AuditEvent/{ident}", by=citizen)
        assert (response.status_code, codes_of(response)) == (404, ["event-unknown"])
    for ident in ("x", "g" * 64, "01900000"):
        assert codes_of(await world.read(f"AuditEvent/{ident}", by=citizen)) == ["event-unknown"]
    assert (await world.read(f"AuditEvent/{filed['id']}", by=world.a_citizen(other))).status_code == 403
    assert (await world.events(person))[-2].type == EventType.TRAIL_READ


async def test_a_deleted_document_stays_in_the_history_of_who_could_see_it(world: World) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id
    hidden = (await world.deposit(a_report(person, labels=["INVISIBLE_PATIENT"]))).id
    await world.mark_deleted(person, document)
    (filed,) = [e for e in told(await ask(world, person, by=world.a_citizen(person))) if e["action"] == "C" and "dépos" in e["outcomeDesc"]]  # fmt: skip
    assert "(supprimé depuis)" in filed["outcomeDesc"]
    assert documents_of(filed) == []
    assert f"urn:uuid:{document}" in str(filed["entity"])
    assert hidden not in str(filed)


async def test_searches(world: World) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id
    doctor = await world.a_professional(authorised_on=person)
    nurse = await world.a_professional(profession="60")
    await world.found(person, by=doctor)
    await world.read(f"Binary/{document}", by=doctor)
    await world.read(f"Binary/{document}", by=nurse)
    citizen = world.a_citizen(person)

    async def found(**parameters: Any) -> list[str]:
        asked = await ask(world, person, by=citizen, **parameters)
        return [kind for kind in kinds(asked) if kind != "trail-read"]

    assert await found(type="rest", subtype="read") == ["document-read"]
    assert await found(subtype="http://hl7.org/fhir/restful-interaction|search") == ["documents-listed"]
    assert await found(type="http://terminology.hl7.org/CodeSystem/audit-event-type|read") == []
    assert await found(action="C,R") == ["document-read", "grant-given", "documents-filed", "record-opened"]
    assert await found(outcome="4") == ["access-refused"]
    assert await found(outcome="8") == []
    assert await found(agent=doctor.number) == ["document-read", "documents-listed"]
    assert await found(agent=f"https://rpps.esante.gouv.fr|{doctor.number[1:]}") == ["document-read", "documents-listed"]  # fmt: skip
    assert await found(agent="hopital") == ["documents-filed"]
    assert await found(agent="https://finess.esante.gouv.fr|990000001") == ["documents-filed"]
    assert await found(agent__name="éss") == ["access-refused", "document-read", "documents-listed"]
    assert await found(agent__role="60") == ["access-refused"]
    assert await found(entity=f"DocumentReference/{document}", action="R") == ["document-read"]
    assert await found(_sort="date", _count=1) == ["record-opened"]
    assert await found(period__start="lt2020") == []


async def test_dates_are_those_of_the_record_of_the_event(world: World) -> None:
    person = await world.a_record()
    await world.deposit(a_report(person))
    citizen = world.a_citizen(person)
    opened, filed = await world.events(person)
    instant = made_at(filed.event_id).isoformat().replace("+00:00", "Z")
    day = datetime.now(UTC).date()

    async def found(*dates: str) -> int:
        pairs = [("date", date) for date in dates]
        response = await world.http.get("/fhir/AuditEvent", params=[*pairs, ("type", "rest")], headers=citizen.headers)
        return len(told(response))

    assert await found(f"ge{day - timedelta(days=1)}", f"le{day + timedelta(days=1)}") == 2
    assert await found(f"lt{day - timedelta(days=1)}") == 0
    assert await found(f"gt{day + timedelta(days=1)}") == 0
    assert await found(f"ge{instant}") == 1
    assert await found(f"lt{instant}") == 1
    assert made_at(opened.event_id) <= made_at(filed.event_id)


async def test_pages_hold_every_event_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id
    hidden = (await world.deposit(a_report(person, labels=["INVISIBLE_PATIENT"]))).id
    doctor = await world.a_professional(authorised_on=person)
    for _ in range(6):
        await world.read(f"Binary/{document}", by=doctor)
        await world.read(f"Binary/{hidden}", by=doctor)
    citizen = world.a_citizen(person)
    everything = [event["id"] for event in told(await ask(world, person, by=citizen, type="rest"))]
    assert len(everything) == 9
    for count, batch, bound in ((1, 2, 100), (4, 3, 100), (2, 2, 4), (200, 2, 4)):
        monkeypatch.setattr(reading, "BATCH", batch)
        monkeypatch.setattr(reading, "OPENED_AT_MOST", bound)
        response = await ask(world, person, by=citizen, type="rest", _count=count)
        found = [event["id"] for event in told(response)]
        while "next" in links_of(response):
            assert person.ins.matricule not in response.text.split('"entry"')[0]
            response = await world.http.get(links_of(response)["next"], headers=citizen.headers)
            assert len(told(response)) <= count
            found += [event["id"] for event in told(response)]
        assert found == everything, (count, batch, bound)


async def test_a_cursor_is_for_who_received_it(world: World) -> None:
    person = await world.a_record()
    await world.deposit(a_report(person))
    response = await ask(world, person, by=world.a_citizen(person), _count=1)
    treating = await world.a_professional(treating=person)
    stolen = await world.http.get(links_of(response)["next"], headers=treating.headers)
    assert (stolen.status_code, codes_of(stolen)) == (400, ["cursor-invalid"])


async def test_post_search_is_the_same(world: World) -> None:
    person = await world.a_record()
    form = {"date": SINCE, "patient.identifier": person.token_of_ins}
    response = await world.http.post("/fhir/AuditEvent/_search", data=form, headers=world.a_citizen(person).headers)
    assert kinds(response) == ["record-opened"]
    assert person.ins.matricule not in str(links_of(response))
    for method in ("POST", "PUT", "DELETE"):
        refused = await world.http.request(method, "/fhir/AuditEvent", headers=world.a_citizen(person).headers)
        assert refused.status_code == 405


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({}, "parameter-missing"),
        ({"date": "hier"}, "parameter-value"),
        ({"date": "ne2024"}, "parameter-value"),
        ({"date": "ap2024"}, "parameter-value"),
        ({"date": SINCE, "type": "|"}, "parameter-value"),
        ({"date": SINCE, "outcome": "5"}, "parameter-value"),
        ({"date": SINCE, "agent": "https://rpps.esante.gouv.fr|12"}, "parameter-value"),
        ({"date": SINCE, "agent": ""}, "parameter-value"),
        ({"date": SINCE, "agent-name": " "}, "parameter-value"),
        ({"date": SINCE, "agent-role": ""}, "parameter-value"),
        ({"date": SINCE, "entity": "Patient/1"}, "parameter-value"),
        ({"date": SINCE, "_count": "0"}, "parameter-value"),
        ({"date": SINCE, "_count": "x"}, "parameter-value"),
        ({"date": SINCE, "_sort": "type"}, "parameter-value"),
        ({"date": SINCE, "_total": "accurate"}, "parameter-value"),
        ({"date": SINCE, "_format": "xml"}, "format-not-acceptable"),
        ({"date": SINCE, "_cursor": "abc"}, "cursor-not-alone"),
        ({"_cursor": "abc"}, "cursor-invalid"),
        ({"_cursor": ""}, "parameter-value"),
        ({"date": SINCE, "policy": "x"}, "parameter-unknown"),
        ({"date": SINCE, "_include": "x"}, "include-not-supported"),
        ({"date": SINCE, "agent-name": "x" * 501}, "parameter-value"),
        ({"date": SINCE, "type": "a," * 201}, "parameter-too-many-values"),
        ({"date": SINCE, "patient.identifier": "269"}, "parameter-value"),
        ({"date": SINCE, "patient": "a,b"}, "parameter-value"),
    ],
)
async def test_what_is_not_understood_is_refused(world: World, parameters: dict[str, str], code: str) -> None:
    person = await world.a_record()
    events = len(await world.events(person))
    response = await world.http.get("/fhir/AuditEvent", params=parameters, headers=world.a_citizen(person).headers)
    assert (response.status_code, codes_of(response)) == (406 if code == "format-not-acceptable" else 400, [code])
    assert len(await world.events(person)) == events


async def test_lenient_handling_and_a_count_past_the_limit(world: World) -> None:
    person = await world.a_record()
    response = await world.http.get(
        "/fhir/AuditEvent",
        params={"date": SINCE, "policy": "x", "_count": "5000"},
        headers=world.a_citizen(person).headers | {"Prefer": "handling=lenient"},
    )
    assert kinds(response) == ["record-opened"]
    outcome = response.json()["entry"][-1]["resource"]
    assert [issue["details"]["coding"][0]["code"] for issue in outcome["issue"]] == [
        "parameter-unknown",
        "count-capped",
    ]


async def test_two_patients_are_one_too_many(world: World) -> None:
    one, other = await world.a_record(), await world.a_record()
    pairs = [("date", SINCE), ("patient", str(one.patient_id)), ("patient", str(other.patient_id))]
    response = await world.http.get("/fhir/AuditEvent", params=pairs, headers=world.a_citizen(one).headers)
    assert codes_of(response) == ["parameter-patients-differ"]
    mixed = {"date": SINCE, "patient": str(one.patient_id), "patient.identifier": other.token_of_ins}
    response = await world.http.get("/fhir/AuditEvent", params=mixed, headers=world.a_citizen(one).headers)
    assert response.status_code == 403


async def test_a_right_that_ends_meanwhile_ends_the_reading(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The facts move between the reading and its trace: all is decided again, and nothing is shown."""
    person = await world.a_record()
    treating = await world.a_professional(treating=person)
    page = reading.OpenTrail.page
    ended = False

    async def slow(self: reading.OpenTrail, query: Any) -> Any:
        nonlocal ended
        found = await page(self, query)
        if not ended:
            ended = True
            await world.consent(person, ConsentKind.PRIMARY_CARE_DOCTOR, treating.number, ends=True)
        return found

    monkeypatch.setattr(reading.OpenTrail, "page", slow)
    response = await ask(world, person, by=treating)
    assert (response.status_code, codes_of(response)) == (403, ["record-refused"])
    assert EventType.TRAIL_READ not in [event.type for event in await world.events(person)]


async def test_a_record_that_never_rests_is_busy(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    person = await world.a_record()
    event_id = (await world.events(person))[0].event_id

    async def moved(*_: Any, **__: Any) -> bool:
        return False

    monkeypatch.setattr(reading.OpenTrail, "trace", moved)
    for address in ("/fhir/AuditEvent?date=ge2020", f"/fhir/AuditEvent/{person.patient_id.hex}{event_id.hex}"):
        response = await world.http.get(address, headers=world.a_citizen(person).headers)
        assert (response.status_code, codes_of(response)) == (503, ["record-busy"])
