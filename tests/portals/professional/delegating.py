"""A doctor, a colleague and a secretary of one structure, and what each does about a delegation."""

import re
from datetime import timedelta

from tests.builders.cda import a_pdf
from tests.portals.people import Browser, path_of

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


async def checked(browser, person, **changes):
    """What the secretary is told of an identity."""
    traits = person.identity.traits
    typed = {
        "matricule": person.ins.matricule, "nom": traits.birth_name, "prenom": traits.first_given_name,
        "naissance": traits.birth_date,
    }  # fmt: skip
    return await browser.send(await browser.open("/pro"), **typed | changes)


async def form_page(browser, person):
    """The empty form; a secretary makes sure of the identity first."""
    page = await browser.open(address(person, "ajouter"))
    if path_of(page) == "/pro":
        page = await checked(browser, person)
        page = await browser.open(re.search(rf'href="({address(person, "ajouter")}[^"]+)"', page.text)[1])
    return page


async def begun(browser, person):
    """Where the form posts, its hidden fields, the names that it offers."""
    page = await form_page(browser, person)
    action = re.search(rf'action="({address(person, "ajouter")}/[^"]+)"', page.text)
    assert action is not None, page.text[:3000]
    return action[1], hidden(page), offered(page)


def hidden(page):
    """Those of the form of files, which comes after the one that signs out."""
    form = page.text[page.text.index('enctype="multipart') :]
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form))


def offered(page):
    return re.findall(r'name="nom" value="([^"]+)"', page.text)


async def send(browser, person, *, place=None, files=(("lettre.pdf", None),), **changes):
    """What is typed, sent in the last name that the form offers unless told otherwise."""
    where, fields, names = place or await begun(browser, person)
    sent = [("fichiers", (name, content or a_pdf())) for name, content in files]
    typed = {**fields, **SAID, "nom": names[-1] if names else "", **changes}
    return await browser._arrived(await browser.http.post(where, data=typed, files=sent or None))
