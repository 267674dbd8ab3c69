"""The person's own folders: made, renamed, filled, emptied, deleted; sealed, traced, and known to nobody else."""

from uuid import UUID, uuid4

import pytest
from tests.domain.record.browsing.conftest import Reader, Readers
from tests.doors.world import World, a_report

from carnet.domain.audit.model import EventType
from carnet.domain.consent.model import ConsentKind
from carnet.domain.errors import Invalid, NotFound, Refused, Unavailable
from carnet.domain.record.browsing import own_folders
from carnet.domain.record.browsing.own_folders import (
    MAX_NAME_CHARACTERS,
    delete_folder,
    make_folder,
    put_in,
    rename_folder,
    take_out,
)


async def _names(reader: Reader) -> dict[str, int]:
    browsed = await reader.browse()
    return {each.name: browsed.facets.folders[each.folder_id] for each in browsed.folders}


async def test_a_folder_lives(world: World, readers: Readers) -> None:
    person = await world.a_record()
    one, two = [UUID((await world.deposit(a_report(person))).id) for _ in range(2)]
    reader = readers.holder(person)
    heart = await make_folder(reader.filing, "  Mon   cœur ")
    other = await make_folder(reader.filing, "Dents")
    assert await _names(reader) == {"Dents": 0, "Mon cœur": 0}
    assert (await put_in(reader.filing, heart, [one, two, one])).done == (one, two)
    assert (await put_in(reader.filing, heart, [two])).already == (two,)
    await put_in(reader.filing, other, [one])
    assert await _names(reader) == {"Dents": 1, "Mon cœur": 2}
    rows = {row.entry.logical_id: set(row.folders) for row in (await reader.browse()).rows}
    assert rows == {one: {heart, other}, two: {heart}}
    assert set(await reader.found(folder=heart)) == {str(one), str(two)}
    assert (await take_out(reader.filing, heart, [one])).done == (one,)
    assert await reader.found(folder=heart) == [str(two)]
    await rename_folder(reader.filing, heart, "Cardiologie")
    assert await _names(reader) == {"Cardiologie": 1, "Dents": 1}
    gone = await delete_folder(reader.filing, heart)
    assert (gone.name, gone.documents) == ("Cardiologie", {two.bytes})
    assert await _names(reader) == {"Dents": 1}
    assert len(await reader.found()) == 2  # the documents stay


async def test_each_act_is_traced_without_the_name(world: World, readers: Readers) -> None:
    person = await world.a_record()
    document = UUID((await world.deposit(a_report(person))).id)
    reader = readers.holder(person)
    folder = await make_folder(reader.filing, "Dépression")
    await put_in(reader.filing, folder, [document])
    await take_out(reader.filing, folder, [document])
    await rename_folder(reader.filing, folder, "Autre")
    await delete_folder(reader.filing, folder)
    events = [event for event in await world.events(person) if event.type is EventType.OWN_FOLDERS_CHANGED]
    assert [event.details for event in events] == [
        {"act": act} for act in ("made", "filled", "emptied", "renamed", "deleted")
    ]
    assert [event.documents for event in events] == [(), (document,), (document,), (), ()]
    assert {event.rule for event in events} == {"govern.citizen"}


async def test_a_name_is_sealed_in_the_database(world: World, readers: Readers) -> None:
    person = await world.a_record()
    await make_folder(readers.holder(person).filing, "Psychiatrie")
    async with world.carnet.database.connection() as connection:
        cursor = await connection.execute("SELECT name FROM own_folder WHERE patient_id = %s", (person.patient_id,))
        ((name,),) = await cursor.fetchall()
    assert b"Psychiatrie" not in name


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "own-folder-name-missing"), ("   ", "own-folder-name-missing"), ("x" * (MAX_NAME_CHARACTERS + 1), "own-folder-name-too-long"),
        ("<b>", "own-folder-name-characters"), ("a\u0000b", "own-folder-name-characters"), ("DENTS", "own-folder-name-taken"),
    ],
)  # fmt: skip
async def test_names_that_are_refused(world: World, readers: Readers, name: str, code: str) -> None:
    person = await world.a_record()
    reader = readers.holder(person)
    await make_folder(reader.filing, "Dents")
    other = await make_folder(reader.filing, "Yeux")
    before = len(await world.events(person))
    for act in (make_folder(reader.filing, name), rename_folder(reader.filing, other, name)):
        with pytest.raises(Invalid) as invalid:
            await act
        assert invalid.value.code == code
    assert len(await world.events(person)) == before
    await rename_folder(reader.filing, other, "YEUX")  # its own name, written otherwise


async def test_only_so_many_folders(world: World, readers: Readers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_folders, "MAX_FOLDERS", 1)
    reader = readers.holder(await world.a_record())
    await make_folder(reader.filing, "Un")
    with pytest.raises(Invalid) as invalid:
        await make_folder(reader.filing, "Deux")
    assert invalid.value.code == "own-folders-too-many"


async def test_unknown_folders_and_documents_are_not_found(world: World, readers: Readers) -> None:
    person, other = await world.a_record(), await world.a_record()
    hidden = UUID((await world.deposit(a_report(person, labels=["INVISIBLE_PATIENT"]))).id)
    foreign = await make_folder(readers.holder(other).filing, "À quelqu’un d’autre")
    reader = readers.holder(person)
    for folder in (foreign, uuid4()):
        for act in (
            rename_folder(reader.filing, folder, "Nom"), delete_folder(reader.filing, folder), put_in(reader.filing, folder, []),
            take_out(reader.filing, folder, []),
        ):  # fmt: skip
            with pytest.raises(NotFound) as unknown:
                await act
            assert unknown.value.code == "own-folder-unknown"
    own = await make_folder(reader.filing, "Le mien")
    unknown_document = uuid4()
    for act_of in (put_in, take_out):
        outcome = await act_of(reader.filing, own, [hidden, unknown_document])
        assert (outcome.done, set(outcome.refused)) == ((), {hidden, unknown_document})
    assert [event.documents for event in (await world.events(person))[-2:]] == [(), ()]


async def test_folders_are_the_patient_s_alone(world: World, readers: Readers) -> None:
    person, parent = await world.a_record(birth_date="2015-06-12"), await world.a_record()
    caller = await world.a_professional(treating=person)
    with pytest.raises(Refused) as refused:
        await make_folder(readers.professional(person, caller.number).filing, "Du médecin")
    assert refused.value.code == "patient-decides"
    await make_folder(readers.holder(person).filing, "De la personne")
    for caller_, seen in ((caller, False), (world.a_citizen(person), True)):
        parameters = {"patient.identifier": person.token_of_ins, "date": "ge2020-01-01"}
        answer = await world.http.get("/fhir/AuditEvent", params=parameters, headers=caller_.headers)
        assert answer.status_code == 200, answer.text[:300]
        assert ("own-folders-changed" in answer.text) is seen
    # A parent who may only look files nothing; one who may decide does, in the same folders.
    holder = f"{parent.ins.oid}|{parent.ins.matricule}"
    reader = Reader(world, person, world.representing(parent.ins, person))
    await world.consent(person, ConsentKind.PARENTAL_AUTHORITY, holder, scope="read")
    with pytest.raises(Refused) as refused:
        await make_folder(reader.filing, "Du parent")
    assert refused.value.code == "representation-to-read"
    await world.consent(person, ConsentKind.PARENTAL_AUTHORITY, holder, scope="read", ends=True)
    await world.consent(person, ConsentKind.PARENTAL_AUTHORITY, holder, scope="full")
    await make_folder(reader.filing, "Du parent")
    assert set(await _names(reader)) == {"De la personne", "Du parent"}


async def test_a_record_that_never_stands_still_is_busy(
    world: World, readers: Readers, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await world.a_record()

    async def moved(*_: object, **__: object) -> None:
        return None

    monkeypatch.setattr(own_folders.audit_store, "append", moved)
    with pytest.raises(Unavailable):
        await make_folder(readers.holder(person).filing, "Nom")
    monkeypatch.setattr(own_folders.consent_store, "lock_at", moved)
    with pytest.raises(Unavailable):
        await make_folder(readers.holder(person).filing, "Nom")
    assert (await world.rows(person))["own_folder"] == 0
