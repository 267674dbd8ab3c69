"""A citizen masks a document to professionals, sees who still reads it, and changes their mind."""

from playwright.async_api import Page
from tests.browser.axe import clean
from tests.browser.conftest import SignIn, Site
from tests.builders.directory import in_the_directory
from tests.doors.world import a_report


async def texts(page: Page) -> str:
    return await page.locator("main").inner_text()


async def test_citizen_masks_a_document(a_site: Site, signed_in: SignIn) -> None:
    # Given a document that two professionals may read, one of them the médecin traitant
    world = a_site.world
    document = (await world.deposit(a_report(a_site.odile))).id
    treating, authorised = await in_the_directory(a_site.carnet, ("ANNE", "ROUDIER"), ("INÈS", "KERGUELEN"))
    await world.a_professional(number=treating, treating=a_site.odile)
    by = await world.a_professional(number=authorised, authorised_on=a_site.odile)
    assert document in await world.found(a_site.odile, by=by)
    page = await signed_in("odile", java_script_enabled=False)
    await page.goto(f"/documents/{document}")
    who = page.get_by_role("region", name="Qui peut voir ce document, et pourquoi ?")
    assert "Dre Anne Roudier" in await who.inner_text()
    assert "car c’est votre médecin traitant" in await who.inner_text()
    assert "Dre Inès Kerguelen" in await who.inner_text()
    # When they read what masking would do, and mask it
    change = page.get_by_role("region", name="Changer qui le voit")
    assert "Dre Anne Roudier le verra encore, et personne d’autre" in await change.inner_text()
    await change.get_by_role("button", name="Masquer ce document").click()
    # Then it says so, and only the médecin traitant reads it, at once
    assert "Ce document est masqué." in await page.get_by_role("status").inner_text()
    assert "Masqué aux professionnels" in await texts(page)
    assert document not in await world.found(a_site.odile, by=by)
    # And one step takes it back
    await page.get_by_role("button", name="Revenir en arrière").click()
    assert "Ce document est visible." in await texts(page)
    assert document in await world.found(a_site.odile, by=by)


async def test_the_page_of_a_document_is_readable_by_all(a_site: Site, signed_in: SignIn) -> None:
    document = (await a_site.world.deposit(a_report(a_site.odile))).id
    page = await signed_in("odile")
    await page.goto(f"/documents/{document}")
    await page.get_by_role("button", name="Masquer ce document").click()
    await clean(page)
