"""A citizen deletes what they added, once told what it means; what others wrote is not theirs to delete."""

from tests.browser.axe import clean
from tests.browser.conftest import SignIn, Site
from tests.doors.world import a_report


async def test_citizen_deletes_their_own_document(a_site: Site, signed_in: SignIn) -> None:
    # Given a document that they added, and another of a hospital
    world = a_site.world
    own = (await world.deposit(a_report(a_site.odile), by=world.a_citizen(a_site.odile))).id
    report = (await world.deposit(a_report(a_site.odile))).id
    page = await signed_in("odile", java_script_enabled=False)
    await page.goto(f"/documents/{report}")
    assert not await page.get_by_role("link", name="Supprimer mon document").is_visible()
    # When they ask to delete theirs, they are told what it means, and may still keep it
    await page.goto(f"/documents/{own}")
    await page.get_by_role("link", name="Supprimer mon document").click()
    assert "Vous ne pourrez pas revenir en arrière" in await page.locator("main").inner_text()
    await page.get_by_role("link", name="Garder ce document").click()
    await page.get_by_role("link", name="Supprimer mon document").click()
    await page.get_by_role("button", name="Supprimer pour toujours").click()
    # Then it is there no more, for anyone
    await page.goto(f"/documents/{own}")
    assert "Nous n’avons pas trouvé cette page" in await page.locator("main").inner_text()
    assert own not in await world.found(a_site.odile, by=world.a_citizen(a_site.odile))


async def test_the_question_is_readable_by_all(a_site: Site, signed_in: SignIn) -> None:
    own = (await a_site.world.deposit(a_report(a_site.odile), by=a_site.world.a_citizen(a_site.odile))).id
    page = await signed_in("odile")
    await page.goto(f"/documents/{own}/supprimer")
    await clean(page)
