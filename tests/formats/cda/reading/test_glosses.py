"""The words for common analytes say what is measured, never what a value means; their codes are LOINC codes."""

import re

from carnet.formats.cda.reading.glosses import _glosses, gloss_of

# Words that would judge a value, or name a disease.
JUDGING = re.compile(
    r"normal|trop|mauvais|bon\b|risque|malad|anémie|diabète|cancer|carence|excès|élevé|bas\b", re.IGNORECASE
)


def check_digit(number: str) -> int:
    """The digit after the hyphen of a LOINC code. Source: LOINC Users' Guide, appendix C (Mod 10)."""
    odd = str(int(number[::-1][::2][::-1]) * 2)
    total = sum(map(int, number[::-1][1::2])) + sum(map(int, odd))
    return -total % 10


def test_every_code_is_a_loinc_code() -> None:
    assert len(_glosses()) > 60
    for code in _glosses():
        number, digit = code.split("-")
        assert check_digit(number) == int(digit), code


def test_no_gloss_judges() -> None:
    for code, words in _glosses().items():
        assert not JUDGING.search(words), code
        assert words == words.strip() != "", code
        assert len(words) < 60, code


def test_what_has_no_gloss_has_none() -> None:
    assert gloss_of(None) == gloss_of("0000-0") == ""
