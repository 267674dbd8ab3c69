"""A professional adds a PDF and photos, keeps a draft for themselves alone, mends what is refused."""

import pytest
from playwright.async_api import Page, expect
from tests.browser.axe import clean
from tests.browser.conftest import Site
from tests.browser.journeys.conftest import AtWork
from tests.browser.journeys.professionals import DOCTOR, a_patient, describe, record_of
from tests.builders import uploads
from tests.builders.cda import a_pdf

from carnet.domain.audit.model import EventType


def _file(name: str, data: bytes) -> dict[str, object]:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": data}


async def _files(page: Page, *files: dict[str, object]) -> None:
    await page.set_input_files("#champ-fichiers", list(files))  # type: ignore[arg-type]  # as Playwright's FilePayload


@pytest.mark.long
async def test_professional_adds_a_pdf_and_photos(a_site: Site, at_work: AtWork) -> None:
    # Given a doctor with a report, and two pages on paper
    page = await at_work()
    person = await a_patient(a_site)
    await page.goto(record_of(person))
    await page.get_by_role("link", name="Ajouter un document").click()
    await clean(page)
    # When they send them without saying who sees them
    photos = (_file(f"{n}.jpg", uploads.a_photo(size=(300 + n, 400))) for n in range(2))
    await _files(page, _file("compte-rendu.pdf", a_pdf()), *photos)
    await page.get_by_role("button", name="Mettre dans le carnet").click()
    # Then nothing is assumed, and nothing that was sent is lost
    await expect(page.get_by_role("alert")).to_contain_text("Les autres professionnels")
    await expect(page.get_by_text("compte-rendu.pdf").first).to_be_visible()
    await clean(page)
    # When they say so
    await describe(page)
    await page.get_by_role("button", name="Mettre dans le carnet").click()
    # Then the photos are the pages of one document, and the report another
    await expect(page.get_by_role("status")).to_contain_text("Les documents sont dans le carnet")
    await expect(page.get_by_role("heading", name="Documents")).to_contain_text("(2)")
    fed = [event for event in await a_site.world.events(person) if event.type is EventType.DOCUMENTS_FILED]
    assert {event.actor.name for event in fed} == {DOCTOR.removeprefix("Dr ")}


async def test_professional_mends_a_refused_file(a_site: Site, at_work: AtWork) -> None:
    page = await at_work(java_script_enabled=False)
    person = await a_patient(a_site)
    await page.goto(record_of(person, "ajouter"))
    await _files(page, _file("faux.pdf", b"MZ\x90\x00 pas un PDF"))
    await describe(page)
    await page.get_by_role("button", name="Mettre dans le carnet").click()
    await expect(page.get_by_role("alert")).to_contain_text("faux.pdf")
    await expect(page.get_by_label("Titre")).to_have_value("Suivi du diabète")
    await _files(page, _file("vrai.pdf", a_pdf()))
    await page.get_by_role("button", name="Mettre dans le carnet").click()
    await expect(page.locator("#dt")).to_have_text("Suivi du diabète")


async def test_professional_keeps_a_draft_for_themselves_alone(a_site: Site, at_work: AtWork) -> None:
    # Given a letter that is not ready
    page = await at_work()
    person = await a_patient(a_site, authorised=("medecin", "infirmiere"))
    await page.goto(record_of(person, "ajouter"))
    await _files(page, _file("a.pdf", a_pdf()))
    await page.get_by_label("Titre").fill("À finir ce soir")
    await page.get_by_role("button", name="Garder en brouillon").click()
    await expect(page.get_by_text("Ce qui est déjà envoyé")).to_be_visible()
    # When a colleague comes to the record
    other = await at_work("Mme Nadège Tourvillac")
    await other.goto(record_of(person, "ajouter"))
    # Then they see nothing of it
    assert "À finir ce soir" not in await other.content()
    # When its author comes back
    await page.goto(record_of(person, "ajouter"))
    await page.get_by_role("link", name="À finir ce soir").click()
    await clean(page, widths=(390,))
    await expect(page.get_by_label("Titre")).to_have_value("À finir ce soir")
    await describe(page, title="Finie")
    await page.get_by_role("button", name="Mettre dans le carnet").click()
    # Then it is in the record, and no longer a draft
    await expect(page.locator("#dt")).to_have_text("Finie")
    await page.goto(record_of(person, "ajouter"))
    await expect(page.get_by_role("heading", name="Vos brouillons")).to_have_count(0)
