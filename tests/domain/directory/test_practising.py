"""Whether the directory says what someone says of themselves."""

import pytest

from carnet.domain.directory.practising import Claimed, check_practice
from carnet.domain.errors import Refused
from carnet.operating.demo import invent_sized
from carnet.operating.demo_directory import load_directory

TERRITORY = invent_sized({"seed": 2026, "today": "2026-06-01"}, citizens=0, documents=0)
CARDIOLOGIST = TERRITORY.named["cardiologue"]
NURSE = TERRITORY.named["infirmiere"]
PLACES = [TERRITORY.organizations[each] for each in CARDIOLOGIST.organizations]


@pytest.fixture(scope="module", autouse=True)
async def directory(carnet):
    await load_directory(carnet, TERRITORY)


def cardiologist(**changes):
    facts = {
        "person": CARDIOLOGIST.identifier, "profession": "10", "skill": "SM04", "sector": PLACES[0].sector.code,
        "organization": PLACES[0].identifier,
    }  # fmt: skip
    return Claimed(**{**facts, **changes})


async def refusal(carnet, claimed, *, tolerant=False):
    with pytest.raises(Refused) as found:
        await check_practice(carnet.database, claimed, tolerant=tolerant)
    return found.value.code, found.value.issues[0].facts.get("what")


@pytest.mark.parametrize("tolerant", [False, True])
@pytest.mark.parametrize("rank", [0, 1])
async def test_each_of_their_places(carnet, rank, tolerant):
    place = PLACES[rank]
    await check_practice(
        carnet.database, cardiologist(organization=place.identifier, sector=place.sector.code), tolerant=tolerant
    )


@pytest.mark.parametrize("changes", [{"organization": None}, {"sector": None}, {"skill": None}])
async def test_what_is_not_claimed_is_not_compared(carnet, changes):
    await check_practice(carnet.database, cardiologist(**changes), tolerant=False)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"person": "899900099999"}, ("practice-unknown", None)),
        ({"profession": "60"}, ("practice-differs", "profession")),
        ({"skill": "SM26"}, ("practice-differs", "spécialité")),
        ({"organization": "1990099999"}, ("practice-differs", "structure")),
        (
            {"organization": TERRITORY.organizations[NURSE.organizations[0]].identifier},
            ("practice-differs", "structure"),
        ),
        ({"sector": "SA33"}, ("practice-differs", "secteur d’activité")),
    ],
)
async def test_what_it_says_otherwise(carnet, changes, expected):
    assert await refusal(carnet, cardiologist(**changes)) == expected
    await check_practice(carnet.database, cardiologist(**changes), tolerant=True)


async def test_whoever_has_ceased(carnet):
    async with carnet.database.transaction() as tx:
        await tx.execute("UPDATE directory_professional SET active = false WHERE person = %s", (NURSE.identifier,))
    claimed = Claimed(NURSE.identifier, "60")
    for tolerant in (False, True):
        assert await refusal(carnet, claimed, tolerant=tolerant) == ("practice-ceased", None)
