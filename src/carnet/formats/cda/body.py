"""
The body of a CDA: its level, and the files it carries.

Source: documents.md §5.3. A body of level 1 is one file; a structured body may embed files wherever an encapsulated data (ED) stands.
"""

from typing import Final, cast

from lxml import etree

from carnet.formats.cda.elements import Faults, offspring, tag
from carnet.formats.media import bare_type
from carnet.formats.xml import Element
from carnet.vocabulary.frozen import frozen

_NON_XML: Final = tag("nonXMLBody")
_STRUCTURED: Final = tag("structuredBody")
_BODIES: Final = frozenset({_NON_XML, _STRUCTURED})
TEXT: Final = tag("text")

_COMPONENT: Final = "/ClinicalDocument/component"
UNSTRUCTURED_TEXT: Final = f"{_COMPONENT}/nonXMLBody/text"

# Tests on attribute names run in C, over thousands of elements in a tenth of a millisecond.
_WITH_REPRESENTATION: Final = etree.XPath("descendant::*/@representation/..")
_WITH_MEDIA_TYPE: Final = etree.XPath("descendant::*/@mediaType", smart_strings=False)


@frozen
class Part:
    """One file in the body. media_type: as declared, `text/plain` when it is not. whole: it is the whole body (level 1)."""

    element: Element
    media_type: str
    whole: bool = False

    @property
    def is_base64(self) -> bool:
        return self.element.get("representation") == "B64"

    @property
    def expression(self) -> str:
        return UNSTRUCTURED_TEXT if self.whole else path_of(self.element)


@frozen
class Body:
    """level: `N1`, `N3`, or None when there is no body. declared: every media type said in a structured body, embedded or not."""

    level: str | None
    parts: tuple[Part, ...] = ()
    declared: frozenset[str] = frozenset()

    @property
    def embedded(self) -> tuple[str, ...]:
        """The media types of the parts, each once."""
        if len(self.parts) == 1:
            return (bare_type(self.parts[0].media_type),)
        return tuple(dict.fromkeys(bare_type(part.media_type) for part in self.parts))


def read_body(components: list[Element], faults: Faults) -> Body:
    """Find the one body and its files; their bytes are checked by `check_content`."""
    if len(components) > 1:
        faults.error("cda-element-repeated", _COMPONENT, count=str(len(components)))
    component = components[0] if components else None
    if faults.absent(component, _COMPONENT) or component is None:
        return Body(None)
    bodies = [child for child in offspring(component) if child.tag in _BODIES]
    if len(bodies) > 1:
        faults.error("cda-element-repeated", f"{_COMPONENT}/*", count=str(len(bodies)))
    if not bodies:
        faults.error("cda-element-missing", f"{_COMPONENT}/*[self::nonXMLBody or self::structuredBody]")
        return Body(None)
    body = bodies[0]
    if body.tag == _NON_XML:
        texts = [child for child in offspring(body) if child.tag == TEXT]
        if len(texts) > 1:
            faults.error("cda-element-repeated", UNSTRUCTURED_TEXT, count=str(len(texts)))
        text = texts[0] if texts else None
        if faults.absent(text, UNSTRUCTURED_TEXT) or text is None:
            return Body("N1")
        return Body("N1", (Part(text, text.get("mediaType") or "text/plain", whole=True),))
    parts = [
        Part(element, element.get("mediaType") or "text/plain")
        for element in cast("list[Element]", _WITH_REPRESENTATION(body))
        if element.get("representation") == "B64"
    ]
    return Body("N3", tuple(parts), frozenset(map(bare_type, set(cast("list[str]", _WITH_MEDIA_TYPE(body))))))


def path_of(element: Element) -> str:
    """An XPath to the element, with the names of CDA and a position where several siblings share one."""
    steps: list[str] = []
    at: Element | None = element
    while at is not None:
        name = str(at.tag)
        before = sum(1 for _ in at.itersiblings(name, preceding=True))
        alone = before == 0 and next(at.itersiblings(name), None) is None
        position = "" if alone else f"[{before + 1}]"
        steps.append(name.rpartition("}")[2] + position)
        at = at.getparent()
    return "/" + "/".join(reversed(steps))
