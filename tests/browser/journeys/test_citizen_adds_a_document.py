"""A citizen adds a paper that they received, without a script and with the keyboard alone; then takes it back."""

import re

from tests.browser.conftest import SignIn, Site
from tests.builders.cda import a_pdf

from carnet.formats.cda.document import carried_file


async def test_citizen_adds_a_document(signed_in: SignIn, a_site: Site) -> None:
    # Given someone at their record, on a browser without JavaScript
    page = await signed_in(java_script_enabled=False)
    await page.goto("/documents/ajouter")
    before = len(await a_site.world.found(a_site.odile, by=a_site.world.a_citizen(a_site.odile)))
    # When they choose a PDF, press Enter, and say what it is
    pdf = a_pdf("Radio du genou")
    await page.set_input_files("#champ-fichiers", [{"name": "radio.pdf", "mimeType": "application/pdf", "buffer": pdf}])
    await page.get_by_role("button", name="Continuer", exact=True).last.focus()
    await page.keyboard.press("Enter")
    await page.get_by_text("Votre document est arrivé.").wait_for()
    await page.get_by_label("Image médicale").focus()
    await page.keyboard.press("Space")
    await page.get_by_label("Année").fill("2019")
    await page.get_by_label("Titre").fill("Radio du genou")
    await page.keyboard.press("Enter")
    # Then it is in their record, dated as the paper is, as a document that says whose it is
    await page.wait_for_url(re.compile(r"/documents/[0-9a-f-]{36}\?fait=document-ajoute"))
    document = page.url.split("/")[-1].partition("?")[0]
    citizen = a_site.world.a_citizen(a_site.odile)
    assert document in await a_site.world.found(a_site.odile, by=citizen)
    content = await a_site.world.read(f"Binary/{document}", by=citizen)
    assert carried_file(content.content) == ("application/pdf", pdf)
    fiche = (await a_site.world.read(f"DocumentReference/{document}", by=citizen)).json()
    assert fiche["context"]["period"]["start"] == "2019"
    assert len(await a_site.world.found(a_site.odile, by=citizen)) == before + 1
    assert await page.get_by_role("heading", level=1).inner_text() == "Radio du genou"
    # And they may take it back at once
    await page.get_by_role("button", name="Annuler l’ajout").focus()
    await page.keyboard.press("Enter")
    await page.get_by_text("L’ajout est annulé. Le document n’est plus dans votre carnet.").wait_for()
    assert document not in await a_site.world.found(a_site.odile, by=citizen)
