"""Opening a record asks the database as often for two thousand documents as for ten, and its page keeps its weight."""

from tests.domain.record.browsing.test_statements import a_record_of
from tests.doors.statements import statements
from tests.portals.people import Browser

from carnet.app import application
from carnet.domain.consent.model import ConsentKind
from carnet.web.demo_people import actor_named

ROOM_BYTES = 120_000


async def test_the_same_statements_at_ten_documents_and_at_two_thousand(carnet, world):
    doctor = await actor_named(carnet.database, "medecin")
    asked, weighed = {}, {}
    for count in (10, 2_000):
        at_work = Browser(application(carnet))
        await at_work.send(await at_work.open("/pro/connexion/psc"), person="medecin")
        person = await a_record_of(world, count)
        await world.consent(person, ConsentKind.GRANT, doctor.person)
        record = f"/pro/patients/{person.patient_id}"
        page = await at_work.open(record)
        assert f"({count})" in page.text
        document = page.text.partition(f"{record}/documents/")[2][:36]
        asked[count], weighed[count] = [], []
        for path in ("/pro", record, f"{record}/documents/{document}"):
            async with statements() as told:
                page = await at_work.http.get(path)
            assert page.status_code == 200
            asked[count].append(len(told))
            weighed[count].append(len(page.content))
        await at_work.close()
    assert asked[10] == asked[2_000]
    assert max(weighed[2_000]) < ROOM_BYTES
