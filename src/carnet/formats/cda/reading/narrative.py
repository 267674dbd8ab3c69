"""
The narrative of a section as HTML of ours.

Nothing of the source is copied but its words: tags are chosen here, attributes are made here, and nh3 lets through what is listed here.
Source: CDA R2, StrucDocText (NarrativeBlock.xsd); documents.md §5.3; design §6.
"""

import re
from collections.abc import Callable
from functools import cache
from html import escape
from typing import Final

from carnet.formats.cda.elements import HL7
from carnet.formats.cda.reading.model import Narrative
from carnet.formats.cda.reading.tables import TableRows, rows_of
from carnet.formats.xml import Element

MAX_NODES: Final = 8_000  # elements of one narrative
MAX_CHARACTERS: Final = 120_000
_WIDEST: Final = 5  # columns that a page shows side by side
_LONGEST_WORDS: Final = 50  # letters of the longest word of each column, put side by side
_SHORT: Final = 1_000  # characters that are not worth measuring
_MAX_DEPTH: Final = 40  # past it, only the words
_SPACES: Final = re.compile(r"\s+")

_STYLES: Final = {
    "bold": "strong", "bolditalics": "strong", "italics": "em", "emphasis": "em", "bolditalic": "strong", "italic": "em",
}  # fmt: skip
_ROLES: Final = {"table", "rowgroup", "row", "cell", "columnheader", "rowheader"}

# Of an image: its number among those of the document, and its words; None when it is not to be shown.
Images = Callable[[str], "Shown"]
Shown = tuple[int | None, str]


class Budget:
    """How much of a document is still to be shown; shared by its sections."""

    __slots__ = ("characters", "nodes")

    def __init__(self, nodes: int = MAX_NODES, characters: int = MAX_CHARACTERS) -> None:
        self.nodes, self.characters = nodes, characters

    @property
    def is_spent(self) -> bool:
        return self.nodes <= 0 or self.characters <= 0


def narrative_of(
    text: Element, images: Images, *, budget: Budget | None = None, is_folded: bool = False
) -> Narrative | None:
    """
    The narrative in `text`, or None when it says nothing.

    Takes
        text: the `text` of a section. images: what an embedded object is, by its ID.
    """
    writer = _Writer(images, budget or Budget())
    writer.blocks(text, depth=0)
    writer.end()
    html = "".join(writer.out)
    if not html:
        return Narrative("", is_folded=is_folded, is_cut=True) if writer.is_cut else None
    return Narrative(_gate()(html), is_folded=is_folded, is_cut=writer.is_cut)


@cache
def _gate() -> Callable[[str], str]:
    """The last gate: what is not in this list does not pass."""
    import nh3

    tags = {
        "p", "br", "strong", "em", "sub", "sup", "ins", "del", "ul", "ol", "li", "table", "caption", "thead", "tbody", "tr", "th", "td",
        "span",
    }  # fmt: skip
    cleaner = nh3.Cleaner(
        tags=tags,
        attributes={"th": {"colspan", "rowspan"}, "td": {"colspan", "rowspan", "data-l"}, "span": {"data-image"}},
        tag_attribute_values={
            **{tag: {"role": _ROLES} for tag in ("table", "thead", "tbody", "tr", "td")},
            "th": {"role": _ROLES, "scope": {"col", "row"}},
        },
        allowed_classes={"table": {"fold", "folded"}, "p": {"small", "quiet"}, "span": {"quiet"}},
        url_schemes=set(),
        link_rel=None,
    )
    return cleaner.clean


class _Writer:
    """Writes block after block; loose words gather in a paragraph."""

    def __init__(self, images: Images, budget: Budget) -> None:
        self.out: list[str] = []
        self.is_cut = False
        self._loose: list[str] = []
        self._images = images
        self._budget = budget
        self._notes: list[str] = []
        self._numbers: dict[str, int] = {}

    def end(self) -> None:
        self._flush()
        for number, note in enumerate(self._notes, 1):
            self.out.append(f'<p class="small quiet">Note {number} : {note}</p>')

    def blocks(self, parent: Element, depth: int) -> None:
        """The children of a block, as blocks."""
        self._words(parent.text)
        for child in parent:
            if self._stops():
                return
            match _name(child):
                case "paragraph":
                    self._flush()
                    self._caption(child)
                    self._paragraph(self._inline_or_blocks(child, depth + 1), child)
                case "list":
                    self._flush()
                    self.out.append(self._list(child, depth + 1))
                case "table":
                    self._flush()
                    self.out.append(self._table(child, depth + 1))
                case "caption" | "colgroup" | "col":
                    pass
                case _:
                    self._loose.append(self._inline_of(child, depth + 1))
            self._words(child.tail)
        self._flush()

    def _paragraph(self, html: str, element: Element) -> None:
        if html.strip():
            self.out.append(
                html if html.startswith(("<p", "<ul", "<ol", "<table")) else f"<p>{_styled(element, html)}</p>"
            )

    def _inline_or_blocks(self, element: Element, depth: int) -> str:
        """Inline words, unless a list or a table stands in the paragraph."""
        if any(_name(child) in {"list", "table", "paragraph"} for child in element):
            return self._nested(element, depth)
        return self._inline(element, depth)

    def _nested(self, element: Element, depth: int) -> str:
        """Blocks inside a block (an item, a cell, a paragraph), written apart then taken back."""
        if depth > _MAX_DEPTH:
            return self._flat(element)
        kept, self.out, loose, self._loose = self.out, [], self._loose, []
        self.blocks(element, depth)
        written, self.out, self._loose = self.out, kept, loose
        return "".join(written)

    def _inline(self, element: Element, depth: int) -> str:
        if depth > _MAX_DEPTH:
            return self._flat(element)
        pieces = [self._text(element.text)]
        for child in element:
            if self._stops():
                break
            if _name(child) != "caption":
                pieces.append(self._inline_of(child, depth + 1))
            pieces.append(self._text(child.tail))
        return _tidy("".join(pieces))

    def _inline_of(self, element: Element, depth: int) -> str:
        """One inline element; an unknown one gives its words."""
        name = _name(element)
        match name:
            case "br":
                return "<br>"
            case "sub" | "sup":
                return _wrapped(name, self._inline(element, depth))
            case "renderMultiMedia":
                return self._media(element)
            case "footnote":
                return self._footnote(element, depth)
            case "footnoteRef":
                number = self._numbers.get(element.get("IDREF") or "")
                return f"<sup>({number})</sup>" if number else ""
            case "content":
                html = _styled(element, self._inline_or_blocks(element, depth))
                revised = {"insert": "ins", "delete": "del"}.get(element.get("revised") or "")
                return _wrapped(revised, html) if revised else html
            case "list" | "table":
                return self._flat(element)
        html = self._inline(element, depth)
        return html or (self._text(element.get("href")) if name == "linkHtml" else "")

    def _footnote(self, element: Element, depth: int) -> str:
        html = self._inline(element, depth)
        if not html:
            return ""
        self._notes.append(html)
        number = len(self._notes)
        if identifier := element.get("ID"):
            self._numbers[identifier] = number
        return f"<sup>({number})</sup>"

    def _media(self, element: Element) -> str:
        pieces = []
        for reference in (element.get("referencedObject") or "").split()[:8]:
            number, words = self._images(reference)
            pieces.append(
                f'<span data-image="{number}"></span>'
                if number is not None
                else f'<span class="quiet">{escape(words)}</span>'
            )
        caption = next((child for child in element if _name(child) == "caption"), None)
        if caption is not None:
            pieces.append(self._inline(caption, 1))
        return " ".join(pieces)

    def _list(self, element: Element, depth: int) -> str:
        name = "ol" if (element.get("listType") or "").lower() == "ordered" else "ul"
        items = []
        for child in element:
            if self._stops():
                break
            if _name(child) == "item":
                head = self._caption_words(child)
                inner = self._nested(child, depth + 1) if self._holds_blocks(child) else self._inline(child, depth + 1)
                if head or inner.strip():
                    items.append(f"<li>{head}{' ' if head else ''}{_styled(child, inner)}</li>")
        self._caption(element)
        return f"<{name}>{''.join(items)}</{name}>" if items else ""

    @staticmethod
    def _holds_blocks(element: Element) -> bool:
        return any(_name(child) in {"list", "table", "paragraph"} for child in element)

    def _table(self, element: Element, depth: int) -> str:
        if depth > _MAX_DEPTH:
            return f"<p>{self._flat(element)}</p>"
        read = rows_of(element)
        self.is_cut = self.is_cut or read.is_cut
        alone = read.only_cell
        if alone is not None:
            html = self._cell(alone, depth + 1)
            return html if html.startswith(("<p", "<ul", "<ol", "<table")) or not html.strip() else f"<p>{html}</p>"
        if not read.body and not read.head:
            return ""
        head = "".join(self._row(read, row, depth, is_head=True) for row in read.head)
        body = "".join(self._row(read, row, depth, is_head=False) for row in read.body)
        caption = self._caption_words(element)
        name = "folded" if read.width > _WIDEST or read.longest_words > _LONGEST_WORDS else "fold"
        pieces = [
            f'<table class="{name}" role="table">',
            _wrapped("caption", caption),
            f'<thead role="rowgroup">{head}</thead>' if head else "",
            f'<tbody role="rowgroup">{body}</tbody>' if body else "",
            "</table>",
        ]
        return "".join(pieces)

    def _row(self, read: TableRows, row: "list[tuple[int, Element]]", depth: int, *, is_head: bool) -> str:
        if self._stops():
            return ""
        cells = []
        for column, element in row:
            html = self._cell(element, depth + 1)
            spans = "".join(f' {name}="{value}"' for name, value in read.spans(element))
            if is_head or _name(element) == "th":
                of = "col" if is_head else "row"
                role = "columnheader" if is_head else "rowheader"
                # A header without a word heads nothing.
                cells.append(
                    f'<th scope="{of}" role="{role}"{spans}>{html}</th>'
                    if html.strip()
                    else f'<td role="cell"{spans}></td>'
                )
            else:
                label = read.label(column, element)
                said = f' data-l="{escape(label)}"' if label and html.strip() else ""
                cells.append(f'<td role="cell"{spans}{said}>{html}</td>')
        return f'<tr role="row">{"".join(cells)}</tr>' if cells else ""

    def _cell(self, element: Element, depth: int) -> str:
        self._budget.nodes -= 1
        html = self._nested(element, depth) if self._holds_blocks(element) else self._inline(element, depth)
        return _styled(element, html)

    def _caption(self, element: Element) -> None:
        words = self._caption_words(element)
        if words:
            self.out.append(f"<p><strong>{words}</strong></p>")

    def _caption_words(self, element: Element) -> str:
        caption = next((child for child in element if _name(child) == "caption"), None)
        return "" if caption is None else self._inline(caption, 1)

    def _words(self, text: str | None) -> None:
        if text:
            self._loose.append(self._text(text))

    def _flush(self) -> None:
        html = _tidy("".join(self._loose))
        self._loose = []
        if html:
            self.out.append(html if html.startswith(("<table", "<ul", "<ol")) else f"<p>{html}</p>")

    def _text(self, text: str | None) -> str:
        if not text:
            return ""
        room = max(0, self._budget.characters)
        if len(text) > 8 * room + _SHORT:
            text, self.is_cut = text[: 8 * room + _SHORT], True
        folded = _SPACES.sub(" ", text)
        self._budget.characters -= len(folded)
        if self._budget.characters < 0:
            folded = folded[: max(0, len(folded) + self._budget.characters)]
            self.is_cut = True
        return escape(folded, quote=False)

    def _flat(self, element: Element) -> str:
        """The words alone, of what is too deep to be drawn."""
        return self._text(" ".join(piece for piece in element.itertext() if isinstance(piece, str)))

    def _stops(self) -> bool:
        self._budget.nodes -= 1
        if self._budget.is_spent:
            self.is_cut = True
            return True
        return False


def _name(element: Element) -> str:
    """The local name of an element of HL7; of a foreign one too, whose words are still words."""
    name = str(element.tag)
    if name.startswith(f"{{{HL7}}}"):
        return name[len(HL7) + 2 :]
    # Markup that is not StrucDocText is drawn as nothing: only its words pass.
    return "?"


def _styled(element: Element, html: str) -> str:
    if not html.strip():
        return html
    for style in (element.get("styleCode") or "").split():
        tag = _STYLES.get(style.lower())
        if tag and "<p" not in html and "<table" not in html and "<ul" not in html and "<ol" not in html:
            return _wrapped(tag, html)
    return html


def _wrapped(tag: str, html: str) -> str:
    return f"<{tag}>{html}</{tag}>" if html.strip() else html


_EDGE_BREAKS: Final = re.compile(r"^(?:\s|<br>)+|(?:\s|<br>)+$")
_MANY_BREAKS: Final = re.compile(r"<br>(?: ?<br>)+")


def _tidy(html: str) -> str:
    """No empty lines at the edges, one at most inside."""
    return _MANY_BREAKS.sub("<br><br>", _EDGE_BREAKS.sub("", html)) if "<br>" in html else html.strip() and html
