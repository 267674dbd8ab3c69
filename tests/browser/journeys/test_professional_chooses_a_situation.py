"""A professional who practises in two places says in which one they are now, and may change."""

import pytest
from playwright.async_api import Browser
from tests.browser.axe import clean
from tests.browser.conftest import Site
from tests.browser.journeys.professionals import enter_by_psc, with_professionals


@pytest.fixture(scope="module", autouse=True)
async def people(a_site: Site) -> None:
    await with_professionals(a_site)


async def test_professional_chooses_a_situation(chromium: Browser, site: str) -> None:
    # Given a cardiologist in town and at the hospital
    context = await chromium.new_context(base_url=site, locale="fr-FR")
    page = await context.new_page()
    await enter_by_psc(page, "Dr Hugo Marcheval")
    # Then they are asked in which situation they work
    await page.get_by_role("heading", level=1, name="Dans quelle situation travaillez-vous ?").wait_for()
    await clean(page)
    # When they choose none, the page says so and keeps nothing open
    await page.get_by_role("button", name="Travailler dans cette situation").click()
    await page.get_by_text("Choisissez la situation dans laquelle vous travaillez maintenant.").first.wait_for()
    await clean(page)
    # When they choose the hospital
    await page.get_by_label("centre hospitalier").check()
    await page.get_by_role("button", name="Travailler dans cette situation").click()
    # Then they work there
    await page.wait_for_url(site + "/pro")
    assert "centre hospitalier" in (await page.inner_text("body")).lower()
    # And may go to the other
    await page.get_by_role("link", name="changer de situation").click()
    await page.get_by_label("cabinet de cardiologie").check()
    await page.get_by_role("button", name="Travailler dans cette situation").click()
    await page.wait_for_url(site + "/pro")
    assert "cabinet de cardiologie" in (await page.inner_text("body")).lower()
    await context.close()
