"""What the person decides, and what changes of a professional, holds from the very next request: withdrawn, blocked, closed, another situation."""

from playwright.async_api import expect
from tests.browser.axe import clean
from tests.browser.conftest import Site
from tests.browser.journeys.conftest import AtWork
from tests.browser.journeys.professionals import a_patient, record_of
from tests.doors.world import a_titled

from carnet.domain.consent.model import ConsentKind, RecordStatus
from carnet.web.demo_people import actor_named


async def test_authorisation_withdrawn_while_reading(a_site: Site, at_work: AtWork) -> None:
    # Given a doctor in the middle of a record
    page = await at_work()
    person = await a_patient(a_site, documents=2, birth_name="CHANGEANTE")
    await page.goto(record_of(person))
    await page.locator(".line > li > a").first.click()
    await page.locator("#dt").wait_for()
    # When the person withdraws the authorisation
    doctor = await actor_named(a_site.carnet.database, "medecin")
    await a_site.world.consent(person, ConsentKind.GRANT, doctor.person, ends=True)
    # Then the next document does not open, nor the bytes of the one on the screen, nor a photo of it in the history
    await page.locator(".line > li > a").nth(1).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Votre accès à ce carnet")
    assert "CHANGEANTE" not in await page.content()
    await page.go_back()
    assert "CHANGEANTE" not in await page.content()


async def test_person_who_blocks_while_one_is_writing(a_site: Site, at_work: AtWork) -> None:
    page = await at_work(java_script_enabled=False)
    person = await a_patient(a_site, documents=1)
    await page.goto(record_of(person, "acces"))
    doctor = await actor_named(a_site.carnet.database, "medecin")
    await a_site.world.consent(person, ConsentKind.BLOCK, doctor.person)
    # When the doctor, whose page is still open, becomes médecin traitant
    await page.get_by_role("button", name="Devenir médecin traitant").click()
    # Then nothing was done, and the page says why
    await page.goto(record_of(person, "acces"))
    await expect(page.locator(".lead")).to_contain_text("a bloqué votre accès")


async def test_record_closed_while_reading(a_site: Site, at_work: AtWork) -> None:
    page = await at_work()
    person = await a_patient(a_site, documents=1, birth_name="PARTANTE")
    await page.goto(record_of(person))
    # When the person closes their record
    await a_site.world.change(person, to=RecordStatus.CLOSED)
    await page.locator(".line > li > a").first.click()
    # Then it is shut, and says nothing of whose it was
    await expect(page.get_by_role("heading", level=1)).to_have_text("Ce carnet ne s’ouvre pas")
    assert "PARTANTE" not in await page.content()
    await clean(page, widths=(390,), themes=("light",))
    # And is no longer among the patients seen lately
    await page.goto("/pro")
    assert "PARTANTE" not in await page.content()


async def test_right_of_one_situation_is_not_that_of_the_other(a_site: Site, at_work: AtWork) -> None:
    # Given a cardiologist of a hospital and of a practice, and someone who authorised the hospital
    page = await at_work("Dr Hugo Marcheval")
    await page.get_by_label("centre hospitalier").check()
    await page.get_by_role("button", name="Travailler dans cette situation").click()
    await page.get_by_role("heading", name="Trouver un patient").wait_for()
    async with a_site.carnet.database.connection() as connection:
        row = await (
            await connection.execute("SELECT situation FROM professional_session ORDER BY begun_at DESC LIMIT 1")
        ).fetchone()
    person = await a_patient(a_site, lambda who: a_titled(who, "Échographie cardiaque"), authorised=())
    await a_site.world.consent(person, ConsentKind.GRANT, row[0].rpartition(".")[2], organization=True)
    # When they work at the hospital, they read
    await page.goto(record_of(person))
    await expect(page.get_by_role("link", name="Échographie cardiaque")).to_be_visible()
    await expect(page.get_by_label("Identité du patient")).to_contain_text("centre hospitalier", ignore_case=True)
    # When they work in their practice, they do not
    await page.goto("/pro/situation")
    await page.get_by_label("cabinet de cardiologie").check()
    await page.get_by_role("button", name="Travailler dans cette situation").click()
    await page.goto(record_of(person))
    await expect(page.get_by_role("heading", level=1)).to_have_text("Votre accès à ce carnet")
