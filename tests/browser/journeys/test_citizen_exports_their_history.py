"""A citizen keeps their history: a PDF to print, a table; as they chose to see it."""

from pathlib import Path

from pypdf import PdfReader
from tests.browser.conftest import SignIn, Site


async def test_citizen_exports_their_history(a_site: Site, signed_in: SignIn, tmp_path: Path) -> None:
    # Given a history
    world, odile = a_site.world, a_site.odile
    await world.found(odile, by=await world.a_professional(authorised_on=odile))
    page = await signed_in("odile", accept_downloads=True)
    await page.goto("/acces")
    # When they narrow it to professionals and take it as a PDF
    await page.get_by_role("link", name="Professionnels", exact=True).click()
    async with page.expect_download() as pdf:
        await page.get_by_role("link", name="En PDF, à imprimer").click()
    # Then it holds those acts alone, and says what it was narrowed to
    await (await pdf.value).save_as(tmp_path / "historique.pdf")
    text = PdfReader(tmp_path / "historique.pdf").pages[0].extract_text().replace("\xa0", " ")
    assert "Personnes : professionnels." in text
    assert "a consulté la liste des documents" in text
    assert "a déposé" not in text
    # And as a table that a spreadsheet opens
    async with page.expect_download() as table:
        await page.get_by_role("link", name="En tableau (CSV)").click()
    await (await table.value).save_as(tmp_path / "historique.csv")
    content = (tmp_path / "historique.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert b'"Dr Essai"' in content
    # And the address of neither says what was asked
    assert "professionnel" not in (await pdf.value).url.partition("?")[2].lower()
