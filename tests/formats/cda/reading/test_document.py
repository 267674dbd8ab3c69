"""Any bytes give a reading: shown, or said not to be."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders.cda import a_cda, a_pdf
from tests.builders.readings import BIOLOGY, a_quantity, a_range, a_report, a_section, a_structured, an_observation

from carnet.formats.cda.reading.biology import ADDED_TITLE, OTHER_TITLE, OUTSIDE_TITLE, WHOLE_TITLE, WITHIN_TITLE
from carnet.formats.cda.reading.document import read_cda
from carnet.formats.cda.reading.model import Comment, Kind, Maker, Narrative, Reading, Remark, Results, Section
from carnet.formats.cda.reading.sections import MAX_SECTIONS

BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    b'<ClinicalDocument xmlns="urn:hl7-org:v3"><title>&b;</title></ClinicalDocument>'
)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"bonjour",
        a_pdf(),
        BOMB,
        b"<ClinicalDocument/>",
        b"<html><body>x</body></html>",
        b'<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"/>',
        a_cda()[:2000],
        b"<a>" * 500 + b"</a>" * 500,
    ],
)
def test_what_is_no_document_is_said_not_to_be_shown(content: bytes) -> None:
    reading = read_cda(content)
    assert (reading.kind, reading.sections, reading.embedded) == (Kind.UNREADABLE, (), None)
    assert reading.answer.endswith("est entier.")


def test_a_document_beyond_the_limit_is_not_read() -> None:
    content = a_cda(level=3)
    assert read_cda(content, limit_bytes=len(content) - 1).kind is Kind.UNREADABLE
    assert read_cda(content, limit_bytes=len(content)).kind is Kind.DISCHARGE


def test_a_body_without_file_or_without_anything_keeps_its_title() -> None:
    for content in (
        a_cda(title="Ordonnance", omit=("component",)),
        a_cda(title="Ordonnance", content=b""),
        a_cda(title="Ordonnance", swap={"nonXMLBody": "autreBody"}),
    ):
        reading = read_cda(content)
        assert (reading.kind, reading.title) == (Kind.UNREADABLE, "Ordonnance")


def test_a_long_file_is_lifted_out_of_the_document() -> None:
    reading = read_cda(a_cda(size_bytes=200_000))
    assert reading.embedded is not None
    assert reading.embedded.content == a_pdf(size_bytes=200_000)


@given(st.binary(max_size=200))
@settings(max_examples=60, deadline=None)
def test_noise_never_raises(noise: bytes) -> None:
    assert read_cda(noise).answer
    assert read_cda(a_cda(level=3).replace(b"<title>Synth", noise + b"<title>Synth")).answer


@given(st.integers(0, 3_000), st.binary(min_size=1, max_size=8))
@settings(max_examples=80, deadline=None)
def test_a_damaged_report_never_raises(at: int, noise: bytes) -> None:
    report = a_report(an_observation(a_quantity("9"), ranges=a_range("15", "150")))
    place = report.index(b"<structuredBody>") + at % (len(report) - report.index(b"<structuredBody>"))
    assert read_cda(report[:place] + noise + report[place:]).answer


def test_who_made_asked_for_and_signed_it() -> None:
    asked = (
        '<participant typeCode="REF"><associatedEntity classCode="PROV"><code displayName="Médecin - Cardiologie (SM)"/><associatedPerson><name>'
        "<prefix>MME</prefix><given>Inès</given><family>KERGUELEN-DIALLO</family><suffix>DR</suffix></name></associatedPerson><scopingOrganization>"
        '<name>Cabinet inventé</name></scopingOrganization></associatedEntity></participant><participant typeCode="REF"><associatedEntity/></participant>'
        '<participant typeCode="INF"/>'
    )
    reading = read_cda(a_cda(level=3, swap={"<documentationOf>": asked + "<documentationOf>"}))
    author = Maker("Dr Alix Fictif", "médecin, médecine générale", "Centre hospitalier inventé")
    assert (reading.authors, reading.signed_by) == ((author,), author)
    assert reading.asked_by == (Maker("Dr Inès Kerguelen-Diallo", "médecin, cardiologie", "Cabinet inventé"),)
    assert (reading.written and reading.written.text, reading.done and reading.done.text) == (
        "2024-03-12T10:15:00+01:00",
        "2024-03-10T08:00:00+01:00",
    )


def titles(reading: Reading) -> list[str]:
    return [section.title for section in reading.sections]


def depth(section: Section) -> int:
    return 1 + max(map(depth, section.sections), default=0)


def test_sections_keep_their_order_and_what_is_aside_comes_last() -> None:
    reading = read_cda(
        a_structured(
            a_section("a", title="Documents joints", code="55107-7")
            + a_section("b", title="Données personnelles")
            + a_section("c", title="Motif")
            + a_section("", title="Rien")
            + a_section("", title="Chapitre", inner=a_section("d", title="Sous-partie") + a_section("", title="Vide"))
        )
    )
    assert titles(reading) == ["Motif", "Chapitre", "Documents joints", "Données personnelles"]
    assert [section.is_aside for section in reading.sections] == [False, False, True, True]
    assert [section.title for section in reading.sections[1].sections] == ["Sous-partie"]


def test_a_section_without_title_takes_that_of_its_code() -> None:
    bare = '<component><section><code code="1" codeSystem="1.2" displayName="Biochimie"/><text>a</text></section></component>'
    nameless = "<component><section><text>b</text></section></component>"
    assert titles(read_cda(a_structured(bare + nameless + "<component/>"))) == ["Biochimie", ""]


def test_what_is_no_section_is_left_out() -> None:
    assert titles(
        read_cda(a_structured("<component><autre/></component><autre/>" + a_section("a", title="Motif")))
    ) == ["Motif"]


def test_a_file_that_is_not_the_body_is_not_taken_for_it() -> None:
    """The bytes end as a body of level 1 does, inside another element."""
    content = a_cda(size_bytes=20_000).replace(b"<nonXMLBody>", b"<structuredBody/><nonXMLBody>")
    assert read_cda(content).kind is Kind.DISCHARGE


def test_the_deepest_section_shown_may_hold_nothing_deeper() -> None:
    deep = a_section("au fond")
    for _ in range(8):
        deep = a_section("x", inner=deep)
    (section,) = read_cda(a_structured(deep)).sections
    while section.sections:
        (section,) = section.sections
    assert [type(block) for block in section.blocks] == [Narrative]


def test_deep_and_many_sections_are_bounded() -> None:
    deep = a_section("au fond")
    for _ in range(30):
        deep = a_section("x", inner=deep)
    (section,) = read_cda(a_structured(deep)).sections
    assert depth(section) == 9
    while section.sections:
        (section,) = section.sections
    assert [type(block) for block in section.blocks] == [Narrative, Remark]
    many = read_cda(a_structured(a_section("x") * (MAX_SECTIONS + 50)))
    assert len(many.sections) == MAX_SECTIONS


def test_what_is_cut_is_said() -> None:
    rows = "".join(f"<tr><td>ligne {number}</td><td>x</td></tr>" for number in range(10_000))
    reading = read_cda(
        a_structured(a_section(f"<table><tbody>{rows}</tbody></table>") + a_section("<paragraph>fin</paragraph>"))
    )
    assert [type(block) for block in reading.sections[0].blocks] == [Narrative, Remark]
    spent = read_cda(
        a_structured(a_section("<paragraph>a</paragraph>" * 9_000) + a_section("<paragraph>fin</paragraph>"))
    )
    assert [type(block) for block in spent.sections[1].blocks] == [Remark]


def test_a_laboratory_report_is_read_in_the_order_of_people() -> None:
    chapter = (
        '<entry><act><entryRelationship typeCode="COMP">{}</entryRelationship><entryRelationship typeCode="SUBJ"><act>'
        '<templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.2"/><text>À contrôler</text></act></entryRelationship></act></entry>'
    )
    low = chapter.format(an_observation(a_quantity("9"), ranges=a_range("15", "150")))
    good = chapter.format(an_observation(a_quantity("20"), ranges=a_range("15", "150")))
    silent = chapter.format(an_observation(a_quantity("20")))
    reading = read_cda(
        a_structured(
            a_section("règles", title="Protection des données")
            + a_section("préalable", title="Conditions de prélèvement")
            + a_section(
                "<paragraph>Biochimie écrite</paragraph>",
                good,
                title="Biochimie",
                inner=a_section("autre", low, title="Fer"),
            )
            + a_section("", silent, title="Hématologie")
            + a_section("conclusion", title="Conclusion du biologiste"),
            type_code=BIOLOGY,
        )
    )
    assert titles(reading) == [
        "Conclusion du biologiste",
        OUTSIDE_TITLE,
        WITHIN_TITLE,
        OTHER_TITLE,
        ADDED_TITLE,
        "Conditions de prélèvement",
        WHOLE_TITLE,
        "Protection des données",
    ]
    assert [
        len(block.results) for section in reading.sections for block in section.blocks if isinstance(block, Results)
    ] == [1, 1, 1]
    assert reading.sections[4].blocks == (Comment("À contrôler"),)
    (written,) = reading.sections[6].sections
    assert [section.title for section in (written, *written.sections)] == ["Biochimie", "Fer"]
    assert not any(block.is_folded for block in written.blocks if isinstance(block, Narrative))


def test_results_without_range_alone_are_simply_results() -> None:
    assert titles(read_cda(a_report(an_observation(a_quantity("9")), text=""))) == ["Résultats"]
