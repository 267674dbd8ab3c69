"""After a change of matricule, what is served names the person by the present one, and nothing else of it changes."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from tests.doors.world import Person, World, a_folder_entry, a_letter, a_report, a_unique_id

from carnet.domain.actor import SYSTEM
from carnet.domain.consent.receiving import RENAME_JOB, receive_identity
from carnet.domain.people.model import FormerIns, IdentityStatus, ReceivedIdentity
from carnet.domain.record import renaming
from carnet.domain.record.renaming import rename_subjects
from carnet.formats.fhir.subject import with_matricule
from carnet.jobs.rename_subjects import subject_renamer
from carnet.jobs.worker import Worker
from carnet.vocabulary.ins import NIR_TEST, Ins, key_of


async def renamed(world: World, before: Person) -> Person:
    number = "1" + before.ins.matricule[1:13]
    ins = Ins(number + f"{key_of(number):02d}", NIR_TEST)
    received = ReceivedIdentity(before.identity.traits, IdentityStatus.QUALIFIED, ins, former=(FormerIns(before.ins),))
    services = world.carnet.services
    async with world.carnet.database.transaction() as tx:
        await receive_identity(
            tx, received, actor=SYSTEM, keys=services.keys, at=services.clock(), terms=services.receiving_terms
        )
    return Person(before.patient_id, replace(before.identity, ins=ins))


async def work(world: World) -> None:
    store = world.carnet.services.store
    await Worker(world.carnet.database, handlers={RENAME_JOB: subject_renamer(store)}).run_due()


async def served(world: World, person: Person) -> list[dict[str, Any]]:
    """Every fiche, set and folder that the person sees."""
    citizen = world.a_citizen(person)
    fiches = (await world.search(person, by=citizen)).json()["entry"]
    named = {"patient.identifier": person.token_of_ins, "code": "submissionset,folder", "status": "current"}
    lists = await world.http.get("/fhir/List", params=named, headers=citizen.headers)
    assert lists.status_code == 200, lists.text
    return [entry["resource"] for entry in (*fiches, *lists.json()["entry"]) if entry["search"]["mode"] == "match"]


async def test_what_is_served_names_the_person_by_the_present_matricule(world: World) -> None:
    before = await world.a_record()
    sent = a_report(before)
    first = await world.deposit(sent)
    letter = a_letter(before)
    letter["entry"].append(a_folder_entry(before, f"DocumentReference/{first.id}", unique_id=a_unique_id()))
    await world.deposit(letter)
    now = await renamed(world, before)
    old = await served(world, now)
    assert len(old) == 5  # two fiches, two sets, a folder
    assert {each["subject"]["identifier"]["value"] for each in old} == {before.ins.matricule}
    await work(world)
    new = await served(world, now)
    assert {each["subject"]["identifier"]["value"] for each in new} == {now.ins.matricule}
    for each in (*old, *new):
        del each["subject"]["identifier"]
    assert new == old
    # The same deposit again is the same.
    again = await world.deposit(sent)
    assert again.statuses[0] == "200"
    assert "replay-metadata-differs" not in again.warnings


async def test_stopped_in_the_middle_it_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renaming, "_BATCH", 2)
    before = await world.a_record()
    for _ in range(5):
        await world.deposit(a_report(before))
    now = await renamed(world, before)
    seen: list[UUID] = []

    def weak(text: bytes, patient_id: UUID, ins: Ins) -> bytes:
        seen.append(patient_id)
        if len(seen) == 4:
            raise OSError("the power went")
        return with_matricule(text, patient_id=patient_id, ins=ins)

    store = world.carnet.services.store
    with pytest.raises(OSError, match="power"):
        await rename_subjects(store, now.patient_id, rename=weak)
    assert {each["subject"]["identifier"]["value"] for each in await served(world, now)} == {
        before.ins.matricule,
        now.ins.matricule,
    }
    await work(world)
    assert {each["subject"]["identifier"]["value"] for each in await served(world, now)} == {now.ins.matricule}

    def whole(text: bytes, patient_id: UUID, ins: Ins) -> bytes:
        return with_matricule(text, patient_id=patient_id, ins=ins)

    assert await rename_subjects(store, now.patient_id, rename=whole) == 0


async def test_no_one_to_name(world: World) -> None:
    def never(text: bytes, patient_id: UUID, ins: Ins) -> bytes:
        raise AssertionError(text)

    assert await rename_subjects(world.carnet.services.store, UUID(int=1), rename=never) == 0
