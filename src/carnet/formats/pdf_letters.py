"""
Letters to be put in envelopes: one page each, in large type, the address where the window of the envelope is, a code that can be copied.

PDF/A-1b. Source: ISO 32000-1; NF Z 10-011 for the place of the address.
"""

from collections.abc import Sequence
from datetime import datetime

from carnet.formats.pdf_text import encoded, font_objects, wrapped
from carnet.formats.pdf_writing import COLOURS, Information, assembled, information, stream
from carnet.vocabulary.frozen import frozen

_WIDTH, _HEIGHT = 595.28, 841.89  # A4, points
_LEFT, _RIGHT, _TOP = 62.0, 533.0, 780.0
_WINDOW_LEFT, _WINDOW_TOP = 297.0, 700.0
_TEXT_TOP = 575.0
_SIZE, _CODE_SIZE = 14.0, 26.0  # large type: who reads it may see badly
_INK = "0.1 0.1 0.12"
_FIRST_PAGE = 11  # 1 catalogue, 2 pages, 3 to 8 font, 9 metadata, 10 information
_CATALOG = b"<</Type/Catalog/Pages 2 0 R/Metadata 9 0 R/Lang(fr-FR)/ViewerPreferences<</DisplayDocTitle true>>>>"


@frozen
class PostedLetter:
    """
    sender, to: lines. place_and_date: in the upper right. paragraphs: before the code; after: what follows it.
    """

    sender: Sequence[str]
    to: Sequence[str]
    place_and_date: str
    title: str
    paragraphs: Sequence[str]
    code: str
    after: Sequence[str]


def draw_letters(letters: Sequence[PostedLetter], *, title: str, author: str, created: datetime) -> bytes:
    """
    One file for all of them.

    Takes
        created: aware.
    """
    pages = [_page(letter) for letter in letters]
    kids = b" ".join(b"%d 0 R" % (_FIRST_PAGE + 2 * page) for page in range(len(pages)))
    objects = [
        _CATALOG,
        b"<</Type/Pages/Kids[%b]/Count %d>>" % (kids, len(pages)),
        *font_objects(),
        *information(Information(title, author, "carnet", created)),
    ]
    for page, content in enumerate(pages):
        objects += [
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %.2f %.2f]/Resources<</Font<</F 3 0 R>>/ColorSpace<</C %b>>>>/Contents %d 0 R>>"
            % (_WIDTH, _HEIGHT, COLOURS, _FIRST_PAGE + 2 * page + 1),
            stream(content.encode()),
        ]
    return assembled(objects, info=10)


def _page(letter: PostedLetter) -> str:
    drawn = ["/C cs/C CS"]
    for lines, x, top, size in (
        (letter.sender, _LEFT, _TOP, 11.0), (letter.to, _WINDOW_LEFT, _WINDOW_TOP, 12.0), ((letter.place_and_date,), _WINDOW_LEFT, _TOP, 11.0),
    ):  # fmt: skip
        drawn += [_shown(line, x, top - rank * (size + 4), size=size) for rank, line in enumerate(lines)]
    y = _TEXT_TOP
    for text, size, is_bold, gap in (
        (letter.title, 17.0, True, 14.0), *((each, _SIZE, False, 9.0) for each in letter.paragraphs), (letter.code, _CODE_SIZE, True, 16.0),
        *((each, _SIZE, False, 9.0) for each in letter.after),
    ):  # fmt: skip
        for piece in wrapped(text, _RIGHT - _LEFT, size):
            drawn.append(_shown(piece, _LEFT, y, size=size, bold=is_bold))
            y -= size * 1.4
        y -= gap
    return "\n".join(drawn)


def _shown(text: str, x: float, y: float, *, size: float, bold: bool = False) -> str:
    # Bold is the same outline with a thin stroke: one font is enough.
    weight = f"2 Tr {size * 0.024:.2f} w {_INK} SC" if bold else "0 Tr"
    return f"BT /F {size:g} Tf {weight} {_INK} sc {x:.1f} {y:.1f} Td <{encoded(text)}> Tj ET"
