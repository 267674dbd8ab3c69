"""The pivot identity: FranceConnect's claims read into traits to look for."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders.people import an_ins

from carnet.domain.errors import Invalid
from carnet.domain.people.model import Sex
from carnet.formats.franceconnect.pivot import read_pivot

CLAIMS = {
    "sub": "x", "given_name": "Dominique Marie-Louise", "given_name_array": ["Dominique", "Marie-Louise"], "family_name": "PAT-TROIS",
    "birthdate": "1979-03-28", "gender": "female", "birthplace": "51215", "birthcountry": "99100",
}  # fmt: skip


def test_someone_born_in_france():
    pivot = read_pivot(CLAIMS)
    assert pivot.ins is None
    traits = pivot.traits
    assert (traits.birth_name, traits.given_names, traits.first_given_name) == (
        "PAT-TROIS",
        "Dominique Marie-Louise",
        None,
    )
    assert (traits.birth_date, traits.sex, traits.birth_place) == ("1979-03-28", Sex.FEMALE, "51215")


def test_someone_born_abroad_has_the_country_for_place():
    traits = read_pivot(CLAIMS | {"birthplace": "", "birthcountry": "99352", "gender": "male"}).traits
    assert (traits.birth_place, traits.sex) == ("99352", Sex.MALE)


@pytest.mark.parametrize(
    ("changes", "name", "expected"),
    [
        ({"birthplace": "", "birthcountry": "99100"}, "birth_place", None),
        ({"birthplace": None, "birthcountry": None}, "birth_place", None),
        ({"birthplace": "Reims"}, "birth_place", None),
        ({"birthplace": "2A004"}, "birth_place", "2A004"),
        ({"gender": "unspecified"}, "sex", None),
        ({"birthdate": "1960-00-00"}, "birth_date", "1960-12-31"),
        ({"birthdate": "1960-05-00"}, "birth_date", "1960-05-01"),
        ({"birthdate": "1960-00-07"}, "birth_date", "1960-01-07"),
        ({"given_name_array": None}, "given_names", "Dominique Marie-Louise"),
        ({"given_name_array": [3, "Anne"]}, "given_names", "Anne"),
        ({"given_name_array": []}, "given_names", "Dominique Marie-Louise"),
    ],
)
def test_what_is_told_otherwise(changes, name, expected):
    assert getattr(read_pivot(CLAIMS | changes).traits, name) == expected


@pytest.mark.parametrize(
    "changes",
    [
        {"family_name": ""}, {"family_name": None}, {"family_name": 4}, {"given_name": "", "given_name_array": []}, {"birthdate": "1979"},
        {"birthdate": "28/03/1979"}, {"birthdate": None}, {"ins": "255", "ins_oid": "1.2"}, {"ins": an_ins().matricule},
    ],
)  # fmt: skip
def test_what_cannot_be_looked_for(changes):
    with pytest.raises(Invalid, match="sign-in-identity-unreadable"):
        read_pivot(CLAIMS | changes)


def test_the_carte_vitale_tells_an_ins():
    ins = an_ins()
    assert read_pivot(CLAIMS | {"ins": ins.matricule, "ins_oid": ins.oid}).ins == ins


@given(
    st.dictionaries(
        st.sampled_from([*CLAIMS, "ins", "ins_oid"]), st.none() | st.integers() | st.text() | st.lists(st.text())
    )
)
def test_noise_is_refused_or_read(claims):
    with suppress(Invalid):
        read_pivot(claims)


def test_published_examples(samples):
    folder = samples / "citizen"
    for path in folder.glob("franceconnect-*.json"):
        assert read_pivot(json.loads(path.read_text("utf-8"))).traits.are_complete is False  # no first name told apart
