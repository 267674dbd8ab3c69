"""A citizen opens their record the first time, with the code of their letter, then chooses how to come back."""

from playwright.async_api import Page, expect
from tests.browser.axe import clean
from tests.browser.journeys.conftest import Newcomer
from tests.builders.accounts import CARD, PASSWORD, Desk
from tests.doors.world import Person

from carnet.domain.consent.model import RecordStatus


async def recognised(page: Page, desk: Desk, person: Person, *, way: str) -> None:
    """From the page of information to the page of decision."""
    code = await desk.provisional_code(person)
    assert code is not None
    await page.goto("/activation")
    await page.get_by_role("link", name=way).first.click()
    await page.get_by_label("Le code provisoire").fill(code.lower())
    await page.get_by_label("Votre numéro de sécurité sociale").fill(person.ins.matricule[:13])
    await page.get_by_label("Le numéro de série").fill(CARD)
    await page.get_by_role("button", name="Continuer").click()


async def test_citizen_activates_their_record(newcomer: Newcomer, desk: Desk) -> None:
    # Given an announced record, and someone with their letter, their card, and no script
    person = await desk.world.a_record(status=RecordStatus.ANNOUNCED)
    await desk.insured(person)
    page = await newcomer(java_script_enabled=False)
    # When they read what it is, and say who they are
    await recognised(page, desk, person, way="Ouvrir mon carnet")
    # Then the page greets them and says what will happen, before anything does
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Bonjour Louise")
    await expect(page.get_by_text("Ce qui va se passer")).to_be_visible()
    assert (await desk.world.head(person))[0] == RecordStatus.ANNOUNCED
    # When they open it
    await page.get_by_role("button", name="Ouvrir mon carnet").click()
    # Then it is open, and a means is asked for
    await expect(page.get_by_role("heading", level=1)).to_have_text("Votre carnet est ouvert")
    assert (await desk.world.head(person))[0] == RecordStatus.OPEN
    # When they choose a password and a code by mail
    await page.get_by_role("link", name="Un mot de passe et un code").click()
    await page.get_by_label("Mon nouveau mot de passe").fill(PASSWORD)
    await page.get_by_label("Le même, encore une fois").fill(PASSWORD)
    await page.get_by_role("button", name="Enregistrer ce mot de passe").click()
    await page.get_by_role("link", name="D’un courriel").click()
    await page.get_by_label("Mon adresse électronique").fill("louise.activee@exemple.fr")
    await page.get_by_role("button", name="Recevoir un code à cette adresse").click()
    await desk.post()
    await page.get_by_label("Le code du courriel").fill(desk.postman.code())
    await page.get_by_role("button", name="Confirmer mon adresse").click()
    # Then a sheet is offered, with eight codes to print
    await page.get_by_role("button", name="Faire ma feuille").click()
    await expect(page.locator(".codes li")).to_have_count(8)
    await page.get_by_role("link", name="C’est imprimé ou recopié").click()
    await expect(page.locator(".lead")).to_have_text(
        "Vous pouvez ouvrir votre carnet avec votre mot de passe et un code."
    )


async def test_a_slip_is_told_and_nothing_typed_is_lost(newcomer: Newcomer, desk: Desk) -> None:
    person = await desk.world.a_record(status=RecordStatus.ANNOUNCED)
    await desk.insured(person)
    page = await newcomer()
    await page.goto("/activation/ouvrir")
    await clean(page, themes=("light",))
    await page.get_by_label("Le code provisoire").fill("ABCD-EFGH-JKMN")
    await page.get_by_label("Votre numéro de sécurité sociale").fill("2 55 06")
    await page.get_by_label("Le numéro de série").fill("12")
    await page.get_by_role("button", name="Continuer").click()
    await expect(page.get_by_role("alert")).to_contain_text("Rien n’a changé. Ce que vous avez écrit est gardé.")
    await expect(page.get_by_label("Votre numéro de sécurité sociale")).to_have_value("2 55 06")
    await expect(page.get_by_label("Votre numéro de sécurité sociale")).to_have_attribute("aria-invalid", "true")
    await clean(page)


async def test_another_code_is_asked_for_with_the_card(newcomer: Newcomer, desk: Desk) -> None:
    person = await desk.world.a_record(status=RecordStatus.ANNOUNCED)
    await desk.insured(person, mail="redemande@exemple.fr")
    page = await newcomer()
    await page.goto("/activation")
    await page.get_by_role("link", name="Demander un nouveau code").click()
    await page.get_by_label("Votre numéro de sécurité sociale").fill(person.ins.matricule)
    await page.get_by_label("Le numéro de série").fill(CARD)
    await page.get_by_role("button", name="Recevoir un code").click()
    await expect(page.locator(".lead")).to_contain_text("Si ces deux numéros vont ensemble")
    await clean(page, themes=("light",))
    await desk.post()
    assert desk.postman.mails[-1].to == "redemande@exemple.fr"
