"""A citizen photographs the pages of a letter: they become one document, in the order that the citizen chooses."""

import io
import re

from pypdf import PdfReader
from tests.browser.axe import clean
from tests.browser.conftest import SignIn, Site
from tests.builders import uploads

from carnet.formats.cda.document import carried_file


def _photo(name: str, data: bytes) -> dict[str, object]:
    return {"name": name, "mimeType": "image/jpeg", "buffer": data}


async def test_citizen_adds_photos_as_one_document(signed_in: SignIn, a_site: Site) -> None:
    # Given someone with a telephone
    page = await signed_in(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    await page.goto("/documents/ajouter")
    assert await page.get_by_label("Ou prendre une photo maintenant").is_visible()
    # When they send two photos, then a third that was forgotten, and put it first
    await page.set_input_files(
        "#champ-fichiers",
        [_photo("b.jpg", uploads.a_photo(size=(200, 300))), _photo("iphone.heic", uploads.HEIC)],  # type: ignore[arg-type]
    )
    await page.get_by_role("button", name="Continuer", exact=True).last.click()
    await page.get_by_text("Vos 2 pages sont arrivées.").wait_for()
    await page.get_by_text("Ajouter d’autres pages").click()
    await page.set_input_files("#champ-fichiers", [_photo("a.jpg", uploads.taken_on_its_side())])  # type: ignore[list-item]
    await page.get_by_role("button", name="Envoyer ces pages").click()
    await page.get_by_text("Vos 3 pages sont arrivées.").wait_for()
    for _ in range(2):
        place = page.get_by_role("listitem").filter(has_text="a.jpg")
        await place.get_by_role("button", name="Placer avant").click()
        await page.wait_for_load_state("networkidle")
    await page.wait_for_function("[...document.images].every(image => image.complete && image.naturalWidth > 0)")
    await clean(page)
    await page.get_by_label("Compte rendu").check()
    await page.get_by_label("Titre").fill("Lettre de l’hôpital")
    await page.get_by_role("button", name="Ajouter ce document").click()
    # Then one document has the three pages, upright, in that order, and tells nothing of where they were taken
    await page.wait_for_url(re.compile(r"/documents/[0-9a-f-]{36}\?fait=document-ajoute"))
    document = page.url.split("/")[-1].partition("?")[0]
    read = await a_site.world.read(f"Binary/{document}", by=a_site.world.a_citizen(a_site.odile))
    carried = carried_file(read.content)
    assert carried is not None
    assert b"GPS" not in carried[1]
    sizes = [each.images[0].image.size for each in PdfReader(io.BytesIO(carried[1])).pages if each.images[0].image]
    assert sizes == [(80, 120), (200, 300), (64, 48)]
