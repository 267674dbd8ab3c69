"""A citizen authorises a professional found in the directory, for a time, after reading the effect; and goes back."""

from tests.browser.axe import clean
from tests.browser.conftest import SignIn, Site
from tests.builders.directory import in_the_directory


async def test_citizen_authorises_a_professional(a_site: Site, signed_in: SignIn) -> None:
    # Given a professional of the directory who may not open the record
    world, odile = a_site.world, a_site.odile
    (number,) = await in_the_directory(a_site.carnet, ("SOLÈNE", "KERBRIAC"))
    doctor = await world.a_professional(number=number)
    assert (await world.search(odile, by=doctor)).status_code == 403
    # When the citizen finds them by name
    page = await signed_in("odile")
    main = page.locator("main")
    await page.goto("/acces/professionnels")
    await clean(page)
    await page.get_by_role("link", name="Chercher un professionnel ou une structure").click()
    await page.get_by_label("Nom", exact=True).fill("Kerbriac Solène")
    await page.get_by_role("button", name="Chercher").click()
    await clean(page)
    await page.get_by_role("link", name="Kerbriac").click()
    # And reads the effect before deciding
    await page.get_by_role("link", name="Autoriser").click()
    effect = (await main.inner_text()).replace("\xa0", " ")
    assert "ce professionnel ne voit aucun document. Après, ce sera tous vos documents (3)." in effect
    await clean(page)
    await page.get_by_label("Un mois").check()
    await page.get_by_role("button", name="Autoriser").click()
    # Then it holds at once, with its end
    assert "L’autorisation est donnée." in await main.inner_text()
    assert len(await world.found(odile, by=doctor)) == 3
    # And going back ends it at once
    await page.get_by_role("button", name="Revenir en arrière").click()
    assert "C’est comme avant." in await main.inner_text()
    assert (await world.search(odile, by=doctor)).status_code == 403


async def test_what_is_missing_is_said_beside_the_field(a_site: Site, signed_in: SignIn) -> None:
    page = await signed_in("odile", java_script_enabled=False)
    await page.goto("/acces/professionnels/chercher")
    await page.get_by_role("button", name="Chercher").click()
    assert "Rien n’a été enregistré." in await page.get_by_role("alert").inner_text()
    assert await page.get_by_label("Nom", exact=True).get_attribute("aria-invalid") == "true"
