"""Lives of documents, on the real database: each verb, who may, what it leaves, and what crosses it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.doors.world import Caller, Person, World, a_report, a_unique_id, codes_of

from carnet.domain.access.model import AvailabilityStatus, Confidentiality
from carnet.domain.actor import Actor, ActorKind, Purpose
from carnet.domain.errors import Invalid, NotFound, Refused, Stale, Unavailable
from carnet.domain.record import archiving, deletion, masking, updating, visibility
from carnet.domain.record.model import StoredEntry
from carnet.domain.record.updating.model import UpdateTerms
from carnet.domain.record.updating.store import erase_contents
from carnet.domain.record.wanted import Named
from carnet.vocabulary.identifiers import UniqueId

Verb = Callable[..., Awaitable[StoredEntry]]

MASQUE_PS = Confidentiality.MASQUE_PS
AUTHOR = "899700000001"  # of the reports that the builders make
VERBS: dict[str, Verb] = {
    "mask": masking.mask, "unmask": masking.unmask, "reveal": visibility.reveal_to_patient,
    "reveal to representatives": visibility.reveal_to_representatives, "archive": archiving.archive,
    "unarchive": archiving.unarchive, "delete": deletion.delete,
}  # fmt: skip


@dataclass
class Bench:
    """The verbs over the world's store."""

    world: World
    may_combine_labels: bool = False

    @property
    def terms(self) -> UpdateTerms:
        services = self.world.carnet.services
        return UpdateTerms(services.read_terms.matrix, services.clock, self.may_combine_labels)

    async def do(self, verb: Verb, document: str | Named, actor: Actor, **more: Any) -> StoredEntry:
        named = document if isinstance(document, Named) else Named(logical_id=UUID(document))
        return await verb(self.world.carnet.services.store, named, actor=actor, terms=self.terms, **more)

    async def row(self, document: str) -> dict[str, Any]:
        async with self.world.carnet.database.connection() as connection:
            cursor = await connection.execute(
                """
                SELECT e.status, e.labels, e.version, e.updated_at, e.entry_uuid, e.masked_by_patient, a.status = e.status AND a.labels = e.labels,
                    ARRAY(SELECT p.version FROM document_entry_past p WHERE p.patient_id = e.patient_id AND p.logical_id = e.logical_id
                        ORDER BY p.version)
                FROM document_entry e JOIN access_class a USING (patient_id, class_id) WHERE e.logical_id = %s
                """,
                (document,),
            )
            row = await cursor.fetchone()
        assert row is not None
        names = ("status", "labels", "version", "updated_at", "entry_uuid", "held", "class_agrees", "past")
        return dict(zip(names, row, strict=True))


@pytest.fixture
def bench(world: World) -> Bench:
    return Bench(world)


def citizen(person: Person) -> Actor:
    return Actor(ActorKind.CITIZEN, "La personne", ins=person.ins)


def doctor(number: str = AUTHOR, **changes: Any) -> Actor:
    return Actor(ActorKind.PROFESSIONAL, "Dr Essai", person=number, profession="10", **changes)


async def a_doctor(world: World, person: Person, **right: Any) -> Actor:
    """Someone with a right on the record: authorised, or as told."""
    caller: Caller = await world.a_professional(**(right or {"authorised_on": person}))
    return doctor(caller.number)


async def test_masking_hides_from_professionals_and_leaves_a_period(world: World, bench: Bench) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id
    other = await world.a_professional(authorised_on=person)
    before = await bench.row(document)
    entry = await bench.do(masking.mask, document, citizen(person))
    assert (entry.labels, entry.version, entry.status) == ({MASQUE_PS}, 2, AvailabilityStatus.APPROVED)
    after = await bench.row(document)
    assert (after["labels"], after["version"], after["held"], after["past"]) == (["MASQUE_PS"], 2, True, [1])
    assert after["class_agrees"]
    assert after["updated_at"] == entry.updated_at > before["updated_at"]
    assert after["entry_uuid"] == entry.entry_uuid != before["entry_uuid"]
    assert await world.found(person, by=other) == []
    event = (await world.events(person))[-2]
    assert (event.type, event.documents, event.rule) == ("document-masked", (UUID(document),), "update.citizen")
    entry = await bench.do(masking.unmask, document, citizen(person))
    assert (entry.labels, entry.version) == (set(), 3)
    assert await world.found(person, by=other) == [document]
    assert (await world.verified(person)).faults == ()


async def test_every_former_entry_uuid_still_names_the_document(world: World, bench: Bench) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id
    masked = await bench.do(masking.mask, document, citizen(person))
    unmasked = await bench.do(masking.unmask, document, citizen(person))
    names = [document, str(masked.entry_uuid), str(unmasked.entry_uuid)]
    assert len(set(names)) == 3
    me = world.a_citizen(person)
    for name in names:
        assert await world.found(person, by=me, identifier=f"urn:uuid:{name}") == [document]
        assert (await bench.do(masking.mask, Named(entry=UUID(name)), citizen(person))).logical_id == UUID(document)
        reference = {"reference": f"urn:uuid:{name}"}
        await world.deposit(a_report(person, relatesTo=[{"code": "appends", "target": reference}]))
    with pytest.raises(NotFound):  # an address is not a search
        await bench.do(masking.mask, Named(logical_id=UUID(names[1])), citizen(person))


async def test_a_document_is_named_by_its_unique_id(world: World, bench: Bench) -> None:
    person, unique_id = await world.a_record(), a_unique_id()
    document = (await world.deposit(a_report(person, unique_id=unique_id))).id
    named = Named(unique_id=UniqueId(unique_id))
    assert (await bench.do(masking.mask, named, citizen(person))).logical_id == UUID(document)
    stranger = await world.a_record()
    for someone in (citizen(stranger), doctor("899799999999")):
        with pytest.raises(NotFound):
            await bench.do(masking.mask, named, someone)


# Who may do what to a document they see: the table of documents.md §4, by verb.
WHO: dict[str, dict[str, bool]] = {
    "the citizen": {"mask": True, "unmask": True, "reveal": False, "reveal to representatives": False, "archive": False, "delete": False},
    "the author": {"mask": True, "unmask": True, "reveal": True, "reveal to representatives": True, "archive": True, "delete": True},
    "the author without authorisation": dict.fromkeys(("mask", "unmask", "reveal", "archive", "delete"), True),
    "a colleague of the author's structure": {"mask": True, "reveal": True, "archive": True, "delete": True},
    "the médecin traitant": {"mask": True, "unmask": True, "reveal": True, "reveal to representatives": True, "archive": True, "delete": False},
    "another professional": dict.fromkeys(("mask", "unmask", "reveal", "archive", "delete"), False),
}  # fmt: skip


async def _someone(world: World, who: str, person: Person) -> Actor:
    match who:
        case "the citizen":
            return citizen(person)
        case "the author":
            await world.a_professional(authorised_on=person, number=AUTHOR)
            return doctor()
        case "the author without authorisation":
            return doctor()
        case "a colleague of the author's structure":
            caller = await world.a_professional(authorised_on=person)
            return doctor(caller.number, organization="1990000001")
        case "the médecin traitant":
            return await a_doctor(world, person, treating=person)
        case _:
            return await a_doctor(world, person)


@pytest.mark.parametrize(("who", "verb", "allowed"), [(w, v, a) for w, verbs in WHO.items() for v, a in verbs.items()])
async def test_who_may(world: World, bench: Bench, who: str, verb: str, allowed: bool) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id
    actor = await _someone(world, who, person)
    if allowed:
        await bench.do(VERBS[verb], document, actor)
        return
    rows, before = await world.rows(), await bench.row(document)
    with pytest.raises(Refused) as refused:
        await bench.do(VERBS[verb], document, actor)
    assert refused.value.code in {"update-refused", "delete-refused", "update-not-own-upload"}
    assert (await world.rows(), await bench.row(document)) == (rows, before)
    event = (await world.events(person))[-1]
    assert (event.type, event.outcome) == ("update-refused", "refused")
    assert event.rule is not None
    assert event.rule.startswith("deny.")


async def test_who_has_no_right_on_the_record_is_told_nothing_else(world: World, bench: Bench) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id
    for actor in (doctor("899799999999"), citizen(await world.a_record())):
        with pytest.raises(Refused) as refused:
            await bench.do(deletion.delete, document, actor)
        assert refused.value.code == "record-refused"
    with pytest.raises(NotFound):
        await bench.do(deletion.delete, str(uuid4()), citizen(person))


@pytest.mark.parametrize("kind", [ActorKind.ORGANIZATION, ActorKind.PRODUCER, ActorKind.MEDIATOR])
async def test_a_software_replaces_instead(world: World, bench: Bench, kind: ActorKind) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id
    software = Actor(kind, "Hôpital inventé", organization="1990000001")
    codes = set()
    for ident in (document, str(uuid4())):
        with pytest.raises(Refused) as refused:
            await bench.do(masking.mask, ident, software)
        codes.add(refused.value.code)
    assert codes == {"update-refused" if kind is ActorKind.MEDIATOR else "update-by-replacement"}


async def test_a_blocked_author_does_nothing_any_more(world: World, bench: Bench) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id
    await world.a_professional(blocked_on=person, number=AUTHOR)
    with pytest.raises(NotFound):  # what they wrote is not a stranger's to them, and yet not theirs to reach
        await bench.do(masking.unmask, document, doctor())


async def test_nothing_is_changed_in_an_emergency(world: World, bench: Bench) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id
    with pytest.raises((Refused, NotFound)):
        await bench.do(masking.mask, document, doctor(purpose=Purpose.EMERGENCY, motive="inconscient"))


async def test_the_patients_mask_is_theirs_to_lift(world: World, bench: Bench) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_report(person, labels=["MASQUE_PS"]))).id
    assert not (await bench.row(document))["held"]
    # The author had masked it: the patient's mask over it is another thing, though nothing shows.
    await bench.do(masking.mask, document, citizen(person))
    for actor in (doctor(), await a_doctor(world, person, treating=person)):
        with pytest.raises(Refused):
            await bench.do(masking.unmask, document, actor)
    await bench.do(masking.unmask, document, citizen(person))
    await bench.do(masking.mask, document, doctor())
    assert (await bench.do(masking.unmask, document, doctor())).labels == set()


async def test_what_the_patient_may_not_see_yet(world: World, bench: Bench) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_report(person, labels=["INVISIBLE_PATIENT"]))).id
    me = world.a_citizen(person)
    for verb in VERBS.values():
        with pytest.raises(NotFound):
            await bench.do(verb, document, citizen(person))
    with pytest.raises(Invalid) as both:
        await bench.do(masking.mask, document, doctor())
    assert both.value.code == "labels-incompatible"
    lenient = Bench(world, may_combine_labels=True)
    assert len((await lenient.do(masking.mask, document, doctor())).labels) == 2
    assert (await bench.do(visibility.reveal_to_patient, document, doctor())).labels == {MASQUE_PS}
    assert await world.found(person, by=me) == [document]
    # For the patient, the first version there ever was is the one they are shown.
    assert (await bench.do(masking.unmask, document, citizen(person))).version == 2


async def test_a_secret_document_is_shown_to_the_representatives(world: World, bench: Bench) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_report(person, labels=["INVISIBLE_REPRESENTANTS_LEGAUX"]))).id
    assert (await bench.do(visibility.reveal_to_representatives, document, doctor())).labels == set()


async def test_archives(world: World, bench: Bench) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id
    me = world.a_citizen(person)
    assert (await bench.do(archiving.archive, document, doctor())).status is AvailabilityStatus.ARCHIVED
    assert await world.found(person, by=me, isArchived="true") == [document]
    assert (await bench.do(archiving.archive, document, doctor())).version == 2  # nothing to do
    assert (await bench.do(archiving.unarchive, document, doctor())).version == 3
    assert await world.found(person, by=me, isArchived="true") == []
    await bench.do(archiving.archive, document, doctor())
    newer = (await world.deposit(a_report(person, replaces={"reference": f"DocumentReference/{document}"}))).id
    assert await world.found(person, by=me, isArchived="true") == [newer]
    assert await world.found(person, by=me, status="superseded") == [document]
    for verb in (archiving.archive, archiving.unarchive, deletion.delete):
        with pytest.raises(Invalid) as superseded:
            await bench.do(verb, document, doctor())
        assert superseded.value.code == "update-not-current"


async def _a_line(world: World, person: Person, length: int, **changes: Any) -> list[str]:
    """A document, and those that replaced it one after another; the last is current."""
    ids = [(await world.deposit(a_report(person, **changes))).id]
    for _ in range(length - 1):
        ids.append((await world.deposit(a_report(person, replaces={"reference": f"DocumentReference/{ids[-1]}"}, **changes))).id)  # fmt: skip
    return ids


async def test_deletion_takes_the_whole_line_and_nothing_else(world: World, bench: Bench) -> None:
    person, unique_id = await world.a_record(), a_unique_id()
    kept = (await world.deposit(a_report(person, unique_id=unique_id))).id
    line = await _a_line(world, person, 3)
    me = world.a_citizen(person)
    entry = await bench.do(deletion.delete, line[-1], doctor())
    assert (entry.status, entry.version) == (AvailabilityStatus.DELETED, 2)
    for document in line:
        assert (await bench.row(document))["status"] == "deleted"
        for address in (
            f"DocumentReference/{document}",
            f"Binary/{document}",
            f"DocumentReference/{document}/_history/1",
        ):
            assert (await world.read(address, by=me)).status_code == 404
        for verb in VERBS.values():
            for actor in (citizen(person), doctor()):
                with pytest.raises(NotFound):
                    await bench.do(verb, document, actor)
    assert await world.found(person, by=me) == [kept]
    event = next(event for event in await world.events(person) if event.type == "document-deleted")
    assert set(map(str, event.documents)) == set(line)
    assert (await world.verified(person)).faults == ()


async def test_a_deleted_unique_id_stays_taken(world: World, bench: Bench) -> None:
    person, unique_id = await world.a_record(), a_unique_id()
    bundle = a_report(person, unique_id=unique_id)
    await bench.do(deletion.delete, (await world.deposit(bundle)).id, doctor())
    assert (await world.send(bundle)).status_code == 409


async def test_contents_are_destroyed_by_the_job(world: World, bench: Bench) -> None:
    person = await world.a_record()
    kept, document = [(await world.deposit(a_report(person))).id for _ in range(2)]
    await bench.do(deletion.delete, document, doctor())
    database = world.carnet.database
    async with database.connection() as connection:
        cursor = await connection.execute("SELECT payload FROM outbox WHERE patient_id = %s AND kind = 'destroy-contents'", (person.patient_id,))  # fmt: skip
        ((payload,),) = await cursor.fetchall()
    assert payload == {"documents": [document]}
    for _ in range(2):  # a job may run twice
        await erase_contents(world.carnet.services.store, person.patient_id, [UUID(document), UUID(kept)])
    async with database.connection() as connection:
        cursor = await connection.execute("SELECT logical_id::text FROM content WHERE patient_id = %s", (person.patient_id,))  # fmt: skip
        assert await cursor.fetchall() == [(kept,)]


async def test_the_citizen_deletes_what_they_deposited(world: World, bench: Bench) -> None:
    person = await world.a_record()
    me = world.a_citizen(person)
    document = (await world.deposit(a_report(person), by=me)).id
    theirs = (await world.deposit(a_report(person))).id
    # Nobody withdraws another's document by replacing it.
    for target, caller in ((theirs, me), (document, world.hospital)):
        refused = await world.send(a_report(person, replaces={"reference": f"DocumentReference/{target}"}), by=caller)
        assert (refused.status_code, codes_of(refused)) == (422, ["replaces-not-yours"])
    await bench.do(archiving.archive, document, citizen(person))
    await bench.do(deletion.delete, document, citizen(person))
    assert await world.found(person, by=me) == [theirs]


async def test_a_stale_version_is_refused(world: World, bench: Bench) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id
    await bench.do(masking.mask, document, citizen(person), if_version="1")
    with pytest.raises(Stale) as stale:
        await bench.do(masking.unmask, document, citizen(person), if_version="1")
    assert stale.value.code == "version-stale"
    assert (await bench.do(masking.unmask, document, citizen(person), if_version="2")).version == 3


async def test_writers_at_the_same_time_are_decided_again(world: World, bench: Bench) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id
    acts = [bench.do(verb, document, citizen(person)) for verb in (masking.mask, masking.unmask) * 3]
    await asyncio.gather(*acts)
    row = await bench.row(document)
    assert row["past"] == list(range(1, row["version"]))
    assert row["class_agrees"]
    assert (await world.verified(person)).faults == ()
    stale = await asyncio.gather(
        *(bench.do(archiving.archive, document, doctor(), if_version=str(row["version"])) for _ in range(2)),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in stale) == ["Stale", "StoredEntry"]


async def test_a_record_that_never_stands_still(world: World, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id

    async def moved(*_: Any, **__: Any) -> None:
        raise updating.Moved

    monkeypatch.setattr(updating, "write_change", moved)
    with pytest.raises(Unavailable):
        await bench.do(masking.mask, document, citizen(person))


# Replacement: what the new version takes over, and who sees the old one.


async def test_what_the_patient_hid_stays_hidden_through_replacement(world: World, bench: Bench) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id
    await bench.do(masking.mask, document, citizen(person))
    bundle = a_report(person, replaces={"reference": f"DocumentReference/{document}"})
    first = await world.deposit(bundle)
    other = await world.a_professional(authorised_on=person)
    assert await world.found(person, by=other) == []
    assert (await bench.row(first.id))["held"]
    assert (await bench.do(masking.mask, first.id, citizen(person))).labels == {MASQUE_PS}
    # The sender is told nothing of it, at the deposit nor by a replay.
    again = await world.deposit(bundle)
    assert (again.warnings, again.id, again.entries[1]["etag"]) == ([], first.id, first.entries[1]["etag"])
    assert again.entries[1]["location"] == first.entries[1]["location"]
    with pytest.raises(Refused):
        await bench.do(masking.unmask, first.id, doctor())


async def test_an_authors_mask_is_what_the_new_version_states(world: World, bench: Bench) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_report(person, labels=["MASQUE_PS"]))).id
    newer = (await world.deposit(a_report(person, replaces={"reference": f"DocumentReference/{document}"}))).id
    other = await world.a_professional(authorised_on=person)
    assert await world.found(person, by=other) == [newer]


@pytest.mark.parametrize("label", ["MASQUE_PS", "INVISIBLE_PATIENT"])
async def test_a_version_is_seen_by_who_sees_all_that_replaced_it(world: World, bench: Bench, label: str) -> None:
    person = await world.a_record()
    line = await _a_line(world, person, 2)
    newest = (await world.deposit(a_report(person, labels=[label], replaces={"reference": f"DocumentReference/{line[-1]}"}))).id  # fmt: skip
    reader = await world.a_professional(authorised_on=person) if label == "MASQUE_PS" else world.a_citizen(person)
    assert await world.found(person, by=reader) == []
    for document in (*line, newest):
        assert (await world.read(f"DocumentReference/{document}", by=reader)).status_code == 404
        assert (await world.read(f"Binary/{document}", by=reader)).status_code == 404
    verb = masking.unmask if label == "MASQUE_PS" else visibility.reveal_to_patient
    await bench.do(verb, newest, doctor())
    assert set(await world.found(person, by=reader)) == {*line, newest}
    assert (await world.read(f"DocumentReference/{line[0]}", by=reader)).json()["status"] == "superseded"


async def test_even_the_author_of_a_version_does_not_feel_what_replaced_it(world: World, bench: Bench) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id
    fiche: dict[str, Any] = {"replaces": {"reference": f"DocumentReference/{document}"}, "labels": ["MASQUE_PS"]}
    bundle = a_report(person, **fiche)
    by_another = json.dumps(bundle).replace(AUTHOR, "899700000017")
    await world.deposit(json.loads(by_another))
    author = await world.a_professional(authorised_on=person, number=AUTHOR)
    assert await world.found(person, by=author) == []
    with pytest.raises(NotFound):
        await bench.do(masking.mask, document, doctor())
