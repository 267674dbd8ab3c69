"""Folders over HTTP: made with a submission, added to, shown by what the asker may see, refused when they name what is not there."""

import asyncio
from typing import Any

import httpx
import pytest
from tests.builders import fhir
from tests.doors.world import (
    Caller,
    Deposited,
    Person,
    World,
    a_folder_entry,
    a_report,
    a_unique_id,
    codes_of,
    ids_of,
    several,
)

FICHE = fhir.urn("fiche")


async def _filed(
    world: World, person: Person, *members: str, by: Caller | None = None, **changes: Any
) -> tuple[str, Deposited]:
    """A report within a folder: the folder's id, and the answer."""
    number = changes.pop("unique_id", None) or a_unique_id()
    entry = a_folder_entry(person, *(members or (FICHE,)), unique_id=number, **changes)
    done = await world.deposit(a_report(person, more=[entry]), by=by)
    return done.entries[-1]["location"].split("/")[1], done


async def _list(world: World, ident: str, by: Caller) -> dict[str, Any]:
    response = await world.read(f"List/{ident}", by=by)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def _items(listing: dict[str, Any]) -> set[str]:
    return {entry["item"]["reference"] for entry in listing["entry"]}


async def test_a_folder_comes_with_its_documents(world: World) -> None:
    person = await world.a_record()
    citizen = world.a_citizen(person)
    number = a_unique_id()
    folder, done = await _filed(world, person, unique_id=number, note=[{"text": "Depuis 2019"}])
    assert done.statuses == ["201"] * 4
    listing = await _list(world, folder, citizen)
    assert _items(listing) == {f"DocumentReference/{done.id}"}
    assert listing["title"] == "Suivi du diabète"
    assert listing["note"] == [{"text": "Depuis 2019"}]
    assert listing["code"]["coding"][0]["code"] == "folder"
    assert listing["subject"]["reference"] == f"Patient/{person.patient_id}"
    assert listing["identifier"] == [
        {"use": "usual", "system": "urn:ietf:rfc:3986", "value": f"urn:oid:{number}"},
        {"use": "official", "system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{folder}"},
    ]
    assert listing["date"] == listing["meta"]["lastUpdated"]
    submission = await _list(world, done.ids("List")[0], citizen)
    assert _items(submission) == {f"DocumentReference/{done.id}", f"List/{folder}"}


async def test_a_folder_may_hold_documents_of_before(world: World) -> None:
    person = await world.a_record()
    number = a_unique_id()
    first = (await world.deposit(a_report(person))).id
    await world.deposit(a_report(person, unique_id=number))
    by_number = {"item": {"identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:oid:{number}"}}}
    entries = [{"item": {"reference": FICHE}}, {"item": {"reference": f"DocumentReference/{first}"}}, by_number]
    folder, _ = await _filed(world, person, entry=entries)
    assert len((await _list(world, folder, world.a_citizen(person)))["entry"]) == 3


@pytest.mark.parametrize("way", ["by its number", "by its id"])
async def test_a_folder_receives_more(world: World, way: str) -> None:
    person = await world.a_record()
    citizen, number = world.a_citizen(person), a_unique_id()
    folder, first = await _filed(world, person, unique_id=number)
    before = await _list(world, folder, citizen)
    named = {"unique_id": number} if way == "by its number" else {"unique_id": None, "held": folder}
    entry = a_folder_entry(person, FICHE, title="Un autre titre", **named)
    more = await world.deposit(a_report(person, more=[entry]))
    assert more.entries[-1]["status"] == "200 OK"
    assert more.entries[-1]["location"] == f"List/{folder}"
    assert more.warnings == ["folder-completed"]
    after = await _list(world, folder, citizen)
    assert _items(after) == {f"DocumentReference/{first.id}", f"DocumentReference/{more.id}"}
    assert after["title"] == "Suivi du diabète"
    assert after["date"] > before["date"]
    assert after["meta"]["versionId"] != before["meta"]["versionId"]
    # The set that brought more shows its document; the folder belongs to the set that made it.
    assert _items(await _list(world, more.ids("List")[0], citizen)) == {f"DocumentReference/{more.id}"}


async def test_a_replay_changes_nothing(world: World) -> None:
    person = await world.a_record()
    bundle = a_report(person, more=[a_folder_entry(person, FICHE, unique_id=a_unique_id())])
    first = await world.deposit(bundle)
    rows, head = await world.rows(), await world.head(person)
    again = await world.deposit(bundle)
    assert again.statuses == ["200"] * 4
    assert again.entries[-1]["location"] == first.entries[-1]["location"]
    assert (await world.rows(), await world.head(person)) == (rows, head)


async def test_documents_held_already_may_be_put_into_a_new_folder(world: World) -> None:
    person = await world.a_record()
    bundle = a_report(person)
    first = await world.deposit(bundle)
    bundle["entry"].append(a_folder_entry(person, FICHE, unique_id=a_unique_id()))
    # The set is another one, then: its number must be new.
    assert codes_of(await world.send(bundle)) == ["unique-id-taken"]
    bundle["entry"][0]["resource"]["identifier"][0]["value"] = f"urn:oid:{a_unique_id()}"
    again = await world.deposit(bundle)
    assert again.id == first.id
    citizen = world.a_citizen(person)
    assert _items(await _list(world, again.entries[-1]["location"].split("/")[1], citizen)) == {
        f"DocumentReference/{first.id}"
    }
    shown = await _list(world, again.ids("List")[0], citizen)
    assert f"DocumentReference/{first.id}" in _items(shown)


async def test_what_replaces_a_document_joins_its_folders(world: World) -> None:
    person = await world.a_record()
    folder, first = await _filed(world, person)
    new = await world.deposit(a_report(person, replaces={"reference": f"DocumentReference/{first.id}"}))
    listing = await _list(world, folder, world.a_citizen(person))
    assert _items(listing) == {f"DocumentReference/{first.id}", f"DocumentReference/{new.id}"}


async def test_a_deleted_document_leaves_and_the_date_tells(world: World) -> None:
    person = await world.a_record()
    citizen = world.a_citizen(person)
    folder, first = await _filed(world, person)
    entry = a_folder_entry(person, FICHE, unique_id=None, held=folder)
    second = await world.deposit(a_report(person, more=[entry]))
    before = await _list(world, folder, citizen)
    await world.mark_deleted(person, second.id)
    after = await _list(world, folder, citizen)
    assert _items(after) == {f"DocumentReference/{first.id}"}
    assert after["date"] > before["date"]
    found = await world.search_lists(person, by=citizen, code="folder")
    assert found.json()["entry"][0]["resource"] == after
    await world.mark_deleted(person, first.id)
    assert (await world.read(f"List/{folder}", by=citizen)).status_code == 404
    assert (await world.search_lists(person, by=citizen)).json()["total"] == 0


async def test_one_sees_of_a_folder_what_one_may_see(world: World) -> None:
    person = await world.a_record()
    citizen, doctor = world.a_citizen(person), await world.a_professional(authorised_on=person)
    number = a_unique_id()
    masked = a_report(person, labels=["MASQUE_PS"], more=[a_folder_entry(person, FICHE, unique_id=number)])
    folder = (await world.deposit(masked)).entries[-1]["location"].split("/")[1]
    assert (await world.read(f"List/{folder}", by=doctor)).status_code == 404
    shown = await world.deposit(a_report(person, more=[a_folder_entry(person, FICHE, unique_id=number)]))
    listing = await _list(world, folder, doctor)
    assert _items(listing) == {f"DocumentReference/{shown.id}"}
    assert len((await _list(world, folder, citizen))["entry"]) == 2
    # A hidden document that comes later moves nothing.
    await world.deposit(a_report(person, labels=["MASQUE_PS"], more=[a_folder_entry(person, FICHE, unique_id=number)]))
    assert await _list(world, folder, doctor) == listing


REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "a document of nobody": ({"entry": [{"item": {"reference": "DocumentReference/01900000-0000-7000-8000-0000000000aa"}}]}, "folder-member-unknown", ".entry[0].item"),
    "a number of nobody": ({"entry": [{"item": {"identifier": {"system": "urn:ietf:rfc:3986", "value": "urn:oid:1.2.3"}}}]}, "folder-member-unknown", ".entry[0].item"),
    "another resource": ({"entry": [{"item": {"reference": "Observation/1"}}]}, "list-entry-unknown", ".entry[0].item.reference"),
    "the set": ({"entry": [{"item": {"reference": fhir.urn("set")}}]}, "folder-member-unknown", ".entry[0].item"),
    "nothing": ({"entry": None}, "element-required", ".entry"),
    "an empty item": ({"entry": [{"item": {"display": "x"}}]}, "element-required", ".entry[0].item.reference"),
    "a wrong number": ({"entry": [{"item": {"identifier": {"value": "x"}}}]}, "unique-id-format", ".entry[0].item.identifier.value"),
    "no title": ({"title": None}, "element-required", ".title"),
    "no date": ({"date": None}, "element-required", ".date"),
    "no kind": ({"extension": None}, "element-required", ".extension.where(url='https://profiles.ihe.net/ITI/MHD/StructureDefinition/ihe-designationType')"),
    "retired": ({"status": "retired"}, "element-fixed", ".status"),
    "a folder of nobody": ({"held": "01900000-0000-7000-8000-0000000000aa"}, "folder-unknown", ""),
    "an unknown element": ({"colour": "red"}, "element-unknown", ".colour"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
async def test_a_wrong_folder_refuses_the_whole(world: World, name: str) -> None:
    changes, code, step = REFUSED[name]
    person = await world.a_record()
    bundle = a_report(person, more=[a_folder_entry(person, FICHE, unique_id=a_unique_id(), **changes)])
    rows = await world.rows()
    response = await world.send(bundle)
    assert response.status_code in {400, 422}
    place = f"Bundle.entry[3].resource{step}"
    assert (code, place) in [
        (i["details"]["coding"][0]["code"], i.get("expression", [""])[0]) for i in response.json()["issue"]
    ]
    assert await world.rows() == rows


async def test_a_folder_cannot_be_put_at_no_address(world: World) -> None:
    person = await world.a_record()
    bundle = a_report(person, more=[a_folder_entry(person, FICHE, unique_id=a_unique_id(), held="x")])
    assert codes_of(await world.send(bundle)) == ["entry-url"]


async def test_a_folder_of_someone_else(world: World) -> None:
    person, other = await world.a_record(), await world.a_record()
    number = a_unique_id()
    folder, done = await _filed(world, other, unique_id=number)
    for changes, code in (
        ({"subject": other.by_ins}, "patient-references-differ"),
        ({"unique_id": number}, "unique-id-taken"),
        ({"held": folder, "unique_id": None}, "folder-unknown"),
        ({"unique_id": a_unique_id(), "entry": [{"item": {"reference": f"DocumentReference/{done.id}"}}]}, "folder-member-unknown"),
    ):  # fmt: skip
        entry = a_folder_entry(person, FICHE)
        entry = fhir.posted(
            fhir.urn("folder"),
            fhir.a_folder(FICHE, **{"subject": person.by_ins} | {k: v for k, v in changes.items() if k != "held"}),
        )
        if "held" in changes:
            entry["request"] = {"method": "PUT", "url": f"List/{changes['held']}"}
        assert codes_of(await world.send(a_report(person, more=[entry]))) == [code], changes


async def test_numbers_are_used_once(world: World) -> None:
    person = await world.a_record()
    number = a_unique_id()
    done = await world.deposit(a_report(person, unique_id=number))
    assert codes_of(await world.send(a_report(person, more=[a_folder_entry(person, FICHE, unique_id=number)]))) == [
        "unique-id-taken"
    ]
    mine = a_unique_id()
    twice = [a_folder_entry(person, FICHE, name=name, unique_id=mine) for name in ("a", "b")]
    assert set(codes_of(await world.send(a_report(person, more=twice)))) == {"duplicate-unique-id-in-message"}
    await _filed(world, person, unique_id=mine)
    assert codes_of(await world.send(a_report(person, unique_id=mine))) == ["unique-id-taken"]
    assert codes_of(await world.send(a_report(person, set_id=mine))) == ["unique-id-taken"]
    assert done.id


async def test_to_a_citizen_a_folder_of_hidden_documents_does_not_exist(world: World) -> None:
    person = await world.a_record()
    citizen = world.a_citizen(person)
    hidden = a_report(
        person, labels=["INVISIBLE_PATIENT"], more=[a_folder_entry(person, FICHE, unique_id=a_unique_id())]
    )
    done = await world.deposit(hidden)
    folder, nobody = done.entries[-1]["location"].split("/")[1], "01900000-0000-7000-8000-0000000000aa"

    async def sent(**named: Any) -> tuple[int, bytes]:
        entry = a_folder_entry(person, FICHE, unique_id=None, **named)
        response = await world.send(a_report(person, unique_id="1.2.250.1.999.404.7", more=[entry]), by=citizen)
        return response.status_code, response.content

    rows = await world.rows()
    assert await sent(held=folder) == await sent(held=nobody)
    items = [[{"item": {"reference": f"DocumentReference/{ident}"}}] for ident in (done.id, nobody)]
    assert await sent(entry=items[0]) == await sent(entry=items[1])
    assert await world.rows() == rows


async def test_two_hospitals_fill_one_folder_at_once(world: World) -> None:
    person = await world.a_record()
    number = a_unique_id()
    bundles = [a_report(person, more=[a_folder_entry(person, FICHE, unique_id=number)]) for _ in range(8)]
    answers = await asyncio.gather(*(world.send(bundle) for bundle in bundles))
    assert [answer.status_code for answer in answers] == [200] * 8
    told = [answer.json()["entry"][-1]["response"] for answer in answers]
    assert sorted(each["status"] for each in told) == ["200 OK"] * 7 + ["201 Created"]
    (folder,) = {each["location"].split("/")[1] for each in told}
    listing = await _list(world, folder, world.a_citizen(person))
    assert len(listing["entry"]) == 8
    assert (await world.verified(person)).faults == ()


async def test_several_folders_and_documents(world: World) -> None:
    person = await world.a_record()
    bundle = several(person, a_report(person), a_report(person), a_report(person))
    fiches = [entry["fullUrl"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == "DocumentReference"]
    bundle["entry"] += [
        a_folder_entry(person, *fiches[:2], name="a", unique_id=a_unique_id(), title="Un"),
        a_folder_entry(person, *fiches[1:], name="b", unique_id=a_unique_id(), title="Deux"),
    ]
    bundle["entry"][0]["resource"]["entry"].append({"item": {"reference": fhir.urn("a")}})
    done = await world.deposit(bundle)
    found = await world.search_lists(person, by=world.a_citizen(person), code="folder")
    shown = {entry["resource"]["title"]: _items(entry["resource"]) for entry in found.json()["entry"]}
    ids = [f"DocumentReference/{ident}" for ident in done.ids()]
    assert shown == {"Un": set(ids[:2]), "Deux": set(ids[1:])}
    # A document in both is found in both, and the search by item says so.
    response: httpx.Response = await world.search_lists(person, by=world.a_citizen(person), item=ids[1], code="folder")
    assert len(ids_of(response)) == 2
