"""A citizen sees who read a document, when and by what right, in sentences."""

from tests.browser.axe import clean
from tests.browser.conftest import SignIn, Site
from tests.doors.world import a_report

from carnet.domain.actor import Purpose


async def test_citizen_sees_who_read_a_document(a_site: Site, signed_in: SignIn) -> None:
    # Given a document that the médecin traitant read, and that an emergency opened
    world = a_site.world
    document = (await world.deposit(a_report(a_site.odile))).id
    treating = await world.a_professional(treating=a_site.odile)
    emergency = await world.a_professional(purpose=Purpose.EMERGENCY, motive="Malaise dans la rue")
    for by in (treating, treating, emergency):
        assert (await world.read(f"Binary/{document}", by=by)).status_code == 200
    page = await signed_in("odile")
    # When they open its page
    await page.goto(f"/documents/{document}")
    # Then each reader is there once, by what right
    read = await page.get_by_role("region", name="Qui l’a lu").inner_text()
    assert "comme médecin traitant" in read
    assert "2 lectures en tout" in read
    assert "Motif indiqué : « Malaise dans la rue »" in read.replace("\xa0", " ")
    # And all of it on a page of its own
    await page.get_by_role("link", name="Toutes les lectures de ce document").click()
    rows = await page.locator("main .rows li").all_inner_texts()
    assert sum("Dr Essai" in row for row in rows) == 3
    assert any("Vous avez consulté la description" in row for row in rows)
    await clean(page)
