"""
Real PDF files, drawn fast: the font is embedded whole, so a document costs its own text only.

PDF/A-1b: embedded font with its CIDSet, calibrated colours, XMP that repeats the Info dictionary, a file identifier, no script, no
transparency, no encryption. Written here rather than with a library, which subsets the font again for each document.

Source: ISO 32000-1 §7.5 and §9.7; ISO 19005-1 §6.
"""

from carnet.formats.pdf_text import encoded, font_objects, wrapped
from carnet.formats.pdf_writing import CATALOG, COLOURS, Information, assembled, information, stream
from carnet.formats.truetype import Font, document_font
from carnet.territory.letter import Heading, Letter, Paragraph, Rows

_WIDTH, _HEIGHT = 595.28, 841.89  # A4, points
_LEFT, _RIGHT, _TOP, _BOTTOM = 56.0, 539.0, 792.0, 76.0
_INK, _GREY, _ACCENT = "0.1 0.1 0.12", "0.42 0.44 0.48", "0.05 0.3 0.42"
_NOTICE = "Document fictif : patients, professionnels, établissements et résultats sont inventés ; toute ressemblance est fortuite."
_PRODUCER = "carnet, territoire inventé"


def draw(letter: Letter) -> bytes:
    """
    The pages of a letter, A4.

    Characters that the font does not have are drawn as an empty box; every text stays extractable (ToUnicode).
    """
    pen = _Pen(document_font())
    _draw_head(pen, letter)
    for block in letter.blocks:
        if isinstance(block, Heading):
            pen.room(34)
            pen.skip(7)
            pen.line(block.text, size=10.5, bold=True, colour=_ACCENT, limit=_RIGHT - _LEFT - 8)
        elif isinstance(block, Paragraph):
            pen.paragraph(block.text)
        else:
            _draw_rows(pen, block)
    pen.room(20 + 13 * len(letter.signature))
    pen.skip(14)
    for line in letter.signature:
        pen.line(line, x=330)
    return _file(pen.finished(), letter)


def _draw_head(pen: "_Pen", letter: Letter) -> None:
    top = pen.y
    for rank, line in enumerate(letter.head):
        pen.line(
            line, size=12.5 if rank == 0 else 8.5, bold=rank == 0, colour=_ACCENT if rank == 0 else _GREY, limit=240
        )
    left, pen.y = pen.y, top
    pen.frame(312, top + 12, _RIGHT - 312, 14 + 12.5 * len(letter.patient))
    for rank, line in enumerate(letter.patient):
        pen.line(line, x=320, size=9, bold=rank == 0, limit=_RIGHT - 328)
    pen.y = min(pen.y, left) - 14
    pen.line(letter.place_and_date, x=330)
    pen.skip(12)
    pen.line(letter.title, size=14, bold=True, limit=_RIGHT - _LEFT - 8)
    pen.rule()
    pen.skip(8)


def _draw_rows(pen: "_Pen", table: Rows) -> None:
    total = sum(table.shares)
    widths = [(_RIGHT - _LEFT) * share / total for share in table.shares]
    pen.skip(3)
    for rank, row in enumerate((table.header, *table.rows)):
        cells = [wrapped(text, width - 8, 8.5) for text, width in zip(row, widths, strict=True)]
        height = 11.5 * max(len(lines) for lines in cells) + 4
        pen.room(height)
        x, top = _LEFT, pen.y
        for lines, width in zip(cells, widths, strict=True):
            pen.y = top
            for line in lines:
                pen.line(line, x=x + 2, size=8.5, bold=rank == 0, leading=11.5)
            x += width
        pen.y = top - height + 8
        pen.rule()
        pen.y = top - height
    pen.skip(6)


class _Pen:
    """Writes from top to bottom and turns the page when it must; `y` is the base line of the next line."""

    def __init__(self, font: Font) -> None:
        self.font = font
        self.pages: list[list[str]] = []
        self.y = 0.0
        self._turn()

    def _turn(self) -> None:
        self.pages.append(["/C cs/C CS"])
        self.y = _TOP

    def room(self, height: float) -> None:
        """Turn the page unless this height is left."""
        if self.y - height < _BOTTOM:
            self._turn()

    def skip(self, height: float) -> None:
        self.y -= height

    def paragraph(self, text: str) -> None:
        for line in wrapped(text, _RIGHT - _LEFT, 9.5):
            self.room(13)
            self.line(line)
        self.skip(5)

    def line(
        self,
        text: str,
        *,
        x: float = _LEFT,
        size: float = 9.5,
        bold: bool = False,
        colour: str = _INK,
        limit: float | None = None,
        leading: float | None = None,
    ) -> None:
        for piece in wrapped(text, limit, size) if limit else (text,):
            self._show(piece, x, self.y, size=size, bold=bold, colour=colour)
            self.y -= leading or size + 3.5

    def _show(self, text: str, x: float, y: float, *, size: float, bold: bool, colour: str) -> None:
        # Bold is the same outline with a thin stroke: one font is enough.
        weight = f"2 Tr {size * 0.024:.2f} w {colour} SC" if bold else "0 Tr"
        self.pages[-1].append(f"BT /F {size:g} Tf {weight} {colour} sc {x:.1f} {y:.1f} Td <{encoded(text)}> Tj ET")

    def rule(self) -> None:
        self.pages[-1].append(f"{_GREY} SC 0.5 w {_LEFT:.1f} {self.y + 6:.1f} m {_RIGHT:.1f} {self.y + 6:.1f} l S")

    def frame(self, x: float, top: float, width: float, height: float) -> None:
        self.pages[-1].append(f"{_GREY} SC 0.5 w {x:.1f} {top - height:.1f} {width:.1f} {height:.1f} re S")

    def finished(self) -> list[bytes]:
        """The content of each page, with its foot."""
        count = len(self.pages)
        for rank in range(count):
            self.pages.append(self.pages.pop(0))  # the foot of a page is shown on the page at the end of the list
            self._show(_NOTICE, _LEFT, 46, size=7, bold=False, colour=_GREY)
            self._show(f"Page {rank + 1}/{count}", _RIGHT - 36, 34, size=7, bold=False, colour=_GREY)
        return ["\n".join(page).encode() for page in self.pages]


def _file(pages: list[bytes], letter: Letter) -> bytes:
    # Objects 1 and 2 are the catalogue and the page tree, 3 to 8 the font, 9 the metadata, 10 the information.
    first = 11
    kids = b" ".join(b"%d 0 R" % (first + 2 * rank) for rank in range(len(pages)))
    objects = [
        CATALOG % 9,
        b"<</Type/Pages/Kids[%b]/Count %d>>" % (kids, len(pages)),
        *font_objects(),
        *information(Information(letter.title, letter.author, _PRODUCER, letter.created)),
    ]
    for rank, content in enumerate(pages):
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %.2f %.2f]/Resources<</Font<</F 3 0 R>>/ColorSpace<</C %b>>>>/Contents %d 0 R>>"
            % (_WIDTH, _HEIGHT, COLOURS, first + 2 * rank + 1)
        )
        objects.append(stream(content))
    return assembled(objects, info=10)
