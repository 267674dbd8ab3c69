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
_TELECOM: Final = tag("telecom")
_ACTIVE_ELEMENTS: Final = ("script", "iframe", "frame", "object", "embed", "applet", "foreignObject")
_ISLANDS: Final = (
    "{http://www.w3.org/1999/xhtml}*",
    "{http://www.w3.org/2000/svg}*",
    "{http://www.w3.org/1998/Math/MathML}*",
    "{http://www.w3.org/1999/XSL/Transform}*",
)
# One pass for whatever is looked for by the name of an element.
_SOUGHT: Final = (_SECTION, _NON_XML, _TELECOM, *_ISLANDS, *("{*}" + name for name in _ACTIVE_ELEMENTS))
_HANDLERS: Final = etree.XPath("descendant-or-self::*/@*[starts-with(translate(local-name(), 'ON', 'on'), 'on')]")
_NAMESPACES: Final = {"h": HL7, "xlink": "http://www.w3.org/1999/xlink"}
# One expression: beginning an evaluation costs as much as going through the elements of a header.
_LINKS: Final = etree.XPath(
    "descendant::*/@href | descendant::*/@xlink:href | descendant::*/@src | descendant::h:reference/@value[not(starts-with(., '#'))]",
    namespaces=_NAMESPACES,
)
_NAMES_OF_LINKS: Final = (b"href", b"src", b"reference")
_ACTIVE_SCHEMES: Final = ("javascript:", "vbscript:", "livescript:", "data:")
_ORDINARY_SCHEMES: Final = ("tel:", "mailto:", "fax:", "https:", "http:")
_INERT_DATA: Final = ("data:image/png", "data:image/jpeg", "data:image/gif")
_ACTIVE_FILES: Final = (".js", ".vbs", ".hta", ".exe", ".bat", ".cmd", ".ps1", ".swf", ".jar", ".scr", ".msi")
_MANY_PLACES: Final = 2_000
_SPACES: Final = dict.fromkeys(range(0x21))  # browsers skip them inside a scheme


def active_content(root: Element, *, source: bytes | None = None) -> Iterator[tuple[str, str]]:
    """
    Each piece of active content found.

    Takes
        source: the bytes that `root` was read from, in a superset of ASCII, when they are few: links whose name they do not hold are not
            looked for.
    Gives
        (feature, expression): feature is `script` (an element), `handler` (an `on…` attribute) or `link` (an address that runs).
    """
    sections: list[Element] = []
    places: list[Element] = []
    for element in root.iter(*_SOUGHT):
        namespace, _, name = element.tag.rpartition("}")
        if name in _ACTIVE_ELEMENTS:
            yield "script", path_of(element)
        if element.tag == _TELECOM:
            if _is_script(element.get("value", "")):
                yield "link", f"{path_of(element)}/@value"
        elif element.tag == _SECTION:
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
    if source is None or any(name in source for name in _NAMES_OF_LINKS):
        for link in cast("list[str]", _LINKS(root)):
            if _is_script(link) or _is_program(link):
                yield "link", _path_of_attribute(link)


def _is_script(link: str) -> bool:
    if ":" not in link or link.startswith(_ORDINARY_SCHEMES):
        return False
    address = link.translate(_SPACES).lower()
    return address.startswith(_ACTIVE_SCHEMES) and not address.startswith(_INERT_DATA)


def _is_program(link: str) -> bool:
    address = link.translate(_SPACES).lower()
    return address.partition("?")[0].partition("#")[0].endswith(_ACTIVE_FILES)


def _path_of_attribute(attribute: str) -> str:
    """attribute: one of lxml's strings, which know their element and name."""
    element: Element = attribute.getparent()  # type: ignore[attr-defined]  # unknown to the stubs
    name = str(attribute.attrname).rpartition("}")[2]  # type: ignore[attr-defined]  # unknown to the stubs
    return f"{path_of(element)}/@{name}"
