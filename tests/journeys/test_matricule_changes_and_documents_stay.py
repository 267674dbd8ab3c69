"""Someone without a number of their own gets one: their record is announced, opens, is fed, and stays theirs under the new number."""

from uuid import UUID

from tests.builders.patients import a_patient, an_ins, ins_identifier
from tests.doors.test_identities import created, entries, find, named_by, put
from tests.doors.world import Person, World, a_report, codes_of

from carnet.domain.actor import SYSTEM
from carnet.domain.consent.record_life import activate
from carnet.domain.people.model import Identity, IdentityStatus, InsTraits, Sex

LOUISE = InsTraits("ESSAI", "LOUISE", "1955-06-12", Sex.FEMALE, "LOUISE MARIE", "75056")


async def test_matricule_changes_and_documents_stay(world: World) -> None:
    # Given someone whom the identity source tells, with a first matricule
    source, doctor = world.an_identity_source(), await world.a_professional()
    first, second = an_ins(7001), an_ins(7002)
    patient_id: UUID = await created(world, a_patient(first), by=source)
    louise = Person(patient_id, Identity(first, LOUISE, IdentityStatus.QUALIFIED))

    # While the opening is only announced, nobody finds a record, and nothing can be filed
    assert entries(await find(world, named_by(first), by=doctor)) == []
    assert codes_of(await world.send(a_report(louise))) == ["record-announced"]

    # When she opens it, the software of a hospital learns so, and feeds it
    services = world.carnet.services
    async with world.carnet.database.transaction() as tx:
        await activate(tx, patient_id, actor=SYSTEM, keys=services.keys, at=services.clock())
    (entry,) = entries(await find(world, named_by(first), by=world.hospital))
    assert entry["resource"]["active"] is True
    report = await world.deposit(a_report(louise))

    # When her matricule changes, and the source says that the first one is dead
    changed = a_patient(second, identifier=[ins_identifier(second), ins_identifier(first, use="old")])
    assert (await put(world, changed, by=source, under=named_by(first))).status_code == 200

    # Then the record is hers under the new one, with its document
    (entry,) = entries(await find(world, named_by(second), by=doctor))
    assert entry["resource"]["id"] == str(patient_id)
    now = Person(patient_id, Identity(second, LOUISE, IdentityStatus.QUALIFIED))
    assert await world.found(now, by=world.a_citizen(now)) == [report.id]

    # And whoever only knew the first learns that there is a record, not what she is called now
    told = await find(world, named_by(first), by=doctor)
    assert second.matricule not in told.text

    # And her trail tells all of it
    types = [event.type for event in await world.events(now)]
    for expected in (
        "record-announced",
        "record-activated",
        "documents-filed",
        "matricule-changed",
        "record-looked-up",
    ):
        assert expected in types
    assert (await world.verified(now)).faults == ()
