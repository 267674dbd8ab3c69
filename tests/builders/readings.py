"""
Invented structured documents, of which a test says only the sections; and what a page of ours may hold.

Every person, structure and figure here is invented.
"""

import re
from html.parser import HTMLParser

from tests.builders.cda import a_cda

LOINC = "2.16.840.1.113883.6.1"
BIOLOGY = ("11502-2", LOINC, "CR d'examens biologiques")
_BODY = re.compile(r"<structuredBody>.*</structuredBody>", re.DOTALL)

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
INLINE = {"b", "strong", "em", "span", "mark", "a", "sub", "sup", "ins", "del"}
VOID = {"br", "img", "rect", "circle", "path"}
# Attributes that templates of ours write; anything else came from somewhere else.
ALLOWED = {
    "class", "role", "scope", "colspan", "rowspan", "data-l", "aria-label", "aria-hidden", "viewbox", "d", "x", "y", "width", "height", "rx",
    "cx", "cy", "r", "overflow", "text-anchor", "src", "alt", "loading", "href",
}  # fmt: skip


def a_structured(sections: str, **facts: object) -> bytes:
    """A valid CDA of level 3 whose body holds these sections. facts: as `a_cda` takes them."""
    whole = a_cda(level=3, **facts).decode()  # type: ignore[arg-type]
    return _BODY.sub(lambda _: f"<structuredBody>{sections}</structuredBody>", whole, count=1).encode()


def a_section(
    text: str = "", entries: str = "", *, title: str = "Partie", code: str = "30954-2", inner: str = ""
) -> str:
    """One section in its component. text: the inside of its narrative."""
    narrative = f"<text>{text}</text>" if text else ""
    named = f"<title>{title}</title>" if title else ""
    return f'<component><section><code code="{code}" codeSystem="{LOINC}"/>{named}{narrative}{entries}{inner}</section></component>'


def an_observation(
    value: str = "",
    *,
    name: str = "Ferritine",
    code: str = "2276-4",
    interpretation: str | None = None,
    ranges: str = "",
    more: str = "",
    status: str = "completed",
) -> str:
    """One result of a laboratory. value: the whole element. ranges: whole `referenceRange` elements."""
    letter = (
        f'<interpretationCode code="{interpretation}" codeSystem="2.16.840.1.113883.5.83"/>' if interpretation else ""
    )
    return (
        '<observation classCode="OBS" moodCode="EVN"><templateId root="1.3.6.1.4.1.19376.1.3.1.6"/>'
        f'<code code="{code}" codeSystem="{LOINC}" displayName="{name}"/><statusCode code="{status}"/>'
        f'<effectiveTime value="20240311073000+0100"/>{value}{letter}{more}{ranges}</observation>'
    )


def a_range(low: str | None = None, high: str | None = None, *, unit: str = "ug/L", more: str = "") -> str:
    bounds = "".join(
        f'<{name} value="{value}" unit="{unit}"/>'
        for name, value in (("low", low), ("high", high))
        if value is not None
    )
    return (
        '<referenceRange typeCode="REFV"><observationRange classCode="OBS" moodCode="EVN.CRT">'
        f'<value xsi:type="IVL_PQ">{bounds}</value>{more}</observationRange></referenceRange>'
    )


def a_quantity(value: str, unit: str = "ug/L") -> str:
    return f'<value xsi:type="PQ" value="{value}" unit="{unit}"/>'


def a_report(*observations: str, text: str = "<paragraph>Voir les résultats.</paragraph>", comment: str = "") -> bytes:
    """A laboratory report with these results, in one chapter."""
    inside = "".join(f'<entryRelationship typeCode="COMP">{each}</entryRelationship>' for each in observations)
    entry = f'<entry typeCode="DRIV"><act classCode="ACT" moodCode="EVN">{inside}{comment}</act></entry>'
    return a_structured(a_section(text, entry, title="Biochimie", code="18719-5"), type_code=BIOLOGY)


class Page(HTMLParser):
    """A fragment as a browser would see it: its tags are balanced, its attributes and its words noted."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.headings: list[int] = []
        self.words = ""
        self.faults: list[str] = []
        self._open: list[str] = []
        self.feed("".join(html))  # a plain string, whose pieces escape nothing
        self.close()
        if self._open:
            self.faults.append(f"left open: {self._open}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.words += "" if tag in INLINE else " "
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag in HEADINGS:
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        self.words += "" if tag in INLINE else " "
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"closed out of order: {tag}")

    def handle_data(self, data: str) -> None:
        self.words += data


def check_page(html: str, *, has_addresses: bool = False) -> Page:
    """
    Whether a fragment may stand in a page: well nested, headings in order from h2, nothing that runs, fetches or collides.

    has_addresses: the caller gave addresses for images and files.
    """
    page = Page(html)
    assert page.faults == []
    assert not {"script", "style", "iframe", "object", "embed", "form", "input", "link", "base", "meta"} & set(
        page.tags
    )
    for tag, name, value in page.attributes:
        assert name in ALLOWED, (tag, name, value)
        if name in {"href", "src"}:
            assert has_addresses, value
            assert value.startswith("/fichier/"), value
    level = 1
    for each in page.headings:
        assert each <= level + 1, page.headings
        assert each >= 2
        level = each
    return page
