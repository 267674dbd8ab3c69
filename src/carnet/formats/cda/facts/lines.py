"""The lines of a narrative: a row of a table, an item of a list, a paragraph; each as its cells."""

from collections.abc import Iterator
from typing import Final

from carnet.formats.cda.elements import tag
from carnet.formats.cda.reading.references import words_of
from carnet.formats.xml import Element

MAX_LINES: Final = 200
_ROW, _HEAD, _CELLS = tag("tr"), tag("thead"), (tag("td"), tag("th"))
_BLOCKS: Final = frozenset(tag(name) for name in ("tr", "item", "paragraph", "thead", "caption"))
_UNSAID: Final = frozenset(
    {"non renseigné", "non renseignée", "non renseignés", "inconnu", "inconnue", "non communiqué", "sans objet"}
)

Line = tuple[str, ...]


def lines_of(text: Element | None) -> list[Line]:
    """The lines that say something, in order, heads of columns and captions apart; at most MAX_LINES."""
    if text is None:
        return []
    found: list[Line] = []
    for line in _lines(text):
        if len(found) >= MAX_LINES:
            break
        if line and not all(_is_unsaid(cell) for cell in line):
            found.append(line)
    return found


def _lines(text: Element) -> Iterator[Line]:
    blocks = [each for each in text.iter(*_BLOCKS) if not any(inner.tag in _BLOCKS for inner in each.iterdescendants())]
    if not blocks:
        yield _said(text)
    for block in blocks:
        if block.tag == _HEAD or any(each.tag == _HEAD for each in block.iterancestors(_HEAD)):
            continue
        if block.tag == tag("caption"):
            continue
        row = block if block.tag == _ROW else next(block.iterancestors(_ROW), None)
        if row is None:
            yield _said(block)
        elif block is row or block is _first_block(row):
            yield tuple(words for cell in row if cell.tag in _CELLS and (words := words_of(cell)))


def _first_block(row: Element) -> Element | None:
    """A row that holds paragraphs or lists is one line, told at the first of them."""
    return next(
        (each for each in row.iterdescendants(*_BLOCKS) if not any(inner.tag in _BLOCKS for inner in each.iterdescendants())),
        None,
    )  # fmt: skip


def _said(element: Element) -> Line:
    words = words_of(element)
    return (words,) if words else ()


def _is_unsaid(cell: str) -> bool:
    return cell.casefold().strip(" .") in _UNSAID
