"""A professional adds documents: the fiche and the header are made for them, the choice of who sees it is theirs; drafts are theirs alone."""

import asyncio
import re
from io import BytesIO

import pytest
from PIL import Image
from tests.builders.cda import a_pdf
from tests.portals.people import Browser, heading_of, path_of

from carnet.app import application
from carnet.domain.access.model import Confidentiality
from carnet.domain.consent.model import ConsentKind
from carnet.domain.errors import Issue
from carnet.formats.cda.document import read_document
from carnet.web.demo_people import actor_named

CONSULTATION = "11488-4"
SAID = {
    "type": CONSULTATION,
    "titre": "Suivi du diabète",
    "jour": "2026-06-01",
    "professionnels": "visible",
    "patient": "visible",
}


@pytest.fixture
async def gp(carnet):
    return await actor_named(carnet.database, "medecin")


async def signed_in(carnet, name="medecin"):
    browser = Browser(application(carnet))
    await browser.send(await browser.open("/pro/connexion/psc"), person=name)
    return browser


@pytest.fixture
async def at_work(carnet):
    browser = await signed_in(carnet)
    yield browser
    await browser.close()


@pytest.fixture
async def person(world, gp):
    found = await world.a_record()
    await world.consent(found, ConsentKind.GRANT, gp.person)
    return found


def address(person, *more):
    return "/".join((f"/pro/patients/{person.patient_id}", *more))


def a_photo(colour="white"):
    drawn = BytesIO()
    Image.new("RGB", (600, 800), colour).save(drawn, "JPEG")
    return drawn.getvalue()


async def begun(browser, person):
    """Where the form posts, and its token."""
    page = await browser.open(address(person, "ajouter"))
    return re.search(rf'action="({address(person, "ajouter")}/[^"]+)"', page.text)[1], re.search(
        r'name="csrf" value="([^"]+)"', page.text
    )[1]


async def send(browser, person, files, *, place=None, **changes):
    where, token = place or await begun(browser, person)
    sent = [("fichiers", (name, content)) for name, content in files]
    return await browser._arrived(
        await browser.http.post(where, data={"csrf": token, **SAID, **changes}, files=sent or None)
    )


async def entries(world, person):
    async with world.carnet.database.connection() as connection:
        rows = await connection.execute(
            "SELECT logical_id, labels, type, author_names FROM document_entry WHERE patient_id = %s ORDER BY logical_id",
            (person.patient_id,),
        )
        return await rows.fetchall()


async def test_a_pdf_becomes_a_document_of_which_they_are_the_author(world, gp, at_work, person):
    page = await send(at_work, person, [("compte-rendu.pdf", a_pdf())])
    ((logical_id, labels, type_code, _),) = await entries(world, person)
    assert path_of(page) == address(person, "documents", str(logical_id))
    assert "Suivi du diabète" in page.text
    assert (labels, type_code.endswith(CONSULTATION)) == ([], True)
    original = await at_work.open(address(person, "documents", str(logical_id), "original"))
    read = read_document(original.content)
    header = read.header if hasattr(read, "header") else read[0].header
    assert header.authors[0].family == "AUBRESPIN"
    assert gp.person in original.text
    assert gp.organization in original.text


async def test_who_sees_it_is_asked_and_never_assumed(world, at_work, person):
    for missing in ("professionnels", "patient"):
        page = await send(at_work, person, [("a.pdf", a_pdf())], **{missing: ""})
        assert page.status_code == 422
    assert await entries(world, person) == []


@pytest.mark.parametrize(
    ("said", "label"),
    [
        ({"professionnels": "masque"}, Confidentiality.MASQUE_PS),
        ({"patient": "apres-annonce"}, Confidentiality.INVISIBLE_PATIENT),
    ],
)
async def test_the_choice_is_on_the_fiche(world, at_work, person, said, label):
    await send(at_work, person, [("a.pdf", a_pdf())], **said)
    ((_, labels, _, _),) = await entries(world, person)
    assert labels == [label]


async def test_not_the_parents_is_for_a_minor_alone(world, gp, at_work, person):
    assert (await send(at_work, person, [("a.pdf", a_pdf())], patient="pas-les-parents")).status_code == 422
    child = await world.a_record(birth_date="2015-03-04")
    await world.consent(child, ConsentKind.GRANT, gp.person)
    await send(at_work, child, [("a.pdf", a_pdf())], patient="pas-les-parents")
    ((_, labels, _, _),) = await entries(world, child)
    assert labels == [Confidentiality.INVISIBLE_REPRESENTANTS_LEGAUX]


async def test_photos_are_pages_of_one_and_files_are_documents_of_their_own(world, at_work, person):
    page = await send(
        at_work,
        person,
        [("1.jpg", a_photo()), ("2.jpg", a_photo("grey")), ("a.pdf", a_pdf()), ("b.pdf", a_pdf() + b"\n")],
    )
    assert len(await entries(world, person)) == 3
    assert path_of(page) == address(person)
    assert "Les documents sont dans le carnet" in page.text


async def test_sent_twice_it_is_filed_once(world, at_work, person):
    place = await begun(at_work, person)
    for _ in range(2):
        await send(at_work, person, [("a.pdf", a_pdf())], place=place)
    assert len(await entries(world, person)) == 1


async def test_pressed_twice_at_once_it_is_filed_once(world, at_work, person):
    place = await begun(at_work, person)
    await send(at_work, person, [("a.pdf", a_pdf())], place=place, action="envoyer")
    answers = await asyncio.gather(*(send(at_work, person, [], place=place) for _ in range(4)))
    assert [each.status_code for each in answers] == [200] * 4
    assert len(await entries(world, person)) == 1


async def test_filed_by_another_pressing_while_this_one_reads_it(world, at_work, person, monkeypatch):
    from carnet.portals.professional.feeding import views

    read_parts, place = views.read_parts, await begun(at_work, person)

    async def slow(*named, **kept):
        monkeypatch.setattr(views, "read_parts", read_parts)
        await send(at_work, person, [], place=place)
        return await read_parts(*named, **kept)

    monkeypatch.setattr(views, "read_parts", slow)
    page = await send(at_work, person, [("a.pdf", a_pdf())], place=place)
    ((logical_id, *_),) = await entries(world, person)
    assert path_of(page) == address(person, "documents", str(logical_id))


async def test_of_several_files_all_are_filed_or_none(world, at_work, person, monkeypatch):
    from carnet.portals.professional.feeding import filing

    check, seen = filing.check_content, []

    def second_is_unfit(*named):
        read, issues = check(*named)
        seen.append(issues)
        return read, [*issues, Issue("author-unfit")] if len(seen) == 2 else issues

    monkeypatch.setattr(filing, "check_content", second_is_unfit)
    place = await begun(at_work, person)
    page = await send(at_work, person, [("a.pdf", a_pdf()), ("b.pdf", a_pdf() + b"\n")], place=place)
    assert (page.status_code, await entries(world, person)) == (422, [])
    monkeypatch.undo()
    await send(at_work, person, [], place=place)
    assert len(await entries(world, person)) == 2


async def test_what_must_be_mended_keeps_the_file_and_the_words(world, at_work, person):
    place = await begun(at_work, person)
    page = await send(
        at_work,
        person,
        [("a.pdf", a_pdf()), ("virus.pdf", b"MZ\x90\x00not a pdf")],
        place=place,
        type="",
        jour="2099-01-01",
    )
    assert page.status_code == 422
    for told in ("virus.pdf", "Choisissez le type", "Choisissez une date", "a.pdf", 'value="Suivi du diabète"'):
        assert told in page.text, told
    page = await send(at_work, person, [], place=place)
    assert len(await entries(world, person)) == 1


async def test_a_draft_is_its_author_s_alone(carnet, world, at_work, person):
    where, token = await begun(at_work, person)
    page = await send(at_work, person, [("a.pdf", a_pdf())], place=(where, token), action="envoyer")
    assert page.status_code == 200
    assert "Vos brouillons" in (await at_work.open(address(person, "ajouter"))).text
    other = await signed_in(carnet, "infirmiere")
    assert "Vos brouillons" not in (await other.open(address(person, "ajouter"))).text
    page = await other.open(where)
    assert "Ce brouillon n’est plus là" in page.text
    token = re.search(r'name="csrf" value="([^"]+)"', page.text)[1]
    assert (await send(other, person, [("x.pdf", a_pdf())], place=(where, token))).status_code == 404
    await other.close()
    page = await at_work.http.post(where, data={"csrf": (await begun(at_work, person))[1], "action": "abandonner"})
    assert page.headers["location"].endswith("fait=ajout-abandonne")
    assert await entries(world, person) == []


async def test_feeding_needs_no_right_to_read_and_gives_none(world, at_work):
    stranger = await world.a_record()
    page = await send(at_work, stranger, [("a.pdf", a_pdf())])
    assert len(await entries(world, stranger)) == 1
    assert (path_of(page), heading_of(page)) == (address(stranger, "ajouter"), "Ajouter un document")
    assert "Le document est dans le carnet" in page.text


async def test_a_record_that_does_not_take_documents_says_so(world, at_work, person):
    await world.consent(person, ConsentKind.FEEDING_OPPOSITION)
    page = await at_work.open(address(person, "ajouter"))
    assert page.status_code == 403
