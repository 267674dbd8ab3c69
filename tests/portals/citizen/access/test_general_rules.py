"""What a person says to everyone, presets, the simulator and notices; and what the pages never offer."""

import re
from datetime import timedelta

import pytest
from tests.builders.annuaire import an_rpps
from tests.doors.world import World, a_report
from tests.portals.citizen.access.asking import a_person_with, card_of, held, spaced, token_of
from tests.portals.citizen.access.conftest import HOSPITAL, Enter, press
from tests.portals.people import Browser, heading_of, path_of

from carnet.domain.access.facts import FactTerms
from carnet.domain.consent.model import Basis, ConsentKind, RecordStatus
from carnet.portals.citizen.access.others import in_a_regulation

pytestmark = pytest.mark.usefixtures("directory")


async def test_emergencies_are_refused_and_allowed_again(world: World, enter: Enter) -> None:
    person, browser = await a_person_with(world, enter)
    page = await browser.open("/acces/urgence")
    assert (
        "Un médecin, en urgence, voit aujourd’hui tous vos documents (2). Après, ce serait aucun document."
        in spaced(page)
    )
    refused = await press(browser, page, "Refuser cet accès")
    assert "L’accès en urgence est refusé." in refused.text
    assert (ConsentKind.EMERGENCY_OPPOSITION, "*") in await held(world, person)
    assert "Vous refusez l’accès en urgence, et permettez celui du SAMU." in refused.text
    back = await press(browser, refused, "Revenir en arrière")
    assert "L’accès en urgence est permis." in back.text
    assert await held(world, person) == {}
    # What is said must hold: an address alone says nothing.
    assert "L’accès en urgence est refusé." not in (await browser.open("/acces/urgence?fait=bris-de-glace-oui")).text


async def test_a_category_is_hidden_with_its_count_and_shown_again(world: World, enter: Enter) -> None:
    person, browser = await a_person_with(world, enter)
    page = await browser.open("/acces/categories")
    assert "2 documents. Un médecin que vous autorisez en voit 2" in page.text
    assert "Digital Signature" not in page.text
    hidden = await press(browser, page, "Cacher aux professionnels")
    assert "« Compte rendu » est caché aux professionnels." in hidden.text
    assert "2 documents. Un médecin que vous autorisez en verrait 2" in hidden.text
    assert [kind for kind, _ in await held(world, person)] == [ConsentKind.HIDDEN_CATEGORY]
    shown = await press(browser, hidden, "Revenir en arrière")
    assert "« Compte rendu » est de nouveau visible." in shown.text
    assert await held(world, person) == {}
    forged = await browser.http.post(
        "/acces/categories", data={"csrf": token_of(page), "code": "zzz", "etat": "cachee"}
    )
    assert forged.status_code == 422


async def test_a_preset_says_what_it_changes_and_goes_back(world: World, enter: Enter) -> None:
    person, browser = await a_person_with(world, enter)
    await world.consent(person, ConsentKind.GRANT, "8" + an_rpps(1), basis=Basis.CARE_TEAM)
    await world.consent(person, ConsentKind.GRANT, "8" + an_rpps(2), basis=Basis.PATIENT)
    page = await browser.open("/acces/reglages")
    assert "L’autorisation de la Dre Anne Martin prend fin" in page.text
    assert page.text.count("prend fin") == 1
    before = await held(world, person)
    taken = await browser.http.post(
        "/acces/reglages", data={"csrf": token_of(page), "reglage": "ceux-que-j-ai-autorises"}
    )
    done = await browser.open(taken.headers["location"])
    assert "est en place." in done.text
    assert set(await held(world, person)) == {(ConsentKind.GRANT, "8" + an_rpps(2))}
    back = await press(browser, done, "Revenir en arrière")
    assert "C’est comme avant." in back.text
    assert set(await held(world, person)) == set(before)
    unknown = await browser.http.post("/acces/reglages", data={"csrf": token_of(page), "reglage": "tout-ouvrir"})
    assert unknown.status_code == 404


async def test_feeding_is_refused_and_allowed_again(world: World, enter: Enter) -> None:
    person, browser = await a_person_with(world, enter, documents=0)
    page = await browser.open("/acces/reglages")
    answer = await browser.http.post("/acces/reglages/depots", data={"csrf": token_of(page), "etat": "oui"})
    said = await browser.open(answer.headers["location"])
    assert "L’ajout de documents par les professionnels est refusé." in said.text
    assert (await world.send(a_report(person))).status_code == 403
    await browser.http.post("/acces/reglages/depots", data={"csrf": token_of(page), "etat": "non"})
    assert (await world.send(a_report(person))).status_code == 200


async def test_the_simulator_tells_document_by_document_now_and_then(world: World, enter: Enter) -> None:
    person, browser = await a_person_with(world, enter)
    holder = "8" + an_rpps(1)
    await world.consent(person, ConsentKind.GRANT, holder)
    start = await browser.open("/acces/simulateur")
    assert "Dre Anne Martin" in start.text
    page = await browser.open(re.search(r'href="(/acces/simulateur\?e=[^"]+)"', start.text)[1])
    assert heading_of(page) == "Que verrait la Dre Anne Martin ?"
    assert "tous vos documents (2)" in spaced(page)
    assert page.text.count("Sa profession lit ce type de document") == 3
    event = (await world.events(person))[-1]
    assert (event.type, event.details["holder"]) == ("record-simulated", holder)
    urgent = await browser.send(page, situation="urgence", jour="")
    assert "En urgence (bris de glace), ce professionnel verrait" in urgent.text
    yesterday = (world.carnet.services.clock() - timedelta(days=1)).date().isoformat()
    then = await browser.send(page, situation="normal", jour=yesterday)
    assert "aucun document" in then.text
    future = await browser.send(page, situation="normal", jour="2199-01-01")
    assert (future.status_code, "Choisissez une date jusqu’au" in future.text) == (422, True)


async def test_the_simulator_never_tells_of_what_is_hidden_from_the_person(world: World, enter: Enter) -> None:
    person, browser = await a_person_with(world, enter, documents=1)
    await world.consent(person, ConsentKind.PRIMARY_CARE_DOCTOR, "8" + an_rpps(1))
    await world.deposit(a_report(person, securityLabel=[
        {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "N"}]},
        {"coding": [{"system": "urn:oid:1.2.250.1.213.1.1.4.13", "code": "INVISIBLE_PATIENT"}]},
    ]))  # fmt: skip
    start = await browser.open("/acces/simulateur")
    page = await browser.open(re.search(r'href="(/acces/simulateur\?e=[^"]+)"', start.text)[1])
    assert "votre document" in page.text
    assert page.text.count('role="rowheader"') == 1


async def test_notices_are_read_and_chosen(world: World, enter: Enter) -> None:
    from functools import partial

    from carnet.domain.access.notices import NOTICE_JOB
    from carnet.jobs.notify_citizen import notify_citizen
    from carnet.jobs.worker import Worker

    person, browser = await a_person_with(world, enter, documents=0)
    doctor = await world.a_professional(authorised_on=person, number="8" + an_rpps(1))
    await world.found(person, by=doctor)
    database = world.carnet.database
    await Worker(database, handlers={NOTICE_JOB: partial(notify_citizen, database)}).run_due()
    assert "Lire un avis" in (await browser.open("/")).text
    page = await browser.open("/avis")
    assert "La Dre Anne Martin a ouvert votre carnet pour la première fois." in page.text
    assert "<mark>un avis à lire</mark>" in page.text
    read = await press(browser, page, "Tout marquer comme lu")
    assert "Tous vos avis sont lus." in read.text
    assert "Lire un avis" not in (await browser.open("/")).text
    unread = await press(browser, read, "Marquer comme non lu")
    assert "un avis à lire" in unread.text
    settings = await browser.open("/avis/reglages")
    assert 'value="emergency-access"' not in settings.text
    answer = await browser.http.post(
        "/avis/reglages", data={"csrf": token_of(settings), "avis": "first-access", "etat": "non"}
    )
    off = await browser.open(answer.headers["location"])
    assert "Vous ne recevrez plus cet avis : la première visite d’un professionnel." in off.text
    on = await press(browser, off, "Revenir en arrière")
    assert "Vous recevrez de nouveau cet avis" in on.text
    compulsory = await browser.http.post(
        "/avis/reglages", data={"csrf": token_of(settings), "avis": "emergency-access", "etat": "non"}
    )
    assert compulsory.status_code == 422


async def test_pages_are_for_who_is_signed_in(carnet, world: World) -> None:
    from carnet.app import application

    browser = Browser(application(carnet))
    for path in (
        "/acces",
        "/acces/professionnels",
        "/acces/urgence",
        "/avis",
        "/acces/simulateur",
        "/acces/historique.csv",
    ):
        assert path_of(await browser.open(path)) == "/connexion"
    await browser.close()


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("/acces/urgence", {"quoi": "tout", "etat": "oui"}),
        ("/acces/reglages", {"reglage": ""}),
        ("/avis/reglages", {"avis": "rien", "etat": "non"}),
        ("/acces/professionnels/inventer", {}),
        ("/acces/professionnels/revenir", {}),
    ],
)
async def test_what_the_pages_never_offer_does_not_exist(
    world: World, enter: Enter, path: str, typed: dict[str, str]
) -> None:
    person, browser = await a_person_with(world, enter, documents=0)
    answer = await browser.http.post(path, data={"csrf": token_of(await browser.open("/acces")), **typed})
    assert answer.status_code == 404
    assert await held(world, person) == {}


async def test_a_way_back_that_is_too_old_changes_nothing(world: World, enter: Enter) -> None:
    person, browser = await a_person_with(world, enter, documents=0)
    await world.consent(person, ConsentKind.EMERGENCY_OPPOSITION)
    answer = await browser.http.post(
        "/acces/reglages/revenir?e=AbCd", data={"csrf": token_of(await browser.open("/acces"))}
    )
    assert answer.headers["location"] == "/acces/reglages?fait=revenu"
    assert set(await held(world, person)) == {(ConsentKind.EMERGENCY_OPPOSITION, "*")}


async def test_a_hidden_type_is_told_and_shown_again(world: World, enter: Enter) -> None:
    person, browser = await a_person_with(world, enter)
    await world.consent(person, ConsentKind.HIDDEN_CATEGORY, scope="type|11488-4")
    presets = await browser.open("/acces/reglages")
    assert ": de nouveau visible" in presets.text
    page = await browser.open("/acces/categories")
    assert "Sortes de documents cachées" in page.text
    await press(browser, page, 'value="11488-4"')
    assert await held(world, person) == {}


async def test_a_long_simulation_is_in_pages_and_asks_from_where(world: World, enter: Enter) -> None:
    person, browser = await a_person_with(world, enter, documents=27)
    await world.consent(person, ConsentKind.GRANT, "1" + HOSPITAL, organization=True)
    start = await browser.open("/acces/simulateur")
    assert "Structure" not in start.text or "1" + HOSPITAL not in start.text
    _, card = await card_of(browser, "", number=an_rpps(1))
    assert "tous vos documents (27)" in spaced(card)  # through the structure that they practise in
    page = await browser.open(re.search(r'href="(/acces/simulateur\?e=[^"]+)"', card.text)[1])
    assert page.text.count('role="rowheader"') == 25
    rest = await browser.open(re.search(r'href="([^"]+)">Documents plus anciens', page.text)[1])
    assert rest.text.count('role="rowheader"') == 2
    none = await browser.open(re.search(r'href="([^"]+)">Cachés', page.text)[1])
    assert "Aucun document de cette sorte." in none.text


async def test_many_notices_are_in_pages(world: World, enter: Enter) -> None:
    person, browser = await a_person_with(world, enter, documents=0)
    for _ in range(52):
        await world.found(person, by=await world.a_professional(authorised_on=person))
    page = await browser.open("/avis")
    assert "<mark>52 avis à lire</mark>" in page.text
    assert page.text.count("pour la première fois.</p>") == 50
    rest = await browser.open(re.search(r'href="([^"]+)">Avis plus anciens', page.text)[1])
    assert rest.text.count("pour la première fois.</p>") == 2
    assert "Revenir au début" in rest.text
    nothing = await browser.http.post("/avis/lus", data={"csrf": token_of(page), "avis": "pas un avis"})
    assert nothing.headers["location"] == "/avis?fait=lu"
    assert "52 avis à lire" in (await browser.open("/avis")).text


async def test_a_document_is_hidden_from_whom_the_simulator_was_about(world: World, enter: Enter) -> None:
    person, browser = await a_person_with(world, enter, documents=1)
    doctor = await world.a_professional(number="8" + an_rpps(1), authorised_on=person)
    assert len(await world.found(person, by=doctor)) == 1
    _, card = await card_of(browser, "", number=an_rpps(1))
    page = await browser.open(re.search(r'href="(/acces/simulateur\?e=[^"]+)"', card.text)[1])
    asked = await browser.open(re.search(r'href="(/documents/[^"]+/cacher\?e=[^"]+)"', page.text)[1])
    await press(browser, asked, "Cacher ce document")
    assert await world.found(person, by=doctor) == []
    again = await browser.open(str(page.url).partition("carnet.test")[2])
    assert "Vous avez caché ce document à ce professionnel" in again.text


async def test_a_closed_record_still_tells_who_came_and_decides_nothing(world: World, enter: Enter) -> None:
    person, browser = await a_person_with(world, enter, documents=1)
    await world.change(person, to=RecordStatus.CLOSED)
    history = await browser.open("/acces")
    assert (history.status_code, "a déposé votre document" in history.text) == (200, True)
    assert (await browser.open("/avis")).status_code == 200
    for path in (
        "/acces/professionnels",
        "/acces/urgence",
        "/acces/reglages",
        "/acces/categories",
        "/acces/facile-a-lire",
    ):
        answer = await browser.open(path)
        assert answer.status_code == 403, path
        assert "fermé" in answer.text


def test_a_regulation_is_tried_as_whoever_the_operator_admits() -> None:
    usual, other = (
        in_a_regulation(FactTerms()),
        in_a_regulation(FactTerms(regulator_professions=frozenset({"60"}), regulator_sectors=frozenset())),
    )
    assert (usual.profession, usual.sector, other.profession, other.sector) == ("10", "SA01", "60", None)
    assert in_a_regulation(FactTerms(regulator_professions=frozenset())).profession == "10"
