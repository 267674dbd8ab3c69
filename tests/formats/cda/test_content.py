import zlib

import pytest
from tests.builders.cda import a_cda, a_jpeg, a_pdf, a_png, base64_lines

from carnet.domain.errors import Issue, Severity
from carnet.formats.cda.document import read_document

WHOLE = "/ClinicalDocument/component/nonXMLBody/text"
PART = "/ClinicalDocument/component/structuredBody/component/section/entry[2]/observationMedia/value"


def issues(data: bytes) -> list[tuple[str, str | None]]:
    read = read_document(data)
    assert read.header.issues == ()
    return [(issue.code, issue.expression) for issue in read.issues]


@pytest.mark.parametrize(
    "data",
    [
        a_cda(),
        a_cda(level=3),
        a_cda(level=3, content=a_pdf(compressed=True)),
        a_cda(media_type="image/jpeg", content=a_jpeg()),
        a_cda(media_type="text/plain", content=b"Compte rendu"),
        a_cda(media_type="text/rtf", content=b"{\\rtf1 a}"),
        a_cda(level=3, media_type="image/png", content=a_png()),
        a_cda(level=3, media_type="application/xml", content="<a>é</a>".encode()),
        a_cda(swap={'mediaType="application/pdf" representation="B64">' + base64_lines(a_pdf()): 'mediaType="text/plain">Apyrétique'}),
        a_cda(swap={'mediaType="application/pdf" representation="B64">' + base64_lines(a_pdf()): ">Apyrétique"}),
    ],
)  # fmt: skip
def test_sound_contents(data: bytes) -> None:
    assert issues(data) == []


@pytest.mark.parametrize(
    ("media_type", "content", "code"),
    [
        ("application/pdf", a_jpeg(), "pdf-not-a-pdf"),
        ("application/pdf", a_pdf()[:300], "pdf-truncated"),
        ("application/pdf", a_pdf(catalog="/OpenAction << /S /JavaScript >>"), "pdf-active-content"),
        ("image/jpeg", a_pdf(), "media-type-mismatch"),
        ("text/html", b"<html/>", "media-type-not-allowed"),
        ("image/svg+xml", b"<svg/>", "media-type-not-allowed"),
        ("application/pdf", b"", "media-empty"),
    ],
)
def test_faults_are_the_same_whole_or_embedded(media_type: str, content: bytes, code: str) -> None:
    assert issues(a_cda(media_type=media_type, content=content)) == [(code, WHOLE)]
    assert issues(a_cda(level=3, media_type=media_type, content=content)) == [(code, PART)]


def test_xml_may_be_attached_but_is_not_a_body() -> None:
    assert issues(a_cda(media_type="text/xml", content=b"<a/>")) == [("media-type-not-allowed", WHOLE)]
    for content, code in (
        (b"<a>", "xml-malformed"),
        (b"<!DOCTYPE a><a/>", "xml-doctype"),
        (b"<a><script/></a>", "cda-active-content"),
    ):
        assert issues(a_cda(level=3, media_type="text/xml", content=content)) == [(code, PART)]


@pytest.mark.parametrize("spoiled", ["%", "=JV", "\u00e9"])
def test_base64_that_does_not_decode(spoiled: str) -> None:
    assert issues(a_cda(swap={"        JVBERi0": f"        {spoiled}JVBERi0"})) == [("base64-invalid", WHOLE)]


def test_a_binary_written_as_text() -> None:
    assert issues(a_cda(swap={' representation="B64"': ""})) == [("cda-representation", WHOLE)]


def test_a_body_that_is_elsewhere() -> None:
    data = a_cda(content=b"", swap={"\n\n      </text>": '<reference value="https://exemple.fr/a.pdf"/></text>'})
    assert issues(data) == [("media-empty", WHOLE)]


def test_compressed_contents_are_refused_and_a_false_claim_is_a_warning() -> None:
    claim = {'representation="B64">': 'representation="B64" compression="DF">'}
    assert issues(a_cda(content=zlib.compress(a_pdf()), swap=claim)) == [("media-compressed", WHOLE)]
    assert read_document(a_cda(swap=claim)).issues == (
        Issue("media-compression-false", WHOLE, severity=Severity.WARNING),
    )


def test_active_types_are_refused_even_inline() -> None:
    inline = a_cda(level=3, swap={'<text><reference value="#constat"/>': '<text mediaType="text/html">&lt;b&gt;'})
    (issue,) = read_document(inline).issues
    assert (issue.code, issue.facts) == ("cda-active-content", {"feature": "text/html"})


def test_a_hostile_narrative_is_told_in_five_faults_at_most() -> None:
    data = a_cda(level=3, narrative='<content onclick="x()">a</content>' * 5_000)
    assert issues(data) == [("cda-active-content", f"{TEXT}/content[{number}]/@onclick") for number in range(1, 6)]


def test_many_warnings_hide_no_error() -> None:
    entry = f'<entry><observationMedia><value mediaType="image/jpeg" representation="B64">{base64_lines(a_png())}</value></observationMedia></entry>'
    data = a_cda(
        level=3, media_type="image/jpeg", content=a_pdf(), swap={"</text><entry>": "</text>" + entry * 50 + "<entry>"}
    )
    severities = [issue.severity for issue in read_document(data).issues]
    assert severities == [Severity.WARNING] * 20 + [Severity.ERROR]


TEXT = "/ClinicalDocument/component/structuredBody/component/section/text"
