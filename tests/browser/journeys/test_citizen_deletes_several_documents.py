"""A citizen deletes several documents that they added, told before what goes and what stays."""

from playwright.async_api import expect
from tests.browser.axe import clean
from tests.browser.conftest import SignIn, Site
from tests.doors.world import a_titled


async def test_citizen_deletes_several_documents(signed_in: SignIn, a_site: Site) -> None:
    # Given two documents that they added, among those of professionals
    for title in ("Photo de carnet", "Vieille ordonnance"):
        await a_site.world.deposit(a_titled(a_site.odile, title), by=a_site.world.a_citizen(a_site.odile))
    page = await signed_in()
    await page.goto("/documents")
    await expect(page.locator(".rows").get_by_text("Ajouté par vous")).to_have_count(2)
    # When they tick every document and choose to delete
    await page.get_by_role("link", name="Choisir plusieurs documents").click()
    for box in await page.get_by_role("checkbox", name="Choisir").all():
        await box.check()
    await page.get_by_role("button", name="Supprimer", exact=True).click()
    # Then the page says which ones go for good, and which ones stay
    await expect(page.locator(".lead")).to_have_text(
        "Ces 2 documents seront supprimés pour toujours. Personne ne pourra plus les lire, vous non plus."
    )
    staying = page.get_by_role("region", name="Ces documents restent")
    assert len(await staying.locator(".row-title").all()) == 3
    await clean(page, themes=("light",))
    # When they go on, only those go
    await page.get_by_role("button", name="Supprimer pour toujours").click()
    await expect(page.get_by_role("status")).to_contain_text("2 documents sont supprimés.")
    await page.goto("/documents")
    await expect(page.locator(".lead")).to_have_text("3 documents sont déjà dans votre carnet.")
