"""
What says that nothing of a kind is known; and what says nothing, which is not the same.

Source: HL7 International Patient Summary, absent and unknown data (CodeSystem absent-unknown-uv-ips); SNOMED CT, situations with explicit
context.
"""

import re
from typing import Final

from carnet.domain.health.model import FactKind
from carnet.vocabulary.codes import Code

_NONE_KNOWN: Final = frozenset(
    {
        "no-known-allergies", "no-known-medication-allergies", "no-known-environmental-allergies", "no-known-food-allergies",
        "no-known-problems", "no-known-medications",
        "716186003", "716184000", "716185004", "716220001", "409137002", "428607008", "428197003", "429625007", "160244002",  # allergies
        "160245001", "787481004", "1234906007", "787480003",  # problems, medicines
    }
)  # fmt: skip
_NOT_TOLD: Final = frozenset({"no-allergy-info", "no-problem-info", "no-medication-info"})

_DENYING: Final = r"(?:aucun[es]?|pas de|pas d['’]|absence de|absence d['’]|sans|ni)"
_SHORT: Final = re.compile(r"(?:néant|neant|ras|r\.a\.s|aucune?s?(?: connue?s?)?|nulle?s?)", re.IGNORECASE)
_ANYTHING: Final = re.compile(rf"{_DENYING}\b", re.IGNORECASE)
_ALLERGY: Final = re.compile(rf"{_DENYING}\b.{{0,60}}(?:allerg|intol[ée]ranc|hypersensib|idiosyncr)", re.IGNORECASE)
# Nothing but what follows, or a sentence more: the line is not a denial.
_BUT: Final = re.compile(r"[.;:]\s|\b(?:sauf|hormis|mais|except|en dehors|autre que|à part)", re.IGNORECASE)
_LONGEST: Final = 200
DEFAULT: Final = {
    FactKind.ALLERGY: "Aucune allergie connue",
    FactKind.VIGILANCE: "Aucun point de vigilance",
    FactKind.PROBLEM: "Aucun problème connu",
    FactKind.HISTORY: "Aucun antécédent connu",
    FactKind.TREATMENT: "Aucun traitement",
}


def is_none_known(code: Code | None) -> bool:
    """Whether a code says that nothing of the kind is known."""
    return code is not None and code.code in _NONE_KNOWN


def is_not_told(code: Code | None) -> bool:
    """Whether a code says that nothing is told."""
    return code is not None and code.code in _NOT_TOLD


def says_none(words: str, kind: FactKind) -> bool:
    """Whether a line of the text says that nothing of the kind is known; of an allergy only when it names allergies."""
    words = words.strip(" .;")
    if not words or len(words) > _LONGEST or _BUT.search(words):
        return False
    if _SHORT.fullmatch(words):
        return True
    return (_ALLERGY if kind is FactKind.ALLERGY else _ANYTHING).match(words) is not None


def sentence(words: str, kind: FactKind) -> str:
    """The sentence to quote: the text's own, unless it is a mere « néant »."""
    words = words.strip(" .;")
    return DEFAULT[kind] if not words or _SHORT.fullmatch(words) else words[:_LONGEST]
