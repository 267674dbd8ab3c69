"""A doctor, a colleague and a secretary of one structure, and what each does about a delegation."""

import re
from datetime import timedelta

from tests.builders.cda import a_pdf
from tests.portals.people import Browser

from carnet.app import application
from carnet.domain.delegations.naming import Naming, name_delegate
from carnet.domain.professionals.model import Practice
from carnet.web.demo_people import actor_named

SAID = {
    "type": "11488-4",
    "titre": "Lettre dictée",
    "jour": "2026-06-01",
    "professionnels": "visible",
    "patient": "visible",
}


async def signed_in(carnet, name="medecin"):
    browser = Browser(application(carnet))
    page = await browser.send(await browser.open("/pro/connexion/psc"), person=name)
    assert page.status_code == 200
    return browser


def address(person, *more):
    return "/".join((f"/pro/patients/{person.patient_id}", *more))


async def delegated(carnet, by="medecin", to="secretaire", *, days=10):
    """A delegation between people of the demonstration, as the page makes it."""
    doctor, whom = await actor_named(carnet.database, by), await actor_named(carnet.database, to)
    practice = Practice(
        "essai", doctor.profession, doctor.specialty, doctor.sector, doctor.organization, doctor.organization_name
    )
    at = carnet.services.clock()
    return await name_delegate(
        carnet.database, Naming(whom.person, whom.name, at + timedelta(days=days), doctor.name), actor=doctor, practice=practice,
        terms=carnet.professionals.delegations, seals=carnet.professionals.delegation_seals, at=at,
    )  # fmt: skip


async def begun(browser, person):
    """Where the form posts, its token, the delegations that it offers."""
    page = await browser.open(address(person, "ajouter"))
    action = re.search(rf'action="({address(person, "ajouter")}/[^"]+)"', page.text)
    assert action is not None, page.text[:3000]
    return action[1], re.search(r'name="csrf" value="([^"]+)"', page.text)[1], offered(page)


def offered(page):
    return re.findall(r'name="nom" value="([^"]+)"', page.text)


async def send(browser, person, *, place=None, files=(("lettre.pdf", None),), **changes):
    """What is typed, sent in the first name that the form offers unless told otherwise."""
    where, token, names = place or await begun(browser, person)
    sent = [("fichiers", (name, content or a_pdf())) for name, content in files]
    typed = {"csrf": token, **SAID, "nom": names[-1] if names else "", **changes}
    return await browser._arrived(await browser.http.post(where, data=typed, files=sent or None))
