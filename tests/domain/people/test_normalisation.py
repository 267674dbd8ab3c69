"""Names at the INSi boundary, and the form on which they are compared."""

import json
import re
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.domain.people.normalisation import comparable, normalise_name

Profile = Literal["nom", "prenom"]


def test_published_vectors(samples: Path) -> None:
    vectors = json.loads((samples / "ins" / "name-normalisation-vectors.json").read_text())["vectors"]
    for vector in vectors:
        if vector["expected"] is None:
            with pytest.raises(ValueError, match=r"^name-"):
                normalise_name(vector["input"], profile=vector["profile"])
        else:
            assert normalise_name(vector["input"], profile=vector["profile"]) == vector["expected"]


@pytest.mark.parametrize(
    ("profile", "text", "expected"),
    [
        ("nom", "Lefèvre", "LEFEVRE"),
        ("nom", "D’Ornano", "D'ORNANO"),
        ("nom", "'t Hooft", "'T HOOFT"),
        ("nom", "Ægir", "AEGIR"),
        ("nom", "Strauß", "STRAUSS"),
        ("nom", "Essai--Test", "ESSAI--TEST"),
        ("nom", "Essai-", "ESSAI-"),
        ("nom", "Nguye\u0302n", "NGUYEN"),
        ("nom", "De\u00a0la\u202fTour", "DE LA TOUR"),
        ("prenom", "Anne‑Sophie", "ANNE-SOPHIE"),
        ("prenom", "Noël Marie-Ève", "NOEL MARIE-EVE"),
        ("nom", "A" * 100, "A" * 100),
    ],
)
def test_names_are_written_plainly(profile: Profile, text: str, expected: str) -> None:
    assert normalise_name(text, profile=profile) == expected


@pytest.mark.parametrize(
    ("profile", "text", "code"),
    [
        ("nom", "", "name-empty"),
        ("nom", "\u0301", "name-empty"),
        ("nom", "A" * 101, "name-too-long"),
        ("nom", "Œ" * 51, "name-too-long"),
        ("nom", "Essai3", "name-character"),
        ("nom", "Essai/Test", "name-character"),
        ("nom", "Łukasz", "name-character"),
        ("nom", "Иванов", "name-character"),
        ("nom", "Essai\n", "name-character"),
        ("nom", " Essai", "name-start"),
        ("nom", "-Essai", "name-start"),
        ("nom", "Essai ", "name-end"),
        ("prenom", "Zoé-", "name-end"),
        ("prenom", "Zoé'", "name-end"),
        ("nom", "Le  Test", "name-doubled"),
        ("nom", "D''Essai", "name-doubled"),
        ("nom", "D' Essai", "name-doubled"),
        ("nom", "A---B", "name-doubled"),
        ("prenom", "Anne--Sophie", "name-doubled"),
    ],
)
def test_what_cannot_be_written_is_refused_never_cut(profile: Profile, text: str, code: str) -> None:
    with pytest.raises(ValueError, match=rf"^{code}$"):
        normalise_name(text, profile=profile)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PAT-TROIS", "PAT TROIS"),
        ("Pat  trois ", "PAT TROIS"),
        ("D'Istria", "D ISTRIA"),
        ("d’Istria", "D ISTRIA"),
        ("Lætitia-Marie", "LAETITIA MARIE"),
        ("BEN--SALAH", "BEN SALAH"),
        ("Łukasz Øst", "LUKASZ OST"),
        ("Ève", "EVE"),
        ("", ""),
    ],
)
def test_the_comparable_form(text: str, expected: str) -> None:
    assert comparable(text) == expected


@given(st.text(max_size=120), st.sampled_from(["nom", "prenom"]))
def test_a_written_name_keeps_the_rules_and_stays_as_it_is(text: str, profile: Profile) -> None:
    try:
        written = normalise_name(text, profile=profile)
    except ValueError as error:
        written = str(error)
        assert re.fullmatch(r"name-[a-z-]+", written)
        return
    assert re.fullmatch(r"[A-Z'][A-Z '-]*", written)
    assert normalise_name(written, profile=profile) == written
    assert comparable(written) == comparable(text)


@given(st.text(max_size=60))
def test_comparing_is_stable(text: str) -> None:
    once = comparable(text)
    assert comparable(once) == once
    assert comparable(f"  {text}-") == comparable(text)
