"""A citizen reads a document, sees the PDF that it carries, keeps the original; and nothing stays once they have left."""

from tests.browser.axe import clean
from tests.browser.conftest import SignIn, Site
from tests.builders.cda import a_cda
from tests.doors.world import STRUCTURE, a_letter, a_unique_id


async def test_citizen_reads_a_document(a_site: Site, signed_in: SignIn) -> None:
    # Given a discharge letter, whose text is a PDF within it
    world = a_site.world
    content = a_cda(structure=STRUCTURE, **a_site.odile.header(unique_id=a_unique_id()))
    document = (await world.deposit(a_letter(a_site.odile, content=content))).id
    page = await signed_in("odile")
    # When they open its page
    await page.goto(f"/documents/{document}")
    # Then they read who made it, and when it came
    main = await page.locator("main").inner_text()
    assert "Lettre de sortie d’hospitalisation, par Dr Alix Fictif." in main
    assert "Arrivé dans votre carnet" in main
    # And the PDF is within the page, from the same site
    frame = page.frame_locator("iframe")
    assert await page.locator("iframe").get_attribute("src") == f"/documents/{document}/apercu#navpanes=0&view=FitH"
    await frame.locator("body").wait_for()
    # And the original is theirs to keep, byte for byte, under a name that tells nothing
    async with page.expect_download() as waited:
        await page.get_by_role("link", name="Télécharger l’original").click()
    download = await waited.value
    assert download.suggested_filename == "document.xml"
    with open(await download.path(), "rb") as kept:  # noqa: ASYNC230, PTH123  a small file, once
        assert kept.read() == content
    # And once they have left, going back shows nothing
    await page.get_by_role("button", name="Quitter").click()
    await page.wait_for_url("**/deconnexion*")
    await page.go_back()
    assert "Alix Fictif" not in await page.content()


async def test_the_page_of_a_letter_is_readable_by_all(a_site: Site, signed_in: SignIn) -> None:
    document = (await a_site.world.deposit(a_letter(a_site.odile))).id
    page = await signed_in("odile")
    await page.goto(f"/documents/{document}")
    await page.locator("details").first.evaluate(
        "each => each.remove()"
    )  # the browser's own viewer is not ours to judge
    await clean(page, widths=(320, 390, 1280))
