"""Somebody is found by name and place, or by number, and told from their namesakes."""

from functools import partial

import pytest
from tests.builders.annuaire import a_person, activities, an_activity, an_rpps

from carnet.domain.actor import SYSTEM
from carnet.domain.directory.choosing import candidates, known
from carnet.domain.directory.choosing.model import Candidate, Wanted
from carnet.domain.directory.loading import import_published
from carnet.domain.directory.loading.model import ImportTerms
from carnet.domain.errors import Invalid
from carnet.operating.directory_files import reading

HOSPITAL, CLINIC = "990000001", "990000027"
PRACTICE = {"technical": "R99900001", "former": "499900000000001", "finess": "", "mode": "L", "sector": "SA07"}


@pytest.fixture(scope="module")
async def find(carnet):
    """What a search gives, as (number, places)."""
    people = (
        an_activity(1, at=HOSPITAL, family="L'HÉRITIER-NOËL", given="ÉLODIE", skill="SM26", skill_type="S", title="DR"),
        an_activity(1, family="L'HÉRITIER-NOËL", given="ÉLODIE", skill="C01", skill_type="C", name="CABINET DU PORT",
                    delivery="35400 SAINT-MALO", postal_code="35400", city="Saint-Malo", **PRACTICE),
        an_activity(2, at=HOSPITAL, family="MARTIN", given="PAUL", skill="SM04", skill_type="S"),
        an_activity(3, at=CLINIC, family="MARTINET", given="ANNE", profession="60"),
        an_activity(4, at=CLINIC, family="DUPONT", given="MARTIN", profession="21"),
        an_activity(6, at=CLINIC, family="MARTIN", given="PAUL", profession="70"),
        a_person(5, family="SANS ACTIVITÉ", given="ZOÉ", profession="70"),
    )  # fmt: skip
    for content in (activities(*people, a_person(9, family="PARTI", given="LÉON")), activities(*people)):
        begun = reading("extraction.txt", iter([content]), None)
        await import_published(
            carnet.database, begun.source, begun.entries, terms=ImportTerms(max_lost_percent=100), actor=SYSTEM,
            sealer=carnet.services.store.system_key, clock=carnet.services.clock,
        )  # fmt: skip
    return partial(_found, carnet.database)


async def _found(database, words: str = "", **asked: object) -> list[Candidate]:
    found, more = await candidates(database, Wanted(words, **asked))
    assert not more
    return found


def numbers(found: list[Candidate]) -> list[str]:
    return [each.number for each in found]


@pytest.mark.parametrize(
    ("words", "place", "expected"),
    [
        ("martin", "", [2, 6, 3]),
        ("martin paul", "", [2, 6]),
        ("paul martin", "", [2, 6]),
        ("Mart an", "", [3]),
        ("dupont martin", "", [4]),
        ("l’héritier", "", [1]),
        ("heritier", "", []),
        ("l'heritier noel elodie", "saint-malo", [1]),
        ("l'heritier", "35400", [1]),
        ("l'heritier", "354", [1]),
        ("l'heritier", "Rennes", []),
        ("parti", "", []),
        ("zoé sans", "", [5]),
        ("%a", "", []),
        ("a%n", "", []),
    ],
)
async def test_by_name_and_place(find, words: str, place: str, expected: list[int]) -> None:
    found = await find(words, place=place)
    assert sorted(numbers(found)) == sorted(an_rpps(n) for n in expected)


async def test_namesakes_are_told_apart(find) -> None:
    told = {(each.profession, each.specialty, each.places[0].organization) for each in await find("martin paul")}
    assert told == {("10", "SM04", "1" + HOSPITAL), ("70", None, "1" + CLINIC)}


async def test_every_place_of_someone_is_told(find) -> None:
    (found,) = await find("l'heritier")
    assert (found.family, found.given, found.specialty) == ("L'HÉRITIER-NOËL", "ÉLODIE", "SM26")
    assert {place.city.casefold() for place in found.places} >= {"saint-malo"}
    assert len(found.places) == 2


async def test_by_number_inactive_ones_included(find) -> None:
    (gone,) = await find(number=an_rpps(9))
    assert (gone.is_active, gone.family, gone.holder) == (False, "", "8" + an_rpps(9))
    spaced = f" {an_rpps(2)[:4]} {an_rpps(2)[4:]} "
    assert numbers(await find(number=spaced)) == [an_rpps(2)]
    assert numbers(await find(number="8" + an_rpps(2))) == [an_rpps(2)]
    assert await find(number="0") == []


async def test_structures_too(find) -> None:
    (practice,) = await find("cabinet du port", organizations=True)
    assert (practice.is_organization, practice.places[0].city.casefold()) == (True, "saint-malo")
    assert [each.holder for each in await find("port", place="saint-malo", organizations=True)] == [practice.holder]
    assert await find("port", organizations=True) == []  # anywhere in the name, once a place is said
    assert [each.holder for each in await find(number=HOSPITAL, organizations=True)] == ["1" + HOSPITAL]


@pytest.mark.parametrize("wanted", [Wanted(), Wanted("m"), Wanted(" ", place="Rennes")])
async def test_a_search_of_nothing_is_refused(find, carnet, wanted: Wanted) -> None:
    with pytest.raises(Invalid) as refused:
        await candidates(carnet.database, wanted)
    assert refused.value.code == "directory-words-short"


async def test_holders_are_named(find, carnet) -> None:
    holders = [("8" + an_rpps(2), False), ("8" + an_rpps(9), False), ("1" + HOSPITAL, True), ("8nobody", False)]
    found = await known(carnet.database, holders)
    assert set(found) == {"8" + an_rpps(2), "8" + an_rpps(9), "1" + HOSPITAL}
    assert found["8" + an_rpps(2)].family == "MARTIN"
    assert await known(carnet.database, []) == {}
