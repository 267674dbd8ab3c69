"""A file cannot be kept: the citizen is told why and what to do, and finds again what they had sent and typed."""

import os
import re
from pathlib import Path

from tests.browser.axe import clean
from tests.browser.conftest import SignIn
from tests.builders import uploads
from tests.builders.cda import a_pdf


def _file(name: str, data: bytes) -> dict[str, object]:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": data}


async def test_citizen_mends_a_refused_upload(signed_in: SignIn) -> None:
    # Given a PDF that asks for a password
    page = await signed_in()
    await page.goto("/documents/ajouter")
    await page.set_input_files("#champ-fichiers", [_file("bulletin.pdf", uploads.a_locked_pdf())])  # type: ignore[list-item]
    # When it is sent, then the page says why and how to mend it
    await page.get_by_role("button", name="Continuer", exact=True).last.click()
    await page.get_by_role("alert").get_by_text("protégé par un mot de passe").wait_for()
    await clean(page)
    await page.get_by_role("alert").get_by_role("link").click()
    assert await page.evaluate("document.activeElement.id") == "champ-fichiers"
    # When a readable copy is sent, but its title is forgotten and its date has not come
    await page.set_input_files("#champ-fichiers", [_file("copie.pdf", a_pdf("mendé"))])  # type: ignore[list-item]
    await page.get_by_role("button", name="Continuer", exact=True).last.click()
    await page.get_by_label("Papier administratif").check()
    await page.get_by_label("Année").fill("2999")
    await page.get_by_label("Moi seulement").check()
    await page.get_by_role("button", name="Ajouter ce document").click()
    # Then both are told, and nothing is lost
    summary = page.get_by_role("alert")
    await summary.get_by_role("link", name="Donnez un titre").wait_for()
    await summary.get_by_role("link", name="n’est pas encore passée").wait_for()
    await clean(page)
    assert await page.get_by_role("button", name="Retirer copie.pdf").is_visible()
    assert await page.get_by_label("Papier administratif").is_checked()
    assert await page.get_by_label("Moi seulement").is_checked()
    # When they leave and come back, the document begun is there to finish
    await page.goto("/documents/ajouter")
    await page.get_by_role("link", name="Document sans titre").click()
    await page.get_by_label("Titre").fill("Bulletin")
    await page.get_by_label("Année").fill("2021")
    await page.get_by_role("button", name="Ajouter ce document").click()
    await page.wait_for_url(re.compile(r"/documents/[0-9a-f-]{36}\?fait=document-ajoute"))


def _film(folder: Path) -> Path:
    """Five hundred megabytes that take no place."""
    film = folder / "film.mp4"
    film.write_bytes(b"\x00\x00\x00\x18ftypisom")
    os.truncate(film, 500_000_000)
    return film


async def test_a_file_too_heavy_is_told_before_it_is_sent(signed_in: SignIn, tmp_path: Path) -> None:
    # Given a film, and a browser that runs our script
    page = await signed_in()
    await page.goto("/documents/ajouter")
    await page.set_input_files("#champ-fichiers", _film(tmp_path))
    # Then it is said at once, and nothing is sent
    told = await page.locator("#champ-fichiers").evaluate("input => input.validationMessage")
    assert "« film.mp4 » pèse 500 Mo. La limite est de 15 Mo." in told
    await page.get_by_role("button", name="Continuer", exact=True).last.click()
    assert page.url.endswith("/documents/ajouter")
    # And another choice may be sent
    await page.set_input_files("#champ-fichiers", [_file("a.pdf", a_pdf("léger"))])  # type: ignore[list-item]
    await page.get_by_role("button", name="Continuer", exact=True).last.click()
    await page.get_by_text("Votre document est arrivé.").wait_for()


async def test_a_file_too_heavy_is_told_without_a_script(signed_in: SignIn, tmp_path: Path) -> None:
    # Given the same film, and no script
    page = await signed_in(java_script_enabled=False)
    await page.goto("/documents/ajouter")
    await page.set_input_files("#champ-fichiers", _film(tmp_path))
    # When it is sent, then the server says so without reading it all
    await page.get_by_role("button", name="Continuer", exact=True).last.click()
    await page.get_by_role("heading", level=1, name="Cet envoi est trop lourd").wait_for()
    await page.get_by_role("link", name="Revenir à l’ajout").click()
    await page.get_by_role("heading", level=1, name="Ajouter un document").wait_for()
