"""Names as they are searched: capitals, without accents, apostrophes and hyphens as spaces."""

import unicodedata
from functools import lru_cache

_AS_A_SPACE = "-'’ʼ‐‑–—`´_.,/()"
_LETTERS = str.maketrans({"Œ": "OE", "Æ": "AE", "Ø": "O", "Ł": "L", "Đ": "D"} | dict.fromkeys(_AS_A_SPACE, " "))


@lru_cache(maxsize=65_536)
def search_key(name: str) -> str:
    """`TEST--DOUBLE D'ESSAI` and « Test Double d’Essai » have the same. Remembered: given names and towns come back by the thousand."""
    plain = name.upper()
    if not plain.isascii():
        plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    return " ".join(plain.translate(_LETTERS).split())


@lru_cache(maxsize=65_536)
def town(delivery: str, postal_code: str, commune_name: str) -> str:
    """The town of an address: what follows the postal code on its last line (« 75002 PARIS 2E »), else the name of the commune."""
    if postal_code and delivery.startswith(postal_code):
        return delivery.removeprefix(postal_code).strip() or commune_name
    return commune_name or delivery
