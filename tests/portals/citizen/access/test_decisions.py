"""What a person decides about one professional or structure: the effect before, the act, the way back."""

import re
from datetime import timedelta

import pytest
from tests.builders.annuaire import an_rpps
from tests.doors.world import World
from tests.portals.citizen.access.asking import a_person_with, card_of, decide, held, spaced, token_of
from tests.portals.citizen.access.conftest import HOSPITAL, Enter, press
from tests.portals.people import heading_of

from carnet.domain.access.facts import FactTerms
from carnet.domain.access.store import RightsStore
from carnet.domain.consent.model import Basis, ConsentKind
from carnet.domain.errors import Invalid
from carnet.portals.citizen.professionals import picking

pytestmark = pytest.mark.usefixtures("directory")


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
        assert (await browser.http.post(action, data={"csrf": token_of(page), **typed})).status_code == status


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
