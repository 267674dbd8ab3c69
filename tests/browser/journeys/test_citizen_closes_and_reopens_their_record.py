"""A citizen closes their record, sees what that does before and after, and opens it again; or has it erased for good."""

from playwright.async_api import Page, expect
from tests.browser.axe import clean
from tests.browser.journeys.conftest import Newcomer
from tests.browser.journeys.test_citizen_activates_their_record import recognised
from tests.builders.accounts import Desk
from tests.doors.world import Person

from carnet.domain.consent.model import RecordStatus


async def inside(newcomer: Newcomer, desk: Desk, **options: object) -> tuple[Page, Person]:
    """Someone who has just opened their record."""
    person = await desk.world.a_record()
    await desk.insured(person)
    page = await newcomer(**options)
    await recognised(page, desk, person, way="Ouvrir mon carnet")
    await page.get_by_role("button", name="Ouvrir mon carnet").click()
    return page, person


async def test_citizen_closes_and_reopens_their_record(newcomer: Newcomer, desk: Desk) -> None:
    # Given someone in their account, without script
    page, person = await inside(newcomer, desk, java_script_enabled=False)
    await page.goto("/compte")
    # When they close it, told the effect before
    await page.get_by_role("link", name="Fermer mon carnet").click()
    await expect(page.get_by_text("plus aucun professionnel n’y lit")).to_be_visible()
    await page.get_by_label("Pourquoi, si vous voulez le dire").fill("Je préfère le papier.")
    await page.get_by_role("button", name="Fermer mon carnet").click()
    # Then it is closed at once, and the way back is on the page
    await expect(page.get_by_role("status")).to_contain_text("Votre carnet est fermé.")
    assert (await desk.world.head(person))[0] == RecordStatus.CLOSED
    await page.get_by_role("button", name="Revenir en arrière").click()
    # Then it is open again
    await expect(page.get_by_role("status")).to_contain_text("Votre carnet est rouvert, avec tout ce qu’il contenait.")
    assert (await desk.world.head(person))[0] == RecordStatus.OPEN


async def test_citizen_has_their_record_erased(newcomer: Newcomer, desk: Desk) -> None:
    page, person = await inside(newcomer, desk)
    await page.goto("/compte/fermer")
    await clean(page, themes=("light",))
    await page.get_by_role("button", name="Fermer mon carnet").click()
    await clean(page, themes=("light",))
    await page.get_by_role("link", name="Effacer mon carnet").click()
    # A click is not enough
    await page.get_by_role("button", name="Effacer mon carnet pour toujours").click()
    await expect(page.get_by_role("alert")).to_contain_text("Rien n’a été effacé.")
    await clean(page, themes=("light",))
    await page.get_by_label("J’ai compris").check()
    await page.get_by_role("button", name="Effacer mon carnet pour toujours").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Votre carnet est effacé")
    assert (await desk.world.head(person))[0] == RecordStatus.ERASED
    await page.goto("/compte")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Ouvrir mon carnet")
