"""TD0.2 at the FHIR door: what each kind of asker is told of a record, what nobody is told, and the trace of each question."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.builders.patients import a_patient, ins_identifier
from tests.doors.test_identities import a_new_ins, entries, find, put, types
from tests.doors.test_no_shadow import _statements as statements_run
from tests.doors.world import Caller, Person, World, codes_of

from carnet.domain.access.facts import holder_name
from carnet.domain.actor import SYSTEM, Actor, ActorKind
from carnet.domain.consent.model import ConsentKind, Motive, RecordStatus
from carnet.domain.consent.record_life import close
from carnet.vocabulary.clock import system_clock

DMP = "https://interop.esante.gouv.fr/ig/fhir/dmp/StructureDefinition/"
AUTHORISATION = "https://carnet.example/fhir/StructureDefinition/authorisation-status"


def extensions(resource: dict[str, Any]) -> dict[str, Any]:
    """Of the answer, by the end of their URL: those of the DMP and ours."""
    found = {}
    for extension in resource.get("extension", ()):
        if extension["url"].startswith((DMP, AUTHORISATION)):
            (value,) = [value for name, value in extension.items() if name != "url"]
            found[extension["url"].rpartition("/")[2]] = value
    return found


async def by_consents(world: World, person: Person, *, by: Caller) -> str:
    """The same status, as the asker's Consents say it (docs/transactions/consent.md)."""
    parameters = {"patient.identifier": person.token_of_ins}
    answer = await world.http.get("/fhir/Consent", params=parameters, headers=by.headers)
    assert answer.status_code == 200, answer.text
    for entry in answer.json().get("entry", ()):
        consent = entry["resource"]
        if consent["status"] == "active":
            return "VALIDE" if consent["provision"]["type"] == "permit" else "INTERDIT"
        return "EXPIRE"
    return "NON_EXISTE"


async def asked(world: World, person: Person, *, by: Caller) -> dict[str, Any]:
    (entry,) = entries(await find(world, person.token_of_ins, by=by))
    resource: dict[str, Any] = entry["resource"]
    return resource


async def closed(world: World, *, motive: Motive = Motive.PATIENT_REQUEST) -> Person:
    person = await world.a_record()
    async with world.carnet.database.transaction() as tx:
        await close(
            tx, person.patient_id, actor=SYSTEM, keys=world.carnet.services.keys, at=system_clock(), motive=motive,
            reason="Je préfère le papier",
        )  # fmt: skip
    return person


async def test_a_professional_learns_all_that_td02_says(world: World) -> None:
    person = await world.a_record()
    told = await asked(world, person, by=await world.a_professional())
    assert told["active"] is True
    assert told["id"] == str(person.patient_id)
    assert told["identifier"][0]["value"] == person.ins.matricule
    assert told["name"][0]["family"] == person.identity.traits.birth_name
    assert extensions(told) == {
        "dmp-rattachement-mes": True,
        "dmp-medecin-traitant": False,
        "authorisation-status": {
            "system": "https://carnet.example/fhir/CodeSystem/authorisation-status",
            "code": "NON_EXISTE",
        },
    }


async def test_the_four_statuses_of_an_authorisation(world: World) -> None:
    person = await world.a_record()
    expired = await world.a_professional()
    await world.consent(person, ConsentKind.GRANT, expired.number)
    await world.consent(person, ConsentKind.GRANT, expired.number, ends=True)
    both = await world.a_professional(authorised_on=person, blocked_on=person)
    cases = {
        "NON_EXISTE": await world.a_professional(),
        "VALIDE": await world.a_professional(authorised_on=person),
        "EXPIRE": expired,
        "INTERDIT": both,
    }
    for code, caller in cases.items():
        assert extensions(await asked(world, person, by=caller))["authorisation-status"]["code"] == code
        assert await by_consents(world, person, by=caller) == code
    doctor = await world.a_professional(treating=person)
    told = extensions(await asked(world, person, by=doctor))
    assert (told["dmp-medecin-traitant"], told["authorisation-status"]["code"]) == (True, "VALIDE")


async def test_an_authorisation_of_the_organisation_counts(world: World) -> None:
    person = await world.a_record()
    await world.consent(person, ConsentKind.GRANT, "1990000077", organization=True)
    colleague = await world.a_professional(organization="1990000077")
    assert extensions(await asked(world, person, by=colleague))["authorisation-status"]["code"] == "VALIDE"
    await world.consent(person, ConsentKind.GRANT, "1990000077", organization=True, ends=True)
    assert extensions(await asked(world, person, by=colleague))["authorisation-status"]["code"] == "EXPIRE"


async def test_an_authorisation_that_ran_out(world: World) -> None:
    person = await world.a_record()
    soon = system_clock() + timedelta(milliseconds=1)
    caller = await world.a_professional(authorised_on=person, until=soon)
    assert extensions(await asked(world, person, by=caller))["authorisation-status"]["code"] == "EXPIRE"


@pytest.mark.parametrize(
    ("motive", "system", "code"),
    [
        (Motive.PATIENT_REQUEST, "https://interop.esante.gouv.fr/ig/fhir/dmp/CodeSystem/dmp-motif-fermeture", "patient-demande"),
        (Motive.DEATH, "https://carnet.example/fhir/CodeSystem/closing-motive", "DECES"),
    ],
)  # fmt: skip
async def test_a_closed_record_is_told_with_its_day_and_motive(
    world: World, motive: Motive, system: str, code: str
) -> None:
    person = await closed(world, motive=motive)
    told = await asked(world, person, by=await world.a_professional())
    assert told["active"] is False
    day, why = extensions(told)["dmp-fermeture"]
    assert day["url"] == "dateFermeture"
    assert len(day["valueDate"]) == 10
    assert why["valueCodeableConcept"]["coding"] == [{"system": system, "code": code}]
    assert extensions(told)["dmp-rattachement-mes"] is False


async def test_the_words_of_a_closing_are_for_the_person(world: World) -> None:
    """They may say anything: TD0.2 names the reason, and only who wrote it is told it."""
    person = await closed(world)
    own = extensions(await asked(world, person, by=world.a_citizen(person)))["dmp-fermeture"]
    assert own[2] == {"url": "raisonFermeture", "valueString": "Je préfère le papier"}
    for caller in (world.hospital, await world.a_professional(authorised_on=person)):
        answer = await find(world, person.token_of_ins, by=caller)
        assert "papier" not in answer.text


async def test_a_hospital_learns_nothing_of_consents(world: World) -> None:
    person = await world.a_record()
    await world.consent(person, ConsentKind.GRANT, "1990000001", organization=True)
    told = await asked(world, person, by=world.hospital)
    assert set(extensions(told)) == {"dmp-rattachement-mes"}
    assert told["name"][0]["family"] == person.identity.traits.birth_name


async def test_a_producer_learns_that_there_is_a_record(world: World) -> None:
    person, gone = await world.a_record(), await closed(world)
    insurer = Caller(world.token(Actor(ActorKind.PRODUCER, "Producteur inventé", software="producteur")))
    assert await asked(world, person, by=insurer) == {
        "resourceType": "Patient",
        "id": str(person.patient_id),
        "identifier": [ins_identifier(person.ins)],
        "active": True,
    }
    assert (await asked(world, gone, by=insurer)).keys() == {"resourceType", "id", "identifier", "active"}


async def test_nobody_has_no_entry(world: World) -> None:
    ins = a_new_ins()
    for caller in (world.hospital, await world.a_professional()):
        answer = await find(world, f"urn:oid:{ins.oid}|{ins.matricule}", by=caller)
        assert (answer.json()["total"], entries(answer)) == (0, [])


@pytest.mark.parametrize("status", [RecordStatus.ANNOUNCED, RecordStatus.OPPOSED])
async def test_a_record_that_is_not_there_yet_casts_no_shadow(world: World, status: RecordStatus) -> None:
    """For whoever is not the person, it is as if there were none, to the byte."""
    person, ins = await world.a_record(status=status), a_new_ins()
    for caller in (world.hospital, await world.a_professional()):
        hidden = await find(world, person.token_of_ins, by=caller)
        nobody = await find(world, f"urn:oid:{ins.oid}|{ins.matricule}", by=caller)
        assert (hidden.status_code, hidden.content) == (nobody.status_code, nobody.content)
        assert _headers(hidden) == _headers(nobody)
        async with statements_run() as ran:
            await find(world, person.token_of_ins, by=caller)
        async with statements_run() as ran_for_nobody:
            await find(world, f"urn:oid:{ins.oid}|{ins.matricule}", by=caller)
        assert len(ran) == len(ran_for_nobody) > 0
        assert ran == ran_for_nobody
    assert (await asked(world, person, by=world.a_citizen(person)))["active"] is False


def _headers(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name not in {"x-request-id", "date"}}


async def test_a_citizen_asks_of_themselves_alone(world: World) -> None:
    person, other = await world.a_record(), await world.a_record()
    caller = world.a_citizen(person)
    told = await asked(world, person, by=caller)
    assert told["active"] is True
    assert set(extensions(told)) == {"dmp-rattachement-mes"}
    ins = a_new_ins()
    answers = [
        await find(world, other.token_of_ins, by=caller),
        await find(world, f"urn:oid:{ins.oid}|{ins.matricule}", by=caller),
        await world.http.get(f"/fhir/Patient/{other.patient_id}", headers=caller.headers),
        await world.http.get(f"/fhir/Patient/{uuid4()}", headers=caller.headers),
        await world.http.get(f"/fhir/Patient?_id={uuid4()}", headers=caller.headers),
        await world.http.get("/fhir/Patient?_id=personne", headers=caller.headers),
    ]
    assert {answer.status_code for answer in answers} == {403}
    assert len({answer.content for answer in answers}) == 1
    async with statements_run() as ran:
        await find(world, other.token_of_ins, by=caller)
    async with statements_run() as ran_for_nobody:
        await find(world, f"urn:oid:{ins.oid}|{ins.matricule}", by=caller)
    assert ran == ran_for_nobody != []


async def test_a_legal_representative_asks_for_the_person(world: World) -> None:
    child, parent = await world.a_record(birth_date="2015-06-12"), a_new_ins()
    await world.consent(child, ConsentKind.PARENTAL_AUTHORITY, holder_name(parent), scope="read")
    told = await asked(world, child, by=world.a_representative(parent, of=child))
    assert (told["active"], set(extensions(told))) == (True, {"dmp-rattachement-mes"})
    other = await world.a_record()
    stranger = await find(world, other.token_of_ins, by=world.a_representative(parent, of=child))
    assert (stranger.status_code, codes_of(stranger)) == (403, ["record-refused"])
    grown = await world.a_record(birth_date="1990-01-01")
    await world.consent(grown, ConsentKind.PARENTAL_AUTHORITY, holder_name(parent), scope="full")
    assert (await find(world, grown.token_of_ins, by=world.a_representative(parent, of=grown))).status_code == 403


@pytest.mark.parametrize("kind", [ActorKind.CARER, ActorKind.MEDIATOR, ActorKind.APPLICATION, ActorKind.OPERATOR])
async def test_who_may_not_ask(world: World, kind: ActorKind) -> None:
    person, ins = await world.a_record(), a_new_ins()
    caller = Caller(world.token(Actor(kind, "Quelqu'un")))
    answers = [
        await find(world, name, by=caller) for name in (person.token_of_ins, f"urn:oid:{ins.oid}|{ins.matricule}")
    ]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert answers[0].content == answers[1].content


async def test_by_id_needs_a_right_on_the_record(world: World) -> None:
    """An id is met in a search one was allowed to make; it is no way around knowing the INS."""
    person = await world.a_record()
    authorised = await world.a_professional(authorised_on=person)
    for address in (f"/fhir/Patient/{person.patient_id}", f"/fhir/Patient?_id={person.patient_id}"):
        assert (await world.http.get(address, headers=authorised.headers)).status_code == 200
        for caller in (await world.a_professional(), world.hospital):
            answer = await world.http.get(address, headers=caller.headers)
            assert (answer.status_code, codes_of(answer)) == (403, ["record-refused"])
    own = await world.http.get(f"/fhir/Patient/{person.patient_id}", headers=world.a_citizen(person).headers)
    assert own.json()["name"][0]["given"] == [person.identity.traits.first_given_name]
    history = await world.http.get(f"/fhir/Patient/{person.patient_id}/_history/1", headers=authorised.headers)
    assert history.status_code == 404


async def test_each_question_leaves_its_trace(world: World) -> None:
    person = await world.a_record()
    before = len(await types(world, person.patient_id))
    doctor = await world.a_professional()
    await asked(world, person, by=doctor)
    await find(world, person.token_of_ins, by=world.a_citizen(await world.a_record()))
    events = (await world.events(person))[before:]
    assert [(event.type, event.outcome, event.rule) for event in events] == [
        ("record-looked-up", "success", "look-up.professional"),
        ("record-looked-up", "refused", "deny.not-own-record"),
    ]
    assert events[0].actor.person == doctor.number
    assert all(event.edition for event in events)
    system = len(await world.events(None))
    ins = a_new_ins()
    await find(world, f"urn:oid:{ins.oid}|{ins.matricule}", by=doctor)
    (unknown,) = (await world.events(None))[system:]
    assert (unknown.type, unknown.outcome) == ("record-looked-up", "success")
    assert ins.matricule not in str(unknown)
    assert (await world.verified(person)).faults == ()


async def test_by_post_no_ins_is_in_an_address(world: World) -> None:
    person = await world.a_record()
    doctor = await world.a_professional()
    answer = await world.http.post(
        "/fhir/Patient/_search", data={"identifier": person.token_of_ins}, headers=doctor.headers
    )
    (entry,) = entries(answer)
    assert entry["fullUrl"].endswith(f"/fhir/Patient/{person.patient_id}")
    assert person.ins.matricule not in answer.json()["link"][0]["url"]
    followed = await world.http.get(answer.json()["link"][0]["url"], headers=doctor.headers)
    assert followed.status_code == 403  # without a right on the record, its id opens nothing


async def test_a_former_matricule_does_not_tell_the_new_one(world: World) -> None:
    """What changed is not for whoever only knows what was: a sex, an adoption."""
    source, before, after = world.an_identity_source(), a_new_ins(), a_new_ins()
    first = await put(world, a_patient(before), by=source)
    changed = a_patient(after, gender="male")
    changed["identifier"].append(ins_identifier(before, use="old"))
    assert (await put(world, changed, by=source, under=f"urn:oid:{before.oid}|{before.matricule}")).status_code == 200
    patient_id = first.headers["location"].split("/Patient/")[1].split("/")[0]
    async with world.carnet.database.transaction() as tx:
        await tx.execute("UPDATE record SET status = 'open' WHERE patient_id = %s", (patient_id,))
    answer = await find(world, f"urn:oid:{before.oid}|{before.matricule}", by=await world.a_professional())
    assert after.matricule not in answer.text
    for entry in entries(answer):
        assert "gender" not in entry["resource"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "parameter-missing"),
        ("?identifier=255069900000159", "parameter-not-ins"),
        ("?identifier=urn:oid:1.2.250.1.999.4.1|IPP-1", "parameter-not-ins"),
        ("?identifier=urn:oid:1.2.250.1.213.1.4.10|255069900000159,x", "parameter-value"),
        ("?identifier=urn:oid:1.2.250.1.213.1.4.8|255069900000199", "ins-key"),
        ("?identifier=urn:oid:1.2.250.1.213.1.4.10|2", "ins-format"),
        ("?identifier:exact=urn:oid:1.2.250.1.213.1.4.10|255069900000159", "parameter-unknown"),
        ("?identifier=urn:oid:1.2.250.1.213.1.4.10|255069900000159&name=ESSAI", "parameter-unknown"),
        ("?identifier=urn:oid:1.2.250.1.213.1.4.10|255069900000159&_id=1", "parameter-patients-differ"),
        ("?identifier=urn:oid:1.2.250.1.213.1.4.10|255069900000159&_count=0", "parameter-value"),
        ("?identifier=%ff", "parameter-encoding"),
    ],
)
async def test_questions_that_are_not_understood(world: World, query: str, code: str) -> None:
    answer = await world.http.get("/fhir/Patient" + query, headers=(await world.a_professional()).headers)
    assert (answer.status_code, codes_of(answer)) == (400, [code])


async def test_lenient_handling_says_what_was_left_out(world: World) -> None:
    person = await world.a_record()
    headers = (await world.a_professional()).headers | {"Prefer": "handling=lenient"}
    answer = await world.http.get(
        "/fhir/Patient", params={"identifier": person.token_of_ins, "name": "ESSAI", "_count": "10"}, headers=headers
    )
    assert len(entries(answer)) == 1
    (outcome,) = [entry["resource"] for entry in answer.json()["entry"] if entry["search"]["mode"] == "outcome"]
    assert outcome["issue"][0]["details"]["coding"][0]["code"] == "parameter-unknown"


async def test_the_door_says_what_it_does(world: World) -> None:
    resources = (await world.http.get("/fhir/metadata")).json()["rest"][0]["resource"]
    (patient,) = [resource for resource in resources if resource["type"] == "Patient"]
    assert {each["code"] for each in patient["interaction"]} == {"read", "search-type", "update"}
    assert (patient["conditionalUpdate"], patient["updateCreate"], patient["versioning"]) == (True, False, "versioned-update")  # fmt: skip
    assert [each["name"] for each in patient["operation"]] == ["match"]
    assert [each["name"] for each in patient["searchParam"]] == ["identifier", "_id"]
