"""A document masked to professionals is there for the person, its author and their médecin traitant; for others it does not exist."""

from tests.builders import fhir
from tests.doors.world import World, a_report, a_unique_id

NOWHERE = "01900000-0000-7000-8000-0000000000aa"


async def test_masked_document_casts_no_shadow(world: World) -> None:
    # Given a record with one report for all, and one that is masked to professionals
    louise = await world.a_record()
    number = a_unique_id()
    shown = (await world.deposit(a_report(louise))).id
    masked = await world.deposit(a_report(louise, unique_id=number, labels=["MASQUE_PS"]))

    # And four people who may open that record
    author = await world.a_professional(authorised_on=louise, number=fhir.a_practitioner()["identifier"][0]["value"])
    family_doctor = await world.a_professional(treating=louise)
    specialist = await world.a_professional(authorised_on=louise)
    citizen = world.a_citizen(louise)

    # Then three of them see both
    for reader in (citizen, author, family_doctor):
        assert sorted(await world.found(louise, by=reader)) == sorted([shown, masked.id])
        assert (await world.read(f"Binary/{masked.id}", by=reader)).status_code == 200

    # And for the specialist there is one document, whatever they ask
    whole = (await world.search(louise, by=specialist)).json()
    assert whole["total"] == 1
    assert [entry["resource"]["id"] for entry in whole["entry"]] == [shown]
    for asked in ({"_id": masked.id}, {"identifier": f"urn:oid:{number}"}, {"security-label": "MASQUE_PS"}):
        assert (await world.search(louise, by=specialist, **asked)).json()["total"] == 0
    for kind in ("DocumentReference", "Binary"):
        there = await world.read(f"{kind}/{masked.id}", by=specialist)
        nowhere = await world.read(f"{kind}/{NOWHERE}", by=specialist)
        assert (there.status_code, there.content) == (nowhere.status_code, nowhere.content)
        assert there.status_code == 404
    assert (await world.read(f"List/{masked.set_id}", by=specialist)).status_code == 404
