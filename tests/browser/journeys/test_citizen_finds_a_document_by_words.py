"""A citizen finds a document by a few words, though nothing of it is ever in an address."""

from playwright.async_api import Page, expect
from tests.browser.axe import clean
from tests.browser.conftest import SignIn, Site
from tests.doors.world import a_titled


async def _titles(page: Page) -> list[str]:
    return await page.locator("main .row-title a").all_inner_texts()


async def test_citizen_finds_a_document_by_words(signed_in: SignIn, a_site: Site) -> None:
    # Given an ultrasound among other documents, and someone who writes without accents
    await a_site.world.deposit(
        a_titled(a_site.odile, "Échographie du cœur", family="Brancaléon", number="899700000009")
    )
    page = await signed_in(java_script_enabled=False)
    # When they look for it from home
    await page.get_by_role("searchbox", name="Chercher dans mon carnet").fill("echo coeur")
    await page.get_by_role("button", name="Chercher").click()
    # Then it is the one that is shown, and the address says nothing of it
    await expect(page.get_by_role("heading", level=1)).to_have_text("Mes documents")
    assert await _titles(page) == ["Échographie du cœur"]
    await expect(page.locator(".lead")).to_have_text("Un document correspond à ce choix.")
    assert "echo" not in page.url.lower()
    # And it is found too by who made it
    await page.get_by_role("searchbox").fill("brancal")
    await page.get_by_role("button", name="Chercher", exact=True).click()
    assert await _titles(page) == ["Échographie du cœur"]
    # And taking the word off shows everything again
    await page.get_by_role("link", name="« brancal »").click()
    assert len(await _titles(page)) == 4


async def test_words_that_find_nothing_say_so_and_lead_on(signed_in: SignIn) -> None:
    page = await signed_in()
    await page.goto("/documents")
    await page.get_by_role("searchbox").fill("zygomatique")
    await page.keyboard.press("Enter")
    await expect(page.locator(".lead")).to_have_text("Aucun de vos documents ne correspond à ce choix.")
    await clean(page)
    await page.get_by_role("link", name="Voir tous mes documents").click()
    assert await _titles(page)


async def test_an_address_of_another_session_shows_the_list_without_its_words(signed_in: SignIn) -> None:
    page = await signed_in()
    await page.goto("/documents")
    await page.get_by_role("searchbox").fill("zygomatique")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/documents?e=*")
    other = await signed_in()
    await other.goto(page.url)
    assert await _titles(other)
    await expect(other.get_by_role("searchbox")).to_have_value("")
