"""A citizen hides a document from one professional, searched in the directory, and shows it to them again."""

from tests.browser.axe import clean
from tests.browser.conftest import SignIn, Site
from tests.builders.directory import in_the_directory
from tests.doors.world import a_report


async def test_citizen_hides_a_document_from_one_professional(a_site: Site, signed_in: SignIn) -> None:
    # Given a document that two professionals read
    world = a_site.world
    document = (await world.deposit(a_report(a_site.odile))).id
    one, other = await in_the_directory(a_site.carnet, ("SOLÈNE", "KERBRIAC"), ("INÈS", "KERGUELEN"))
    hidden_from = await world.a_professional(number=one, authorised_on=a_site.odile)
    reader = await world.a_professional(number=other, authorised_on=a_site.odile)
    page = await signed_in("odile")
    await page.goto(f"/documents/{document}")
    # When the citizen looks for one of them by name
    await page.get_by_text("Le cacher à une seule personne").click()
    await page.get_by_role("link", name="À quelqu’un d’autre").click()
    await page.get_by_role("heading", level=1, name="À qui voulez-vous cacher ce document ?").wait_for()
    await page.get_by_label("Nom", exact=True).fill("Solène Kerbriac")
    await page.get_by_role("button", name="Chercher").click()
    assert "kerbriac" not in page.url.lower()
    await page.get_by_role("link", name="Dre Solène Kerbriac").click()
    # And reads what it does before doing it
    await page.get_by_role("heading", level=1, name="Cacher ce document à la Dre Solène Kerbriac ?").wait_for()
    assert "Les autres continuent à le voir" in await page.locator("main").inner_text()
    await clean(page)
    await page.get_by_role("button", name="Cacher ce document à la Dre Solène Kerbriac").click()
    # Then that one has no document there, and the other still reads it
    assert "Caché par vous à" in await page.locator("main").inner_text()
    assert document not in await world.found(a_site.odile, by=hidden_from)
    assert document in await world.found(a_site.odile, by=reader)
    # And the citizen may show it again
    await page.get_by_role("button", name="Le lui montrer de nouveau : Dre Solène Kerbriac").click()
    assert "vous ne lui cachez plus ce document" in await page.locator("main").inner_text()
    assert document in await world.found(a_site.odile, by=hidden_from)
