"""A citizen who lost a password, a telephone, or everything, finds their way back; the record and what it holds are intact."""

import pyotp
from playwright.async_api import expect
from tests.browser.axe import clean
from tests.browser.journeys.conftest import Newcomer
from tests.browser.journeys.test_citizen_activates_their_record import recognised
from tests.browser.journeys.test_citizen_signs_in_with_password_and_code import first_proof
from tests.builders.accounts import Desk

from carnet.domain.accounts.means import choosing
from carnet.domain.accounts.means.model import Means
from carnet.domain.accounts.means.reading import account_of


async def test_citizen_recovers_a_lost_password(newcomer: Newcomer, desk: Desk) -> None:
    # Given someone with a sheet of codes, an application, and no memory of their password
    person = await desk.world.a_record()
    identifier = await desk.activated(person)
    desk.later(minutes=-5)
    totp = pyotp.TOTP(await desk.totp(person))
    sheet = await choosing.make_recovery_codes(person.patient_id, actor=desk.actor(person), accounts=desk.accounts)
    page = await newcomer(java_script_enabled=False)
    # When they follow what the page says
    await page.goto("/connexion")
    await page.get_by_role("link", name="J’ai perdu quelque chose").click()
    await page.get_by_role("link", name="Mon mot de passe").click()
    await page.get_by_label("Votre adresse électronique ou votre identifiant").fill(identifier)
    await page.get_by_label("Un code de votre feuille").fill(sheet[0])
    await page.get_by_role("button", name="Continuer").click()
    await page.get_by_label("Le code").fill(totp.at(desk.carnet.services.clock()))
    await page.get_by_role("button", name="Ouvrir mon carnet").click()
    # Then they choose another
    await page.get_by_label("Mon nouveau mot de passe").fill("quatre chevaux dans la neige")
    await page.get_by_label("Le même, encore une fois").fill("quatre chevaux dans la neige")
    await page.get_by_role("button", name="Enregistrer ce mot de passe").click()
    await expect(page.get_by_role("status").first).to_contain_text("Votre mot de passe est enregistré.")


async def test_citizen_without_their_telephone_uses_a_line_of_the_sheet(newcomer: Newcomer, desk: Desk) -> None:
    person = await desk.world.a_record()
    identifier = await desk.activated(person)
    await desk.totp(person)
    sheet = await choosing.make_recovery_codes(person.patient_id, actor=desk.actor(person), accounts=desk.accounts)
    page = await newcomer()
    await first_proof(page, identifier)
    await page.get_by_label("Le code").fill(sheet[1].lower())
    await page.get_by_role("button", name="Ouvrir mon carnet").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Bonjour")
    await page.goto("/compte/secours")
    await expect(page.get_by_text("où il reste 7 codes")).to_be_visible()
    await clean(page, themes=("light",))


async def test_citizen_who_lost_everything_comes_back_with_a_new_code(newcomer: Newcomer, desk: Desk) -> None:
    person = await desk.world.a_record()
    await desk.insured(person)
    await desk.activated(person, mail="tout.perdu@exemple.fr")
    await desk.totp(person)
    page = await newcomer()
    await page.goto("/connexion/secours")
    await clean(page, themes=("light",))
    await recognised(page, desk, person, way="Ouvrir mon carnet")
    await expect(page.locator(".lead")).to_have_text("Ce code remplace vos anciens moyens d’ouvrir votre carnet.")
    await page.get_by_role("button", name="Ouvrir mon carnet").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Votre carnet est ouvert")
    await clean(page, themes=("light",))
    async with desk.carnet.database.connection() as connection:
        account = await account_of(connection, person.patient_id, accounts=desk.accounts)
    assert account is not None
    assert account.means == frozenset()
    assert Means.PASSWORD not in account.means
    # And whoever owned the account hears of it by mail
    await desk.post()
    assert "Un moyen d’ouvrir votre carnet a été retiré" in [mail.subject for mail in desk.postman.mails]
