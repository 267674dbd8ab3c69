"""A citizen hides several documents from professionals at once, and goes back on it; it holds at once for who was reading."""

from playwright.async_api import expect
from tests.browser.axe import clean
from tests.browser.conftest import SignIn, Site


async def test_citizen_masks_several_documents(signed_in: SignIn, a_site: Site) -> None:
    # Given a doctor who sees the three documents
    caller = await a_site.world.a_professional(authorised_on=a_site.odile)
    assert len(await a_site.world.found(a_site.odile, by=caller)) == 3
    # When the person ticks two and masks them
    page = await signed_in(java_script_enabled=False)
    await page.goto("/documents")
    await page.get_by_role("link", name="Choisir plusieurs documents").click()
    for box in (await page.get_by_role("checkbox", name="Choisir").all())[:2]:
        await box.check()
    await expect(page.get_by_text("ils ne sont plus vus que de vous")).to_be_visible()
    await page.get_by_role("button", name="Masquer aux professionnels").click()
    # Then the page says so, and the doctor sees one
    await expect(page.get_by_role("status")).to_contain_text("2 documents sont masqués aux professionnels.")
    await expect(page.get_by_text("Masqué aux professionnels", exact=True)).to_have_count(2)
    assert len(await a_site.world.found(a_site.odile, by=caller)) == 1
    # When they go back on it
    await page.get_by_role("button", name="Revenir en arrière").click()
    # Then the doctor sees the three again
    await expect(page.get_by_role("status")).to_contain_text("2 documents sont visibles")
    assert len(await a_site.world.found(a_site.odile, by=caller)) == 3


async def test_the_page_where_several_are_chosen_is_accessible(signed_in: SignIn) -> None:
    page = await signed_in()
    await page.goto("/documents")
    await page.get_by_role("link", name="Choisir plusieurs documents").click()
    await clean(page, widths=(320, 1280))
    await page.get_by_role("checkbox", name="Choisir").first.check()
    await page.get_by_role("button", name="Masquer aux professionnels").click()
    await clean(page)
