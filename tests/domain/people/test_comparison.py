"""Comparing received traits with known ones."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.domain.people.comparison import compare_traits, first_given_name_agrees
from carnet.domain.people.model import InsTraits, Sex

KNOWN = InsTraits("PAT-TROIS", "DOMINIQUE", "1979-03-28", Sex.FEMALE, "DOMINIQUE MARIE-LOUISE", "51215")


@pytest.mark.parametrize(
    "stated",
    [
        KNOWN,
        replace(KNOWN, birth_name="Pat Trois"),
        replace(KNOWN, first_given_name="Dominiqué"),
        replace(KNOWN, given_names="Dominique Marie Louise"),
        replace(KNOWN, given_names=None, birth_place=None),
        replace(KNOWN, given_names="MARIE-LOUISE"),
    ],
)
def test_the_same_person_written_otherwise(stated: InsTraits) -> None:
    assert compare_traits(KNOWN, stated) == ()


def test_what_we_do_not_know_is_not_compared() -> None:
    unknown = replace(KNOWN, given_names=None, birth_place=None)
    assert compare_traits(unknown, KNOWN) == ()


def test_the_place_keeps_its_letters() -> None:
    corsican = replace(KNOWN, birth_place="2A004")
    assert compare_traits(corsican, replace(corsican, birth_place="2a004")) == ()
    assert compare_traits(corsican, replace(corsican, birth_place="2B004")) == ("birth_place",)


@pytest.mark.parametrize(
    ("stated", "differing"),
    [
        (replace(KNOWN, birth_name="PATTROIS"), ("birth_name",)),
        (replace(KNOWN, given_names="DOMINIQUE MARIE"), ("given_names",)),
        (replace(KNOWN, given_names="MARIE-LOUISE DOMINIQUE"), ("given_names",)),
        (replace(KNOWN, given_names=""), ("given_names",)),
        (replace(KNOWN, first_given_name="DOMINIQUE MARIE"), ("first_given_name",)),
        (replace(KNOWN, first_given_name="MARIE", given_names="DOMINIQUE"), ("given_names", "first_given_name")),
        (replace(KNOWN, birth_date="1979-03-29"), ("birth_date",)),
        (replace(KNOWN, sex=Sex.UNDETERMINED), ("sex",)),
        (replace(KNOWN, birth_place="75056"), ("birth_place",)),
        (
            InsTraits("X", "Y", "1900-01-01", Sex.MALE, "Y", "99999"),
            ("birth_name", "given_names", "first_given_name", "birth_date", "sex", "birth_place"),
        ),
    ],
)
def test_each_trait_that_differs_is_named(stated: InsTraits, differing: tuple[str, ...]) -> None:
    assert compare_traits(KNOWN, stated) == differing


def test_the_list_may_come_without_the_first_given_name() -> None:
    ruth = InsTraits("NESSI", "RUTH", "1977-07-14", Sex.FEMALE, "RUTH ISABELLE", "75115")
    assert compare_traits(ruth, replace(ruth, given_names="ISABELLE")) == ()
    assert compare_traits(ruth, replace(ruth, given_names="ISABELLE", first_given_name="ANNE")) == (
        "given_names",
        "first_given_name",
    )


def test_published_identities_equal_themselves_and_no_other(samples: Path) -> None:
    people = [
        InsTraits(
            person["nomNaissance"],
            person["premierPrenom"],
            person["dateNaissance"],
            Sex(person["sexe"]),
            person["prenomsNaissance"],
            person["lieuNaissance"],
        )
        for person in json.loads((samples / "ins" / "test-identities.json").read_text())
    ]
    assert people
    for one in people:
        assert first_given_name_agrees(one.first_given_name, one.given_names or "")
        for other in people:
            # Two published homonyms share every trait: only the matricule tells them apart.
            assert (compare_traits(one, other) == ()) is (one == other)


def test_published_first_given_names(samples: Path) -> None:
    data = json.loads((samples / "ins" / "first-given-name-vectors.json").read_text())
    for vector in data["vectors"]:
        assert first_given_name_agrees(vector["premierPrenom"], data["list"]) is vector["consistent"]


@pytest.mark.parametrize(
    ("first", "given_list", "agrees"),
    [
        ("ANNE", "ANNE MARIE", True),
        ("Anne-Marie", "ANNE MARIE CLAIRE", True),
        ("D'ARCY", "D ARCY PAUL", True),
        ("Anne", "ANNE", True),
        ("MARIE", "ANNE MARIE", False),
        ("ANN", "ANNE MARIE", False),
        ("ANNE MARIE CLAIRE", "ANNE MARIE", False),
        ("ANNE", "", False),
        ("", "ANNE", False),
        ("-", "ANNE", False),
    ],
)
def test_the_first_given_name_begins_the_list(first: str, given_list: str, *, agrees: bool) -> None:
    assert first_given_name_agrees(first, given_list) is agrees


names = st.text(alphabet="ABCÉèŒ -'", min_size=1, max_size=12)
people = st.builds(
    InsTraits,
    birth_name=names,
    first_given_name=names,
    birth_date=st.sampled_from(["1979-03-28", "1979-03-01"]),
    sex=st.sampled_from(Sex),
    given_names=st.none() | names,
    birth_place=st.none() | st.sampled_from(["75056", "2A004"]),
)


@given(people, people)
def test_traits_but_the_list_are_compared_both_ways_alike(one: InsTraits, other: InsTraits) -> None:
    """The list alone is read in one direction: only what is stated may leave the first given name out."""
    forth, back = (
        [trait for trait in compare_traits(*pair) if trait != "given_names"] for pair in ((one, other), (other, one))
    )
    assert forth == back


@given(people)
def test_case_never_makes_a_difference(one: InsTraits) -> None:
    assert compare_traits(one, replace(one, birth_name=one.birth_name.lower())) == ()
