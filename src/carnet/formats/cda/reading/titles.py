"""Titles as one reads them: those written in capitals are put in sentence case, what looks like an acronym is left alone."""

import re
from typing import Final

_SHORT: Final = frozenset(
    [
        "à",
        "a",
        "au",
        "aux",
        "avec",
        "ce",
        "ces",
        "d",
        "dans",
        "de",
        "des",
        "dont",
        "du",
        "elle",
        "en",
        "et",
        "il",
        "je",
        "l",
        "la",
        "le",
        "les",
        "leur",
        "ma",
        "mes",
        "mon",
        "non",
        "on",
        "ou",
        "où",
        "par",
        "pas",
        "pour",
        "qu",
        "que",
        "qui",
        "s",
        "sa",
        "sans",
        "se",
        "ses",
        "si",
        "son",
        "sous",
        "sur",
        "un",
        "une",
        "vers",
        "avis",
        "cas",
        "date",
        "dose",
        "état",
        "etat",
        "fait",
        "mode",
        "plan",
        "sang",
        "sein",
        "soin",
        "test",
        "type",
        "vie",
    ]
)
_ACRONYM: Final = 4  # letters at most; longer words in capitals are words
_WORD: Final = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


def title_of(written: str) -> str:
    """« Mode de découverte du cancer », from « MODE DE DÉCOUVERTE DU CANCER »; « ECBU » stays."""
    if not written.isupper():
        return written
    cased = _WORD.sub(_cased, written)
    return cased[:1].upper() + cased[1:]


def _cased(word: "re.Match[str]") -> str:
    text = word[0]
    is_word = text.lower() in _SHORT or max(map(len, text.split("-"))) > _ACRONYM
    return text.lower() if is_word else text
