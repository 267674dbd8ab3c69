"""
Every public CDA sample is shown without a fault, and what is drawn from its entries is what an independent reading of them finds.

The samples stay outside of this repository; see tests/conftest.py.
"""

from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree
from tests.builders.readings import check_page

from carnet.formats.cda.reading.model import Kind, Medicines, Reading, Results, Section, Vaccinations
from carnet.web.reading import readable, render_answer, render_facts, render_reading

N = {"h": "urn:hl7-org:v3"}
PARSER = etree.XMLParser(huge_tree=True, resolve_entities=False)


@pytest.fixture(scope="module")
def documents(samples: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted((samples / "cda").rglob("*.xml"))}


@pytest.fixture(scope="module")
def readings(documents: dict[str, bytes]) -> dict[str, Reading]:
    found = {}
    for name, content in documents.items():
        reading = readable(content, "text/xml")
        assert reading is not None
        found[name] = reading
    return found


def blocks(sections: tuple[Section, ...]) -> list[object]:
    return [block for section in sections for block in (*section.blocks, *blocks(section.sections))]


def results(reading: Reading) -> list[object]:
    return [each for block in blocks(reading.sections) if isinstance(block, Results) for each in block.results]


def test_each_is_shown_and_holds_nothing_foreign(readings: dict[str, Reading]) -> None:
    assert len(readings) > 50
    for name, reading in readings.items():
        assert reading.kind is not Kind.UNREADABLE, name
        for to_professional in (False, True):
            html = render_reading(
                reading, to_professional=to_professional, address=lambda kind, number: f"/fichier/{kind}/{number}"
            )
            page = check_page(html, has_addresses=True)
            assert page.words.strip() or reading.kind is Kind.FILE, name
            assert "&lt;br" not in html, name
        assert check_page(render_answer(reading)).words.strip().endswith("."), name
        assert reading.answer == check_page(render_answer(reading)).words.strip(), name
        assert "<dt>" in render_facts(reading), name


def test_nothing_of_a_narrative_is_lost(documents: dict[str, bytes], readings: dict[str, Reading]) -> None:
    """Each word of each narrative is on the page: folded or not, never replaced by what we made of the entries."""
    for name, content in documents.items():
        reading = readings[name]
        if reading.kind is Kind.FILE:
            continue
        shown = Counter(check_page(render_reading(reading)).words.split())
        root = etree.fromstring(content, PARSER)
        for text in root.xpath("//h:structuredBody//h:section[not(h:code/@code = '55108-5')]/h:text", namespaces=N):
            for word in " ".join(text.xpath(".//text()")).split():
                assert shown[word] or any(word in each for each in shown), (name, word)


def test_each_numeric_result_is_shown_as_it_was_measured(
    documents: dict[str, bytes], readings: dict[str, Reading]
) -> None:
    compared = 0
    for name, reading in readings.items():
        if reading.kind is not Kind.BIOLOGY:
            continue
        root = etree.fromstring(documents[name], PARSER)
        measured = Counter(
            (each.get("value"), each.getparent().find("h:code", N).get("code"))
            for each in root.xpath(
                "//h:observation[h:templateId/@root='1.3.6.1.4.1.19376.1.3.1.6'][not(parent::h:entryRelationship/@typeCode='REFR')]"
                "/h:value[@value][contains(@*[local-name()='type'], 'PQ')]",
                namespaces=N,
            )
        )
        found = Counter(
            (result.measure.low, result.loinc)
            for result in results(reading)
            if result.measure and result.measure.low is not None and result.measure.low == result.measure.high
        )
        for (value, code), count in measured.items():
            assert found[Decimal(value), code] == count, (name, value, code)
            compared += 1
    assert compared > 20


def test_each_dose_of_vaccine_is_shown(documents: dict[str, bytes], readings: dict[str, Reading]) -> None:
    for name in ("VAC_2021.01.xml", "VAC_2023.01.xml", "VAC-NOTE_2023.01.xml"):
        if name not in documents:
            pytest.skip(f"no {name}")
        root = etree.fromstring(documents[name], PARSER)
        lots = Counter(root.xpath("//h:entry/h:substanceAdministration//h:lotNumberText/text()", namespaces=N))
        shown = Counter(
            each.lot
            for block in blocks(readings[name].sections)
            if isinstance(block, Vaccinations)
            for each in block.vaccinations
        )
        assert shown == lots


def test_each_prescribed_product_is_shown(documents: dict[str, bytes], readings: dict[str, Reading]) -> None:
    for name, reading in readings.items():
        if reading.kind is not Kind.PRESCRIPTION or not reading.sections:
            continue
        page = check_page(render_reading(reading)).words
        root = etree.fromstring(documents[name], PARSER)
        for each in root.xpath(
            "//h:entry/h:substanceAdministration[@moodCode='INT']//h:manufacturedMaterial/h:name/text()", namespaces=N
        ):
            assert each.strip() in " ".join(page.split()), (name, each)
        assert any(isinstance(block, Medicines) for block in blocks(reading.sections)) or "table" in render_reading(
            reading
        )
