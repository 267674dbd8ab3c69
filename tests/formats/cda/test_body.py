import pytest
from tests.builders.cda import a_cda, a_jpeg, a_pdf

from carnet.formats.cda.header import header_of, read_header, read_root

COMPONENT = "/ClinicalDocument/component"


def said(data: bytes) -> list[tuple[str, str | None]]:
    return [(issue.code, issue.expression) for issue in read_header(data).issues]


def test_levels_and_embedded_files() -> None:
    assert (read_header(a_cda()).body, read_header(a_cda()).embedded) == ("N1", ("application/pdf",))
    assert (read_header(a_cda(level=3)).body, read_header(a_cda(level=3)).embedded) == ("N3", ())
    twice = a_cda(
        level=3,
        content=a_pdf(),
        swap={
            "</structuredBody>": '<component><x mediaType="image/jpeg" representation="B64"/></component></structuredBody>'
        },
    )
    assert read_header(twice).embedded == ("application/pdf", "image/jpeg")
    assert read_header(a_cda(media_type="Image/JPEG", content=a_jpeg())).embedded == ("image/jpeg",)


@pytest.mark.parametrize(
    ("swap", "code", "expression"),
    [
        ({"nonXMLBody": "otherBody"}, "cda-element-missing", f"{COMPONENT}/*[self::nonXMLBody or self::structuredBody]"),
        ({"</nonXMLBody>": "</nonXMLBody><structuredBody/>"}, "cda-element-repeated", f"{COMPONENT}/*"),
        ({"</nonXMLBody>": "<text/></nonXMLBody>"}, "cda-element-repeated", f"{COMPONENT}/nonXMLBody/text"),
        ({"<nonXMLBody><text": "<nonXMLBody><x", "</text></nonXMLBody>": "</x></nonXMLBody>"}, "cda-element-missing", f"{COMPONENT}/nonXMLBody/text"),
        ({"<component>": "<component/><component>"}, "cda-element-repeated", COMPONENT),
    ],
)  # fmt: skip
def test_faults_of_the_body(swap: dict[str, str], code: str, expression: str) -> None:
    assert (code, expression) in said(a_cda(swap=swap))


def test_a_part_knows_where_it_stands() -> None:
    data = a_cda(level=3, content=a_pdf(), swap={"<entry><observationMedia": "<entry/><entry><observationMedia"})
    _, body = header_of(read_root(data))
    (part,) = body.parts
    assert (
        part.expression
        == "/ClinicalDocument/component/structuredBody/component/section/entry[3]/observationMedia/value"
    )
    assert part.is_base64
    assert header_of(read_root(a_cda()))[1].parts[0].expression == f"{COMPONENT}/nonXMLBody/text"
