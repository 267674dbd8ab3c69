"""A citizen opens their record with FranceConnect; whoever it cannot name for certain is led to the carte Vitale."""

from playwright.async_api import Browser
from tests.browser.axe import clean


async def test_citizen_signs_in_with_franceconnect(chromium: Browser, site: str) -> None:
    # Given someone who has an account at FranceConnect
    context = await chromium.new_context(base_url=site, locale="fr-FR")
    page = await context.new_page()
    await page.goto("/connexion")
    # When they choose it
    await page.get_by_role("link", name="Avec FranceConnect").click()
    # Then the simulated one says that it is not the true one
    await page.get_by_text("Ceci n’est pas FranceConnect").wait_for()
    await clean(page)
    await page.get_by_role("button", name="Odile Lambert", exact=True).click()
    # And they are at home
    await page.wait_for_url(site + "/")
    assert await page.get_by_role("heading", level=1).inner_text() == "Bonjour Odile Lambert"
    # When they leave
    await page.get_by_role("button", name="Quitter").click()
    await page.get_by_role("heading", name="FranceConnect reste ouvert").wait_for()
    await clean(page)
    await page.get_by_role("button", name="Fermer aussi FranceConnect").click()
    # Then nothing is left open anywhere
    await page.wait_for_url("**/deconnexion?*")
    assert await page.get_by_role("heading", name="FranceConnect reste ouvert").count() == 0
    await context.close()


async def test_citizen_whom_franceconnect_cannot_name_is_led_to_the_carte_vitale(chromium: Browser, site: str) -> None:
    # Given someone whose traits are in no record, with a keyboard and no script
    context = await chromium.new_context(base_url=site, java_script_enabled=False)
    page = await context.new_page()
    await page.goto("/connexion/franceconnect")
    await page.get_by_role("button", name="Ondine Inventée d’Ailleurs").focus()
    await page.keyboard.press("Enter")
    # Then the page says that nothing was opened, and what to do
    await page.get_by_role("heading", level=1, name="Votre carnet n’est pas ouvert").wait_for()
    await page.get_by_role("link", name="Entrer avec l’application carte Vitale").click()
    await page.get_by_text("Ceci n’est pas l’application carte Vitale").wait_for()
    await context.close()


async def test_citizen_who_changes_their_mind_has_lost_nothing(chromium: Browser, site: str) -> None:
    context = await chromium.new_context(base_url=site)
    page = await context.new_page()
    await page.goto("/connexion/franceconnect")
    await page.get_by_role("button", name="Je refuse").click()
    await page.get_by_text("Vous n’avez pas donné votre accord").wait_for()
    await clean(page)
    await page.get_by_role("link", name="Recommencer avec FranceConnect").click()
    await page.get_by_role("button", name="Odile Lambert, avec un compte trop faible").click()
    await page.get_by_text("il faut deux preuves").wait_for()
    await context.close()
