"""Narratives line by line."""

import pytest
from lxml import etree

from carnet.formats.cda.facts.lines import MAX_LINES, lines_of


def lines(inside: str) -> list[tuple[str, ...]]:
    return lines_of(etree.fromstring(f'<text xmlns="urn:hl7-org:v3">{inside}</text>'))


@pytest.mark.parametrize(
    ("inside", "said"),
    [
        ("Tout simplement", [("Tout simplement",)]),
        ("<paragraph>Un</paragraph><paragraph>-</paragraph><list><item>Deux</item></list>", [("Un",), ("Deux",)]),
        ("<table><caption>Titre</caption><thead><tr><th>Date</th></tr></thead><tbody><tr><td>2020</td><td>Latex</td></tr></tbody></table>", [("2020", "Latex")]),
        ("<table><tbody><tr><td><paragraph>Un</paragraph><paragraph>et</paragraph></td><td>Deux</td></tr></tbody></table>", [("Un et", "Deux")]),
        ("<table><thead><tr><th><paragraph>Date</paragraph></th></tr></thead><tbody><tr><th>Tabac</th><td>oui</td></tr></tbody></table>", [("Tabac", "oui")]),
        ("<paragraph>Non renseigné.</paragraph>", []),
        ("<table><tbody><tr><td>Inconnu</td><td>sans objet</td></tr></tbody></table>", []),
        ("", []),
    ],
)  # fmt: skip
def test_a_line_is_a_row_an_item_or_a_paragraph(inside: str, said: list[tuple[str, ...]]) -> None:
    assert lines(inside) == said


def test_no_narrative_has_no_line() -> None:
    assert lines_of(None) == []


def test_so_many_and_no_more() -> None:
    assert len(lines("<paragraph>x</paragraph>" * (MAX_LINES + 9))) == MAX_LINES
