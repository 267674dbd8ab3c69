"""A citizen decides once who sees what they add, sees the effect, and may come back on it."""

import re

from tests.browser.axe import clean
from tests.browser.conftest import SignIn, Site
from tests.builders.cda import a_pdf


async def test_citizen_chooses_a_default_visibility(signed_in: SignIn, a_site: Site) -> None:
    # Given someone who would rather decide themselves
    page = await signed_in()
    await page.goto("/documents/ajouter/visibilite")
    await page.get_by_text("Pour l’instant : vous et les professionnels que vous autorisez.").wait_for()
    # When they choose to keep for themselves what they add
    await page.get_by_label("Moi seulement").check()
    await page.get_by_role("button", name="Enregistrer mon choix").click()
    await page.get_by_role("status").get_by_text("Votre choix est enregistré.").wait_for()
    await clean(page)
    # Then it is checked in advance, and a document added so is hidden from professionals
    await page.goto("/documents/ajouter")
    await page.set_input_files(
        "#champ-fichiers", [{"name": "a.pdf", "mimeType": "application/pdf", "buffer": a_pdf("pour moi")}]
    )
    await page.get_by_role("button", name="Continuer", exact=True).last.click()
    assert await page.get_by_label("Moi seulement").is_checked()
    await page.get_by_label("Autre document").check()
    await page.get_by_label("Titre").fill("Pour moi")
    await page.get_by_role("button", name="Ajouter ce document").click()
    await page.wait_for_url(re.compile(r"/documents/[0-9a-f-]{36}\?fait=document-ajoute"))
    document = page.url.split("/")[-1].partition("?")[0]
    world = a_site.world
    doctor = await world.a_professional(treating=a_site.odile)
    assert document not in await world.found(a_site.odile, by=doctor)
    # And the way back is offered where the choice was made
    await page.goto("/documents/ajouter/visibilite?fait=visibilite-choisie")
    await page.get_by_role("button", name="Revenir en arrière").click()
    await page.get_by_text("Pour l’instant : vous et les professionnels que vous autorisez.").wait_for()
