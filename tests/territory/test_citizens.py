import re
from datetime import date

import pytest

from carnet.domain.people.model import IdentityAttribute, IdentityStatus
from carnet.territory.citizens import as_insi_writes
from carnet.territory.invent import invent
from carnet.territory.model import Citizen, LifeStage, Oddity
from carnet.vocabulary.ins import NIA, NIR, NIR_TEST

TODAY = date(2025, 11, 21)


def citizen(territory, name: str) -> Citizen:
    found = territory.named[name]
    assert isinstance(found, Citizen)
    return found


def test_every_matricule_is_well_formed_with_its_key() -> None:
    people = invent(4, citizens=2000, documents=0, today=TODAY).citizens
    assert len({each.identity.ins.matricule for each in people}) == 2000
    assert not any(each.identity.ins.key_is_wrong for each in people)
    assert {each.identity.status for each in people} == {IdentityStatus.QUALIFIED}


def test_the_matricule_agrees_with_sex_and_birth(territory) -> None:
    for each in territory.citizens:
        number = each.identity.ins.matricule
        assert number[0] in ("28" if each.is_woman else "17")
        assert number[1:5] == f"{each.birth_date:%y%m}"
        assert each.identity.traits.birth_date == each.birth_date.isoformat()


def test_each_particular_identity_is_there(territory) -> None:
    present = {oddity for each in territory.citizens for oddity in each.oddities}
    assert present == set(Oddity)
    assert {each.identity.ins.oid for each in territory.citizens} == {NIR_TEST, NIA, NIR}


def test_twins_share_their_birth_and_not_their_number(territory) -> None:
    tom, lola = citizen(territory, "tom"), citizen(territory, "lola")
    assert (tom.birth_date, tom.identity.traits.birth_name) == (lola.birth_date, lola.identity.traits.birth_name)
    assert tom.identity.ins != lola.identity.ins
    assert tom.guardians == lola.guardians != ()


def test_homonyms_share_their_names(territory) -> None:
    one, other = citizen(territory, "nathalie"), citizen(territory, "nathalie-bis")
    assert one.spelled_name == other.spelled_name
    assert one.birth_date != other.birth_date
    assert IdentityAttribute.HOMONYM in one.identity.attributes & other.identity.attributes


def test_corsica_abroad_and_waiting_number(territory) -> None:
    assert citizen(territory, "ange").identity.ins.matricule[5:10] == "2A004"
    assert citizen(territory, "fatou").identity.ins.matricule[5:10] == "99341"
    oksana = citizen(territory, "oksana").identity.ins
    assert (oksana.oid, oksana.matricule[0]) == (NIA, "8")


def test_traits_are_as_insi_gives_them_and_used_names_as_spelled(territory) -> None:
    francoise = citizen(territory, "francoise").identity
    assert francoise.traits.birth_name == "D'EBREUIL-LACOME"
    assert francoise.traits.given_names == "FRANCOISE-HELENE NOELLE"
    assert francoise.used_name == "D'Ébreuil-Lacôme--Préfontaine"
    for each in territory.citizens:
        traits = each.identity.traits
        assert re.fullmatch(r"[A-Z'][A-Z' -]*", traits.birth_name)
        assert traits.given_names is not None
        assert traits.given_names.split(" ")[0] == traits.first_given_name


def test_life_stages_follow_the_age(territory) -> None:
    for each in territory.citizens:
        age = each.age_on(TODAY)
        assert each.stage is (LifeStage.CHILD if age < 18 else LifeStage.ADULT if age < 75 else LifeStage.ELDERLY)
        assert bool(each.guardians) == (each.stage is LifeStage.CHILD)
        assert all(each.birth_date < illness.since <= TODAY for illness in each.illnesses)


@pytest.mark.parametrize(
    ("spelled", "written"),
    [
        ("Cœur-d'Érable", "COEUR-D'ERABLE"),
        ("Æsa", "AESA"),
        ("François", "FRANCOIS"),
        ("Lacôme--Préfontaine", "LACOME--PREFONTAINE"),
    ],
)
def test_as_insi_writes(spelled, written) -> None:
    assert as_insi_writes(spelled) == written
