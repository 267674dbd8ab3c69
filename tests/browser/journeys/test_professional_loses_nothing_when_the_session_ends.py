"""A professional was typing when Pro Santé Connect's session ended: they sign in again, and send what they had typed."""

import pytest
from playwright.async_api import Browser
from tests.browser.axe import clean
from tests.browser.conftest import Site
from tests.browser.journeys.professionals import enter_by_psc, with_professionals


@pytest.fixture(scope="module", autouse=True)
async def people(a_site: Site) -> None:
    await with_professionals(a_site)


async def test_professional_loses_nothing_when_the_session_ends(chromium: Browser, a_site: Site) -> None:
    # Given a doctor who looks for someone, and whose session is over
    context = await chromium.new_context(base_url=a_site.url, locale="fr-FR")
    page = await context.new_page()
    await enter_by_psc(page, "Dr Claire Aubrespin")
    await page.get_by_label("Nom de naissance, ou nom utilisé").fill("Lambert de Saint-Aubray")
    async with a_site.carnet.database.transaction() as tx:
        await tx.execute("UPDATE professional_session SET ended_at = now() WHERE ended_at IS NULL")
    # When they send what they typed
    await page.get_by_label("Nom de naissance, ou nom utilisé").press("Enter")
    # Then they are asked to sign in, and it comes back
    await page.wait_for_url("**/pro/connexion")
    await page.get_by_role("link", name="Entrer avec Pro Santé Connect").click()
    await page.get_by_role("button", name="Dr Claire Aubrespin", exact=True).click()
    await page.get_by_role("heading", level=1, name="Vous aviez commencé quelque chose").wait_for()
    assert "Lambert de Saint-Aubray" in await page.inner_text("main")
    await clean(page)
    # And it is sent when they say so
    await page.get_by_role("button", name="Envoyer maintenant").click()
    await page.get_by_label("Nom de naissance, ou nom utilisé").wait_for()
    assert await page.get_by_label("Nom de naissance, ou nom utilisé").input_value() == "Lambert de Saint-Aubray"
    await context.close()
