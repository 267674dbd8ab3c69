"""
A report as a PDF that can be read aloud: a title, paragraphs, sections of dated lines, each tagged, in reading order, in French.

PDF/A-1b, with the structure that tagged PDF asks. Source: ISO 32000-1 §14.7 and §14.8 (logical structure, tagged PDF); ISO 19005-1.
"""

from collections.abc import Sequence
from datetime import datetime

from carnet.formats.pdf_text import encoded, font_objects, wrapped
from carnet.formats.pdf_writing import COLOURS, Information, assembled, information, stream
from carnet.vocabulary.frozen import frozen

_WIDTH, _HEIGHT = 595.28, 841.89  # A4, points
_LEFT, _RIGHT, _TOP, _BOTTOM = 56.0, 539.0, 786.0, 70.0
_MARGIN = 62.0  # where the hour stands, left of the text
_INK, _GREY, _LINE = "0.1 0.1 0.12", "0.32 0.34 0.38", "0.75 0.3 0.3"
_PRODUCER = "carnet"
_FIRST_PAGE = 14  # 1 catalogue, 2 pages, 3 to 8 font, 9 metadata, 10 information, 11 structure, 12 parents, 13 document
_TAGGED_CATALOG = (
    b"<</Type/Catalog/Pages 2 0 R/Metadata 9 0 R/Lang(fr-FR)/MarkInfo<</Marked true>>/StructTreeRoot 11 0 R"
    b"/ViewerPreferences<</DisplayDocTitle true>>>>"
)


@frozen
class Line:
    """hour: in the margin."""

    hour: str
    text: str


@frozen
class Section:
    heading: str
    lines: Sequence[Line]


@frozen
class Report:
    """foot: at the bottom of each page. author: who makes it. created: aware."""

    title: str
    paragraphs: Sequence[str]
    sections: Sequence[Section]
    foot: str
    author: str
    created: datetime


def draw_report(report: Report) -> bytes:
    """The pages."""
    pen = _Pen()
    pen.block("H1", report.title, size=18, bold=True, after=8)
    for text in report.paragraphs:
        pen.block("P", text, colour=_GREY, after=4)
    for section in report.sections:
        pen.room(52)
        pen.skip(10)
        pen.block("H2", section.heading, size=12.5, bold=True, after=4)
        for line in section.lines:
            pen.dated(line)
    return _file(pen, report)


class _Pen:
    """Writes from top to bottom, turns the page when it must, and keeps which words are which element. y: the base line of the next line."""

    def __init__(self) -> None:
        self.pages: list[list[str]] = []
        self.marked: list[list[int]] = []  # by page: the element of each marked content
        self.elements: list[tuple[str, list[tuple[int, int]]]] = []  # tag, then page and number of each of its contents
        self.y = 0.0
        self._turn()

    def room(self, height: float) -> None:
        """Turn the page unless this height is left."""
        if self.y - height < _BOTTOM:
            self._turn()

    def skip(self, height: float) -> None:
        self.y -= height

    def block(
        self, tag: str, text: str, *, size: float = 10, bold: bool = False, colour: str = _INK, after: float = 0
    ) -> None:
        """One element, in as many lines as it needs."""
        self.elements.append((tag, []))
        for piece in wrapped(text, _RIGHT - _LEFT, size):
            self.room(size + 4)
            self._mark(tag, self._shown(piece, _LEFT, size=size, bold=bold, colour=colour))
            self.y -= size + 4
        self.y -= after

    def dated(self, line: Line) -> None:
        """An hour in the margin, then what was done; read as one paragraph."""
        pieces = wrapped(line.text, _RIGHT - _LEFT - _MARGIN, 10)
        self.room(14 * min(len(pieces), 3) + 4)
        self.elements.append(("P", []))
        self._mark("P", self._shown(line.hour + " ", _LEFT, size=9, bold=False, colour=_GREY))
        for piece in pieces:
            self.room(14)
            self._artifact(
                f"{_LINE} SC 1 w {_LEFT + _MARGIN - 10:.1f} {self.y + 10:.1f} m {_LEFT + _MARGIN - 10:.1f} {self.y - 5:.1f} l S"
            )
            self._mark("P", self._shown(piece + " ", _LEFT + _MARGIN, size=10, bold=False, colour=_INK))
            self.y -= 14
        self.y -= 4

    def foot(self, text: str) -> None:
        """On every page: no part of what is read."""
        count = len(self.pages)
        for number in range(count):
            for piece, x in ((text, _LEFT), (f"Page {number + 1} sur {count}", _RIGHT - 60)):
                shown = f"BT /F 8 Tf 0 Tr {_GREY} sc {x:.1f} 40 Td <{encoded(piece)}> Tj ET"
                self.pages[number].append(f"/Artifact BMC {shown} EMC")

    def _turn(self) -> None:
        self.pages.append(["/C cs/C CS"])
        self.marked.append([])
        self.y = _TOP

    def _shown(self, text: str, x: float, *, size: float, bold: bool, colour: str) -> str:
        # Bold is the same outline with a thin stroke: one font is enough.
        weight = f"2 Tr {size * 0.024:.2f} w {colour} SC" if bold else "0 Tr"
        return f"BT /F {size:g} Tf {weight} {colour} sc {x:.1f} {self.y:.1f} Td <{encoded(text)}> Tj ET"

    def _mark(self, tag: str, drawn: str) -> None:
        page, number = len(self.pages) - 1, len(self.marked[-1])
        self.marked[-1].append(len(self.elements) - 1)
        self.elements[-1][1].append((page, number))
        self.pages[-1].append(f"/{tag} <</MCID {number}>> BDC {drawn} EMC")

    def _artifact(self, drawn: str) -> None:
        self.pages[-1].append(f"/Artifact BMC {drawn} EMC")


def _file(pen: _Pen, report: Report) -> bytes:
    pen.foot(report.foot)
    count = len(pen.pages)
    first_element = _FIRST_PAGE + 2 * count
    kids = b" ".join(b"%d 0 R" % (_FIRST_PAGE + 2 * page) for page in range(count))
    refs = b" ".join(b"%d 0 R" % (first_element + rank) for rank in range(len(pen.elements)))
    parents = b" ".join(
        b"%d [%b]" % (page, b" ".join(b"%d 0 R" % (first_element + element) for element in marked))
        for page, marked in enumerate(pen.marked)
    )
    objects = [
        _TAGGED_CATALOG,
        b"<</Type/Pages/Kids[%b]/Count %d>>" % (kids, count),
        *font_objects(),
        *information(Information(report.title, report.author, _PRODUCER, report.created)),
        b"<</Type/StructTreeRoot/K 13 0 R/ParentTree 12 0 R/ParentTreeNextKey %d>>" % count,
        b"<</Nums[%b]>>" % parents,
        b"<</Type/StructElem/S/Document/P 11 0 R/K[%b]>>" % refs,
    ]
    for page, content in enumerate(pen.pages):
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %.2f %.2f]/StructParents %d/Tabs/S/Resources<</Font<</F 3 0 R>>/ColorSpace<</C %b>>>>"
            b"/Contents %d 0 R>>" % (_WIDTH, _HEIGHT, page, COLOURS, _FIRST_PAGE + 2 * page + 1)
        )
        objects.append(stream("\n".join(content).encode()))
    for tag, contents in pen.elements:
        held = b"".join(
            b"<</Type/MCR/Pg %d 0 R/MCID %d>>" % (_FIRST_PAGE + 2 * page, number) for page, number in contents
        )
        objects.append(b"<</Type/StructElem/S/%b/P 13 0 R/K[%b]>>" % (tag.encode(), held))
    return assembled(objects, info=10)
