"""A professional finds the patient, comes in by an explicit act, reads in place, acts; and all that does not open."""

import re

import pytest
from tests.builders.fhir import INS
from tests.doors.world import a_report
from tests.portals.people import Browser, heading_of, path_of

from carnet.app import application
from carnet.domain.audit.model import EventType
from carnet.domain.consent.model import ConsentKind, RecordStatus
from carnet.formats.ins_datamatrix import write_ins_datamatrix
from carnet.web.demo_people import actor_named


@pytest.fixture
async def gp(carnet):
    return await actor_named(carnet.database, "medecin")


@pytest.fixture
async def at_work(carnet):
    """The general practitioner, signed in."""
    browser = Browser(application(carnet))
    page = await browser.open("/pro/connexion/psc")
    await browser.send(page, person="medecin")
    yield browser
    await browser.close()


async def authorised(world, gp, *, documents=1, **traits):
    person = await world.a_record(**traits)
    await world.consent(person, ConsentKind.GRANT, gp.person)
    ids = [(await world.deposit(a_report(person))).id for _ in range(documents)]
    return person, ids


def address(person, *more):
    return "/".join((f"/pro/patients/{person.patient_id}", *more))


# Finding


async def test_a_matricule_as_people_write_it_finds_the_one(world, gp, at_work):
    person, _ = await authorised(world, gp)
    matricule = person.ins.matricule
    page = await at_work.send(
        await at_work.open("/pro"), matricule=f" {matricule[0]} {matricule[1:3]}-{matricule[3:]} ", par="matricule"
    )
    assert heading_of(page) == "Est-ce cette personne ?"
    assert person.identity.traits.birth_name in page.text
    assert matricule not in str(page.url)


async def test_what_a_scanner_types_finds_the_one_with_or_without_its_separators(world, gp, at_work):
    person, _ = await authorised(world, gp)
    symbol = write_ins_datamatrix(person.identity)
    for typed in (symbol, symbol.replace("\x1d", "")):
        page = await at_work.send(await at_work.open("/pro"), matricule=typed, par="matricule")
        assert heading_of(page) == "Est-ce cette personne ?"
        assert "ne dit pas la même chose" not in page.text


async def test_a_scan_of_someone_else_is_told_before_the_record_opens(world, gp, at_work):
    person, _ = await authorised(world, gp)
    other = await world.a_record(birth_name="AUTRE-NOM")
    symbol = write_ins_datamatrix(other.identity).replace(other.ins.matricule, person.ins.matricule)
    page = await at_work.send(await at_work.open("/pro"), matricule=symbol, par="matricule")
    assert "Le code ne dit pas la même chose que le carnet" in page.text
    assert "le nom de naissance" in page.text


async def test_a_photo_of_the_symbol_is_read_and_forgotten(world, gp, at_work):
    from io import BytesIO

    import zxingcpp
    from PIL import Image

    person, _ = await authorised(world, gp)
    symbol = zxingcpp.create_barcode(write_ins_datamatrix(person.identity), zxingcpp.BarcodeFormat.DataMatrix)
    drawn = memoryview(zxingcpp.write_barcode_to_image(symbol, scale=8))
    picture = Image.frombytes("L", (drawn.shape[1], drawn.shape[0]), bytes(drawn)).rotate(7, expand=True, fillcolor=255)
    photo = BytesIO()
    picture.convert("RGB").save(photo, "JPEG")
    token = re.search(r'name="csrf" value="([^"]+)"', (await at_work.open("/pro")).text)[1]
    answer = await at_work.http.post(
        "/pro/patients/photo", data={"csrf": token}, files={"photo": ("p.jpg", photo.getvalue())}
    )
    assert answer.status_code == 303
    page = await at_work.open(answer.headers["location"])
    assert person.identity.traits.birth_name in page.text
    postscript = (
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n"  # a format that runs a program
    )
    for content in (b"", b"not a picture", photo.getvalue()[:200], postscript):
        answer = await at_work.http.post(
            "/pro/patients/photo", data={"csrf": token}, files={"photo": ("p.jpg", content)}
        )
        assert answer.status_code == 422, content
    answer = await at_work.http.post(
        "/pro/patients/photo", data={"csrf": "x"}, files={"photo": ("p.jpg", photo.getvalue())}
    )
    assert answer.status_code == 403
    too_long = await at_work.http.post(
        "/pro/patients/photo", data={"csrf": token}, files={"photo": ("p.jpg", bytes(13 * 1024 * 1024))}
    )
    assert (too_long.status_code, heading_of(too_long)) == (413, "Cette photo est trop lourde")
    torn = {"content-type": "multipart/form-data; boundary=x"}
    broken = await at_work.http.post("/pro/patients/photo", content=b"--y\r\nnothing", headers=torn)
    assert (broken.status_code, heading_of(broken)) == (422, "Ce n’est pas possible")
    assert (await at_work.http.get("/pro/patients/photo")).headers["location"] == "/pro"


async def test_homonyms_are_all_shown_with_what_tells_them_apart(world, gp, at_work):
    traits = {"birth_name": "JUMEAU", "first_given_name": "ANNE", "given_names": "ANNE", "birth_date": "1971-02-03"}
    people = [await world.a_record(**traits, birth_place=place) for place in ("75056", "13055")]
    page = await at_work.send(
        await at_work.open("/pro"), nom="jumeau", prenom="Anne", naissance="03/02/1971", par="traits"
    )
    assert heading_of(page) == "2 personnes ont ces traits"
    assert all(each in page.text for each in ("75056", "13055"))
    for person in people:
        assert (await world.events(person))[-1].type is EventType.RECORD_LOOKED_UP


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"par": "matricule", "matricule": "123"}, "15 caractères"),
        ({"par": "matricule", "matricule": ""}, "Tapez ou scannez"),
        ({"par": "matricule", "matricule": "IS01 pas un code"}, "pas pu lire ce code"),
        ({"par": "traits", "nom": "Durand", "prenom": "", "naissance": "31/02/1980"}, "comme ceci"),
        ({"par": "traits", "nom": "--", "prenom": "Anne", "naissance": "03/02/1971"}, "en lettres"),
    ],
)
async def test_what_cannot_be_looked_for_is_said_beside_it_and_kept(at_work, typed, told):
    page = await at_work.send(await at_work.open("/pro"), **typed)
    assert page.status_code == 422
    assert told in page.text
    if typed.get("nom"):
        assert f'value="{typed["nom"]}"' in page.text


async def test_nobody_is_an_answer_that_says_nothing_of_why(world, at_work):
    opposed = await world.a_record(status=RecordStatus.OPPOSED)
    answers = set()
    for matricule in (opposed.ins.matricule, INS.matricule):
        page = await at_work.send(await at_work.open("/pro"), matricule=matricule, par="matricule")
        answers.add((page.status_code, heading_of(page)))
    assert answers == {(200, "Nous n’avons trouvé personne")}


# The record


async def test_the_record_is_one_page_with_its_band_and_its_trace(world, gp, at_work):
    person, ids = await authorised(world, gp, documents=3)
    before = len(await world.events(person))
    page = await at_work.open(address(person))
    assert "Identité qualifiée" in page.text
    assert all(f"/documents/{each}" in page.text for each in ids)
    events = (await world.events(person))[before:]
    assert [event.type for event in events] == [EventType.DOCUMENTS_LISTED]
    assert {str(each) for each in events[0].documents} == set(ids)
    assert person.ins.matricule not in str(page.url)
    assert len(page.content) < 120_000


async def test_a_document_opens_in_its_place_and_the_next_is_one_key_away(world, gp, at_work):
    person, ids = await authorised(world, gp, documents=3)
    page = await at_work.open(address(person, "documents", ids[1]))
    assert 'id="doc"' in page.text
    assert 'accesskey="n"' in page.text
    assert 'accesskey="p"' in page.text
    assert (await world.events(person))[-1].type is EventType.FICHE_READ
    original = await at_work.open(address(person, "documents", ids[1], "original"))
    assert original.headers["content-disposition"].startswith("attachment")
    copy = await at_work.open(address(person, "documents", ids[1], "apercu"))
    assert copy.headers["content-type"] == "application/pdf"
    assert [event.type for event in (await world.events(person))[-2:]] == [EventType.DOCUMENT_READ] * 2
    assert b"frame-ancestors 'self'" in copy.headers["content-security-policy"].encode()


async def test_words_and_choices_stay_sealed_and_narrow_the_list(world, gp, at_work):
    person, _ = await authorised(world, gp, documents=2)
    page = await at_work.send(await at_work.open(address(person)), mots="consultation")
    assert "consultation" not in str(page.url)
    page = await at_work.send(page, mots="introuvable")
    assert "Aucun document ne correspond" in page.text


async def test_what_is_hidden_is_nowhere_on_the_page(world, gp, at_work):
    person, ids = await authorised(world, gp)
    hidden = (await world.deposit(a_report(person, labels=["MASQUE_PS"]))).id
    page = await at_work.open(address(person))
    assert ids[0] in page.text
    assert hidden not in page.text
    assert "(1)" in page.text
    answers = {
        ((await at_work.open(address(person, "documents", each))).status_code, heading_of(await at_work.open(address(person, "documents", each))))
        for each in (hidden, "01900000-0000-7000-8000-0000000000ff")
    }  # fmt: skip
    assert answers == {(404, "Nous n’avons pas trouvé cette page")}


async def test_a_document_of_another_patient_is_not_found_in_this_one(world, gp, at_work):
    person, _ = await authorised(world, gp)
    _, others = await authorised(world, gp)
    for more in ((), ("original",), ("apercu",)):
        assert (await at_work.open(address(person, "documents", others[0], *more))).status_code == 404
    assert (await at_work.http.head(address(person, "documents", others[0], "original"))).status_code == 404


async def test_an_act_on_a_document_of_another_record_is_done_on_none(world, gp, at_work):
    person, _ = await authorised(world, gp)
    other, others = await authorised(world, gp)
    token = re.search(r'name="csrf" value="([^"]+)"', (await at_work.open(address(person))).text)[1]
    for act in ("masquer", "archiver"):
        answer = await at_work.http.post(address(person, "documents", others[0], act), data={"csrf": token})
        assert (answer.status_code, heading_of(answer)) == (404, "Nous n’avons pas trouvé cette page")
    assert not {"document-masked", "document-archived"} & {event.type for event in await world.events(other)}


async def test_a_document_of_a_record_that_is_not_theirs_is_told_as_none(world, gp, at_work):
    person, _ = await authorised(world, gp)
    stranger = await world.a_record()
    hers = (await world.deposit(a_report(stranger))).id
    pages = [
        await at_work.open(address(person, "documents", each, *more))
        for more in ((), ("original",))
        for each in (hers, "01900000-0000-7000-8000-0000000000ff")
    ]
    assert {(page.status_code, heading_of(page)) for page in pages} == {(404, "Nous n’avons pas trouvé cette page")}


async def test_a_document_not_told_to_the_patient_warns(world, gp, at_work):
    person = await world.a_record()
    await world.consent(person, ConsentKind.GRANT, gp.person)
    silent = (await world.deposit(a_report(person, labels=["INVISIBLE_PATIENT"]))).id
    page = await at_work.open(address(person, "documents", silent))
    assert "La personne ne voit pas encore ce document" in page.text


async def test_a_right_withdrawn_while_reading_stops_the_very_next_request(world, gp, at_work):
    person, ids = await authorised(world, gp)
    assert (await at_work.open(address(person))).status_code == 200
    await world.consent(person, ConsentKind.GRANT, gp.person, ends=True)
    page = await at_work.open(address(person, "documents", ids[0]))
    assert path_of(page) == address(person, "acces")
    assert person.identity.traits.birth_name not in page.text


@pytest.mark.parametrize("status", [RecordStatus.CLOSED, RecordStatus.ANNOUNCED])
async def test_a_record_that_is_not_open_says_the_same_as_none(world, gp, at_work, status):
    person = await world.a_record(status=status)
    page = await at_work.open(address(person))
    nobody = await at_work.open("/pro/patients/01900000-0000-7000-8000-0000000000fe")
    assert (
        (page.status_code, heading_of(page))
        == (nobody.status_code, heading_of(nobody))
        == (403, "Ce carnet ne s’ouvre pas")
    )


# Coming in


async def test_the_relation_is_declared_by_an_explicit_act_and_can_be_taken_back(world, gp, at_work):
    person = await world.a_record()
    page = await at_work.open(address(person))
    assert heading_of(page) == "Votre accès à ce carnet"
    page = await at_work.send(page, pourquoi="soins")
    assert path_of(page) == address(person)
    assert "Votre accès est déclaré" in page.text
    granted = [each for each in await world.events(person) if each.type is EventType.GRANT_GIVEN]
    assert [each.actor.person for each in granted] == [gp.person]
    page = await at_work.open(address(person, "acces"))
    token = re.search(r'name="csrf" value="([^"]+)"', page.text)[1]
    answer = await at_work.http.post(address(person, "acces", "retirer"), data={"csrf": token})
    assert answer.headers["location"].endswith("/acces?fait=retire")
    assert path_of(await at_work.open(address(person))) == address(person, "acces")


async def test_why_is_asked_and_nothing_is_declared_without_it(world, at_work):
    person = await world.a_record()
    page = await at_work.send(await at_work.open(address(person)), pour="moi")
    assert page.status_code == 422
    assert "à quel titre" in page.text
    assert [each for each in await world.events(person) if each.type is EventType.GRANT_GIVEN] == []


async def test_whoever_is_blocked_is_told_and_declares_nothing(world, gp, at_work):
    person = await world.a_record()
    await world.consent(person, ConsentKind.BLOCK, gp.person)
    page = await at_work.open(address(person))
    assert "Elle seule peut le rendre" in page.text
    token = re.search(r'name="csrf" value="([^"]+)"', page.text)[1]
    answer = await at_work.http.post(address(person, "acces"), data={"csrf": token, "pourquoi": "soins"})
    assert answer.status_code == 403


async def test_medecin_traitant_sees_what_is_masked_until_they_cease(world, gp, at_work):
    person, _ = await authorised(world, gp)
    hidden = (await world.deposit(a_report(person, labels=["MASQUE_PS"]))).id
    page = await at_work.send(await at_work.open(address(person, "acces")), acte="devenir")
    assert "Vous êtes médecin traitant" in page.text
    assert hidden in (await at_work.open(address(person))).text
    await at_work.send(await at_work.open(address(person, "acces")), acte="cesser")
    assert hidden not in (await at_work.open(address(person))).text


# Exceptional ways


async def test_an_emergency_asks_why_shows_its_band_everywhere_and_closes_at_will(world, gp, at_work):
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id
    page = await at_work.send(await at_work.open(address(person, "urgence")), raison="ne-peut-repondre", situation="")
    assert page.status_code == 422
    page = await at_work.send(page, raison="ne-peut-repondre", situation="Malaise, confuse")
    assert path_of(page) == address(person)
    for opened in (page, await at_work.open(address(person, "documents", document))):
        assert "Accès en urgence" in opened.text
        assert "Malaise, confuse" in opened.text
    await at_work.open(address(person, "documents", document, "original"))
    read = [each for each in await world.events(person) if each.type is EventType.DOCUMENT_READ]
    assert [each.actor.motive for each in read] == ["La personne ne peut pas répondre. Malaise, confuse"]
    token = re.search(r'name="csrf" value="([^"]+)"', page.text)[1]
    await at_work.http.post(address(person, "mode", "fin"), data={"csrf": token})
    assert path_of(await at_work.open(address(person))) == address(person, "acces")


async def test_an_emergency_that_was_opposed_does_not_open(world, at_work):
    person = await world.a_record()
    await world.consent(person, ConsentKind.EMERGENCY_OPPOSITION)
    page = await at_work.send(
        await at_work.open(address(person, "urgence")), raison="risque-immediat", situation="Choc"
    )
    assert page.status_code == 403
    assert "ne s’ouvre pas en urgence" in page.text
    assert "Choc" in page.text


async def test_an_emergency_holds_for_one_device_and_one_record(carnet, world, at_work):
    person, other = await world.a_record(), await world.a_record()
    await at_work.send(await at_work.open(address(person, "urgence")), raison="risque-immediat", situation="Choc")
    assert path_of(await at_work.open(address(other))) == address(other, "acces")
    elsewhere = Browser(application(carnet))
    await elsewhere.send(await elsewhere.open("/pro/connexion/psc"), person="medecin")
    assert path_of(await elsewhere.open(address(person))) == address(person, "acces")
    await elsewhere.close()


async def test_a_minor_s_secret_is_offered_for_a_minor_alone(world, gp, at_work):
    child, _ = await authorised(world, gp, birth_date="2015-05-06")
    grown, _ = await authorised(world, gp)
    assert "Passer en connexion secrète" not in (await at_work.open(address(grown))).text
    page = await at_work.open(address(child))
    token = re.search(r'name="csrf" value="([^"]+)"', page.text)[1]
    assert "Passer en connexion secrète" in page.text
    await at_work.http.post(address(child, "secret"), data={"csrf": token})
    assert "Connexion secrète" in (await at_work.open(address(child))).text
    assert (await world.events(child))[-1].actor.secret_connection


# Acts on documents


async def test_the_author_s_structure_masks_and_comes_back(world, gp, at_work):
    person, ids = await authorised(world, gp)
    await at_work.send(await at_work.open(address(person, "acces")), acte="devenir")
    page = await at_work.open(address(person, "documents", ids[0]))
    token = re.search(r'name="csrf" value="([^"]+)"', page.text)[1]
    page = await at_work.open(
        (await at_work.http.post(address(person, "documents", ids[0], "masquer"), data={"csrf": token})).headers[
            "location"
        ]
    )
    assert "masqué aux autres professionnels" in page.text
    answer = await at_work.http.post(address(person, "documents", ids[0], "demasquer"), data={"csrf": token})
    assert answer.headers["location"].endswith("?fait=demasque")


async def test_what_is_not_theirs_to_change_is_refused(world, gp, at_work):
    person, ids = await authorised(world, gp)
    page = await at_work.open(address(person, "documents", ids[0]))
    assert "Supprimer ce document" not in page.text
    token = re.search(r'name="csrf" value="([^"]+)"', page.text)[1]
    assert (
        await at_work.http.post(address(person, "documents", ids[0], "supprimer"), data={"csrf": token})
    ).status_code == 403
    assert (
        await at_work.http.post(address(person, "documents", ids[0], "autre"), data={"csrf": token})
    ).status_code == 404


async def test_nothing_of_it_is_for_who_is_not_signed_in(carnet, world):
    person = await world.a_record()
    nobody = Browser(application(carnet))
    for path in ("", "acces", "urgence", "documents/01900000-0000-7000-8000-0000000000ff"):
        assert path_of(await nobody.open(address(person, path).rstrip("/"))) == "/pro/connexion"
    await nobody.close()
