"""The history as people read it: sentences by day, filters that no address tells, pages, exports, reports; what is hidden is in none of them."""

import io
import re
from uuid import UUID, uuid4

import pytest
from pypdf import PdfReader
from tests.doors.world import World, a_report
from tests.portals.citizen.access.conftest import Enter, press
from tests.portals.people import heading_of, path_of

from carnet.domain.actor import Purpose
from carnet.domain.record.history import reading
from carnet.portals.citizen.access import exporting, filters


def texts(page) -> list[str]:
    """The sentences of a page, one for each line of the history."""
    rows = re.findall(r'<li[^>]*><span class="hang num">.*?</li>', page.text, re.DOTALL)
    return [re.sub(r"<[^>]+>", "", re.search(r"<p>(.*?)</p>", row, re.DOTALL)[1]).replace("\xa0", " ") for row in rows]


async def test_who_did_what_is_told_in_sentences(world: World, enter: Enter) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id
    doctor = await world.a_professional(authorised_on=person)
    assert (await world.http.get(f"/fhir/Binary/{document}", headers=doctor.headers)).status_code == 200
    browser = await enter(person)
    page = await browser.open("/acces")
    assert (page.status_code, heading_of(page)) == (200, "Accès et confidentialité")
    told = texts(page)
    assert [said.split(" ")[0:3] for said in told] == [["Dr", "Essai,", "médecin,"], ["Hôpital", "inventé", "a"]]
    assert "Aujourd’hui" in page.text
    assert "<b>1 professionnel a</b> ouvert votre carnet" in page.text
    assert [event.type.value for event in await world.events(person)][-2:] == ["trail-read", "trail-read"]
    everything = texts(
        await browser.open(re.search(r'href="([^"]+)"[^>]*>Vous</a>', page.text)[1].replace("&amp;", "&"))
    )
    assert everything
    assert all(said.startswith("Vous ") for said in everything)


async def test_what_one_did_in_one_go_is_one_line(world: World, enter: Enter) -> None:
    person = await world.a_record()
    documents = [(await world.deposit(a_report(person))).id for _ in range(3)]
    doctor = await world.a_professional(authorised_on=person)
    await world.found(person, by=doctor)
    for each in documents:
        assert (await world.http.get(f"/fhir/Binary/{each}", headers=doctor.headers)).status_code == 200
    page = await (await enter(person)).open("/acces")
    told = texts(page)
    assert len(told) == 2
    assert "a lu 3 de vos documents" in told[0]
    assert "a déposé 3 de vos documents" in told[1]
    assert "Voir les 4 actes" in page.text


async def test_a_filter_is_in_no_address(world: World, enter: Enter) -> None:
    person = await world.a_record()
    await world.deposit(a_report(person))
    urgent = await world.a_professional(purpose=Purpose.EMERGENCY, motive="Malaise")
    await world.found(person, by=urgent)
    browser = await enter(person)
    page = await browser.send(await browser.open("/acces"), nom="essai", du="", au="", acte="")
    assert page.status_code == 200
    assert "essai" not in str(page.url).lower()
    assert len(texts(page)) == 1
    assert "Motif indiqué : « Malaise »." in texts(page)[0]
    assert "Accès en urgence" in page.text
    nobody = await browser.send(await browser.open("/acces"), nom="personne", du="", au="", acte="depots")
    assert "Aucun acte ne correspond" in nobody.text
    # The words are kept, and said in the export.
    export = re.search(r'href="(/acces/historique\.csv\?e=[^"]+)"', page.text)[1]
    assert (await browser.open(export)).text.count("\r\n") == 2


async def test_bad_dates_are_told_beside_the_field(world: World, enter: Enter) -> None:
    person = await world.a_record()
    browser = await enter(person)
    page = await browser.send(await browser.open("/acces"), nom="dupont", du="2026-03-04", au="2026-03-01", acte="")
    assert page.status_code == 422
    assert "Choisissez une fin qui suit le début." in page.text
    assert 'value="dupont"' in page.text
    other = await browser.send(await browser.open("/acces"), nom="", du="le 3", au="", acte="tout-et-rien")
    assert other.status_code == 422
    assert "Écrivez la date comme ceci" in other.text


async def test_a_long_history_is_in_pages(world: World, enter: Enter) -> None:
    person = await world.a_record()
    for _ in range(28):
        doctor = await world.a_professional(authorised_on=person)
        await world.found(person, by=doctor)
    browser = await enter(person)
    first = await browser.open("/acces")
    following = re.search(r'href="([^"]+)">Accès plus anciens', first.text)[1]
    second = await browser.open(following)
    assert len(texts(first)) + len(texts(second)) == 28
    assert "Revenir au début" in second.text
    assert "Accès plus anciens" not in second.text


async def test_the_table_is_harmless_and_whole(world: World, enter: Enter) -> None:
    person = await world.a_record()
    evil = world.a_feeder('=HYPERLINK("http://mal";"clic")')
    await world.deposit(a_report(person), by=evil)
    browser = await enter(person)
    page = await browser.open("/acces")
    answer = await browser.http.get(re.search(r'href="(/acces/historique\.csv[^"]*)"', page.text)[1])
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert "'=HYPERLINK" in answer.text
    assert ';"=HYPERLINK' not in answer.text


async def test_the_pdf_can_be_read_aloud(world: World, enter: Enter) -> None:
    person = await world.a_record()
    for _ in range(40):
        await world.deposit(a_report(person), by=world.a_feeder(f"Logiciel numéro {uuid4().hex[:4]}"))
    browser = await enter(person)
    page = await browser.open("/acces")
    answer = await browser.http.get(re.search(r'href="(/acces/historique\.pdf[^"]*)"', page.text)[1])
    assert answer.headers["content-type"] == "application/pdf"
    document = PdfReader(io.BytesIO(answer.content))
    assert len(document.pages) > 1
    root = document.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "fr-FR"
    elements = root["/StructTreeRoot"]["/K"]["/K"]
    assert [element.get_object()["/S"] for element in elements][:2] == ["/H1", "/P"]
    assert sum(element.get_object()["/S"] == "/P" for element in elements) >= 40
    assert document.metadata.title == "Historique des accès à mon carnet"
    assert "a déposé votre document" in document.pages[0].extract_text()


async def test_a_hidden_document_is_in_no_export(world: World, enter: Enter) -> None:
    person = await world.a_record()
    hidden = a_report(person, securityLabel=[
        {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "N"}]},
        {"coding": [{"system": "urn:oid:1.2.250.1.213.1.1.4.13", "code": "INVISIBLE_PATIENT"}]},
    ])  # fmt: skip
    document = UUID((await world.deposit(hidden)).id)
    event = (await world.events(person))[-1].event_id
    browser = await enter(person)
    page = await browser.open("/acces")
    assert texts(page) == []
    csv = await browser.http.get(re.search(r'href="(/acces/historique\.csv[^"]*)"', page.text)[1])
    assert csv.text.count("\r\n") == 1
    for address in (f"/acces/signaler/{event}", f"/acces/signaler/{uuid4()}"):
        answer = await browser.open(address)
        assert (answer.status_code, heading_of(answer)) == (404, heading_of(await browser.open(f"/acces/{document}")))


async def test_an_access_is_reported_and_followed(world: World, enter: Enter) -> None:
    person = await world.a_record()
    await world.found(person, by=await world.a_professional(authorised_on=person))
    browser = await enter(person)
    page = await browser.open("/acces")
    address = re.search(r'href="(/acces/signaler/[^"]+)"', page.text)[1]
    asked = await browser.open(address)
    assert heading_of(asked) == "Je ne reconnais pas cet accès"
    long = await browser.send(asked, mot="x" * 2001)
    assert long.status_code == 422
    done = await browser.send(asked, mot="Je ne connais pas ce médecin.")
    assert path_of(done) == "/acces/signalements"
    assert "Votre signalement est enregistré" in done.text
    assert "« Je ne connais pas ce médecin. »" in done.text
    # Sent twice, it is one report; the history says that it runs.
    again = await browser.send(asked, mot="Encore.")
    assert again.text.count("Vous avez écrit") == 1
    assert "Vous avez signalé cet accès" in (await browser.open("/acces")).text
    taken = await press(browser, again, "Retirer ce signalement")
    assert "Le signalement est retiré." in taken.text
    assert await _types(world, person, "report") == [
        "access-reported",
        "report-read",
        "report-read",
        "report-read",
        "report-closed",
        "report-read",
    ]


async def _types(world: World, person, part: str) -> list[str]:
    return [event.type.value for event in await world.events(person) if part in event.type]


async def test_who_looked_is_told_in_easy_words(world: World, enter: Enter) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id
    empty = await (await enter(person)).open("/acces/facile-a-lire")
    assert "Aucun soignant n’a regardé votre carnet." in empty.text
    assert "Aucun soignant ne peut regarder." in empty.text
    urgent = await world.a_professional(purpose=Purpose.EMERGENCY, motive="Malaise")
    for by in (urgent, await world.a_professional(treating=person), await world.a_professional(authorised_on=person)):
        await world.found(person, by=by)
        assert (await world.http.get(f"/fhir/Binary/{document}", headers=by.headers)).status_code == 200
    page = await (await enter(person)).open("/acces/facile-a-lire")
    assert heading_of(page) == "Qui voit mon carnet ?"
    assert page.text.count("</b>, docteur Essai a lu 1 document.") == 3
    for said in (
        "C’était une urgence.",
        "C’est votre médecin.",
        "Son métier : médecin.",
        "1 autre soignant peut regarder.",
    ):
        assert said in page.text
    told = re.sub(r'<span class="vh">.*?</span>', "", page.text.split("<main")[1].split("</main>")[0])
    sentences = [re.sub(r"<[^>]+>", "", each).strip() for each in re.split(r"</p>|<br>|</h\d>|</li>", told)]
    assert max(len(sentence.split()) for sentence in sentences) <= 15


async def test_who_did_it_can_be_blocked_from_there(world: World, enter: Enter) -> None:
    person = await world.a_record()
    await world.found(person, by=await world.a_professional(authorised_on=person))
    browser = await enter(person)
    page = await browser.open("/acces")
    asked = await browser.open(re.search(r'href="(/acces/signaler/[^"]+)"', page.text)[1])
    block = await browser.open(re.search(r'href="(/acces/professionnels/bloquer[^"]+)"', asked.text)[1])
    assert heading_of(block).startswith("Bloquer Professionnel")
    done = await press(browser, block, "Bloquer")
    assert "Le blocage est fait" in done.text


async def test_an_export_says_what_it_leaves_out_and_what_was_asked(
    world: World, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await world.a_record()
    for _ in range(3):
        await world.deposit(a_report(person))
    browser = await enter(person)
    today = world.carnet.services.clock().date().isoformat()
    page = await browser.send(await browser.open("/acces"), nom="hopital", du="2020-01-01", au=today, acte="depots")
    monkeypatch.setattr(exporting, "_AT_ONCE", 1)
    pdf = re.search(r'href="(/acces/historique\.pdf[^"]*)"', page.text)[1]
    csv = re.search(r'href="(/acces/historique\.csv[^"]*)"', page.text)[1]
    whole = PdfReader(io.BytesIO((await browser.http.get(pdf)).content)).pages[0].extract_text().replace("\xa0", " ")
    assert "Période : depuis le 1er janvier 2020 jusqu’au" in whole
    assert "Actes : ajouter un document. Nom : « hopital »." in " ".join(whole.split())
    assert whole.count("a déposé") == 3
    assert (await browser.http.get(csv)).text.count("\r\n") == 4
    monkeypatch.setattr(exporting, "_AT_MOST", 2)
    cut = PdfReader(io.BytesIO((await browser.http.get(pdf)).content)).pages[0].extract_text()
    assert "s’arrête à 2 actes" in cut
    assert cut.count("a déposé") == 2
    assert "Ce fichier s’arrête à 2 actes." in (await browser.http.get(csv)).text


async def test_an_empty_export_says_so(world: World, enter: Enter) -> None:
    person = await world.a_record()
    browser = await enter(person)
    page = await browser.open("/acces")
    pdf = await browser.http.get(re.search(r'href="(/acces/historique\.pdf[^"]*)"', page.text)[1])
    assert "Aucun acte ne correspond." in PdfReader(io.BytesIO(pdf.content)).pages[0].extract_text()


async def test_a_deposit_is_reported_without_anyone_to_block(world: World, enter: Enter) -> None:
    person, other = await world.a_record(), await world.a_record()
    await world.deposit(a_report(person))
    browser = await enter(person)
    address = re.search(r'href="(/acces/signaler/[^"]+)"', (await browser.open("/acces")).text)[1]
    asked = await browser.open(address)
    assert "Bloquer cette personne" not in asked.text
    assert "Votre signalement est enregistré" in (await press(browser, asked, "Signaler cet accès")).text
    # One's own act is not reported, and another's record has none of these addresses.
    own = (await world.events(person))[-1].event_id
    assert (await browser.open(f"/acces/signaler/{own}")).status_code == 422
    assert (await (await enter(other)).open(address)).status_code == 404
    nobodys = await browser.http.post(f"/acces/signalements/{uuid4()}/retirer", data={"csrf": _token(asked)})
    assert nobodys.status_code == 404


def _token(page) -> str:
    return re.search(r'name="csrf" value="([^"]+)"', page.text)[1]


async def test_ones_own_acts_hide_nobody_elses(world: World, enter: Enter, monkeypatch: pytest.MonkeyPatch) -> None:
    """When few acts of a long history answer, the page says so and goes on; every one of them is there in the end."""
    monkeypatch.setattr(reading, "BATCH", 2)
    monkeypatch.setattr(filters, "_OPENED", 6)
    person = await world.a_record()
    mine = world.a_citizen(person)
    await world.found(person, by=await world.a_professional(authorised_on=person))
    for _ in range(20):
        await world.found(person, by=mine)
    await world.found(person, by=await world.a_professional(authorised_on=person))
    browser = await enter(person)
    page, told = await browser.open("/acces"), list[str]()
    for _ in range(12):
        told += texts(page)
        following = re.search(r'href="([^"]+)">Accès plus anciens', page.text)
        if following is None:
            break
        if not texts(page):
            assert "Rien de tel dans cette partie de l’historique." in page.text
        page = await browser.open(following[1])
    assert len(told) == 2
