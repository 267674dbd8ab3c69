"""Words sought by their beginning, whatever the case and the accents."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.domain.record.browsing.words import MAX_WORDS, holds, index, plain, sought


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("CARDIO", "Compte rendu de cardiologie"),
        ("radio poignet", "Radio du poignet gauche"),
        ("poignet  radio", "Radio du poignet gauche"),
        ("hôpital", "HOPITAL du Canal"),
        ("oeil", "Consultation de l’œil"),
        ("brancaleon", "Odile Brancaléon"),
        ("l'oeil", "Consultation de l’œil"),
        ("saint-jean", "Clinique Saint Jean"),
        ("2026", "Bilan 2026"),
    ],
)
def test_found(typed, text):
    assert holds(index([text]), sought(typed))


@pytest.mark.parametrize(
    ("typed", "text"),
    [("logie", "Cardiologie"), ("radio genou", "Radio du poignet"), ("rad-io", "Radio")],
)
def test_not_found(typed, text):
    assert not holds(index([text]), sought(typed))


def test_nothing_typed_finds_everything_and_punctuation_is_nothing():
    assert sought("  …  ") == ()
    assert holds(index(["Radio", None]), sought(" ' "))


@given(st.text(max_size=300))
def test_any_text_is_read_and_found_by_itself(text):
    assert plain(plain(text)) == plain(text)
    assert len(sought(text)) <= MAX_WORDS
    assert holds(index([text]), sought(text))
