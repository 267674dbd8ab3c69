"""A citizen opens their record with the application carte Vitale, whatever their namesakes."""

from playwright.async_api import Browser
from tests.browser.axe import clean


async def test_citizen_signs_in_with_apcv(chromium: Browser, site: str) -> None:
    # Given someone with a telephone and no script
    context = await chromium.new_context(base_url=site, java_script_enabled=False)
    page = await context.new_page()
    await page.goto("/connexion")
    # When they show their carte Vitale
    await page.get_by_role("link", name="Avec l’application carte Vitale").click()
    await page.get_by_role("heading", level=1, name="Qui tient le téléphone ?").wait_for()
    await page.get_by_role("button", name="Odile Lambert", exact=True).click()
    # Then they are at home
    await page.wait_for_url(site + "/")
    assert await page.get_by_role("heading", level=1).inner_text() == "Bonjour Odile Lambert"
    # And the address they came by opens nothing a second time
    await page.get_by_role("button", name="Quitter").click()
    await page.wait_for_url("**/deconnexion*")
    await page.go_back()
    assert "Bonjour" not in await page.content()
    await context.close()


async def test_what_the_simulated_application_says_is_readable_by_all(chromium: Browser, site: str) -> None:
    context = await chromium.new_context(base_url=site)
    page = await context.new_page()
    await page.goto("/connexion/apcv")
    await clean(page)
    await context.close()
