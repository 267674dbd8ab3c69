"""A citizen reads who opened their record, in sentences, by day; an emergency stands out with its reason."""

from tests.browser.axe import clean
from tests.browser.conftest import SignIn, Site
from tests.doors.world import a_report

from carnet.domain.actor import Purpose


async def test_citizen_reads_who_opened_their_record(a_site: Site, signed_in: SignIn) -> None:
    # Given a record that a professional read, and that another opened in an emergency
    world, odile = a_site.world, a_site.odile
    document = (await world.deposit(a_report(odile))).id
    doctor = await world.a_professional(authorised_on=odile)
    assert (await world.http.get(f"/fhir/Binary/{document}", headers=doctor.headers)).status_code == 200
    urgent = await world.a_professional(purpose=Purpose.EMERGENCY, motive="Malaise, patiente confuse")
    await world.found(odile, by=urgent)
    # When they open the page
    page = await signed_in("odile")
    await page.goto("/acces")
    # Then its first sentence answers, and each act is a sentence
    assert "2 professionnels ont ouvert votre carnet. Un accès en urgence." in (
        (await page.locator(".lead").inner_text()).replace("\xa0", " ")
    )
    told = page.locator("main .rows")
    assert "Dr Essai, médecin, a lu votre document" in (await told.first.inner_text()).replace("\xa0", " ")
    await clean(page)
    # And they keep the emergencies only, without a word in the address
    await page.get_by_role("link", name="En urgence seulement").click()
    rows = page.locator("main .rows > li")
    assert await rows.count() == 1
    assert "Malaise, patiente confuse" in await rows.inner_text()
    assert "urgence" not in page.url
    # And they look for a name, a period
    await page.get_by_role("link", name="Les autres que vous").click()
    await page.get_by_text("Choisir une période, une personne ou un acte").click()
    await page.get_by_label("Nom d’une personne ou d’une structure").fill("Essai")
    await page.get_by_label("Lire ou consulter").check()
    await page.get_by_role("button", name="Afficher").click()
    assert await rows.count() == 2
    assert "essai" not in page.url.lower()
    await clean(page, widths=(320, 1280), themes=("light",))


async def test_citizen_reads_it_in_easy_words(a_site: Site, signed_in: SignIn) -> None:
    await a_site.world.found(a_site.odile, by=await a_site.world.a_professional(authorised_on=a_site.odile))
    page = await signed_in("odile", java_script_enabled=False)
    await page.goto("/acces")
    await page.get_by_role("link", name="Lire en facile à lire").click()
    assert await page.get_by_role("heading", level=1).inner_text() == "Qui voit mon carnet ?"
    assert await page.get_by_role("link", name="Je ne connais pas cette personne").count() >= 1


async def test_the_easy_page_has_no_fault(signed_in: SignIn) -> None:
    page = await signed_in("odile")
    await page.goto("/acces/facile-a-lire")
    await clean(page, widths=(320, 390, 1280))
