"""ITI-66 over HTTP: pages, order, cursors, who may ask, and what a set shows of itself."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from tests.builders import fhir
from tests.builders.cda import a_pdf
from tests.doors.world import (
    Caller,
    Person,
    World,
    a_folder_entry,
    a_report,
    a_unique_id,
    codes_of,
    every_page,
    ids_of,
    links_of,
)

from carnet.domain.actor import Actor, ActorKind
from carnet.domain.consent.model import RecordStatus
from carnet.formats.fhir import systems


async def _five_sets(world: World, person: Person) -> list[str]:
    """Ids of sets submitted one day after the other, filed in another order."""
    filed: dict[int, str] = {}
    for day in (3, 1, 5, 2, 4):
        bundle = a_report(person)
        bundle["entry"][0]["resource"]["date"] = f"2026-02-{day:02d}T10:00:00Z"
        filed[day] = (await world.deposit(bundle)).set_id
    return [filed[day] for day in sorted(filed)]


@pytest.mark.parametrize("sort", ["date", "-date", "_lastUpdated", "-_lastUpdated"])
async def test_pages_follow_the_order(world: World, sort: str) -> None:
    person = await world.a_record()
    citizen = world.a_citizen(person)
    by_date = await _five_sets(world, person)
    by_filing = sorted(by_date)  # ids are made in the order of time
    expected = by_date if "date" in sort.removeprefix("-")[:4] else by_filing
    if sort.startswith("-"):
        expected = expected[::-1]
    first = await world.search_lists(person, by=citizen, _sort=sort, _count="2")
    pages = await every_page(world, first, by=citizen)
    assert [len(page) for page in pages] == [2, 2, 1]
    assert [ident for page in pages for ident in page] == expected
    assert first.json()["total"] == 5


async def test_a_page_says_the_total_of_the_first_one(world: World) -> None:
    person = await world.a_record()
    citizen = world.a_citizen(person)
    await _five_sets(world, person)
    first = await world.search_lists(person, by=citizen, _count="2")
    await world.deposit(a_report(person))
    second = await world.http.get(links_of(first)["next"], headers=citizen.headers)
    assert second.json()["total"] == 5
    assert "total" not in (await world.search_lists(person, by=citizen, _count="2", _total="none")).json()


async def test_links_name_nobody(world: World) -> None:
    person = await world.a_record()
    await _five_sets(world, person)
    first = await world.search_lists(
        person, by=world.a_citizen(person), _count="2", **{"source.identifier": person.token_of_ins}
    )
    assert person.ins.matricule not in str(first.json()["link"])
    first = await world.search_lists(person, by=world.a_citizen(person), _count="2")
    assert person.ins.matricule not in str(first.json()["link"])


async def test_a_cursor_is_for_one_kind_and_one_person(world: World) -> None:
    person = await world.a_record()
    citizen, doctor = world.a_citizen(person), await world.a_professional(authorised_on=person)
    await _five_sets(world, person)
    following = links_of(await world.search_lists(person, by=citizen, _count="2"))["next"]
    for address, caller in ((following.replace("/List?", "/DocumentReference?"), citizen), (following, doctor)):
        answer = await world.http.get(address, headers=caller.headers)
        assert (answer.status_code, codes_of(answer)) == (400, ["cursor-invalid"])
    documents = links_of(await world.search(person, by=citizen, _count=2))["next"]
    answer = await world.http.get(documents.replace("/DocumentReference?", "/List?"), headers=citizen.headers)
    assert (answer.status_code, codes_of(answer)) == (400, ["cursor-invalid"])


async def test_who_may_ask(world: World) -> None:
    person, stranger = await world.a_record(), await world.a_record()
    done = await world.deposit(a_report(person))
    operator = Caller(world.token(Actor(ActorKind.OPERATOR, "Exploitant", software="console")))
    insurance = Caller(world.token(Actor(ActorKind.PRODUCER, "Assurance", software="assurance")))
    for caller, expected in (
        (world.a_citizen(person), 200),
        (await world.a_professional(authorised_on=person), 200),
        (await world.a_professional(treating=person), 200),
        (world.a_citizen(stranger), 403),
        (await world.a_professional(), 403),
        (await world.a_professional(authorised_on=person, blocked_on=person), 403),
        (world.hospital, 403),
        (insurance, 403),
        (operator, 403),
        (Caller("rien"), 401),
    ):
        found = await world.search_lists(person, by=caller)
        read = await world.read(f"List/{done.set_id}", by=caller)
        assert (found.status_code, read.status_code) == (expected, expected)
    await world.change(person, to=RecordStatus.CLOSED)
    assert (await world.search_lists(person, by=world.a_citizen(person))).status_code == 403


async def test_nobody_and_a_refused_record_look_the_same(world: World) -> None:
    person = await world.a_record()
    stranger = await world.a_professional()
    refused = await world.search_lists(person, by=stranger)
    nobody = await world.http.get(
        "/fhir/List", params={"patient": "01900000-0000-7000-8000-0000000000aa"}, headers=stranger.headers
    )
    assert (refused.status_code, refused.content) == (nobody.status_code, nobody.content)


async def test_the_trace_tells_the_documents_shown(world: World) -> None:
    person = await world.a_record()
    doctor = await world.a_professional(authorised_on=person)
    shown = await world.deposit(a_report(person))
    await world.deposit(a_report(person, labels=["MASQUE_PS"]))
    await world.search_lists(person, by=doctor, code="submissionset")
    event = (await world.events(person))[-1]
    assert event.type == "documents-listed"
    assert [str(each) for each in event.documents] == [shown.id]
    assert event.details["parameters"] == "List code patient.identifier"


# Method, address, headers and body of what is not a question; its status and its code.
NO_QUESTIONS: dict[str, tuple[str, str, dict[str, str], bytes | None, int, str]] = {
    "deleted": ("DELETE", "List", {}, None, 405, "method-not-allowed"),
    "created": ("POST", "List", {}, None, 405, "method-not-allowed"),
    "got as a form": ("GET", "List/_search", {}, None, 404, "document-unknown"),
    "in XML": ("GET", "List?patient=1", {"Accept": "application/fhir+xml"}, None, 406, "format-not-acceptable"),
    "in JSON": ("POST", "List/_search", {"Content-Type": "application/json"}, b"{}", 415, "content-type-unsupported"),
    "badly encoded": ("POST", "List/_search", {}, b"title=%FF", 400, "parameter-encoding"),
    "with a null": ("GET", "List?title=%00", {}, None, 400, "parameter-encoding"),
}


@pytest.mark.parametrize("name", NO_QUESTIONS)
async def test_a_question_that_is_none(world: World, name: str) -> None:
    method, address, headers, body, status, code = NO_QUESTIONS[name]
    person = await world.a_record()
    form = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
    answer = await world.http.request(
        method, f"/fhir/{address}", content=body, headers=world.a_citizen(person).headers | form | headers
    )
    assert (answer.status_code, codes_of(answer)) == (status, [code])


async def test_lenience_leaves_out_what_it_does_not_know(world: World) -> None:
    person = await world.a_record()
    done = await world.deposit(a_report(person))
    answer = await world.http.get(
        f"/fhir/List?patient={person.patient_id}&couleur=rouge",
        headers=world.a_citizen(person).headers | {"Prefer": "handling=lenient"},
    )
    assert ids_of(answer) == [done.set_id]
    assert answer.json()["entry"][-1]["search"]["mode"] == "outcome"


async def test_a_set_gives_back_what_was_said_of_it(world: World) -> None:
    person = await world.a_record()
    bundle = a_report(person)
    listing = bundle["entry"][0]["resource"]
    listing["contained"].append(fhir.an_organization())
    listing["extension"].append({"url": systems.INTENDED_RECIPIENT, "valueReference": {"reference": "#structure"}})
    listing["extension"].append({"url": systems.INTENDED_RECIPIENT, "valueReference": {"reference": "#auteur"}})
    listing |= {"title": "Séjour", "note": [{"text": "En ordre"}]}
    done = await world.deposit(bundle)
    citizen = world.a_citizen(person)
    shown = (await world.read(f"List/{done.set_id}", by=citizen)).json()
    assert (shown["title"], shown["note"]) == ("Séjour", [{"text": "En ordre"}])
    contained = {"#" + each["id"]: each["resourceType"] for each in shown["contained"]}
    recipients = [
        node["valueReference"]["reference"] for node in shown["extension"] if node["url"] == systems.INTENDED_RECIPIENT
    ]
    assert [contained[each] for each in recipients] == ["Organization", "Practitioner"]
    assert [node["use"] for node in shown["identifier"]] == ["usual", "official"]
    found = await world.search_lists(person, by=citizen, title="séj")
    assert found.json()["entry"][0]["resource"] == shown


async def test_the_title_is_nowhere_in_clear(world: World) -> None:
    person = await world.a_record()
    bundle = a_report(
        person, more=[a_folder_entry(person, fhir.urn("fiche"), unique_id=a_unique_id(), title="Addictologie")]
    )
    bundle["entry"][0]["resource"]["title"] = "Addictologie"
    await world.deposit(bundle)
    async with world.carnet.database.connection() as connection:
        for table in ("submission_set", "folder"):
            cursor = await connection.execute(
                f"SELECT {table}::text, title_index FROM {table} WHERE patient_id = %s", (person.patient_id,)
            )
            ((text, index),) = await cursor.fetchall()
            assert "ddictologie" not in text.lower()
            assert len(index) == len("Addictologie")
    # The same title of someone else has other digests.
    other = await world.a_record()
    await world.deposit(
        a_report(other, more=[a_folder_entry(other, fhir.urn("fiche"), unique_id=a_unique_id(), title="Addictologie")])
    )
    async with world.carnet.database.connection() as connection:
        cursor = await connection.execute(
            "SELECT title_index FROM folder WHERE patient_id = ANY (%s)", ([person.patient_id, other.patient_id],)
        )
        (one,), (two,) = await cursor.fetchall()
        assert not set(map(bytes, one)) & set(map(bytes, two))


async def test_a_mask_takes_effect_in_lists_at_once(world: World) -> None:
    """While a professional turns the pages of lists, the patient hides a document: no later page shows its set."""
    person = await world.a_record()
    doctor = await world.a_professional(authorised_on=person)
    filed = [await world.deposit(a_report(person)) for _ in range(3)]
    first = await world.search_lists(person, by=doctor, _count="1", _sort="_lastUpdated")
    assert ids_of(first) == [filed[0].set_id]
    label = {
        "op": "add",
        "path": "/securityLabel/-",
        "value": fhir.concept({"system": systems.VISIBILITY, "code": "MASQUE_PS"}),
    }
    masked = await world.http.patch(
        f"/fhir/DocumentReference/{filed[1].id}", json=[label],
        headers=world.a_citizen(person).headers | {"Content-Type": "application/json-patch+json"},
    )  # fmt: skip
    assert masked.status_code == 200, masked.text
    second = await world.http.get(links_of(first)["next"], headers=doctor.headers)
    assert ids_of(second) == [filed[2].set_id]
    assert "next" not in links_of(second)


async def test_searches_during_deposits(world: World) -> None:
    """Lists are asked for while a folder fills: each answer is of one instant, and the folder only grows."""
    person = await world.a_record()
    citizen, number = world.a_citizen(person), a_unique_id()

    async def asked() -> httpx.Response:
        return await world.search_lists(person, by=citizen, code="folder")

    for number_before in range(6):
        bundle: dict[str, Any] = a_report(person, more=[a_folder_entry(person, fhir.urn("fiche"), unique_id=number)])
        answer, *found = await asyncio.gather(world.send(bundle), asked(), asked())
        assert answer.status_code == 200
        sizes = [len(each["resource"]["entry"]) for response in found for each in response.json().get("entry", ())]
        assert set(sizes) <= {number_before, number_before + 1}
    assert len((await asked()).json()["entry"][0]["resource"]["entry"]) == 6


async def test_incremental_synchronisation_of_lists(world: World) -> None:
    """From the mark of one answer, the next one brings what came since, and nothing twice."""
    person = await world.a_record()
    citizen, number = world.a_citizen(person), a_unique_id()
    await world.deposit(a_report(person, more=[a_folder_entry(person, fhir.urn("fiche"), unique_id=number)]))
    mark = (await world.search_lists(person, by=citizen)).json()["meta"]["lastUpdated"]
    assert ids_of(await world.search_lists(person, by=citizen, _lastUpdated=f"gt{mark}")) == []
    assert datetime.fromisoformat(mark) > datetime.now(UTC) - timedelta(minutes=5)
    more = await world.deposit(a_report(person, more=[a_folder_entry(person, fhir.urn("fiche"), unique_id=number)]))
    changed = ids_of(await world.search_lists(person, by=citizen, _lastUpdated=f"gt{mark}"))
    assert set(changed) == {more.ids("List")[0], more.entries[-1]["location"].split("/")[1]}


async def test_a_kos_needs_no_cda(world: World) -> None:
    """A DICOM manifest has no header of its own: its whole fiche is its sender's."""
    person = await world.a_record()
    kos = bytes(128) + b"DICM" + bytes(64)
    fiche = {
        "type": fhir.concept({"system": "https://mos.esante.gouv.fr/NOS/TRE_A05-TypeDocComplementaire/FHIR/TRE-A05-TypeDocComplementaire", "code": "IMG-KOS"}),
        "category": [fhir.concept(fhir.A_CLASS | {"code": "31"})],
        "media_type": "application/dicom",
    }  # fmt: skip
    bundle = a_report(person, content=kos, **fiche)
    for entry in bundle["entry"]:
        if entry["resource"]["resourceType"] == "DocumentReference":
            entry["resource"]["content"][0].pop("format")
    done = await world.deposit(bundle)
    citizen = world.a_citizen(person)
    shown = (await world.read(f"DocumentReference/{done.id}", by=citizen)).json()
    assert shown["content"][0]["format"]["code"] == "1.2.840.10008.5.1.4.1.1.88.59"
    assert (await world.read(f"Binary/{done.id}", by=citizen)).content == kos


async def test_a_transformation_leaves_both_current(world: World) -> None:
    person = await world.a_record()
    citizen = world.a_citizen(person)
    first = (await world.deposit(a_report(person))).id
    relation = {"code": "transforms", "target": {"reference": f"DocumentReference/{first}"}}
    second = await world.deposit(a_report(person, relatesTo=[relation, relation]))
    assert sorted(await world.found(person, by=citizen, status="current")) == sorted([first, second.id])
    assert (await world.read(f"DocumentReference/{second.id}", by=citizen)).json()["relatesTo"] == [relation]


async def test_a_transformation_may_replace_too(world: World) -> None:
    """XFRM_RPLC: both relations towards one document, which is superseded."""
    person = await world.a_record()
    citizen = world.a_citizen(person)
    first = (await world.deposit(a_report(person))).id
    target = {"reference": f"DocumentReference/{first}"}
    both = [{"code": code, "target": target} for code in ("transforms", "replaces")]
    second = await world.deposit(a_report(person, relatesTo=both))
    assert await world.found(person, by=citizen, status="current") == [second.id]
    told = (await world.read(f"DocumentReference/{second.id}", by=citizen)).json()["relatesTo"]
    assert sorted(each["code"] for each in told) == ["replaces", "transforms"]
    # The one that was replaced is not current any more: nothing relates to it.
    for code in ("transforms", "replaces", "appends"):
        answer = await world.send(a_report(person, relatesTo=[{"code": code, "target": target}]))
        assert (answer.status_code, codes_of(answer)) == (422, ["relates-to-not-current"])


async def test_relations_within_one_message(world: World) -> None:
    person = await world.a_record()
    citizen = world.a_citizen(person)
    fiches = [fhir.a_fiche(unique_id=a_unique_id(), document=a_pdf(), subject=person.by_ins) for _ in range(2)]
    identifier = [{"use": "usual", "system": "urn:ietf:rfc:3986", "value": f"urn:oid:{a_unique_id()}"}]
    sibling = {"reference": fhir.urn("fiche")}
    fiches[1]["relatesTo"] = [{"code": "transforms", "target": sibling}]
    done = await world.deposit(
        fhir.a_bundle(*fiches, contents=[a_pdf(), a_pdf()], subject=person.by_ins, identifier=identifier)
    )
    one, two = done.ids()
    shown = (await world.read(f"DocumentReference/{two}", by=citizen)).json()
    assert shown["relatesTo"] == [{"code": "transforms", "target": {"reference": f"DocumentReference/{one}"}}]
    fiches = [fhir.a_fiche(unique_id=a_unique_id(), document=a_pdf(), subject=person.by_ins) for _ in range(2)]
    fiches[1]["relatesTo"] = [{"code": "replaces", "target": sibling}]
    identifier = [{"use": "usual", "system": "urn:ietf:rfc:3986", "value": f"urn:oid:{a_unique_id()}"}]
    answer = await world.send(
        fhir.a_bundle(*fiches, contents=[a_pdf(), a_pdf()], subject=person.by_ins, identifier=identifier)
    )
    assert (answer.status_code, codes_of(answer)) == (422, ["replaces-within-message"])
