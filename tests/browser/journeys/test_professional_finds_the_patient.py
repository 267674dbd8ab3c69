"""A professional finds the right patient: by the code they scan, by traits that several people share, among those they saw lately."""

from playwright.async_api import expect
from tests.browser.axe import clean
from tests.browser.conftest import Site
from tests.browser.journeys.conftest import AtWork
from tests.browser.journeys.professionals import a_patient, record_of

from carnet.formats.ins_datamatrix import write_ins_datamatrix


async def test_professional_scans_the_code_of_the_patient(a_site: Site, at_work: AtWork) -> None:
    # Given a patient who shows their INS code, and a scanner that types
    page = await at_work()
    person = await a_patient(a_site, documents=1, birth_name="MARCHENOIR", first_given_name="MIREILLE")
    await clean(page)
    # When the doctor scans it
    await page.get_by_label("Matricule INS ou code scanné").fill(write_ins_datamatrix(person.identity))
    await page.keyboard.press("Enter")
    # Then one person is shown, to be compared with who is there, and the address names nobody
    await expect(page.get_by_role("heading", level=1)).to_have_text("Est-ce cette personne ?")
    await expect(page.get_by_role("heading", level=2).first).to_contain_text("MARCHENOIR")
    assert person.ins.matricule not in page.url
    await clean(page, widths=(390,), themes=("light",))
    # And their record opens in one step
    await page.get_by_role("link", name="Ouvrir ce carnet").click()
    await expect(page.get_by_label("Identité du patient")).to_contain_text("Identité qualifiée")
    # And they are found again among the patients seen lately
    await page.goto("/pro")
    recent = page.get_by_role("region", name="Mes patients récents")
    await recent.get_by_role("link", name="MARCHENOIR").click()
    await expect(page).to_have_url(a_site.url + record_of(person))


async def test_professional_tells_homonyms_apart(a_site: Site, at_work: AtWork) -> None:
    # Given two people of the same name, born on the same day
    twins = {"birth_name": "JUMEAU", "first_given_name": "ANNE", "given_names": "ANNE", "birth_date": "1971-02-03"}
    page = await at_work()
    for place in ("75056", "13055"):
        await a_patient(a_site, birth_place=place, authorised=(), **twins)
    # When the doctor mistypes the day
    await page.get_by_label("Nom de naissance, ou nom utilisé").fill("Jumeau")
    await page.get_by_label("Premier prénom, ou prénom utilisé").fill("Anne")
    await page.get_by_label("Date de naissance").fill("31/02/1971")
    await page.get_by_role("button", name="Chercher par ces traits").click()
    # Then the page says what to mend, and keeps the rest
    await expect(page.get_by_role("alert")).to_contain_text("Date de naissance")
    await expect(page.get_by_label("Nom de naissance, ou nom utilisé")).to_have_value("Jumeau")
    await page.get_by_label("Date de naissance").fill("03/02/1971")
    await page.get_by_role("button", name="Chercher par ces traits").click()
    # Then both are shown, with what tells them apart
    await expect(page.get_by_role("heading", level=1)).to_have_text("2 personnes ont ces traits")
    assert [each in await page.inner_text("main") for each in ("75056", "13055")] == [True, True]
    assert "jumeau" not in page.url.lower()
    await clean(page)
    # When the place of birth is said
    await page.get_by_role("link", name="Chercher quelqu’un d’autre").click()
    await page.get_by_label("Nom de naissance, ou nom utilisé").fill("Jumeau")
    await page.get_by_label("Premier prénom, ou prénom utilisé").fill("Anne")
    await page.get_by_label("Date de naissance").fill("03/02/1971")
    await page.get_by_text("Préciser le sexe ou le lieu de naissance").click()
    await page.get_by_label("Lieu de naissance").fill("13055")
    await page.keyboard.press("Enter")
    # Then one is left
    await expect(page.get_by_role("heading", level=1)).to_have_text("Est-ce cette personne ?")


async def test_professional_opens_the_record_of_someone_who_authorised_them(a_site: Site, at_work: AtWork) -> None:
    # Given someone who authorised this doctor, and someone who authorised no one
    page = await at_work()
    chosen = await a_patient(a_site, documents=1, birth_name="CONFIANTE")
    await a_patient(a_site, authorised=(), birth_name="DISCRETE")
    # When the doctor looks at who authorised them
    await page.goto("/pro")
    authorised = page.get_by_role("region", name="Qui vous a ouvert son carnet")
    await expect(authorised).to_contain_text("CONFIANTE")
    assert "DISCRETE" not in await page.content()
    # Then the record opens with no further step
    await authorised.get_by_role("link", name="CONFIANTE").click()
    await expect(page).to_have_url(a_site.url + record_of(chosen))


async def test_professional_is_told_when_nobody_answers(at_work: AtWork) -> None:
    page = await at_work(java_script_enabled=False)
    await page.get_by_label("Matricule INS ou code scanné").fill("123")
    await page.get_by_role("button", name="Trouver ce patient").click()
    await expect(page.get_by_role("alert")).to_contain_text("15 caractères")
    await page.get_by_label("Matricule INS ou code scanné").fill("1 99 07 75 116 001 75")
    await page.get_by_role("button", name="Trouver ce patient").click()
    await expect(page.locator("main")).to_contain_text("Nous n’avons")
