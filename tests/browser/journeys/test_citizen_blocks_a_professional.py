"""A citizen blocks a professional: at once nothing is visible to them; the list says so; and it is undone with what it ended."""

from tests.browser.axe import clean
from tests.browser.conftest import SignIn, Site
from tests.builders.directory import in_the_directory


async def test_citizen_blocks_a_professional(a_site: Site, signed_in: SignIn) -> None:
    # Given a professional who reads the record
    world, odile = a_site.world, a_site.odile
    (number,) = await in_the_directory(a_site.carnet, ("SOLÈNE", "KERBRIAC"))
    doctor = await world.a_professional(number=number, authorised_on=odile)
    assert len(await world.found(odile, by=doctor)) == 3
    # When the citizen blocks them, knowing what it does and does not
    page = await signed_in("odile")
    main = page.locator("main")
    await page.goto("/acces/professionnels")
    await page.get_by_role("link", name="Dre Solène Kerbriac").click()
    await page.get_by_role("link", name="Bloquer").click()
    told = (await main.inner_text()).replace("\xa0", " ")
    assert "ce professionnel voit tous vos documents (3). Après, ce sera aucun document." in told
    assert "peut encore ajouter des documents" in told
    await clean(page)
    await page.get_by_role("button", name="Bloquer").click()
    # Then they are refused at once, and the list says so
    assert (await world.search(odile, by=doctor)).status_code == 403
    assert "Le blocage est fait : plus rien ne lui est visible." in await main.inner_text()
    await clean(page)
    back = page.url
    await page.goto("/acces/professionnels")
    assert "vous en avez bloqué 1" in await main.inner_text()
    # And going back gives what the block had ended
    await page.goto(back)
    await page.get_by_role("button", name="Revenir en arrière").click()
    assert len(await world.found(odile, by=doctor)) == 3
