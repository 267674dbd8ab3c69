"""The body of an invented CDA: sections with a narrative and coded entries (N3)."""

from collections.abc import Iterable, Sequence
from html import escape
from uuid import UUID

import pybase64

from carnet.formats.cda.writing.elements import coded
from carnet.formats.cda.writing.header import CLOSING
from carnet.territory.codes import LOINC
from carnet.vocabulary.codes import Code


def structured(header: str, sections: Iterable[str], *, pdf: bytes | None = None) -> bytes:
    """A whole N3 document; `pdf` is the copy to be shown as it was printed, in a section of its own."""
    start, copy, end = "<component><structuredBody>", b"", "</structuredBody></component>"
    if pdf is not None:
        before, after = _COPY.split("@")
        copy = b"".join((before.encode(), pybase64.b64encode(pdf), after.encode()))
    return b"".join(
        (header.encode(), start.encode(), "\n".join(sections).encode(), b"\n", copy, end.encode(), CLOSING.encode())
    )


def section(
    code: Code,
    title: str,
    text: str,
    *,
    templates: Sequence[str],
    entries: Iterable[str] = (),
    subsections: Iterable[str] = (),
    mark: int = 0,
) -> str:
    """One section in its component. text: narrative XML, or empty. mark: from which its identifier is made; none when 0."""
    identifier = f'<id root="{identified(mark)}"/>' if mark else ""
    narrative = f"<text>{text}</text>" if text else ""
    return (
        f"<component><section>{templated(templates)}{identifier}{coded('code', code)}<title>{escape(title)}</title>{narrative}"
        f"{''.join(entries)}{''.join(subsections)}</section></component>"
    )


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A narrative table; the cells are XML (use `cell` for text that entries refer to)."""
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    body = "".join(f"<tr>{''.join(f'<td>{value}</td>' for value in row)}</tr>" for row in rows)
    return f'<table border="0"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def cell(identifier: str, text: str) -> str:
    """Text that an entry refers to by `#identifier`."""
    return f'<content ID="{identifier}">{escape(text)}</content>'


def paragraph(text: str) -> str:
    return f"<paragraph>{escape(text)}</paragraph>"


def original(identifier: str) -> str:
    return f'<originalText><reference value="#{identifier}"/></originalText>'


def reference(identifier: str) -> str:
    return f'<text><reference value="#{identifier}"/></text>'


def templated(roots: Iterable[str]) -> str:
    return "".join(f'<templateId root="{root}"/>' for root in roots)


def identified(mark: int) -> str:
    """A UUID from any number: the same mark gives the same identifier."""
    return str(UUID(int=(mark * 0x9E3779B97F4A7C15F39CC0605CEDC835) & ((1 << 128) - 1), version=4)).upper()


_COPY = section(
    Code("55108-5", LOINC, "Copie du document"),
    "Copie du document",
    '<table border="0"><tbody><tr><td><renderMultiMedia referencedObject="copie-pdf"/></td></tr></tbody></table>',
    templates=("1.2.250.1.213.1.1.2.243",),
    entries=(
        (
            '<entry><organizer classCode="CLUSTER" moodCode="EVN"><templateId root="1.2.250.1.213.1.1.3.18"/>'
            f"{coded('code', Code('55107-7', LOINC, 'Document attaché'))}"
            '<statusCode code="completed"/><component><observationMedia classCode="OBS" moodCode="EVN" ID="copie-pdf">'
            '<value mediaType="application/pdf" representation="B64">@</value></observationMedia></component></organizer></entry>'
        ),
    ),
)
