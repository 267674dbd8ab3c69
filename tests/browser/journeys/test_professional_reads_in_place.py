"""A professional reads a record on one page: by keyboard, with words and choices, what is new, what the person does not see yet; and prints."""

import io

import pytest
from playwright.async_api import Page, expect
from pypdf import PdfReader
from tests.browser.axe import clean
from tests.browser.conftest import Site
from tests.browser.journeys.conftest import AtWork
from tests.browser.journeys.professionals import a_patient, record_of
from tests.builders.fhir import concept
from tests.doors.world import a_letter, a_report, a_titled

BIOLOGY = {"system": "http://loinc.org", "code": "11502-2", "display": "CR d’examens biologiques"}
MONTHS = ("2026-03-12T10:15:00+01:00", "2026-02-12T10:15:00+01:00", "2025-01-12T10:15:00+01:00")


async def _press_access_key(page: Page, key: str) -> None:
    """Alt and a letter, as a keyboard sends them: with the character, which Playwright's own `press` leaves out."""
    session = await page.context.new_cdp_session(page)
    pressed = {"code": f"Key{key.upper()}", "key": key, "windowsVirtualKeyCode": ord(key.upper()), "modifiers": 1}
    await session.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **pressed})
    await session.send("Input.dispatchKeyEvent", {"type": "char", "text": key, "unmodifiedText": key, "modifiers": 1})
    await session.send("Input.dispatchKeyEvent", {"type": "keyUp", **pressed})


async def _in_place(page: Page, title: str) -> None:
    await expect(page.locator("#dt")).to_have_text(title)


@pytest.mark.long
async def test_professional_reads_one_document_after_the_other_by_keyboard(a_site: Site, at_work: AtWork) -> None:
    # Given three documents, and no mouse
    page = await at_work()
    person = await a_patient(
        a_site, *(lambda who, d=d, n=n: a_titled(who, f"Lettre {n}", date=d) for n, d in enumerate(MONTHS, 1))
    )
    await page.goto(record_of(person))
    # When the doctor goes to the list by the keyboard and opens the first
    first = page.get_by_role("link", name="Lettre 1", exact=True)
    for _ in range(60):
        await page.keyboard.press("Tab")
        if await first.evaluate("each => each === document.activeElement"):
            break
    await page.keyboard.press("Enter")
    await _in_place(page, "Lettre 1")
    # Then the next is one key away, and the one before too
    await _press_access_key(page, "n")
    await _in_place(page, "Lettre 2")
    await _press_access_key(page, "n")
    await _in_place(page, "Lettre 3")
    await _press_access_key(page, "p")
    await _in_place(page, "Lettre 2")
    await expect(page.locator("[aria-current=true]")).to_have_text("Lettre 2")
    # And the list is still there, beside it
    await expect(page.get_by_role("link", name="Lettre 3", exact=True)).to_be_visible()
    await clean(page, widths=(320, 390, 1280))


async def test_professional_filters_and_searches(a_site: Site, at_work: AtWork) -> None:
    # Given analyses and a letter, one of them masked by the person
    page = await at_work(java_script_enabled=False)
    person = await a_patient(
        a_site,
        lambda who: a_titled(who, "Ferritine et numération", date=MONTHS[0], type=concept(BIOLOGY)),
        lambda who: a_titled(who, "Bilan annuel", date=MONTHS[2], type=concept(BIOLOGY)),
        lambda who: a_titled(who, "Consultation de cardiologie", date=MONTHS[1]),
        lambda who: a_titled(who, "Ferritine masquée", date=MONTHS[1], type=concept(BIOLOGY), labels=["MASQUE_PS"]),
    )
    await page.goto(record_of(person))
    await expect(page.get_by_role("heading", name="Documents")).to_contain_text("(3)")
    # When they search words
    await page.get_by_label("Chercher dans ce carnet").fill("ferritine")
    await page.get_by_role("button", name="Chercher", exact=True).click()
    # Then what has them is left, the masked one is not, and the address says nothing
    await expect(page.get_by_role("heading", name="Documents")).to_contain_text("(1)")
    assert "masquée" not in await page.content()
    assert "ferritine" not in page.url.lower()
    # And a document opens without losing what was sought
    await page.get_by_role("link", name="Ferritine et numération").click()
    await _in_place(page, "Ferritine et numération")
    await expect(page.get_by_label("Chercher dans ce carnet")).to_have_value("ferritine")
    # When they choose a type and a year instead
    await page.get_by_role("link", name="Tout voir").click()
    await page.get_by_text("Trier : type, auteur").click()
    await page.get_by_label("Type").select_option("11502-2")
    await page.get_by_label("Année").select_option("2025")
    await page.get_by_role("button", name="Montrer ces documents").click()
    # Then one is left, and the choice is shown
    await expect(page.get_by_text("1 sur 3.")).to_be_visible()
    await expect(page.get_by_label("Année")).to_have_value("2025")
    # And what answers nothing says how to come back
    await page.get_by_label("Chercher dans ce carnet").fill("introuvable")
    await page.get_by_role("button", name="Chercher", exact=True).click()
    await expect(page.get_by_text("Aucun document ne correspond.")).to_be_visible()


async def test_filters_are_accessible_when_open(a_site: Site, at_work: AtWork) -> None:
    page = await at_work()
    person = await a_patient(a_site, documents=1)
    await page.goto(record_of(person))
    await page.get_by_text("Trier : type, auteur").click()
    await clean(page)


async def test_professional_sees_what_is_new_since_their_last_visit(a_site: Site, at_work: AtWork) -> None:
    # Given a doctor who came two days ago, and a result that arrived since
    page = await at_work()
    person = await a_patient(a_site, lambda who: a_titled(who, "Ancienne lettre", date=MONTHS[2]))
    await page.goto(record_of(person))
    await expect(page.get_by_text("C’est le premier")).to_be_visible()
    async with a_site.carnet.database.transaction() as tx:
        for column in ("professional_visit SET visited_at", "document_entry SET filed_at"):
            await tx.execute(f"UPDATE {column} = now() - interval '2 days' WHERE patient_id = %s", (person.patient_id,))
    await a_site.world.deposit(a_titled(person, "Résultat d’hier", date=MONTHS[0], type=concept(BIOLOGY)))
    # When they come again
    await page.goto(record_of(person))
    # Then it comes first, and is said to be new
    new = page.get_by_role("listitem").filter(has=page.get_by_role("link", name="Résultat d’hier"))
    await expect(new.get_by_text("Nouveau", exact=True)).to_be_visible()
    await expect(page.get_by_text("Nouveau depuis votre passage du")).to_be_visible()
    await expect(page.get_by_text("Déjà là")).to_be_visible()
    await clean(page, widths=(1280,))


async def test_professional_is_warned_of_what_the_person_does_not_see_yet(a_site: Site, at_work: AtWork) -> None:
    # Given a result that its author has not told the person
    page = await at_work()
    person = await a_patient(a_site, lambda who: a_report(who, labels=["INVISIBLE_PATIENT"]))
    # When another doctor opens it
    await page.goto(record_of(person))
    await page.get_by_role("listitem").get_by_role("link", name="Compte rendu").click()
    # Then they are warned before they read
    await expect(page.get_by_text("La personne ne voit pas encore ce document")).to_be_visible()
    await clean(page)


async def test_professional_prints_with_the_identity(a_site: Site, at_work: AtWork) -> None:
    # Given a letter open in its place
    page = await at_work()
    person = await a_patient(a_site, a_letter, birth_name="IMPRIMEE", first_given_name="COLETTE")
    await page.goto(record_of(person))
    await page.locator(".line a").first.click()
    await page.locator("#dt").wait_for()
    # When it is printed
    printed = PdfReader(io.BytesIO(await page.pdf(format="A4")))
    text = " ".join(" ".join(each.extract_text() for each in printed.pages).split())
    # Then whose record it is, and who made it, are on paper; what can only be clicked is not
    assert "IMPRIMEE" in text
    assert person.ins.matricule in text.replace(" ", "")
    assert "Claire Aubrespin" in text
    for clicked in ("Ajouter un document", "Quitter", "Trier", "Famille", "Télécharger", "Alt + N", "Mes patients"):
        assert clicked not in text, clicked


async def test_professional_reads_without_javascript_on_a_small_screen(a_site: Site, at_work: AtWork) -> None:
    page = await at_work(java_script_enabled=False, viewport={"width": 390, "height": 800})
    person = await a_patient(a_site, a_letter, documents=1)
    await page.goto(record_of(person))
    for link in (0, 1):
        await page.locator(".line > li > a").nth(link).click()
        await expect(page.locator("#doc")).to_be_in_viewport()
    await page.get_by_role("link", name="Revenir à la liste des documents").click()
    await expect(page.get_by_role("heading", name="Documents")).to_be_in_viewport()
