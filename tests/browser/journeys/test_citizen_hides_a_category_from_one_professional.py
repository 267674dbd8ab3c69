"""A citizen hides a category of documents from one professional alone; the others still see it; and it is shown again."""

from tests.browser.axe import clean
from tests.browser.conftest import SignIn, Site
from tests.builders.directory import in_the_directory


async def test_citizen_hides_a_category_from_one_professional(a_site: Site, signed_in: SignIn) -> None:
    # Given two professionals who read the same documents
    world, odile = a_site.world, a_site.odile
    (number,) = await in_the_directory(a_site.carnet, ("SOLÈNE", "KERBRIAC"))
    one = await world.a_professional(number=number, authorised_on=odile)
    other = await world.a_professional(authorised_on=odile)
    # When the citizen hides a category from one of them
    page = await signed_in("odile")
    await page.goto("/acces/professionnels")
    await page.get_by_role("link", name="Dre Solène Kerbriac").click()
    await page.get_by_role("link", name="Lui cacher une catégorie de documents").click()
    assert "3 documents visibles aujourd’hui" in await page.locator("main").inner_text()
    await clean(page)
    await page.get_by_role("button", name="Cacher : Compte rendu").click()
    # Then that one sees none of it, and the other still does
    assert "« Compte rendu » : caché." in await page.get_by_role("status").inner_text()
    assert await world.found(odile, by=one) == []
    assert len(await world.found(odile, by=other)) == 3
    # And going back shows it again
    await page.get_by_role("button", name="Revenir en arrière").click()
    assert len(await world.found(odile, by=one)) == 3
