"""What a patient asks reaches the author's page, is answered there once, and tells nobody else anything."""

from uuid import UUID

from tests.doors.world import a_titled
from tests.portals.people import Browser, heading_of

from carnet.app import application
from carnet.domain.actor import Actor, ActorKind, Authentication
from carnet.domain.record.asking.model import RequestKind
from carnet.domain.record.asking.sending import ask_author
from carnet.web.demo_people import actor_named

WHY = "La date de naissance de mon enfant n’est pas la bonne."


async def at_work(carnet, name="medecin"):
    browser = Browser(application(carnet))
    await browser.send(await browser.open("/pro/connexion/psc"), person=name)
    return browser


async def asked(carnet, world, *, of="medecin"):
    """A patient asks this professional about a document of theirs; its request's id."""
    author = await actor_named(carnet.database, of)
    person = await world.a_record()
    document = (await world.deposit(a_titled(person, "Compte rendu", family="Aubrespin", number=author.person))).id
    actor = Actor(ActorKind.CITIZEN, "La personne", ins=person.ins, authentication=Authentication("demo-link"))
    services = carnet.services
    sent = await ask_author(
        services.store, UUID(document), RequestKind.CORRECT, WHY, actor=actor, terms=services.read_terms
    )
    return person, sent.request_id


async def test_it_is_seen_answered_once_and_told_back(carnet, world):
    _, request_id = await asked(carnet, world)
    doctor = await at_work(carnet)
    page = await doctor.open("/pro/demandes")
    assert str(request_id) in page.text
    assert WHY not in page.text
    page = await doctor.open(f"/pro/demandes/{request_id}")
    assert WHY in page.text
    page = await doctor.send(page, reponse="declined", texte="")
    assert page.status_code == 422
    again = page
    page = await doctor.send(page, reponse="declined", texte="La date est celle de la carte.")
    assert "Votre réponse est envoyée" in page.text
    assert "La date est celle de la carte." in page.text
    assert (await doctor.send(again, reponse="accepted")).status_code == 409
    assert "Déjà traitées" in (await doctor.open("/pro/demandes")).text
    await doctor.close()


async def test_it_is_nobody_else_s(carnet, world):
    _, request_id = await asked(carnet, world)
    nurse = await at_work(carnet, "infirmiere")
    assert "Aucune demande" in (await nurse.open("/pro/demandes")).text
    answers = {
        (answer.status_code, heading_of(answer))
        for each in (request_id, "01900000-0000-7000-8000-0000000000ff")
        for answer in [await nurse.open(f"/pro/demandes/{each}")]
    }
    assert answers == {(404, "Nous n’avons pas trouvé cette page")}
    await nurse.close()
