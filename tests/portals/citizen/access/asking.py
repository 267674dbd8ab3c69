"""What tests of decisions ask the pages, and what they look at behind them."""

import re

from tests.doors.world import Person, World, a_report
from tests.portals.citizen.access.conftest import Enter
from tests.portals.people import Browser

from carnet.domain.access.restoring import RESTORABLE, held_at
from carnet.domain.access.reviewing import list_authorisations
from carnet.domain.actor import Actor, ActorKind


async def a_person_with(world: World, enter: Enter, *, documents: int = 2) -> tuple[Person, Browser]:
    person = await world.a_record()
    for _ in range(documents):
        await world.deposit(a_report(person))
    return person, await enter(person)


async def held(world: World, person: Person):
    """What is in force, as (kind, holder)."""
    services = world.carnet.services
    actor = Actor(ActorKind.CITIZEN, "La personne", ins=person.ins)
    review = await list_authorisations(services.rights, person.patient_id, actor=actor, terms=services.rights_terms)
    return {
        (each.consent.kind, each.consent.holder): each for each in held_at(review.periods, review.at, kinds=RESTORABLE)
    }


async def card_of(browser: Browser, words: str, place: str = "", number: str = "", what: str = "professionnel"):
    """The page of the first one that a search finds."""
    page = await browser.open("/acces/professionnels")
    search = await browser.open(re.search(r'href="(/acces/professionnels/chercher[^"]+)"', page.text)[1])
    found = await browser.send(search, nom=words, lieu=place, numero=number, quoi=what)
    return found, await browser.open(re.search(r'<a href="(/acces/professionnels/fiche[^"]+)"', found.text)[1])


async def decide(browser: Browser, card, act: str):
    """The page that asks about one decision."""
    return await browser.open(re.search(rf'href="(/acces/professionnels/{act}[^"]+)"', card.text)[1])


def spaced(page) -> str:
    return page.text.replace("\xa0", " ")


def token_of(page) -> str:
    return re.search(r'name="csrf" value="([^"]+)"', page.text)[1]
