"""A professional sees first what documents say of allergies and of what to watch, and where each word comes from."""

import io
from typing import Any

from playwright.async_api import expect
from pypdf import PdfReader
from tests.browser.axe import clean
from tests.browser.conftest import Site
from tests.browser.journeys.conftest import AtWork
from tests.browser.journeys.professionals import a_patient, record_of
from tests.builders.health import (
    HISTORY,
    PENICILLIN,
    PROBLEMS,
    TREATMENTS,
    a_problem,
    a_summary_of,
    a_treatment,
    allergies,
    an_allergy,
    no_allergy,
    paragraphs,
    read_facts,
)
from tests.builders.readings import a_section
from tests.doors.world import Person, a_letter


def _older(person: Person) -> dict[str, Any]:
    return a_summary_of(person, no_allergy(), created="20240112101500+0100")


def _between(person: Person) -> dict[str, Any]:
    return a_summary_of(
        person, allergies(an_allergy(code=PENICILLIN, reaction="Œdème de Quincke")), created="20250112101500+0100"
    )


def _latest(person: Person) -> dict[str, Any]:
    return a_summary_of(
        person,
        allergies(an_allergy(code=PENICILLIN, reaction="Urticaire", severity="sévère", status="Actif")),
        a_section(paragraphs("Hémibloc antérieur gauche", "Vit seule au quatrième étage"), title="Points de vigilance"),
        a_section(paragraphs("Diabète"), a_problem("Diabète de type 2", code="E11"), title="Problèmes", code=PROBLEMS),
        a_section(paragraphs("Appendicectomie en 1999"), title="Antécédents", code=HISTORY),
        a_section("", a_treatment("METFORMINE 500 mg"), title="Traitements", code=TREATMENTS),
        cda={"author": ("899700000001", "LAMBERT", "Odile")},
    )


async def test_professional_sees_the_alerts_first_with_their_sources(a_site: Site, at_work: AtWork) -> None:
    # Given a summary that says no allergy, two later ones that say one, and a plain letter
    page = await at_work()
    person = await a_patient(a_site, _older, _between, _latest, a_letter)
    await read_facts(a_site.world)
    # When the doctor opens the record
    await page.goto(record_of(person))
    # Then the allergy stands before the list, once, with what each document adds
    alerts = page.get_by_role("region", name="Alertes")
    await expect(alerts.get_by_text("Pénicillines", exact=True)).to_be_visible()
    await expect(alerts.get_by_text("Réaction : Urticaire. Sévérité : sévère. Réaction : Œdème de Quincke", exact=False)).to_be_visible()  # fmt: skip
    await expect(alerts.get_by_text("Aussi dans un autre document")).to_be_visible()
    # And what contradicts it is told too, as what must be checked
    await expect(alerts.get_by_text("Les documents ne disent pas tous la même chose")).to_be_visible()
    await expect(alerts.get_by_text("« Aucune allergie connue »")).to_be_visible()
    await expect(alerts.get_by_text("Hémibloc antérieur gauche")).to_be_visible()
    # When they unfold the synthesis by the keyboard
    fold = page.locator("details.synthesis > summary")
    await fold.focus()
    await page.keyboard.press("Enter")
    # Then problems, antecedents and treatments are there
    for words in ("Diabète de type 2", "Appendicectomie en 1999", "METFORMINE 500 mg"):
        await expect(page.locator("details.synthesis").get_by_text(words)).to_be_visible()
    await clean(page, widths=(320, 390, 1280))
    # When they follow a source
    await alerts.get_by_role("link", name="Volet de synthèse médicale").first.click()
    # Then it opens in its place, and the alerts stay in sight
    await expect(page.locator("#dt")).to_have_text("Volet de synthèse médicale")
    await expect(alerts.get_by_text("Pénicillines", exact=True)).to_be_visible()
    await clean(page, widths=(390, 1280))
    # And on paper too
    printed = PdfReader(io.BytesIO(await page.pdf(format="A4")))
    text = " ".join(" ".join(each.extract_text() for each in printed.pages).split())
    assert "Allergies et intolérances" in text
    assert "Hémibloc" in text


async def test_professional_is_never_told_that_silence_is_safety(a_site: Site, at_work: AtWork) -> None:
    # Given a record whose documents say nothing of allergies
    page = await at_work()
    person = await a_patient(a_site, a_letter)
    # When it is opened
    await page.goto(record_of(person))
    # Then it says that nothing is filled in, and not that there is none
    alerts = page.get_by_role("region", name="Alertes")
    await expect(alerts.get_by_text("Aucune allergie n’est renseignée dans les documents que vous pouvez lire")).to_be_visible()  # fmt: skip
    await expect(alerts.get_by_text("Cela ne veut pas dire qu’il n’y en a pas")).to_be_visible()
    await clean(page)


async def test_professional_unfolds_the_synthesis_without_javascript(a_site: Site, at_work: AtWork) -> None:
    # Given a small screen that runs no script
    page = await at_work(java_script_enabled=False, viewport={"width": 390, "height": 800})
    person = await a_patient(a_site, _latest)
    await read_facts(a_site.world)
    # When the record is opened and the synthesis unfolded
    await page.goto(record_of(person))
    await page.locator("details.synthesis > summary").click()
    # Then all is there, and the source opens in its place
    await expect(page.locator("details.synthesis").get_by_text("Diabète de type 2")).to_be_visible()
    await page.get_by_role("region", name="Alertes").get_by_role("link").first.click()
    await expect(page.locator("#doc")).to_be_in_viewport()
