"""A professional masks, archives and deletes what they wrote, and nothing of what others wrote."""

import pytest
from playwright.async_api import Page, expect
from tests.browser.axe import clean
from tests.browser.conftest import Site
from tests.browser.journeys.conftest import AtWork
from tests.browser.journeys.professionals import a_patient, record_of
from tests.builders.cda import a_pdf
from tests.doors.world import Person

_SAID = ("Les autres professionnels", "Le voient, s’ils sont autorisés"), ("La personne", "Le voit tout de suite")


async def _written(page: Page, person: Person, title: str) -> None:
    """A document of which they are the author, open in its place."""
    await page.goto(record_of(person, "ajouter"))
    await page.set_input_files("#champ-fichiers", [{"name": "a.pdf", "mimeType": "application/pdf", "buffer": a_pdf()}])
    await page.get_by_label("Type").select_option("11488-4")
    await page.get_by_label("Titre").fill(title)
    for group, choice in _SAID:
        await page.get_by_role("group", name=group).get_by_label(choice).check()
    await page.get_by_role("button", name="Mettre dans le carnet").click()
    await expect(page.locator("#dt")).to_have_text(title)


@pytest.mark.long
async def test_professional_masks_and_archives_what_they_wrote(a_site: Site, at_work: AtWork) -> None:
    # Given a letter of theirs
    page = await at_work(java_script_enabled=False)
    person = await a_patient(a_site, authorised=("medecin", "infirmiere"))
    await _written(page, person, "Lettre à revoir")
    # When they mask it
    await page.get_by_role("button", name="Masquer aux professionnels").click()
    await expect(page.get_by_role("status")).to_contain_text("masqué aux autres professionnels")
    # Then another professional finds nothing of it, not even a number
    other = await at_work("Mme Nadège Tourvillac")
    await other.goto(record_of(person))
    assert "Lettre à revoir" not in await other.content()
    await expect(other.get_by_role("heading", name="Documents")).to_contain_text("(0)")
    # When they come back on it
    await page.get_by_role("button", name="Revenir en arrière").click()
    await expect(page.get_by_role("status")).to_contain_text("de nouveau visible")
    # And archive it
    await page.get_by_role("button", name="Archiver").click()
    await expect(page.get_by_role("status")).to_contain_text("Le document est archivé")
    # Then it leaves the list, and is found among what is archived
    await page.goto(record_of(person))
    await expect(page.get_by_role("link", name="Lettre à revoir")).to_have_count(0)
    await page.get_by_text("Trier : type, auteur").click()
    await page.get_by_label("Archivés (1)").check()
    await page.get_by_role("button", name="Montrer ces documents").click()
    await page.get_by_role("link", name="Lettre à revoir").click()
    await page.get_by_role("button", name="Sortir des archives").click()
    await expect(page.get_by_role("status")).to_contain_text("sorti des archives")


@pytest.mark.long
async def test_professional_deletes_what_they_wrote_and_nothing_else(a_site: Site, at_work: AtWork) -> None:
    # Given a letter of theirs beside one of the hospital
    page = await at_work()
    person = await a_patient(a_site, documents=1, birth_name="EFFACEE")
    await _written(page, person, "Lettre de trop")
    await clean(page)
    # When they delete theirs, the page says of which document and of whom, and that there is no way back
    await page.get_by_role("link", name="Supprimer ce document").click()
    await expect(page.locator(".lead")).to_contain_text("« Lettre de trop »")
    await expect(page.locator(".lead")).to_contain_text("cela ne se défait pas")
    await expect(page.get_by_label("Identité du patient")).to_contain_text("EFFACEE")
    await clean(page)
    address = page.url
    await page.get_by_role("button", name="Supprimer ce document").click()
    # Then it is gone, and its address is one of those that are none
    await expect(page.get_by_role("status")).to_contain_text("Le document est supprimé")
    await expect(page.get_by_role("heading", name="Documents")).to_contain_text("(1)")
    await page.goto(address)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Nous n’avons pas trouvé cette page")
    # And the hospital's is not theirs to delete
    await page.goto(record_of(person))
    await page.locator(".line a").first.click()
    await page.locator("#dt").wait_for()
    await expect(page.get_by_role("link", name="Supprimer ce document")).to_have_count(0)
