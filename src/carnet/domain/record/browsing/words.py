"""Words as they are sought: lower case, no accents, by their beginning."""

import re
import unicodedata
from collections.abc import Iterable

MAX_WORDS = 8
MAX_CHARACTERS = 100

_WORD = re.compile(r"[^\W_]+")
# Letters that no decomposition splits.
_SPLIT = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ı": "i"})


def plain(text: str) -> str:
    """Lower case, without accents, one space between words of letters and digits."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold()).translate(_SPLIT)
    if not folded.isascii():
        folded = "".join(c for c in folded if not unicodedata.combining(c))
    return " ".join(_WORD.findall(folded))


def sought(words: str) -> tuple[str, ...]:
    """The beginnings that are looked for, each once, in what someone typed; at most MAX_WORDS."""
    return tuple(dict.fromkeys(plain(words[:MAX_CHARACTERS]).split()))[:MAX_WORDS]


def index(texts: Iterable[str | None]) -> str:
    """Texts to be searched, as `holds` looks at them."""
    return " " + plain(" ".join(text for text in texts if text))


def holds(indexed: str, wanted: Iterable[str]) -> bool:
    """Whether every beginning begins a word of the text."""
    return all(f" {each}" in indexed for each in wanted)
