"""A citizen objects to their record within the six weeks, in as many pages as it takes to open it."""

from playwright.async_api import expect
from tests.browser.axe import clean
from tests.browser.journeys.conftest import Newcomer
from tests.browser.journeys.test_citizen_activates_their_record import recognised
from tests.builders.accounts import Desk

from carnet.domain.consent.model import RecordStatus


async def test_citizen_objects_to_their_record(newcomer: Newcomer, desk: Desk) -> None:
    # Given an announced record
    person = await desk.world.a_record(status=RecordStatus.ANNOUNCED)
    await desk.insured(person)
    page = await newcomer(java_script_enabled=False)
    # When they say who they are, and read what will happen
    await recognised(page, desk, person, way="Refuser mon carnet")
    await expect(page.locator(".lead")).to_contain_text("Sans réponse de vous, votre carnet s’ouvrirait le")
    # Then one button refuses, and no session was opened
    await page.get_by_role("button", name="Refuser mon carnet").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Votre choix est enregistré")
    assert (await desk.world.head(person))[0] == RecordStatus.OPPOSED
    await page.goto("/compte")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Ouvrir mon carnet")


async def test_both_ways_take_as_many_pages_and_fields(newcomer: Newcomer, desk: Desk) -> None:
    counts = []
    for way in ("Ouvrir mon carnet", "Refuser mon carnet"):
        person = await desk.world.a_record(status=RecordStatus.ANNOUNCED)
        await desk.insured(person)
        page = await newcomer()
        visited: list[str] = []
        page.on("framenavigated", lambda frame, visited=visited: visited.append(frame.url))
        await recognised(page, desk, person, way=way)
        await clean(page, themes=("light",))
        fields = await page.locator("main input:not([type=hidden])").count()
        buttons = await page.locator("main button").count()
        counts.append((len(visited), fields, buttons))
    assert counts[0] == counts[1]


async def test_who_objected_may_change_their_mind(newcomer: Newcomer, desk: Desk) -> None:
    person = await desk.world.a_record(status=RecordStatus.OPPOSED)
    await desk.insured(person)
    page = await newcomer()
    await recognised(page, desk, person, way="Ouvrir mon carnet")
    await expect(page.locator(".lead")).to_have_text("Vous aviez refusé votre carnet. Vous pouvez changer d’avis.")
    await page.get_by_role("button", name="Ouvrir mon carnet").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Votre carnet est ouvert")
    assert (await desk.world.head(person))[0] == RecordStatus.OPEN
