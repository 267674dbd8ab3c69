"""A professional comes into a record by an act of their own: the care relation, a consent, the role of médecin traitant; and takes it back."""

from playwright.async_api import expect
from tests.browser.axe import clean
from tests.browser.conftest import Site
from tests.browser.journeys.conftest import AtWork
from tests.browser.journeys.professionals import a_patient, record_of
from tests.doors.world import a_report

from carnet.domain.audit.model import EventType


async def test_professional_declares_that_they_care_for_someone(a_site: Site, at_work: AtWork) -> None:
    # Given someone whom the doctor begins to care for
    page = await at_work()
    person = await a_patient(a_site, documents=2, authorised=(), birth_name="NOUVELLE-VENUE")
    # When the doctor asks for the record
    await page.goto(record_of(person))
    # Then nothing of it is shown, and they are asked why
    await expect(page.get_by_role("heading", level=1)).to_have_text("Votre accès à ce carnet")
    assert "NOUVELLE-VENUE" not in await page.content()
    await clean(page)
    await page.get_by_role("button", name="Déclarer cet accès").click()
    await expect(page.get_by_role("alert")).to_contain_text("À quel titre")
    # When they say so
    await page.get_by_label("Je fais partie de son équipe de soins").check()
    await page.get_by_role("button", name="Déclarer cet accès").click()
    # Then the record is open, the person will know, and it can be taken back
    await expect(page.get_by_role("status")).to_contain_text("La personne en est informée")
    await expect(page.get_by_role("heading", name="Documents")).to_contain_text("(2)")
    assert (await a_site.world.events(person))[-2].type is EventType.GRANT_GIVEN
    await page.get_by_role("button", name="Retirer cet accès").click()
    await expect(page.locator("main")).to_contain_text("Vous n’avez plus accès à ce carnet.")
    await page.goto(record_of(person))
    await expect(page.get_by_role("heading", level=1)).to_have_text("Votre accès à ce carnet")


async def test_professional_records_the_consent_of_the_person(a_site: Site, at_work: AtWork) -> None:
    # Given someone who is seen once, by a doctor out of their care team
    page = await at_work("Dr Yasmine Belcourt", java_script_enabled=False)
    person = await a_patient(a_site, documents=1, authorised=())
    await page.goto(record_of(person))
    # When the doctor records that they agreed
    await page.get_by_label("Elle vient de me donner son accord").check()
    await page.get_by_role("button", name="Déclarer cet accès").click()
    # Then the record is open, for a day at most
    await expect(page.get_by_role("heading", name="Documents")).to_contain_text("(1)")
    await page.get_by_role("link", name="Votre accès").click()
    await expect(page.locator(".lead")).to_contain_text("Votre accès à ce carnet est ouvert jusqu’au")


async def test_professional_becomes_medecin_traitant_and_ceases(a_site: Site, at_work: AtWork) -> None:
    # Given a doctor who is authorised, and a document that the person masks
    page = await at_work()
    person = await a_patient(a_site, lambda who: a_report(who, labels=["MASQUE_PS"]), documents=1)
    await page.goto(record_of(person))
    await expect(page.get_by_role("heading", name="Documents")).to_contain_text("(1)")
    # When they become médecin traitant
    await page.get_by_role("link", name="Votre accès").click()
    await clean(page)
    await page.get_by_role("button", name="Devenir médecin traitant").click()
    await expect(page.locator(".lead")).to_have_text("Vous êtes médecin traitant de cette personne.")
    # Then they see what is masked too
    await page.get_by_role("link", name="Ouvrir ce carnet").click()
    await expect(page.get_by_role("heading", name="Documents")).to_contain_text("(2)")
    await expect(page.get_by_label("Identité du patient")).to_contain_text("Vous êtes son médecin traitant")
    await expect(page.get_by_text("Masqué", exact=True)).to_be_visible()
    # When they cease to be
    await page.get_by_role("link", name="Votre accès").click()
    await page.get_by_role("button", name="Ne plus être médecin traitant").click()
    # Then they do not any more
    await page.get_by_role("link", name="Ouvrir ce carnet").click()
    await expect(page.get_by_role("heading", name="Documents")).to_contain_text("(1)")


async def test_nurse_is_never_offered_to_be_medecin_traitant(a_site: Site, at_work: AtWork) -> None:
    page = await at_work("Mme Nadège Tourvillac")
    person = await a_patient(a_site, documents=1, authorised=("infirmiere",))
    await page.goto(record_of(person, "acces"))
    await expect(page.get_by_role("button", name="Retirer mon accès")).to_be_visible()
    assert await page.get_by_role("heading", name="Médecin traitant").count() == 0
