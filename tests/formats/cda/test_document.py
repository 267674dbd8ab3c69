import csv
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.builders.cda import a_cda, a_pdf

from carnet.domain.errors import Invalid, Issue, Severity
from carnet.formats.cda.document import read_document
from carnet.formats.cda.header import read_header

WHOLE = (
    a_cda(replaces="1.2.9", order="1.2.8", used_name="USAGE"),
    a_cda(level=3, content=a_pdf(compressed=True), narrative='<table><tr><td ID="a">1</td></tr></table>'),
)


def test_header_and_content_in_one_reading() -> None:
    read = read_document(a_cda(omit=("setId",), content=b"not a PDF"))
    assert read.header == read_header(a_cda(omit=("setId",), content=b"not a PDF"))
    assert [issue.code for issue in read.header.issues] == ["cda-element-missing"]
    assert [issue.code for issue in read.issues] == ["pdf-not-a-pdf"]
    assert read.all_issues == read.header.issues + read.issues


PIECES = (
    b"<", b">", b"/>", b'"', b"&", b"&#0;", b"&lt;", b"<!--", b"-->", b"<![CDATA[", b'nullFlavor="UNK"', b"\x00", b"\xff", b"\xc3",
    b"<id/>", b"<text/>", b"<section/>", b"<component/>", b"<time value='9'/>", b"\xef\xbb\xbf", b'root="', b'value=""', b"99991231235959",
    b"<author><assignedAuthor><id/></assignedAuthor></author>", b"<recordTarget><patientRole/></recordTarget>", b'xmlns="urn:x"',
)  # fmt: skip


@settings(max_examples=400, deadline=1000, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_noise_is_refused_or_told(data: st.DataObject) -> None:
    document = bytearray(data.draw(st.sampled_from(WHOLE)))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(document) - 1))
        length = data.draw(st.integers(0, 40))
        match data.draw(st.integers(0, 2)):
            case 0:
                document[at : at + length] = data.draw(st.sampled_from(PIECES) | st.binary(max_size=8))
            case 1:
                del document[at : at + length]
            case _:
                document[at:at] = document[at : at + length] * 3
    issues: tuple[Issue, ...]
    try:
        issues = read_document(bytes(document)).all_issues
    except Invalid as fault:
        issues = fault.issues or (Issue("nothing"),)
        issues = tuple(Issue(issue.code, issue.expression or "/") for issue in issues)
    assert all(issue.code != "nothing" and issue.expression for issue in issues)


# Elements that well-formed noise reorders, empties and repeats: what a fuzzer of bytes rarely reaches.
NAMES = st.sampled_from(
    (
        "id", "code", "title", "effectiveTime", "recordTarget", "patientRole", "patient", "name", "family", "given", "author", "time",
        "assignedAuthor", "assignedPerson", "assignedAuthoringDevice", "representedOrganization", "custodian", "legalAuthenticator",
        "assignedEntity", "documentationOf", "serviceEvent", "low", "performer", "relatedDocument", "parentDocument", "componentOf",
        "encompassingEncounter", "component", "nonXMLBody", "structuredBody", "section", "text", "value", "templateId", "birthTime",
        "inFulfillmentOf", "order", "birthplace", "place", "addr", "county", "standardIndustryClassCode", "versionNumber", "setId",
    ),
)  # fmt: skip
ATTRIBUTES = st.dictionaries(
    st.sampled_from(
        (
            "root",
            "extension",
            "code",
            "codeSystem",
            "value",
            "nullFlavor",
            "mediaType",
            "representation",
            "qualifier",
            "href",
        )
    ),
    st.sampled_from(
        (
            "",
            " ",
            "1.2.250.1.213.1.4.10",
            "FR",
            "20240101",
            "0001",
            "-1",
            "B64",
            "application/pdf",
            "BR",
            "javascript:",
            "UNK",
            "²",
        )
    ),
    max_size=4,
)
TREES = st.recursive(
    st.tuples(NAMES, ATTRIBUTES, st.just(())),
    lambda inner: st.tuples(NAMES, ATTRIBUTES, st.lists(inner, max_size=5).map(tuple)),
    max_leaves=40,
)


def written(tree: tuple[str, dict[str, str], tuple[object, ...]]) -> str:
    name, attributes, children = tree
    said = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f"<{name}{said}>{''.join(map(written, children))}</{name}>"  # type: ignore[arg-type]


@settings(max_examples=300, deadline=1000, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(TREES, max_size=12))
def test_any_tree_under_the_right_root_is_read(trees: list[tuple[str, dict[str, str], tuple[object, ...]]]) -> None:
    data = f'<ClinicalDocument xmlns="urn:hl7-org:v3">{"".join(map(written, trees))}</ClinicalDocument>'.encode()
    read = read_document(data)
    assert any(issue.severity is Severity.ERROR for issue in read.header.issues)


@pytest.mark.parametrize(
    "inside",
    [
        "<author/>" * 100_000,
        "<templateId root='1.2'/>" * 100_000,
        "<component><structuredBody>" + "<section><text/>" * 120 + "</section>" * 120 + "</structuredBody></component>",
        "<component><structuredBody>" + '<value representation="B64" mediaType="text/html"/>' * 20_000 + "</structuredBody></component>",
        "<component><structuredBody>" + '<h:p xmlns:h="http://www.w3.org/1999/xhtml">' * 200 + '<p xmlns="http://www.w3.org/1999/xhtml"/>' * 100_000 + "</h:p>" * 200 + "</structuredBody></component>",
        "<component><structuredBody>" + '<linkHtml href="javascript:"/>' * 20_000 + "</structuredBody></component>",
    ],
    ids=["authors", "templates", "nested sections", "parts", "islands", "links"],
)  # fmt: skip
def test_hostile_repetition_stays_bearable(inside: str) -> None:
    data = f'<ClinicalDocument xmlns="urn:hl7-org:v3">{inside}</ClinicalDocument>'.encode()
    started = time.perf_counter()
    read = read_document(data)
    assert read.header.issues
    assert time.perf_counter() - started < 5


def rows(samples: Path) -> list[dict[str, str]]:
    manifest = samples / "cda" / "manifest.csv"
    if not manifest.is_file():
        pytest.skip(f"no {manifest}")
    with manifest.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.long
def test_every_public_sample_says_what_its_manifest_says(samples: Path) -> None:
    for row in rows(samples):
        read = read_document((samples / "cda" / row["file"]).read_bytes())
        header = read.header
        assert [issue for issue in read.all_issues if issue.severity is Severity.ERROR] == [], row["file"]
        assert header.type is not None, row["file"]
        assert (header.type.code, header.type.system) == (row["type_code"], row["type_system"]), row["file"]
        assert str(header.unique_id) == row["document_id"].lower(), row["file"]
        assert " ".join(header.template_ids) == row["template_ids"], row["file"]
        assert header.confidentiality is not None, row["file"]
        assert header.confidentiality.code == row["confidentiality"], row["file"]
        assert header.body == row["body"], row["file"]
        assert (header.replaces is not None) == (row["related_document"] == "RPLC"), row["file"]
        assert (header.ins is not None) or header.ins_fault, row["file"]
        assert header.authors, row["file"]
        assert header.legal_authenticator is not None, row["file"]
        assert header.service_start is not None, row["file"]
        assert header.practice_setting is not None, row["file"]
        assert header.facility_type is not None, row["file"]
