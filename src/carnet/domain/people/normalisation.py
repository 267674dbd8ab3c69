"""
Names at the INSi and datamatrix boundary, and the form on which traits are compared.

Source: identity-and-messaging.md §1.3 (SEL-MP-043 §2 and §3.4.1). What INSi gave is stored as it is: these forms are never stored.
"""

import re
import unicodedata
from typing import Literal

MAX_LENGTH = 100

# A letter that no decomposition turns into A-Z. Œ and Æ: SEL-MP-043. Typographic apostrophe and hyphens: project choice.
_LIGATURES = {"Œ": "OE", "Æ": "AE"}
_PUNCTUATION = {"’": "'", "ʼ": "'", "‐": "-", "‑": "-", "\u00a0": " ", "\u202f": " "}
_AT_BOUNDARY = str.maketrans(_LIGATURES | _PUNCTUATION)

# To compare, more is forgiven: foreign letters that a register may have kept or simplified.
_FORGIVEN = {"Ø": "O", "Ł": "L", "Đ": "D", "Ð": "D", "Þ": "TH", "Ħ": "H", "Ŋ": "N"}
_TO_COMPARE = str.maketrans(_LIGATURES | _FORGIVEN | dict.fromkeys("-'’ʼ‐‑–—`´_", " "))

_ALLOWED = re.compile(r"[A-Z '-]+")
_DOUBLED = re.compile(r"[ ']{2}")
_HYPHENS = {"nom": "---", "prenom": "--"}  # one hyphen too many
_LAST = {"nom": " ", "prenom": " -'"}


def normalise_name(text: str, *, profile: Literal["nom", "prenom"]) -> str:
    """
    Write a name as INSi and the datamatrix want it: A-Z, space, apostrophe, hyphen.

    A character without equivalent refuses the name; it is never dropped.

    Takes
        profile: `nom` allows the double hyphen; `prenom`, for one given name or the list, does not, and may not end on a sign.
    Raises
        ValueError: `name-empty`, `name-too-long`, `name-character`, `name-start`, `name-end` or `name-doubled`.
    Source
        SEL-MP-043 §2, §3.4.1.
    """
    plain = _without_accents(text.upper()).translate(_AT_BOUNDARY)
    if not plain:
        raise ValueError("name-empty")
    if len(plain) > MAX_LENGTH:
        raise ValueError("name-too-long")
    if _ALLOWED.fullmatch(plain) is None:
        raise ValueError("name-character")
    if plain[0] in " -":
        raise ValueError("name-start")
    if plain[-1] in _LAST[profile]:
        raise ValueError("name-end")
    if _DOUBLED.search(plain) or _HYPHENS[profile] in plain:
        raise ValueError("name-doubled")
    return plain


def comparable(text: str) -> str:
    """The form on which traits are compared: upper case, no accents, hyphen and apostrophe as a space, spaces collapsed."""
    return " ".join(_without_accents(text.upper()).translate(_TO_COMPARE).split())


def _without_accents(text: str) -> str:
    if text.isascii():
        return text
    return "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))
