"""A professional enters with Pro Santé Connect, works, and leaves both; and is told what to do when it does not go well."""

import pytest
from playwright.async_api import Browser
from tests.browser.axe import clean
from tests.browser.conftest import Site
from tests.browser.journeys.professionals import enter_by_psc, with_professionals


@pytest.fixture(scope="module", autouse=True)
async def people(a_site: Site) -> None:
    await with_professionals(a_site)


async def test_professional_signs_in_with_psc(chromium: Browser, site: str) -> None:
    # Given a doctor in front of a shared computer
    context = await chromium.new_context(base_url=site, locale="fr-FR")
    page = await context.new_page()
    await page.goto("/pro")
    await page.wait_for_url("**/pro/connexion")
    await clean(page)
    # When they enter with their card
    await page.get_by_role("link", name="Entrer avec Pro Santé Connect").click()
    await page.get_by_text("Ceci n’est pas Pro Santé Connect").wait_for()
    await clean(page)
    await page.get_by_role("button", name="Dr Claire Aubrespin", exact=True).click()
    # Then they are at work, and the page says as whom
    await page.wait_for_url(site + "/pro")
    await page.get_by_text("généraliste, Maison de santé du Pont-Vert").wait_for()
    # When they leave
    await page.get_by_role("button", name="Quitter").click()
    await page.get_by_role("heading", name="Pro Santé Connect reste ouvert").wait_for()
    await clean(page)
    await page.get_by_role("button", name="Fermer aussi Pro Santé Connect").click()
    # Then nothing is left open anywhere
    await page.wait_for_url("**/pro/deconnexion?*")
    assert await page.get_by_role("heading", name="Pro Santé Connect reste ouvert").count() == 0
    await page.go_back()
    assert "Pont-Vert" not in await page.content()
    await context.close()


async def test_professional_whom_the_directory_does_not_know_is_told_what_to_do(chromium: Browser, site: str) -> None:
    context = await chromium.new_context(base_url=site, java_script_enabled=False)
    page = await context.new_page()
    await enter_by_psc(page, "Dr Ondine Inventée")
    await page.get_by_role("heading", level=1, name="L’entrée n’a pas abouti").wait_for()
    assert "adressez-vous à votre ordre" in await page.inner_text("main")
    await context.close()


async def test_what_went_wrong_is_readable_by_all(chromium: Browser, site: str) -> None:
    context = await chromium.new_context(base_url=site)
    page = await context.new_page()
    await enter_by_psc(page, "Je refuse")
    await page.get_by_role("heading", level=1, name="L’entrée n’a pas abouti").wait_for()
    await clean(page)
    await context.close()
