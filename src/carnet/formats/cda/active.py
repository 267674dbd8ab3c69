"""
Active content in XML: what a careless viewer would run.

Narrative text is copied attribute by attribute by well-known stylesheets, so event handlers are looked for there, and in HTML and SVG
islands; elsewhere in a CDA an attribute is never shown.
Source: documents.md §5.5 ("active content refused").
"""

from collections.abc import Iterator
from typing import Final, cast

from lxml import etree

from carnet.formats.cda.body import TEXT, path_of
from carnet.formats.cda.elements import HL7, first, tag
from carnet.formats.xml import Element

_SECTION: Final = tag("section")
_NON_XML: Final = tag("nonXMLBody")
_ACTIVE_ELEMENTS: Final = ("script", "iframe", "frame", "object", "embed", "applet", "foreignObject")
_ISLANDS: Final = (
    "{http://www.w3.org/1999/xhtml}*",
    "{http://www.w3.org/2000/svg}*",
    "{http://www.w3.org/1998/Math/MathML}*",
    "{http://www.w3.org/1999/XSL/Transform}*",
)
# One pass for whatever is looked for by the name of an element.
_SOUGHT: Final = (_SECTION, _NON_XML, *_ISLANDS, *("{*}" + name for name in _ACTIVE_ELEMENTS))
_HANDLERS: Final = etree.XPath("descendant-or-self::*/@*[starts-with(translate(local-name(), 'ON', 'on'), 'on')]")
_NAMESPACES: Final = {"h": HL7, "xlink": "http://www.w3.org/1999/xlink"}
_LINKS_WITHOUT_HREF: Final = (
    "descendant::*/@src",
    "descendant::h:reference/@value[not(starts-with(., '#'))]",
    "descendant::h:telecom/@value[contains(., 'cript') or contains(., 'CRIPT') or contains(., 'ata:')]",
)
# One expression each: beginning an evaluation costs as much as going through the elements of a header.
_FEW_LINKS: Final = etree.XPath(" | ".join(_LINKS_WITHOUT_HREF), namespaces=_NAMESPACES)
_LINKS: Final = etree.XPath(
    " | ".join(("descendant::*/@href", "descendant::*/@xlink:href", *_LINKS_WITHOUT_HREF)), namespaces=_NAMESPACES
)
_ACTIVE_SCHEMES: Final = ("javascript:", "vbscript:", "livescript:", "data:")
_INERT_DATA: Final = ("data:image/png", "data:image/jpeg", "data:image/gif")
_ACTIVE_FILES: Final = (".js", ".vbs", ".hta", ".exe", ".bat", ".cmd", ".ps1", ".swf", ".jar", ".scr", ".msi")
_MANY_PLACES: Final = 2_000
_SPACES: Final = dict.fromkeys(range(0x21))  # browsers skip them inside a scheme


def active_content(root: Element, *, source: bytes | None = None) -> Iterator[tuple[str, str]]:
    """
    Each piece of active content found.

    Takes
        source: the bytes that `root` was read from, in a superset of ASCII, when they are few: an attribute whose name they do not hold
            is not looked for.
    Gives
        (feature, expression): feature is `script` (an element), `handler` (an `on…` attribute) or `link` (an address that runs).
    """
    sections: list[Element] = []
    places: list[Element] = []
    for element in root.iter(*_SOUGHT):
        namespace, _, name = element.tag.rpartition("}")
        if name in _ACTIVE_ELEMENTS:
            yield "script", path_of(element)
        if element.tag == _SECTION:
            sections.append(element)
        elif element.tag == _NON_XML or namespace + "}*" in _ISLANDS:
            places.append(element)
    places = [text for section in sections if (text := first(section, TEXT)) is not None] + places
    if len(places) > _MANY_PLACES:
        # Nested in each other they would be read again and again: the whole document is read once instead.
        places = [root]
    for place in places:
        for handler in cast("list[str]", _HANDLERS(place)):
            yield "handler", _path_of_attribute(handler)
    links = _FEW_LINKS if source is not None and b"href" not in source else _LINKS
    for link in cast("list[str]", links(root)):
        if _runs(link):
            yield "link", _path_of_attribute(link)


def _runs(link: str) -> bool:
    address = link.translate(_SPACES).lower()
    if address.startswith(_ACTIVE_SCHEMES):
        return not address.startswith(_INERT_DATA)
    return address.partition("?")[0].partition("#")[0].endswith(_ACTIVE_FILES)


def _path_of_attribute(attribute: str) -> str:
    """attribute: one of lxml's strings, which know their element and name."""
    element: Element = attribute.getparent()  # type: ignore[attr-defined]  # unknown to the stubs
    name = str(attribute.attrname).rpartition("}")[2]  # type: ignore[attr-defined]  # unknown to the stubs
    return f"{path_of(element)}/@{name}"
