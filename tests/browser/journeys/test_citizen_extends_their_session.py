"""A citizen is told before their session ends, and stays with one button, with or without script, losing nothing they typed."""

from playwright.async_api import expect
from tests.browser.axe import clean
from tests.browser.conftest import SignIn


async def test_citizen_extends_their_session(signed_in: SignIn) -> None:
    # Given someone who is writing
    page = await signed_in("odile")
    await page.clock.install()
    await page.goto("/compte/telephone")
    await page.get_by_label("Mon numéro de téléphone").fill("06 12 34")
    ending = page.locator("[data-session]")
    await expect(ending).to_contain_text("Si vous ne faites rien, votre carnet se ferme à")
    # When twenty-eight minutes pass
    await page.clock.fast_forward("28:01")
    # Then the page says so, where a screen reader hears it
    await expect(page.get_by_role("alert")).to_contain_text("Votre carnet se ferme dans deux minutes")
    await clean(page)
    # When they stay
    await ending.get_by_role("button", name="Garder mon carnet ouvert").click()
    # Then it is said, and what they typed is there
    await expect(ending).to_contain_text("Votre carnet reste ouvert.")
    await expect(page.get_by_label("Mon numéro de téléphone")).to_have_value("06 12 34")
    await expect(page.get_by_role("alert")).to_have_count(0)


async def test_without_script_the_foot_has_the_same_button(signed_in: SignIn) -> None:
    page = await signed_in("odile", java_script_enabled=False)
    await page.goto("/compte")
    await page.locator("[data-session]").get_by_role("button", name="Garder mon carnet ouvert").click()
    await expect(page.get_by_role("status").first).to_contain_text("Votre carnet reste ouvert.")
    await expect(page.get_by_text("il se ferme au bout de 30 minutes")).to_be_visible()
