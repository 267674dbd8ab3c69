"""A citizen signs in with a password and a code, by mail or by application, with no script."""

import pyotp
from playwright.async_api import Page, expect
from tests.browser.axe import clean
from tests.browser.journeys.conftest import Newcomer
from tests.builders.accounts import PASSWORD, Desk


async def first_proof(page: Page, login: str, password: str = PASSWORD) -> None:
    await page.goto("/connexion")
    await page.get_by_label("Votre adresse électronique ou votre identifiant").fill(login)
    await page.get_by_label("Votre mot de passe").fill(password)
    await page.locator("main form").get_by_role("button", name="Ouvrir mon carnet").click()


async def test_citizen_signs_in_with_password_and_code(newcomer: Newcomer, desk: Desk) -> None:
    # Given someone with a password and a mail address
    person = await desk.world.a_record()
    await desk.activated(person, mail="louise.entre@exemple.fr")
    page = await newcomer(java_script_enabled=False)
    # When they type both, and copy the code that comes
    await first_proof(page, "louise.entre@exemple.fr")
    await desk.post()
    await page.get_by_label("Le code").fill(desk.postman.code())
    await page.get_by_role("button", name="Ouvrir mon carnet").click()
    # Then their record is open, and their account says with what
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Bonjour")
    await page.goto("/compte/connexions")
    await expect(page.get_by_text("avec un mot de passe et un code")).to_be_visible()


async def test_citizen_signs_in_with_the_code_of_an_application(newcomer: Newcomer, desk: Desk) -> None:
    person = await desk.world.a_record()
    identifier = await desk.activated(person)
    desk.later(minutes=-5)
    totp = pyotp.TOTP(await desk.totp(person))
    page = await newcomer()
    await first_proof(page, identifier)
    await clean(page)
    # A wrong code is told, without saying what was wrong
    await page.get_by_label("Le code").fill("000000")
    await page.get_by_role("button", name="Ouvrir mon carnet").click()
    await expect(page.get_by_role("alert")).to_contain_text("Votre carnet reste fermé pour l’instant.")
    await clean(page, themes=("light",))
    await page.get_by_label("Le code").fill(totp.at(desk.carnet.services.clock()))
    await page.get_by_role("button", name="Ouvrir mon carnet").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Bonjour")


async def test_a_wrong_password_shows_the_same_page(newcomer: Newcomer, desk: Desk) -> None:
    person = await desk.world.a_record()
    identifier = await desk.activated(person)
    page = await newcomer()
    await first_proof(page, identifier, "ce n’est pas lui")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Recopier le code")
    await page.goto("/connexion")
    await clean(page)
