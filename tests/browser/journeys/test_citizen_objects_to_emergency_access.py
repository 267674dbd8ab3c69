"""A citizen refuses emergency access, sees what it changes, and allows it again; categories and presets the same way. By keyboard."""

from tests.browser.axe import clean
from tests.browser.conftest import SignIn, Site

from carnet.domain.actor import Purpose


async def test_citizen_objects_to_emergency_access(a_site: Site, signed_in: SignIn) -> None:
    # Given a record that an emergency opens
    world, odile = a_site.world, a_site.odile
    urgent = await world.a_professional(purpose=Purpose.EMERGENCY, motive="Inconsciente")
    assert len(await world.found(odile, by=urgent)) == 3
    # When the citizen refuses it, after its effect
    page = await signed_in("odile")
    main = page.locator("main")
    await page.goto("/acces/urgence")
    told = (await main.inner_text()).replace("\xa0", " ")
    assert "Un médecin, en urgence, voit aujourd’hui tous vos documents (3). Après, ce serait aucun document." in told
    await clean(page)
    await page.get_by_role("button", name="Refuser cet accès : Si ma vie est en jeu").focus()
    await page.keyboard.press("Enter")
    # Then an emergency no longer opens it
    await page.get_by_role("status").wait_for()
    assert "L’accès en urgence est refusé." in await page.get_by_role("status").inner_text()
    assert (await world.search(odile, by=urgent)).status_code == 403
    # And going back allows it at once
    await page.get_by_role("button", name="Revenir en arrière").click()
    assert "L’accès en urgence est permis." in await page.get_by_role("status").inner_text()
    assert len(await world.found(odile, by=urgent)) == 3


async def test_citizen_hides_a_category(a_site: Site, signed_in: SignIn) -> None:
    world, odile = a_site.world, a_site.odile
    doctor = await world.a_professional(authorised_on=odile)
    page = await signed_in("odile")
    await page.goto("/acces/categories")
    assert "3 documents. Un médecin que vous autorisez en voit 3" in await page.locator("main").inner_text()
    await clean(page)
    await page.get_by_role("button", name="Cacher aux professionnels : Compte rendu").click()
    assert "est caché aux professionnels." in await page.get_by_role("status").inner_text()
    assert await world.found(odile, by=doctor) == []
    await page.get_by_role("button", name="Revenir en arrière").click()
    assert len(await world.found(odile, by=doctor)) == 3


async def test_citizen_takes_a_preset(a_site: Site, signed_in: SignIn) -> None:
    world, odile = a_site.world, a_site.odile
    doctor = await world.a_professional(authorised_on=odile)
    page = await signed_in("odile")
    await page.goto("/acces/reglages")
    await clean(page)
    await page.get_by_role("button", name="Choisir ce réglage : Mon médecin traitant seulement").click()
    assert "« Mon médecin traitant seulement » est en place." in await page.get_by_role("status").inner_text()
    assert await world.found(odile, by=doctor) == []
    await page.get_by_role("button", name="Revenir en arrière").click()
    assert "C’est comme avant." in await page.get_by_role("status").inner_text()
    assert len(await world.found(odile, by=doctor)) == 3
