"""A document is added: it becomes a CDA made by us, filed by the one way in, in the person's own record, once."""

import asyncio
import io
import re

import pytest
from pypdf import PdfReader
from tests.builders import uploads
from tests.builders.cda import a_pdf
from tests.portals.citizen.adding.conftest import SAID, Citizen, document_of, hidden

from carnet.domain.consent.model import RecordStatus
from carnet.formats.cda.document import carried_file, read_document
from carnet.portals.citizen.adding import views


async def test_a_pdf_is_filed_as_a_cda_that_carries_it(citizen: Citizen) -> None:
    pdf = a_pdf("Radio du genou")
    document = await citizen.added([("radio.pdf", pdf)])
    fiche = await citizen.fiche(document)
    assert fiche["content"][0]["attachment"]["title"] == "Radio du genou"
    assert fiche["content"][0]["attachment"]["contentType"] == "text/xml"
    assert fiche["content"][0]["format"]["code"] == "urn:ihe:iti:xds-sd:pdf:2008"
    assert fiche["type"]["coding"][0]["code"] == "DOCPAT04"
    assert fiche["context"]["period"]["start"] == "2024-03"
    assert [label["coding"][0]["code"] for label in fiche["securityLabel"]] == ["N"]
    cda = await citizen.content(document)
    read = read_document(cda)
    assert read.all_issues == ()
    assert read.header.ins == citizen.person.ins
    assert carried_file(cda) == ("application/pdf", pdf)
    (filed,) = [event for event in await citizen.world.events(citizen.person) if event.type == "documents-filed"]
    assert (filed.rule, filed.documents, filed.actor.kind) == ("feed.citizen", (document,), "citizen")


@pytest.mark.parametrize(
    ("data", "media_type", "format_code"),
    [
        (b"Tension : 12/8", "text/plain", "urn:ihe:iti:xds-sd:text:2008"),
        (rb"{\rtf1 Bonjour}", "application/rtf", "urn:ihe:iti-fr:xds-sd:rtf:2010"),
    ],
)
async def test_a_text_is_filed_as_it_is(citizen: Citizen, data: bytes, media_type: str, format_code: str) -> None:
    document = await citizen.added([("note", data)])
    assert carried_file(await citizen.content(document)) == (media_type, data)
    assert (await citizen.fiche(document))["content"][0]["format"]["code"] == format_code


async def test_one_photo_is_filed_at_once_and_tells_nothing_of_its_place(citizen: Citizen) -> None:
    document = await citizen.added([("IMG_0001.JPG", uploads.taken_on_its_side())])
    carried = carried_file(await citizen.content(document))
    assert carried is not None
    media_type, pdf = carried
    assert media_type == "application/pdf"
    (page,) = PdfReader(io.BytesIO(pdf)).pages
    assert page.images[0].image is not None
    assert page.images[0].image.size == (80, 120)
    assert b"Exif" not in pdf
    assert b"GPS" not in pdf


async def test_several_photos_are_looked_at_in_their_order_then_filed_as_one(citizen: Citizen) -> None:
    address = await citizen.begin()
    photos = [(f"{n}.jpg", uploads.a_photo(size=(100 + n, 80))) for n in range(3)]
    photos.append(("iphone.heic", uploads.HEIC))
    answer = await citizen.post(address, {**SAID, "action": "ajouter"}, photos)
    assert answer.headers["location"] == address
    page = await citizen.get(address)
    assert "Vos 4 pages sont arrivées" in page.text
    assert 'value="Radio du genou"' in page.text
    parts = _parts(page.text)
    first = await citizen.get(f"{address}/page/{parts[0]}")
    assert (first.headers["content-type"], first.content[:2]) == ("image/jpeg", b"\xff\xd8")
    assert first.headers["cache-control"] == "no-store"
    await citizen.post(address, {**SAID, "action": f"monter:{parts[3]}"})
    await citizen.post(address, {**SAID, "action": f"descendre:{parts[0]}"})
    await citizen.post(address, {**SAID, "action": f"retirer:{parts[1]}"})
    await citizen.post(address, {**SAID, "action": "monter:inconnu"})
    left = [parts[0], parts[3], parts[2]]
    page = await citizen.get(address)
    assert sorted(_parts(page.text)) == sorted(left)
    order = _parts(page.text)
    answer = await citizen.post(address, {**SAID, "action": "ajouter"})
    carried = carried_file(await citizen.content(document_of(answer)))
    assert carried is not None
    widths = [page.images[0].image.width for page in PdfReader(io.BytesIO(carried[1])).pages if page.images[0].image]
    known = {parts[0]: 100, parts[2]: 102, parts[3]: 64}
    assert widths == [known[each] for each in order]
    assert (await citizen.get(f"{address}/page/{parts[0]}")).status_code == 404  # nothing is kept beside the document


async def test_what_must_be_mended_keeps_what_was_typed_and_sent(citizen: Citizen) -> None:
    address = await citizen.begin()
    answer = await citizen.post(
        address, {"action": "ajouter", "titre": "", "annee": "2999", "visibilite": "moi"}, [("radio.pdf", a_pdf())]
    )
    assert answer.status_code == 422
    for told in ("Donnez un titre", "Choisissez ce que c’est", "n’est pas encore passée", "radio.pdf", "est gardé"):
        assert told in answer.text
    assert 'value="2999"' in answer.text
    again = await citizen.get(address)
    assert again.status_code == 200
    assert "radio.pdf" in again.text
    begun = await citizen.get("/documents/ajouter")
    assert "Ajouts commencés" in begun.text
    assert address in begun.text
    filed = document_of(await citizen.post(address, {**SAID, "action": "ajouter"}))
    assert "Ajouts commencés" not in (await citizen.get("/documents/ajouter")).text
    assert (await citizen.get(address)).headers["location"] == f"/documents/{filed}?fait=document-ajoute"


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("vide.pdf", b"", "Ce fichier est vide"),
        ("facture.pdf", uploads.a_program(), "est un programme"),
        ("secret.pdf", uploads.a_locked_pdf(), "protégé par un mot de passe"),
        ("lettre.pdf", uploads.a_bomb_in_a_docx(), "traitement de texte"),
        ("photo.jpg", uploads.a_photo(size=(900, 900))[:2000], "incomplet ou abîmé"),
        ("bombe.png", uploads.png_that_declares(65_000, 65_000), "65000 sur 65000"),
        (
            "../../<img>.gif",
            uploads.moving(),
            "«\N{NO-BREAK SPACE}&lt;img&gt;.gif\N{NO-BREAK SPACE}» n’a pas été gardé",
        ),
    ],
)
async def test_a_refused_file_says_why_and_the_others_stay(citizen: Citizen, name: str, data: bytes, told: str) -> None:
    address = await citizen.begin()
    answer = await citizen.post(address, {**SAID, "action": "ajouter"}, [("a.jpg", uploads.a_photo()), (name, data)])
    assert answer.status_code == 422
    assert told in answer.text
    assert 'value="Radio du genou"' in answer.text
    assert len(_parts(answer.text)) == 1
    assert await _filed(citizen) == 0


async def test_nothing_sent_is_told(citizen: Citizen) -> None:
    answer = await citizen.add([])
    assert answer.status_code == 422
    assert "Choisissez un fichier, ou prenez une photo." in answer.text


async def test_what_one_page_did_not_ask_stays_as_it_was(citizen: Citizen) -> None:
    address = await citizen.begin()
    await citizen.post(address, {**SAID, "action": "envoyer"}, [("a.pdf", a_pdf())])
    (part,) = re.findall(r'value="retirer:([0-9a-f-]{36})"', (await citizen.get(address)).text)
    answer = await citizen.post(address, {**SAID, "action": f"retirer:{part}"})
    assert answer.headers["location"] == f"{address}#document"
    first_step = await citizen.get(address)
    assert "Continuer" in first_step.text
    assert 'name="titre"' not in first_step.text
    await citizen.post(address, {"action": "envoyer"}, [("b.pdf", a_pdf("b"))])
    assert 'value="Radio du genou"' in (await citizen.get(address)).text


async def test_a_pdf_stands_alone(citizen: Citizen) -> None:
    answer = await citizen.add([("a.pdf", a_pdf()), ("b.jpg", uploads.a_photo())])
    assert answer.status_code == 422
    assert "fait un document à lui seul" in answer.text
    assert await _filed(citizen) == 0


async def test_the_button_pressed_twice_files_once(citizen: Citizen) -> None:
    address = await citizen.begin()
    files = [("radio.pdf", a_pdf("deux fois"))]
    answers = await asyncio.gather(
        *(citizen.post(address, {**SAID, "action": "ajouter-encore"}, files) for _ in range(3))
    )
    assert len({document_of(answer) for answer in answers}) == 1
    later = await citizen.post(address, {**SAID, "action": "ajouter"}, files)
    assert document_of(later) == document_of(answers[0])
    assert await _filed(citizen) == 1


async def test_a_photo_sent_twice_is_one_page(citizen: Citizen) -> None:
    address = await citizen.begin()
    for _ in range(2):
        await citizen.post(address, {**SAID, "action": "envoyer"}, [("a.jpg", uploads.a_photo())])
    assert len(_parts((await citizen.get(address)).text)) == 1


async def test_the_same_file_again_is_told_kindly_and_may_be_added(citizen: Citizen) -> None:
    files = [("radio.pdf", a_pdf("la même"))]
    first = await citizen.added(files)
    address = await citizen.begin()
    told = await citizen.post(address, {**SAID, "action": "ajouter"}, files)
    assert told.status_code == 409
    assert "déjà dans votre carnet" in told.text
    assert f"/documents/{first}" in told.text
    second = document_of(await citizen.post(address, {**SAID, "action": "ajouter-encore"}))
    assert second != first
    for document in (first, second):
        answer = await citizen.post("/documents/ajouter/annuler", {"document": str(document)})
        assert answer.headers["location"] == "/documents/ajouter?fait=ajout-annule"
    assert "L’ajout est annulé" in (await citizen.get("/documents/ajouter?fait=ajout-annule")).text
    await citizen.added(files)  # what was taken back is not held against anyone


async def test_what_is_for_oneself_is_masked_to_professionals(citizen: Citizen) -> None:
    document = await citizen.added([("a.pdf", a_pdf("pour moi"))], visibilite="moi")
    labels = [label["coding"][0]["code"] for label in (await citizen.fiche(document))["securityLabel"]]
    assert labels == ["N", "MASQUE_PS"]


async def test_a_draft_is_given_up(citizen: Citizen) -> None:
    address = await citizen.begin()
    await citizen.post(address, {**SAID, "action": "envoyer"}, [("a.pdf", a_pdf())])
    answer = await citizen.post(address, {**SAID, "action": "abandonner"})
    assert answer.headers["location"] == "/documents/ajouter?fait=ajout-abandonne"
    assert "Rien n’est gardé" in (await citizen.get("/documents/ajouter?fait=ajout-abandonne")).text
    assert (await citizen.get(address)).headers["location"] == "/documents/ajouter?fait=brouillon-passe"
    assert "n’est plus gardé" in (await citizen.get("/documents/ajouter?fait=brouillon-passe")).text


async def test_a_record_closed_meanwhile_takes_nothing(citizen: Citizen) -> None:
    address = await citizen.begin()
    token = hidden(await citizen.get("/documents/ajouter"), "csrf")
    await citizen.world.change(citizen.person, to=RecordStatus.CLOSED)
    answer = await citizen.post(address, {**SAID, "action": "ajouter"}, [("a.pdf", a_pdf())], csrf=token)
    assert answer.status_code in {303, 403}
    assert await _filed(citizen) == 0


@pytest.mark.parametrize("address", ["/documents/ajouter/n-importe-quoi", "/documents/ajouter/annuler"])
async def test_an_address_that_no_page_made_is_not_found(citizen: Citizen, address: str) -> None:
    assert (await citizen.get(address)).status_code == 404


def _parts(page: str) -> list[str]:
    return re.findall(r'src="/documents/ajouter/[0-9a-f-]{36}/page/([0-9a-f-]{36})"', page)


async def _filed(citizen: Citizen) -> int:
    return (await citizen.world.rows(citizen.person))["document_entry"]


async def test_sending_without_a_file_and_sending_one_that_is_refused_are_told(citizen: Citizen) -> None:
    address = await citizen.begin()
    for files, told in (([], "Choisissez un fichier"), ([("a.exe", uploads.a_program())], "est un programme")):
        answer = await citizen.post(address, {"action": "envoyer"}, files)
        assert answer.status_code == 422
        assert told in answer.text
    assert (await citizen.world.rows(citizen.person))["draft"] == 0  # nothing was worth keeping


async def test_a_document_has_thirty_pages_at_most(citizen: Citizen) -> None:
    address = await citizen.begin()
    await citizen.post(address, {"action": "envoyer"}, [("scan.tif", uploads.a_scan(5))])
    more = [(f"{n}.jpg", uploads.a_photo(size=(40 + n, 40))) for n in range(26)]
    answer = await citizen.post(address, {"action": "envoyer"}, more)
    assert answer.status_code == 422
    assert "Un document a 30 pages au plus." in answer.text
    page = await citizen.get(address)
    assert len(_parts(page.text)) == 5  # what was there stays
    (first, *_) = _parts(page.text)
    assert (await citizen.post(address, {"action": f"tourner:{first}"})).status_code == 303


async def test_a_draft_gone_meanwhile_is_told(citizen: Citizen, monkeypatch: pytest.MonkeyPatch) -> None:
    async def gone(*_: object, **__: object) -> None:
        return None

    monkeypatch.setattr(views, "read_parts", gone)
    answer = await citizen.add([("a.pdf", a_pdf())])
    assert answer.headers["location"] == "/documents/ajouter?fait=brouillon-passe"


async def test_filed_meanwhile_by_the_other_pressing_of_the_button(
    citizen: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = await citizen.begin()
    files = [("a.pdf", a_pdf("pressé"))]
    looked = views.known_already

    async def late(*arguments: object, **named: object) -> object:
        monkeypatch.setattr(views, "known_already", looked)
        await citizen.post(address, {**SAID, "action": "ajouter"}, files)
        return await looked(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(views, "known_already", late)
    answer = await citizen.post(address, {**SAID, "action": "ajouter"}, files)
    assert document_of(answer)
    assert await _filed(citizen) == 1
