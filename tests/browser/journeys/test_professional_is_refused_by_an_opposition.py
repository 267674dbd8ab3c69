"""A person's opposition stops a professional, and the page says what it may say: blocked, no emergency, no regulation, no feeding."""

from playwright.async_api import expect
from tests.browser.axe import clean
from tests.browser.conftest import Site
from tests.browser.journeys.conftest import AtWork
from tests.browser.journeys.professionals import a_patient, authorise, record_of

from carnet.domain.consent.model import ConsentKind, RecordStatus


async def test_professional_whom_the_person_blocked_reads_nothing(a_site: Site, at_work: AtWork) -> None:
    # Given someone who blocked this doctor
    page = await at_work()
    person = await a_patient(a_site, documents=1, birth_name="BLOQUANTE")
    await authorise(a_site, person, kind=ConsentKind.BLOCK)
    # When the doctor asks for the record
    await page.goto(record_of(person))
    # Then it stays shut, and only the person can open it again
    await expect(page.locator(".lead")).to_have_text("Cette personne a bloqué votre accès. Elle seule peut le rendre.")
    assert await page.get_by_role("button", name="Déclarer cet accès").count() == 0
    assert "BLOQUANTE" not in await page.content()
    await clean(page)
    # And it is not among the patients who authorised them
    await page.goto("/pro")
    assert "BLOQUANTE" not in await page.content()


async def test_professional_opens_nothing_in_an_emergency_that_was_opposed(a_site: Site, at_work: AtWork) -> None:
    # Given someone who opposed the bris de glace
    page = await at_work()
    person = await a_patient(a_site, documents=1, authorised=())
    await a_site.world.consent(person, ConsentKind.EMERGENCY_OPPOSITION)
    # When the doctor breaks the glass
    await page.goto(record_of(person, "urgence"))
    await page.get_by_label("Un risque immédiat pour sa santé").check()
    await page.get_by_label("La situation, en une phrase").fill("Douleur thoracique, patiente seule")
    await page.get_by_role("button", name="Ouvrir en urgence").click()
    # Then nothing opens, the page says so and keeps what was written
    await expect(page.get_by_role("alert")).to_contain_text("Ce carnet ne s’ouvre pas en urgence")
    await expect(page.get_by_label("La situation, en une phrase")).to_have_value("Douleur thoracique, patiente seule")
    await clean(page)
    await page.goto(record_of(person))
    await expect(page.get_by_role("heading", level=1)).to_have_text("Votre accès à ce carnet")


async def test_regulator_opens_nothing_that_was_opposed(a_site: Site, at_work: AtWork) -> None:
    page = await at_work("Dr Yasmine Belcourt")
    person = await a_patient(a_site, documents=1, authorised=())
    await a_site.world.consent(person, ConsentKind.REGULATION_OPPOSITION)
    await page.goto(record_of(person, "urgence"))
    await page.get_by_label("Je régule un appel").check()
    await page.get_by_role("button", name="Ouvrir en urgence").click()
    await expect(page.get_by_role("alert")).to_contain_text("Ce carnet ne s’ouvre pas en urgence")


async def test_professional_adds_nothing_where_it_was_opposed(a_site: Site, at_work: AtWork) -> None:
    page = await at_work()
    person = await a_patient(a_site)
    await a_site.world.consent(person, ConsentKind.FEEDING_OPPOSITION)
    await page.goto(record_of(person, "ajouter"))
    assert await page.locator("input[type=file]").count() == 0
    await clean(page, widths=(390,), themes=("light",))


async def test_closed_record_says_no_more_than_one_that_does_not_exist(a_site: Site, at_work: AtWork) -> None:
    page = await at_work()
    closed = await a_patient(a_site, documents=1)
    await a_site.world.change(closed, to=RecordStatus.CLOSED)
    told = []
    for address in (record_of(closed), "/pro/patients/01900000-0000-7000-8000-0000000000fe"):
        await page.goto(address)
        told.append(await page.inner_text("main"))
    assert told[0] == told[1]
    assert "Ce carnet ne s’ouvre pas" in told[0]
