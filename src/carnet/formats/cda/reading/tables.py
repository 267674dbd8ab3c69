"""
The rows of a narrative table, bounded, each cell with the column it stands in.

Source: CDA R2, StrucDocText (the table model of HTML 4).
"""

from dataclasses import dataclass, field
from typing import Final

from carnet.formats.cda.elements import tag
from carnet.formats.cda.reading.references import words_of
from carnet.formats.xml import Element

MAX_ROWS: Final = 300
MAX_COLUMNS: Final = 40
_MAX_SPAN: Final = 40
_LONGEST_LABEL: Final = 60

_THEAD: Final = tag("thead")
_BODIES: Final = frozenset({tag("tbody"), tag("tfoot")})
_TR: Final = tag("tr")
_TH: Final = tag("th")
_CELLS: Final = frozenset({_TH, tag("td")})

Row = list[tuple[int, Element]]


@dataclass(slots=True)
class TableRows:
    """head, body: rows of (column, cell). width: columns. is_cut: rows or cells were left out."""

    head: list[Row] = field(default_factory=list)
    body: list[Row] = field(default_factory=list)
    width: int = 0
    is_cut: bool = False
    _labels: dict[int, str] = field(default_factory=dict)

    @property
    def only_cell(self) -> Element | None:
        """The cell of a table that is only a frame around something."""
        return self.body[0][0][1] if not self.head and len(self.body) == 1 and len(self.body[0]) == 1 else None

    @property
    def longest_words(self) -> int:
        """The letters of the longest word of each column, added: what the table cannot be narrower than."""
        longest: dict[int, int] = {}
        for row in (*self.head, *self.body):
            for column, cell in row:
                if _span(cell, "colspan") == 1:
                    words = max(map(len, words_of(cell).split()), default=0)
                    longest[column] = max(longest.get(column, 0), words)
        return sum(longest.values())

    def label(self, column: int, cell: Element) -> str:
        """What heads the column, for a cell that stands in one."""
        return "" if _span(cell, "colspan") > 1 else self._labels.get(column, "")

    def spans(self, cell: Element) -> list[tuple[str, int]]:
        return [(name, span) for name in ("colspan", "rowspan") if (span := _span(cell, name)) > 1]

    def close(self) -> None:
        """Find the heads of the columns, when one row holds them all."""
        if not self.head and self.body and all(cell.tag == _TH for _, cell in self.body[0]) and len(self.body) > 1:
            self.head, self.body = self.body[:1], self.body[1:]
        if len(self.head) == 1:
            for column, cell in self.head[0]:
                if _span(cell, "colspan") == 1:
                    self._labels[column] = words_of(cell)[:_LONGEST_LABEL]
        self._labels.pop(0, None)  # the first cell of a row says what the row is


def rows_of(table: Element) -> TableRows:
    """Read a table; the rest of a huge one is left out."""
    found = TableRows()
    below: dict[int, int] = {}
    for child in table:
        if child.tag == _THEAD:
            below = {}
            _read(child, found.head, found, below)
        elif child.tag in _BODIES:
            below = {}
            _read(child, found.body, found, below)
        elif child.tag == _TR:
            _read_row(child, found.body, found, below)
    found.close()
    return found


def _read(group: Element, rows: list[Row], found: TableRows, below: dict[int, int]) -> None:
    for child in group:
        if child.tag == _TR:
            _read_row(child, rows, found, below)
            if found.is_cut and len(rows) >= MAX_ROWS:
                return


def _read_row(element: Element, rows: list[Row], found: TableRows, below: dict[int, int]) -> None:
    """below: for each column, how many rows a cell above still covers."""
    if len(rows) >= MAX_ROWS:
        found.is_cut = True
        return
    row: Row = []
    column = 0
    covered = {each for each, rest in below.items() if rest > 0}
    for cell in element:
        if cell.tag not in _CELLS:
            continue
        while column in covered:
            column += 1
        if column >= MAX_COLUMNS:
            found.is_cut = True
            break
        row.append((column, cell))
        width, height = _span(cell, "colspan"), _span(cell, "rowspan")
        for each in range(column, column + width):
            if height > 1:
                below[each] = height
        column += width
    for each in list(below):
        below[each] -= 1
        if below[each] <= 0:
            del below[each]
    found.width = max(found.width, column)
    if row:
        rows.append(row)


def _span(cell: Element, name: str) -> int:
    value = (cell.get(name) or "").strip()
    return min(max(int(value), 1), _MAX_SPAN) if value.isascii() and value.isdigit() and len(value) < 6 else 1
