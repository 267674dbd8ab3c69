"""A citizen finds a mistake in what they said of a document, and corrects it; the file stays, the former version too."""

import re

from tests.browser.axe import clean
from tests.browser.conftest import SignIn, Site
from tests.builders.cda import a_pdf

from carnet.formats.cda.document import carried_file


async def test_citizen_corrects_a_document_they_added(signed_in: SignIn, a_site: Site) -> None:
    # Given a document added with a wrong date
    page = await signed_in()
    pdf = a_pdf("Certificat")
    await page.goto("/documents/ajouter")
    await page.set_input_files("#champ-fichiers", [{"name": "a.pdf", "mimeType": "application/pdf", "buffer": pdf}])
    await page.get_by_role("button", name="Continuer", exact=True).last.click()
    await page.get_by_label("Certificat médical").check()
    await page.get_by_label("Titre").fill("Certificat de sport")
    await page.get_by_label("Année").fill("2002")
    await page.get_by_role("button", name="Ajouter ce document").click()
    await page.wait_for_url(re.compile(r"/documents/[0-9a-f-]{36}\?fait=document-ajoute"))
    first = page.url.split("/")[-1].partition("?")[0]
    # When they correct it
    await page.goto(f"/documents/{first}/modifier")
    assert await page.get_by_label("Titre").input_value() == "Certificat de sport"
    await clean(page)
    await page.get_by_label("Jour").fill("9")
    await page.get_by_label("Mois").fill("4")
    await page.get_by_label("Année").fill("2020")
    await page.get_by_role("button", name="Enregistrer").click()
    # Then a new version of the same file says so, and the former one stays behind it
    await page.wait_for_url(re.compile(r"/documents/[0-9a-f-]{36}\?fait=document-corrige"))
    second = page.url.split("/")[-1].partition("?")[0]
    citizen = a_site.world.a_citizen(a_site.odile)
    fiche = (await a_site.world.read(f"DocumentReference/{second}", by=citizen)).json()
    assert fiche["context"]["period"]["start"] == "2020-04-09"
    assert fiche["relatesTo"][0]["target"]["reference"].endswith(first)
    content = await a_site.world.read(f"Binary/{second}", by=citizen)
    assert carried_file(content.content) == ("application/pdf", pdf)
