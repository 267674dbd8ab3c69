"""A citizen marks documents as read, or not read again; for themselves alone."""

from playwright.async_api import Page, expect
from tests.browser.axe import clean
from tests.browser.conftest import SignIn


async def _choose(page: Page, act: str, count: int) -> None:
    for box in (await page.get_by_role("checkbox", name="Choisir").all())[:count]:
        await box.check()
    await page.get_by_role("button", name=act, exact=True).click()


async def test_citizen_marks_documents_read(signed_in: SignIn) -> None:
    # Given three documents that were never read
    page = await signed_in(java_script_enabled=False)
    await page.get_by_role("link", name="3 documents non lus").click()
    await expect(page.locator(".lead")).to_have_text("3 documents correspondent à ce choix.")
    # When two are marked as read
    await page.goto("/documents")
    await page.get_by_role("link", name="Choisir plusieurs documents").click()
    await _choose(page, "Marquer comme lus", 2)
    # Then one is left to read
    await expect(page.get_by_role("status")).to_contain_text("2 documents sont marqués comme lus.")
    await expect(page.locator(".rows").get_by_text("Non lu")).to_have_count(1)
    await page.goto("/")
    await page.get_by_role("link", name="Un document non lu").wait_for()
    # When one that is read is marked once more, and then undone
    await page.goto("/documents")
    await page.get_by_role("link", name="Choisir plusieurs documents").click()
    await _choose(page, "Marquer comme lus", 3)
    await expect(page.get_by_role("status")).to_contain_text("Le document est marqué comme lu.")
    await expect(page.get_by_role("status")).to_contain_text("2 autres l’étaient déjà.")
    await page.get_by_role("button", name="Revenir en arrière").click()
    # Then only what it changed is undone
    await expect(page.get_by_role("status")).to_contain_text("Le document est marqué comme non lu.")
    await page.goto("/")
    await page.get_by_role("link", name="Un document non lu").wait_for()


async def test_nothing_ticked_is_said_and_nothing_is_lost(signed_in: SignIn) -> None:
    page = await signed_in()
    await page.goto("/documents")
    await page.get_by_role("link", name="Choisir plusieurs documents").click()
    await page.get_by_label("Nom du nouveau dossier").fill("Dents")
    await page.get_by_role("button", name="Ranger").click()
    await expect(page.get_by_role("alert")).to_contain_text("Cochez au moins un document")
    await expect(page.get_by_label("Nom du nouveau dossier")).to_have_value("Dents")
    await clean(page)
    # Ticked, but no folder named: the boxes stay ticked
    await page.get_by_label("Nom du nouveau dossier").fill("")
    await page.get_by_role("checkbox", name="Choisir").first.check()
    await page.get_by_role("button", name="Ranger").click()
    await expect(page.get_by_role("alert")).to_contain_text("Choisissez un dossier, ou donnez un nom au nouveau.")
    assert await page.get_by_role("checkbox", name="Choisir").first.is_checked()
