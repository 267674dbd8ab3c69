"""What an entry refers to in the narrative: the words between the tags that bear an ID."""

from collections.abc import Iterator
from functools import cached_property
from typing import Final, cast

from lxml import etree

from carnet.formats.cda.elements import first, tag
from carnet.formats.xml import Element

_WITH_ID: Final = etree.XPath("descendant::*[@ID]")
_REFERENCE: Final = tag("reference")
_ORIGINAL: Final = tag("originalText")
_BR: Final = tag("br")
_TRANSLATION: Final = tag("translation")
_LONGEST: Final = 4_000  # characters of one reference
_MOST_PIECES: Final = 2_000  # elements of one reference, nearly
_NOTHING: Final = frozenset({"", "-", "–", "—"})


class Texts:
    """The words of a document by their ID; several that share an ID are believed to be the first."""

    def __init__(self, root: Element) -> None:
        self._root = root

    @cached_property
    def _by_id(self) -> dict[str, Element]:
        found: dict[str, Element] = {}
        for element in cast("list[Element]", _WITH_ID(self._root)):
            found.setdefault(element.get("ID") or "", element)
        return found

    def element(self, reference: str) -> Element | None:
        """The element of that ID; published samples forget the `#`."""
        return self._by_id.get(reference.strip().removeprefix("#"))

    def at(self, reference: str | None) -> str:
        """The words that a reference leads to; empty when it leads nowhere, or to a dash."""
        element = self.element(reference) if reference else None
        return "" if element is None else words_of(element)

    def written(self, element: Element | None) -> str:
        """What an ED says: its reference, or its own text."""
        if element is None:
            return ""
        reference = first(element, _REFERENCE)
        if reference is not None:
            return self.at(reference.get("value"))
        return words_of(element)

    def original(self, element: Element | None) -> str:
        """The words that a code stands for, as its author wrote them."""
        return self.written(first(element, _ORIGINAL))

    def said_by(self, element: Element | None) -> str:
        """A coded value or a text: the label of the code, else the author's words, else a translation's label, else its text."""
        if element is None:
            return ""
        label = (element.get("displayName") or "").strip()
        if label:
            return label[:_LONGEST]
        original = self.original(element)
        if original:
            return original
        translation = first(element, _TRANSLATION)
        if translation is not None and (label := (translation.get("displayName") or "").strip()):
            return label[:_LONGEST]
        if first(element, _ORIGINAL) is not None:
            return ""
        return self.written(element)


def words_of(element: Element) -> str:
    """The text of an element, line breaks and cells apart, spaces folded; empty when it is only a dash."""
    pieces: list[str] = []
    size = 0
    for rank, piece in enumerate(_pieces(element)):
        pieces.append(piece)
        size += len(piece)
        if size > _LONGEST or rank > _MOST_PIECES:
            break
    text = " ".join("".join(pieces).split())[:_LONGEST]
    return "" if text in _NOTHING else text


_APART: Final = frozenset(tag(name) for name in ("br", "paragraph", "item", "td", "th", "tr", "list", "caption"))


def _pieces(element: Element) -> Iterator[str]:
    for event, each in etree.iterwalk(element, events=("start", "end")):
        apart = " " if each.tag in _APART and each is not element else ""
        if event == "start":
            yield apart + (each.text or "")
        elif each is not element:
            yield apart + (each.tail or "")
