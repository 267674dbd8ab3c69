"""Who typed is not who wrote: the software of a structure says both (decision 42; by a delegation at the portal, test_delegations.py)."""

from tests.doors.world import a_letter, a_report
from tests.portals.people import Browser

from carnet.app import application
from carnet.domain.actor import Actor, ActorKind
from carnet.domain.audit.model import EventType
from carnet.domain.consent.model import ConsentKind
from carnet.web.demo_people import actor_named

TYPED_BY = (
    '<dataEnterer><assignedEntity><id root="1.2.250.1.71.4.2.1" extension="31990000001/0042"/><assignedPerson>'
    "<name><family>DACTYLO</family><given>Inès</given></name></assignedPerson></assignedEntity></dataEnterer><custodian>"
)


async def test_a_dictated_letter_has_its_author_its_structure_and_who_typed_it(carnet, world):
    person = await world.a_record()
    doctor = await actor_named(carnet.database, "medecin")
    await world.consent(person, ConsentKind.GRANT, doctor.person)
    letter = await world.deposit(a_letter(person, cda={"swap": {"<custodian>": TYPED_BY}}))
    filed = [event for event in await world.events(person) if event.type is EventType.DOCUMENTS_FILED]
    assert [(each.actor.kind, each.actor.software) for each in filed] == [(ActorKind.ORGANIZATION, "hopital")]
    at_work = Browser(application(carnet))
    await at_work.send(await at_work.open("/pro/connexion/psc"), person="medecin")
    page = await at_work.open(f"/pro/patients/{person.patient_id}/documents/{letter.id}")
    assert "Dr Alix Fictif" in page.text
    original = await at_work.open(f"/pro/patients/{person.patient_id}/documents/{letter.id}/original")
    assert "DACTYLO" in original.text
    await at_work.close()


async def test_a_secretary_by_themselves_feeds_nothing_and_reads_nothing(world):
    person = await world.a_record()
    letter = await world.deposit(a_report(person))
    secretary = Actor(ActorKind.SECRETARY, "Secrétariat", organization="1990000001", on_behalf_of="899700000001")
    token = {"Authorization": f"Bearer {world.token(secretary)}", "Content-Type": "application/fhir+json"}
    fed = await world.http.post("/fhir", headers=token, json=a_report(person))
    read = await world.http.get(f"/fhir/DocumentReference/{letter.id}", headers=token)
    assert fed.status_code == 403
    assert read.status_code in {403, 404}
