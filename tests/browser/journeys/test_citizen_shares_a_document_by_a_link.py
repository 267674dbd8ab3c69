"""A citizen shows a document to someone without an account, by a link and a code, sees each opening, and ends it."""

import re

from playwright.async_api import Browser
from tests.browser.axe import clean
from tests.browser.conftest import SignIn, Site
from tests.doors.world import a_report


async def test_citizen_shares_a_document_by_a_link(a_site: Site, signed_in: SignIn, chromium: Browser) -> None:
    # Given a document
    document = (await a_site.world.deposit(a_report(a_site.odile))).id
    page = await signed_in("odile")
    await page.goto(f"/documents/{document}")
    # When the citizen makes a link for a day
    await page.get_by_role("link", name="Partager ce document par un lien").click()
    await clean(page)
    await page.get_by_label("1 jour").check()
    await page.get_by_label("Pour qui ?").fill("Ma sœur")
    await page.get_by_role("button", name="Faire le lien").click()
    # Then they read its address and its code, with a drawing for telephones
    await page.get_by_role("heading", level=1, name="Le lien est prêt").wait_for()
    await clean(page)
    said = await page.locator("main").inner_text()
    link, code = re.search(r"http\S+/partage/\S+", said), re.search(r"\d{4} \d{4}", said)
    assert link is not None
    assert code is not None
    assert await page.locator("svg.qr").is_visible()
    # And whoever holds both reads the document, without an account
    context = await chromium.new_context(base_url=a_site.url, java_script_enabled=False)
    stranger = await context.new_page()
    await stranger.goto(link[0])
    await stranger.get_by_label("Code").fill(code[0])
    await stranger.get_by_role("button", name="Lire").click()
    await stranger.get_by_role("link", name="Compte rendu de consultation").click()
    assert "Compte rendu de consultation" in await stranger.locator("h1").inner_text()
    assert await stranger.get_by_role("link", name="Ouvrir le PDF d’origine").is_visible()
    # And the citizen sees it
    await page.get_by_role("link", name="C’est noté, revenir au document").click()
    main = await page.locator("main").inner_text()
    assert "Lien pour Ma sœur" in main
    assert "Ouvert 1 fois" in main
    assert "Quelqu’un a lu votre document" in main
    # And ends it when they wish
    await page.get_by_role("button", name="Arrêter ce lien : Ma sœur").click()
    assert "Le lien ne marche plus." in await page.locator("main").inner_text()
    await stranger.reload()
    assert "Lire un document partagé" in await stranger.locator("h1").inner_text()
    await context.close()


async def test_the_pages_of_who_received_a_link_are_readable_by_all(
    a_site: Site, signed_in: SignIn, chromium: Browser
) -> None:
    document = (await a_site.world.deposit(a_report(a_site.odile))).id
    page = await signed_in("odile")
    await page.goto(f"/documents/{document}/partage")
    await page.get_by_role("button", name="Faire le lien").click()
    said = await page.locator("main").inner_text()
    link, code = re.search(r"http\S+/partage/\S+", said), re.search(r"\d{4} \d{4}", said)
    assert link is not None
    assert code is not None
    context = await chromium.new_context(base_url=a_site.url)
    stranger = await context.new_page()
    await stranger.goto(link[0])
    await stranger.get_by_label("Code").fill("0000 0000")
    await stranger.get_by_role("button", name="Lire").click()
    await clean(stranger)
    await stranger.get_by_label("Code").fill(code[0])
    await stranger.get_by_role("button", name="Lire").click()
    await clean(stranger)
    await context.close()
