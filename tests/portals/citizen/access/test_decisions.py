"""What a person decides about others: the effect before, the act, the way back; settings for everyone; the simulator."""

import re
from datetime import timedelta

import pytest
from tests.builders.annuaire import a_person, activities, an_activity, an_rpps
from tests.doors.world import Person, World, a_report
from tests.portals.citizen.access.conftest import Enter, press
from tests.portals.people import Browser, heading_of, path_of

from carnet.domain.access.facts import FactTerms
from carnet.domain.access.restoring import RESTORABLE, held_at
from carnet.domain.access.reviewing import list_authorisations
from carnet.domain.access.store import RightsStore
from carnet.domain.actor import SYSTEM, Actor, ActorKind
from carnet.domain.consent.model import Basis, ConsentKind, RecordStatus
from carnet.domain.directory.loading import import_published
from carnet.domain.directory.loading.model import ImportTerms
from carnet.domain.errors import Invalid
from carnet.operating.directory_files import reading
from carnet.portals.citizen.access.others import in_a_regulation
from carnet.portals.citizen.professionals import picking

HOSPITAL, CLINIC = "990000001", "990000027"


@pytest.fixture(scope="module", autouse=True)
async def directory(carnet) -> None:
    people = (
        an_activity(1, at=HOSPITAL, family="MARTIN", given="ANNE", skill="SM04", skill_type="S", civility="MME", title="DR"),
        an_activity(2, at=CLINIC, family="MARTIN", given="ANNE", profession="60", civility="MME"),
    )  # fmt: skip
    for content in (activities(*people, a_person(3, family="PARTI", given="LÉON")), activities(*people)):
        begun = reading("extraction.txt", iter([content]), None)
        await import_published(
            carnet.database, begun.source, begun.entries, terms=ImportTerms(max_lost_percent=100), actor=SYSTEM,
            sealer=carnet.services.store.system_key, clock=carnet.services.clock,
        )  # fmt: skip


async def a_person_with(world: World, enter: Enter, *, documents: int = 2) -> tuple[Person, Browser]:
    person = await world.a_record()
    for _ in range(documents):
        await world.deposit(a_report(person))
    return person, await enter(person)


async def held(world: World, person: Person):
    """What is in force, as (kind, holder)."""
    services = world.carnet.services
    actor = Actor(ActorKind.CITIZEN, "La personne", ins=person.ins)
    review = await list_authorisations(services.rights, person.patient_id, actor=actor, terms=services.rights_terms)
    return {
        (each.consent.kind, each.consent.holder): each for each in held_at(review.periods, review.at, kinds=RESTORABLE)
    }


async def card_of(browser: Browser, words: str, place: str = "", number: str = "", what: str = "professionnel"):
    """The page of the first one that a search finds."""
    page = await browser.open("/acces/professionnels")
    search = await browser.open(re.search(r'href="(/acces/professionnels/chercher[^"]+)"', page.text)[1])
    found = await browser.send(search, nom=words, lieu=place, numero=number, quoi=what)
    return found, await browser.open(re.search(r'<a href="(/acces/professionnels/fiche[^"]+)"', found.text)[1])


async def decide(browser: Browser, card, act: str):
    """The page that asks about one decision."""
    return await browser.open(re.search(rf'href="(/acces/professionnels/{act}[^"]+)"', card.text)[1])


def spaced(page) -> str:
    return page.text.replace("\xa0", " ")


async def test_namesakes_are_told_apart_and_no_name_is_in_an_address(world: World, enter: Enter) -> None:
    _, browser = await a_person_with(world, enter)
    found, card = await card_of(browser, "martin anne")
    assert found.text.count('class="row-title"') == 2
    assert "Cardiologue" in found.text
    assert "Soins infirmiers" in found.text
    for page in (found, card):
        assert "martin" not in str(page.url).lower()
        assert an_rpps(1) not in str(page.url)
    assert heading_of(card) in {"Dre Anne Martin", "Anne Martin"}


async def test_someone_is_authorised_after_the_effect_and_it_is_undone(world: World, enter: Enter) -> None:
    person, browser = await a_person_with(world, enter)
    _, card = await card_of(browser, "", number=an_rpps(1))
    asked = await decide(browser, card, "autoriser")
    assert heading_of(asked) == "Autoriser la Dre Anne Martin"
    assert "ce professionnel ne voit aucun document" in spaced(asked)
    assert "<mark>tous vos documents (2)</mark>" in spaced(asked)
    wrong = await browser.send(asked, duree="date", fin="")
    assert (wrong.status_code, "Écrivez la date de fin." in wrong.text) == (422, True)
    past = await browser.send(asked, duree="date", fin="2020-01-01")
    assert past.status_code == 422
    assert await held(world, person) == {}
    done = await browser.send(asked, duree="mois", fin="")
    assert "L’autorisation est donnée." in done.text
    grant = (await held(world, person))[ConsentKind.GRANT, "8" + an_rpps(1)]
    assert grant.consent.basis is Basis.PATIENT
    assert timedelta(days=29) < grant.until - world.carnet.services.clock() <= timedelta(days=30)
    shorter = await browser.send(await decide(browser, done, "changer-la-fin"), duree="jour", fin="")
    assert "La date de fin est changée." in shorter.text
    assert (await held(world, person))[ConsentKind.GRANT, "8" + an_rpps(1)].until < grant.until
    chosen = await browser.send(await decide(browser, shorter, "changer-la-fin"), duree="date", fin="2031-05-04")
    assert "Jusqu’au dimanche 4 mai 2031 compris." in spaced(chosen)
    await press(browser, chosen, "Revenir en arrière")
    back = await press(browser, shorter, "Revenir en arrière")
    assert "C’est comme avant." in back.text
    assert (await held(world, person))[ConsentKind.GRANT, "8" + an_rpps(1)].until == grant.until
    taken = await press(browser, await decide(browser, back, "retirer"), "Retirer l’autorisation")
    assert "L’autorisation est retirée." in taken.text
    assert await held(world, person) == {}


async def test_a_block_ends_what_was_given_and_its_undo_gives_it_back(world: World, enter: Enter) -> None:
    person, browser = await a_person_with(world, enter)
    holder = "8" + an_rpps(1)
    _, card = await card_of(browser, "", number=an_rpps(1))
    doctor = await press(browser, await decide(browser, card, "medecin-traitant"), "Choisir comme")
    assert "C’est maintenant votre médecin traitant." in doctor.text
    asked = await decide(browser, doctor, "bloquer")
    assert "<mark>aucun document</mark>" in asked.text
    blocked = await press(browser, asked, "Bloquer")
    assert set(await held(world, person)) == {(ConsentKind.BLOCK, holder)}
    assert "Vous avez bloqué ce professionnel" in blocked.text
    assert "/acces/professionnels/autoriser" not in blocked.text
    back = await press(browser, blocked, "Revenir en arrière")
    assert set(await held(world, person)) == {(ConsentKind.PRIMARY_CARE_DOCTOR, holder)}
    no_more = await press(browser, await decide(browser, back, "plus-medecin-traitant"), "Ne plus")
    assert "Ce n’est plus votre médecin traitant." in no_more.text
    assert await held(world, person) == {}
    again = await press(browser, await decide(browser, no_more, "bloquer"), "Bloquer")
    free = await press(browser, await decide(browser, again, "debloquer"), "Débloquer")
    assert "Cela ne redonne aucune autorisation." in free.text
    listed = await browser.open("/acces/professionnels")
    assert "Aucun professionnel ne peut ouvrir votre carnet" in listed.text


async def test_who_no_longer_practises_can_still_be_blocked(world: World, enter: Enter) -> None:
    person, browser = await a_person_with(world, enter)
    found, card = await card_of(browser, "", number=an_rpps(3))
    assert "N’exerce plus" in found.text
    assert "/acces/professionnels/autoriser" not in card.text
    await press(browser, await decide(browser, card, "bloquer"), "Bloquer")
    assert set(await held(world, person)) == {(ConsentKind.BLOCK, "8" + an_rpps(3))}
    assert "N’exerce plus" in (await browser.open("/acces/professionnels")).text


async def test_a_structure_is_authorised_too(world: World, enter: Enter) -> None:
    person, browser = await a_person_with(world, enter)
    found, card = await card_of(browser, "", number=HOSPITAL, what="structure")
    assert "Un médecin de cette structure ne voit" in card.text
    await browser.send(await decide(browser, card, "autoriser"), duree="an", fin="")
    assert (ConsentKind.GRANT, "1" + HOSPITAL) in await held(world, person)
    assert found.status_code == 200


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"nom": "", "lieu": "Rennes", "numero": ""}, "Écrivez un nom, ou un numéro plus bas."),
        ({"nom": "m", "lieu": "", "numero": ""}, "Écrivez au moins 2 lettres"),
        ({"nom": "x" * 101, "lieu": "", "numero": ""}, "Raccourcissez ce texte"),
    ],
)
async def test_a_search_says_what_to_mend(world: World, enter: Enter, typed: dict[str, str], said: str) -> None:
    _, browser = await a_person_with(world, enter, documents=0)
    page = await browser.send(await browser.open("/acces/professionnels/chercher"), quoi="professionnel", **typed)
    assert (page.status_code, said in page.text) == (422, True)


async def test_a_page_about_nobody_does_not_exist(world: World, enter: Enter) -> None:
    _, browser = await a_person_with(world, enter, documents=0)
    for path in (
        "/acces/professionnels/fiche",
        "/acces/professionnels/autoriser",
        "/acces/professionnels/inventer",
        "/acces/professionnels/fiche?e=AbCd",
    ):
        assert (await browser.open(path)).status_code == 404
    assert heading_of(await browser.open("/acces/simulateur?e=AbCd")) == "Que verrait ce professionnel ?"


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
    forged = await browser.http.post("/acces/categories", data={"csrf": _token(page), "code": "zzz", "etat": "cachee"})
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
        "/acces/reglages", data={"csrf": _token(page), "reglage": "ceux-que-j-ai-autorises"}
    )
    done = await browser.open(taken.headers["location"])
    assert "est en place." in done.text
    assert set(await held(world, person)) == {(ConsentKind.GRANT, "8" + an_rpps(2))}
    back = await press(browser, done, "Revenir en arrière")
    assert "C’est comme avant." in back.text
    assert set(await held(world, person)) == set(before)
    unknown = await browser.http.post("/acces/reglages", data={"csrf": _token(page), "reglage": "tout-ouvrir"})
    assert unknown.status_code == 404


async def test_feeding_is_refused_and_allowed_again(world: World, enter: Enter) -> None:
    person, browser = await a_person_with(world, enter, documents=0)
    page = await browser.open("/acces/reglages")
    answer = await browser.http.post("/acces/reglages/depots", data={"csrf": _token(page), "etat": "oui"})
    said = await browser.open(answer.headers["location"])
    assert "L’ajout de documents par les professionnels est refusé." in said.text
    assert (await world.send(a_report(person))).status_code == 403
    await browser.http.post("/acces/reglages/depots", data={"csrf": _token(page), "etat": "non"})
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
        "/avis/reglages", data={"csrf": _token(settings), "avis": "first-access", "etat": "non"}
    )
    off = await browser.open(answer.headers["location"])
    assert "Vous ne recevrez plus cet avis : la première visite d’un professionnel." in off.text
    on = await press(browser, off, "Revenir en arrière")
    assert "Vous recevrez de nouveau cet avis" in on.text
    compulsory = await browser.http.post(
        "/avis/reglages", data={"csrf": _token(settings), "avis": "emergency-access", "etat": "non"}
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


def _token(page) -> str:
    return re.search(r'name="csrf" value="([^"]+)"', page.text)[1]


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
    answer = await browser.http.post(path, data={"csrf": _token(await browser.open("/acces")), **typed})
    assert answer.status_code == 404
    assert await held(world, person) == {}


async def test_a_way_back_that_is_too_old_changes_nothing(world: World, enter: Enter) -> None:
    person, browser = await a_person_with(world, enter, documents=0)
    await world.consent(person, ConsentKind.EMERGENCY_OPPOSITION)
    answer = await browser.http.post(
        "/acces/reglages/revenir?e=AbCd", data={"csrf": _token(await browser.open("/acces"))}
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


async def test_a_search_that_is_too_wide_asks_for_a_place(
    world: World, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def wide(*_: object, **__: object) -> None:
        raise Invalid("search-too-wide", seconds="5")

    _, browser = await a_person_with(world, enter, documents=0)
    monkeypatch.setattr(picking, "candidates", wide)
    page = await browser.send(
        await browser.open("/acces/professionnels/chercher"), nom="martin", lieu="", numero="", quoi="professionnel"
    )
    assert "Trop de réponses. Ajoutez une ville ou un code postal." in page.text


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
    nothing = await browser.http.post("/avis/lus", data={"csrf": _token(page), "avis": "pas un avis"})
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


async def test_a_category_is_hidden_from_one_alone(world: World, enter: Enter) -> None:
    person, browser = await a_person_with(world, enter)
    one = await world.a_professional(number="8" + an_rpps(1), authorised_on=person)
    other = await world.a_professional(authorised_on=person)
    _, card = await card_of(browser, "", number=an_rpps(1))
    page = await decide(browser, card, "categories")
    assert heading_of(page) == "Ce que je cache à la Dre Anne Martin"
    assert "2 documents visibles aujourd’hui ; caché, plus aucun." in page.text
    hidden = await press(browser, page, 'value="10"')
    assert "« Compte rendu » : caché." in hidden.text
    assert await world.found(person, by=one) == []
    assert len(await world.found(person, by=other)) == 2
    shown = await press(browser, hidden, "Revenir en arrière")
    assert "« Compte rendu » : de nouveau visible." in shown.text
    assert len(await world.found(person, by=one)) == 2
    action = re.search(r'action="(/acces/professionnels/categories[^"]+)"', page.text)[1]
    for typed, status in (({"code": "zzz", "etat": "cachee"}, 422), ({"code": "10", "etat": "x"}, 404)):
        assert (await browser.http.post(action, data={"csrf": _token(page), **typed})).status_code == status


@pytest.mark.parametrize(
    ("holds", "said"),
    [(True, "En urgence, elle ne pourra rien lire non plus."), (False, "elle peut encore ouvrir votre carnet")],
)
async def test_what_a_block_does_in_an_emergency_is_as_the_operator_set_it(
    world: World, enter: Enter, monkeypatch: pytest.MonkeyPatch, holds: bool, said: str
) -> None:
    _, browser = await a_person_with(world, enter, documents=0)
    monkeypatch.setattr(RightsStore, "fact_terms", FactTerms(block_holds_in_emergency=holds), raising=False)
    _, card = await card_of(browser, "", number=an_rpps(1))
    assert (said in (await decide(browser, card, "bloquer")).text) is True


def test_a_regulation_is_tried_as_whoever_the_operator_admits() -> None:
    usual, other = (
        in_a_regulation(FactTerms()),
        in_a_regulation(FactTerms(regulator_professions=frozenset({"60"}), regulator_sectors=frozenset())),
    )
    assert (usual.profession, usual.sector, other.profession, other.sector) == ("10", "SA01", "60", None)
    assert in_a_regulation(FactTerms(regulator_professions=frozenset())).profession == "10"
