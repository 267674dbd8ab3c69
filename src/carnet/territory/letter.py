"""A letter before it is drawn: who writes, about whom, and blocks of text and tables. `pdf.draw` makes its pages."""

from datetime import datetime

from carnet.vocabulary.frozen import frozen


@frozen
class Heading:
    text: str


@frozen
class Paragraph:
    text: str


@frozen
class Rows:
    """A table: header, rows of as many cells, and the share of the width of each column."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    shares: tuple[float, ...]


Block = Heading | Paragraph | Rows


@frozen
class Letter:
    """
    head: lines of the organisation, its name first. patient: lines of the patient's block. place_and_date: « Valbrune, le 3 mars ».
    signature: lines under the text. created: aware; author: both go to the metadata of the file.
    """

    head: tuple[str, ...]
    patient: tuple[str, ...]
    place_and_date: str
    title: str
    blocks: tuple[Block, ...]
    signature: tuple[str, ...]
    created: datetime
    author: str
