"""
Whether the entries of a section say what its narrative says.

The narrative is what the author attested. Published samples hold entries that contradict it: a negation forgotten, a decimal moved. When
a doubt can be seen, the narrative is shown as it is, or the figure is told to be absent from it.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from itertools import islice
from typing import Any, Final

from carnet.formats.cda.elements import tag
from carnet.formats.cda.reading.model import Concern, Measure, Medicine, Result, Vaccination
from carnet.formats.cda.reading.references import words_of
from carnet.formats.xml import Element
from carnet.vocabulary.moments import Moment

_LONGEST: Final = 300_000  # characters of a narrative looked into
_MOST_FIGURES: Final = 20_000
_MOST_HEADS: Final = 2_000
# A cell that says no, or that nobody knows, beside the name of something.
DENIALS: Final = frozenset(
    {
        "non", "absent", "absente", "absence", "ne sait pas", "aucun", "aucune", "inconnu", "inconnue", "non connu", "non connue", "négatif",
        "négative", "nsp", "jamais", "exclu", "exclue", "infirmé", "infirmée",
    }
)  # fmt: skip
_DENYING: Final = ("aucun", "pas d", "absence d", "sans ")
_ENOUGH: Final = 0.6  # of the words of a narrative, in facts that stand before it folded
_TOKEN: Final = re.compile(r"[^\W_]{3,}")
_TH: Final = tag("th")
_CELLS: Final = (tag("td"), tag("content"), tag("item"), tag("paragraph"))
_FIGURE: Final = re.compile(r"\d{1,3}(?:[   ]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?")


def denies(text: Element | None) -> bool:
    """Whether a narrative says no somewhere: its entries may have forgotten to."""
    if text is None:
        return False
    leaves = (cell for cell in text.iter(*_CELLS) if not any(child.tag in _CELLS for child in cell))
    cells = (words_of(cell).casefold().rstrip(" .") for cell in leaves)
    return any(cell in DENIALS or cell.startswith(_DENYING) for cell in cells)


def holds(facts: Iterable[Any], text: Element | None) -> bool:
    """Whether the facts hold most of what the narrative says, the heads of its columns apart."""
    if text is None:
        return True
    words = _all_words(text, _LONGEST)
    if len(words) > _LONGEST:  # nobody codes that much
        return False
    said = Counter(_tokens(words))
    for head in islice(text.iter(_TH), _MOST_HEADS):
        said.subtract(_tokens(words_of(head)))
    found = {token for words in _strings(facts) for token in _tokens(words)}
    counts = {token: count for token, count in said.items() if count > 0}
    total = sum(counts.values())
    return not total or sum(count for token, count in counts.items() if token in found) >= total * _ENOUGH


def _all_words(element: Element, limit: int) -> str:
    """The text, pieces apart; hardly longer than the limit."""
    pieces: list[str] = []
    size = 0
    for piece in element.itertext():
        pieces.append(str(piece)[: limit + 1])
        size += len(pieces[-1]) + 1
        if size > limit:
            break
    return "\n".join(pieces)


def _tokens(words: str) -> list[str]:
    plain = "".join(each for each in unicodedata.normalize("NFD", words.casefold()) if not unicodedata.combining(each))
    return _TOKEN.findall(plain)


def _strings(value: Any) -> Iterator[str]:
    """Every word of a fact, its codes apart; of a time, its digits."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Moment):
        yield value.text
    elif isinstance(value, Iterable):
        for each in value:
            yield from _strings(each)
    elif is_dataclass(value):
        for each in fields(value):
            if each.compare:
                yield from _strings(getattr(value, each.name))
    elif isinstance(value, int):
        yield str(value)


def is_told(medicine: Medicine, *, is_quantity_enough: bool) -> bool:
    """Whether the codes say which medicine, and how it is taken; for what is supplied, how much."""
    how = bool(medicine.dosages) or (is_quantity_enough and medicine.is_supplied and bool(medicine.quantity))
    return bool(medicine.name) and how and not medicine.is_negated


def is_dated(vaccination: Vaccination) -> bool:
    return bool(vaccination.name) and vaccination.at is not None and not vaccination.is_negated


def are_affirmed(concerns: Sequence[Concern]) -> bool:
    return not any(concern.is_negated for concern in concerns)


def doubted(results: Sequence[Result], text: Element | None) -> list[Result]:
    """
    The results, those whose figure the narrative does not hold marked so.

    Only when it holds most of them: a narrative that refers to the printed copy holds none, and that is no doubt.
    """
    numbers = {} if text is None else dict.fromkeys(_figures(text))
    measured = [
        (rank, bound)
        for rank, result in enumerate(results)
        if result.measure is not None and (bound := _bound(result.measure)) is not None
    ]
    absent = {rank for rank, bound in measured if bound not in numbers}
    if not absent or len(absent) * 2 > len(measured):
        return list(results)
    return [replace(result, is_unwritten=True) if rank in absent else result for rank, result in enumerate(results)]


def _bound(measure: Measure) -> Decimal | None:
    return measure.high if measure.low is None else measure.low


def _figures(text: Element) -> Iterator[Decimal]:
    for found in islice(_FIGURE.finditer(_all_words(text, _LONGEST)), _MOST_FIGURES):
        yield Decimal(re.sub(r"\s", "", found[0]).replace(",", "."))
