"""A citizen files documents in folders of their own; whatever they do with a folder, no document is lost."""

from playwright.async_api import Page, expect
from tests.browser.axe import clean
from tests.browser.conftest import SignIn


async def _tick(page: Page, count: int) -> None:
    for box in (await page.get_by_role("checkbox", name="Choisir").all())[:count]:
        await box.check()


async def test_citizen_files_documents_in_a_folder(signed_in: SignIn) -> None:
    # Given someone with no folder and no script
    page = await signed_in(java_script_enabled=False)
    await page.get_by_role("link", name="Mes dossiers").click()
    await expect(page.locator(".lead")).to_have_text("Vous n’avez aucun dossier.")
    # When they choose documents and name a new folder for them
    await page.goto("/documents")
    await page.get_by_role("link", name="Choisir plusieurs documents").click()
    await _tick(page, 2)
    await page.get_by_label("Nom du nouveau dossier").fill("Mon cœur")
    await page.get_by_role("button", name="Ranger").click()
    # Then the page says where they are, and the folder shows them
    await expect(page.get_by_role("status")).to_contain_text("2 documents sont rangés dans votre dossier.")
    await page.get_by_role("status").get_by_role("link", name="votre dossier").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Mon cœur")
    await expect(page.locator(".lead")).to_have_text("2 documents dans ce dossier.")
    assert "coeur" not in page.url
    # When they take one out, then think better of it
    await page.get_by_role("button", name="Sortir de ce dossier").first.click()
    await expect(page.locator(".lead")).to_have_text("Un document dans ce dossier.")
    await page.get_by_role("button", name="Revenir en arrière").click()
    await expect(page.locator(".lead")).to_have_text("2 documents dans ce dossier.")
    # And give it another name
    await page.get_by_label("Nom du dossier").fill("Cardiologie")
    await page.get_by_role("button", name="Renommer").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Cardiologie")
    # And delete it, told before that nothing else goes
    await page.get_by_role("link", name="Supprimer ce dossier").click()
    await expect(page.locator(".lead")).to_contain_text("restent dans votre carnet. Seul le dossier disparaît.")
    await page.get_by_role("button", name="Supprimer ce dossier").click()
    await expect(page.get_by_role("status")).to_contain_text("Le dossier « Cardiologie » est supprimé.")
    # Then it comes back with what it held
    await page.get_by_role("button", name="Revenir en arrière").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Cardiologie")
    await expect(page.locator(".lead")).to_have_text("2 documents dans ce dossier.")


async def test_what_was_typed_is_kept_when_a_name_must_be_mended(signed_in: SignIn) -> None:
    page = await signed_in()
    await page.goto("/dossiers")
    await page.get_by_label("Nom du dossier").fill("Genou <gauche>")
    await page.get_by_role("button", name="Créer ce dossier").click()
    await expect(page.get_by_role("alert")).to_contain_text("Ce que vous avez écrit est gardé.")
    await expect(page.get_by_label("Nom du dossier")).to_have_value("Genou <gauche>")
    await expect(page.get_by_label("Nom du dossier")).to_have_attribute("aria-invalid", "true")
    await clean(page)
    await page.get_by_label("Nom du dossier").fill("Genou gauche")
    await page.get_by_role("button", name="Créer ce dossier").click()
    await expect(page.get_by_role("status")).to_have_text("Le dossier est créé.")
    # The name is taken now, whatever its case
    await page.goto("/dossiers")
    await page.get_by_label("Nom du dossier").fill("GENOU GAUCHE")
    await page.get_by_role("button", name="Créer ce dossier").click()
    await expect(page.get_by_role("alert")).to_contain_text("Un autre dossier porte déjà ce nom.")


async def test_every_page_of_folders_is_accessible(signed_in: SignIn) -> None:
    page = await signed_in()
    await page.goto("/dossiers")
    await clean(page, themes=("light",))
    await page.goto("/documents")
    await page.get_by_role("link", name="Choisir plusieurs documents").click()
    await _tick(page, 1)
    await (
        page.get_by_label("Nom du nouveau dossier").or_(page.get_by_label("Ou un nouveau dossier, nommé")).fill("Dents")
    )
    await page.get_by_role("button", name="Ranger").click()
    await page.get_by_role("status").get_by_role("link", name="votre dossier").click()
    await clean(page)
    await page.get_by_role("link", name="Supprimer ce dossier").click()
    await clean(page, themes=("light",))


async def test_a_folder_that_is_none_and_one_of_someone_else_are_the_same_page(signed_in: SignIn) -> None:
    page = await signed_in()
    answer = await page.goto("/dossiers/01900000-0000-7000-8000-0000000000aa")
    assert answer is not None
    assert answer.status == 404
    unknown = await page.locator("main").inner_text()
    await page.goto("/nulle-part")
    assert await page.locator("main").inner_text() == unknown
