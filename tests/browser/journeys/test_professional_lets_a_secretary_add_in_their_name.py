"""A doctor lets their secretary add documents in their name, sees what was added, and ends it; the citizen reads both names."""

from playwright.async_api import Page, expect
from tests.browser.axe import clean
from tests.browser.conftest import SignIn, Site
from tests.browser.journeys.conftest import AtWork
from tests.browser.journeys.professionals import authorise, describe, record_of
from tests.builders.cda import a_pdf

from carnet.web.demo_people import actor_named

SECRETARY = "Inès Plumereau"


async def _letter(page: Page, title: str) -> None:
    file = {"name": "lettre.pdf", "mimeType": "application/pdf", "buffer": a_pdf()}
    await page.set_input_files("#champ-fichiers", [file])  # type: ignore[list-item]  # as Playwright's FilePayload
    await describe(page, title=title)


async def _identify(page: Page, matricule: str) -> None:
    await page.get_by_label("Matricule INS ou code scanné").fill(matricule)
    await page.get_by_label("Nom de naissance, ou nom utilisé").fill("Lambert")
    await page.get_by_label("Premier prénom, ou prénom utilisé").fill("Odile")
    await page.get_by_label("Date de naissance").fill("01/06/1955")
    await page.get_by_role("button", name="Vérifier l’identité").click()
    await expect(page.get_by_role("heading", name="Est-ce cette personne ?")).to_be_visible()


async def test_professional_lets_a_secretary_add_in_their_name(
    a_site: Site, at_work: AtWork, signed_in: SignIn
) -> None:
    odile = a_site.odile
    clerk = await actor_named(a_site.carnet.database, "secretaire")
    # Given a doctor who names their secretary, by the number that they told
    doctor = await at_work()
    await (
        doctor.get_by_role("navigation", name="Rubriques", exact=True)
        .get_by_role("link", name="Déléguer la saisie")
        .click()
    )
    await clean(doctor)
    await doctor.get_by_role("button", name="Nommer cette personne").click()
    await expect(doctor.get_by_role("alert")).to_contain_text("Choisissez un collègue, ou tapez son numéro")
    await clean(doctor)
    await doctor.get_by_label("Numéro").fill(clerk.person or "")
    await doctor.get_by_label("Nom", exact=True).fill(SECRETARY)
    await doctor.get_by_role("button", name="Nommer cette personne").click()
    await expect(doctor.get_by_role("status")).to_contain_text("cette personne peut ajouter en votre nom")
    await clean(doctor)
    # When the secretary comes in, and finds the patient by the matricule and the traits of their card
    secretary = await at_work(SECRETARY)
    await expect(secretary.get_by_text("Dre Claire Aubrespin")).to_be_visible()
    await clean(secretary)
    await _identify(secretary, odile.ins.matricule)
    await clean(secretary)
    # And adds a letter in the doctor's name
    await secretary.locator("main").get_by_role("link", name="Ajouter un document").last.click()
    await clean(secretary)
    await _letter(secretary, "Lettre dictée au confrère")
    await secretary.get_by_role("button", name="Mettre dans le carnet").click()
    await expect(secretary.get_by_role("status")).to_contain_text("Le document est dans le carnet")
    # Then they see nothing of the record
    await secretary.goto(record_of(odile))
    await expect(secretary.get_by_text("réservée aux professionnels")).to_be_visible()
    await clean(secretary)
    # And the doctor finds it in their list, and reads it as its author
    await authorise(a_site, odile)
    await doctor.goto("/pro/delegations/ajouts")
    await expect(doctor.get_by_text(SECRETARY).first).to_be_visible()
    await clean(doctor)
    await doctor.locator(".row-title a").first.click()
    await expect(doctor.locator("#dt")).to_have_text("Lettre dictée au confrère")
    # And the citizen reads both names
    citizen = await signed_in("odile")
    await citizen.goto("/acces")
    await expect(citizen.get_by_text("Inès Plumereau, secrétariat (Maison de santé du Pont-Vert), pour Dre Claire Aubrespin").first).to_be_visible()  # fmt: skip
    # When the doctor ends it while the secretary prepares another letter
    await secretary.goto("/pro")
    await _identify(secretary, odile.ins.matricule)
    await secretary.locator("main").get_by_role("link", name="Ajouter un document").last.click()
    await _letter(secretary, "Deuxième lettre")
    await doctor.goto("/pro/delegations")
    await doctor.get_by_role("button", name="Arrêter maintenant").click()
    await expect(doctor.get_by_role("status")).to_contain_text("C’est arrêté")
    await clean(doctor)
    await secretary.get_by_role("button", name="Mettre dans le carnet").click()
    # Then it is refused, and what was typed and sent is still there
    await expect(secretary.get_by_role("alert")).to_contain_text("sa délégation a pris fin")
    await expect(secretary.get_by_label("Titre")).to_have_value("Deuxième lettre")
    await expect(secretary.get_by_text("lettre.pdf").first).to_be_visible()
    await clean(secretary)
    await secretary.goto("/pro")
    await expect(secretary.get_by_text("Personne ne vous délègue la saisie")).to_be_visible()
    await clean(secretary)
