"""The key of RPPS, FINESS, SIREN and SIRET, and the published vectors."""

import json
from pathlib import Path

import pytest

from carnet.vocabulary.luhn import is_luhn, luhn_key


@pytest.mark.parametrize(("digits", "key"), [("7992739871", "3"), ("411111111111111", "1"), ("0", "0")])
def test_luhn_key(digits, key) -> None:
    assert luhn_key(digits) == key


def test_a_wrong_digit_breaks_the_key() -> None:
    assert is_luhn("79927398713")
    assert not is_luhn("79927398710")


def test_published_numbers(samples: Path) -> None:
    vectors = json.loads((samples / "annuaire" / "identifier-vectors.json").read_text("utf-8"))
    for vector in vectors["rpps"]:
        # A fictive number of the Annuaire's guide breaks the key, which is why an import warns and does not refuse.
        assert is_luhn(vector["value"]) is bool(vector["valid"]), vector
