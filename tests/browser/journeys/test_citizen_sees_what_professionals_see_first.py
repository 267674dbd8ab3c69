"""A citizen reads what professionals read first of their record, and opens the document that says it."""

from playwright.async_api import expect
from tests.browser.axe import clean
from tests.browser.conftest import SignIn, Site
from tests.builders.health import PROBLEMS, a_problem, a_summary_of, allergies, an_allergy, paragraphs, read_facts
from tests.builders.readings import a_section


async def test_citizen_sees_what_professionals_see_first(signed_in: SignIn, a_site: Site) -> None:
    # Given a summary that says an allergy
    summary = a_summary_of(
        a_site.odile,
        allergies(an_allergy(reaction="Urticaire", severity="sévère")),
        a_section(paragraphs("Vit seule"), title="Points de vigilance"),
        a_section(paragraphs("Asthme"), a_problem(), code=PROBLEMS),
    )
    await a_site.world.deposit(summary)
    await read_facts(a_site.world)
    page = await signed_in()
    # When they go to it from their documents
    await page.goto("/documents")
    await page.get_by_role("link", name="Ce que les professionnels voient d’abord").click()
    # Then the same alerts are there, and where they come from
    await expect(page.get_by_role("heading", level=1)).to_have_text("Ce que les professionnels voient d’abord")
    alerts = page.get_by_role("region", name="Alertes")
    await expect(alerts.get_by_text("Pénicillines", exact=True)).to_be_visible()
    await page.locator("details.synthesis > summary").click()
    await expect(page.get_by_text("Asthme")).to_be_visible()
    await clean(page, widths=(320, 390, 1280))
    # When they open the source
    await alerts.get_by_role("link", name="Volet de synthèse médicale").first.click()
    # Then it is their document
    await expect(page.get_by_role("heading", level=1)).to_have_text("Volet de synthèse médicale")
