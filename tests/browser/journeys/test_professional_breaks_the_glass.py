"""A professional reads in an emergency, in regulation, or in secret for a minor: why is asked, a banner stays all along, and it closes."""

import pytest
from playwright.async_api import Page, expect
from tests.browser.axe import clean
from tests.browser.conftest import Site
from tests.browser.journeys.conftest import AtWork
from tests.browser.journeys.professionals import a_patient, record_of

from carnet.domain.audit.model import EventType


async def _open_in_emergency(page: Page, address: str) -> None:
    await page.goto(f"{address}/urgence")
    await page.get_by_label("La personne ne peut pas répondre").check()
    await page.get_by_label("La situation, en une phrase").fill("Malaise sur la voie publique, confuse")
    await page.get_by_role("button", name="Ouvrir en urgence").click()


@pytest.mark.long
async def test_professional_breaks_the_glass(a_site: Site, at_work: AtWork) -> None:
    # Given someone whom the emergency doctor does not know
    page = await at_work("Dr Yasmine Belcourt")
    person = await a_patient(a_site, documents=2, authorised=())
    await page.goto(record_of(person))
    await page.get_by_role("link", name="La personne ne peut pas répondre").click()
    await clean(page)
    # When they say nothing of why
    await page.get_by_role("button", name="Ouvrir en urgence").click()
    # Then nothing opens, and each thing that is missing is told beside its place
    await expect(page.get_by_role("alert")).to_contain_text("Pourquoi vous ouvrez ce carnet")
    await expect(page.get_by_role("alert")).to_contain_text("La situation")
    # When they say why
    await _open_in_emergency(page, record_of(person))
    # Then the banner is there, with the hour when it closes, and stays while they read down the page, and over a document
    banner = page.get_by_label("Mode d’accès")
    await expect(page.get_by_role("status")).to_contain_text("Le carnet est ouvert")
    await page.get_by_role("listitem").get_by_role("link", name="Compte rendu").first.click()
    await expect(banner).to_contain_text("Malaise sur la voie publique, confuse")
    await clean(page)
    await page.set_viewport_size({"width": 390, "height": 700})
    await page.evaluate("window.scrollTo(0, document.body.scrollHeight / 2)")
    await expect(banner).to_be_in_viewport()
    # And wherever they go in this record
    for more in ("ajouter", "acces"):
        await page.goto(record_of(person, more))
        await expect(banner).to_contain_text("Accès en urgence")
    # When they close it
    await page.get_by_role("button", name="Fermer maintenant").click()
    # Then the record is shut, and the person will know all of it
    await expect(banner).to_have_count(0)
    await page.goto(record_of(person))
    await expect(page.get_by_role("heading", level=1)).to_have_text("Votre accès à ce carnet")
    told = [event.type for event in await a_site.world.events(person)]
    assert EventType.READING_MODE_BEGUN in told
    assert EventType.READING_MODE_ENDED in told


async def test_emergency_that_ends_while_reading_closes_the_record(a_site: Site, at_work: AtWork) -> None:
    # Given an emergency under way
    page = await at_work("Dr Yasmine Belcourt", java_script_enabled=False)
    person = await a_patient(a_site, documents=1, authorised=())
    await _open_in_emergency(page, record_of(person))
    await expect(page.get_by_label("Mode d’accès")).to_contain_text("Accès en urgence")
    # When it comes to its end
    async with a_site.carnet.database.transaction() as tx:
        await tx.execute("UPDATE reading_mode SET ends_at = now() WHERE patient_id = %s", (person.patient_id,))
    # Then the next document does not open, and the page says by which ways one may come in
    await page.get_by_role("listitem").get_by_role("link", name="Compte rendu").first.click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Votre accès à ce carnet")
    await expect(page.get_by_label("Mode d’accès")).to_have_count(0)


async def test_professional_regulates_a_call(a_site: Site, at_work: AtWork) -> None:
    # Given a caller, and a doctor at the centre 15
    page = await at_work("Dr Yasmine Belcourt")
    person = await a_patient(a_site, documents=1, authorised=())
    await page.goto(record_of(person, "urgence"))
    # When the doctor regulates
    await page.get_by_label("Je régule un appel").check()
    await page.get_by_role("button", name="Ouvrir en urgence").click()
    # Then the record is open, as what it is
    await expect(page.get_by_label("Mode d’accès")).to_contain_text("Accès en régulation")
    await expect(page.get_by_role("heading", name="Documents")).to_contain_text("(1)")
    # And a doctor in town is offered nothing of the kind
    other = await at_work()
    await other.goto(record_of(person, "urgence"))
    assert await other.get_by_label("Je régule un appel").count() == 0


async def test_professional_reads_in_secret_for_a_minor(a_site: Site, at_work: AtWork) -> None:
    # Given a girl of fifteen, and an act that she keeps from her parents
    page = await at_work()
    child = await a_patient(a_site, documents=1, birth_date="2011-05-06")
    await page.goto(record_of(child))
    # When the doctor passes into a secret connection
    await page.get_by_role("button", name="Passer en connexion secrète").click()
    # Then the banner says so
    await expect(page.get_by_label("Mode d’accès")).to_contain_text("Connexion secrète")
    await clean(page)
    # And what they add says who shall not see it
    await page.goto(record_of(child, "ajouter"))
    await expect(page.get_by_label("Le voit, mais pas ses représentants légaux")).to_be_visible()
    await expect(page.get_by_label("Mode d’accès")).to_contain_text("Connexion secrète")
