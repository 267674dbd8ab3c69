import pytest
from tests.builders.cda import a_cda

from carnet.formats.cda.active import active_content
from carnet.formats.xml import read_xml

TEXT = "/ClinicalDocument/component/structuredBody/component/section/text"


def found(narrative: str) -> list[tuple[str, str]]:
    return found_in(a_cda(level=3, narrative=narrative))


def found_in(data: bytes) -> list[tuple[str, str]]:
    """What is found, the same with the help of the bytes and without."""
    root = read_xml(data)
    told = list(active_content(root))
    assert list(active_content(root, source=data)) == told
    return told


@pytest.mark.parametrize(
    "narrative",
    [
        "<paragraph>Prescription : description du traitement, onset = hier</paragraph>",
        '<linkHtml href="https://exemple.fr/page?x=1#javascript:">voir</linkHtml>',
        '<linkHtml href="#onclick">voir</linkHtml>',
        '<content styleCode="Bold" ID="on1">gras</content>',
        "<paragraph>&lt;script&gt;alert(1)&lt;/script&gt;</paragraph>",
        '<linkHtml href="data:image/png;base64,iVBORw0KGgo=">image</linkHtml>',
    ],
)
def test_ordinary_narrative_is_inert(narrative: str) -> None:
    assert found(narrative) == []


@pytest.mark.parametrize(
    ("narrative", "feature", "expression"),
    [
        ("<script>alert(1)</script>", "script", f"{TEXT}/script"),
        ('<h:script xmlns:h="http://www.w3.org/1999/xhtml"/>', "script", f"{TEXT}/script"),
        ('<s:svg xmlns:s="http://www.w3.org/2000/svg"><s:script/></s:svg>', "script", f"{TEXT}/svg/script"),
        ('<iframe src="https://exemple.fr"/>', "script", f"{TEXT}/iframe"),
        ("<object/>", "script", f"{TEXT}/object"),
        ('<paragraph onclick="x()">a</paragraph>', "handler", f"{TEXT}/paragraph/@onclick"),
        ('<table><tr><td OnMouseOver="x()">a</td></tr></table>', "handler", f"{TEXT}/table/tr/td/@OnMouseOver"),
        ('<linkHtml href="javascript:alert(1)">a</linkHtml>', "link", f"{TEXT}/linkHtml/@href"),
        ('<linkHtml href=" JAVA&#10;SCRIPT&#9;:alert(1)">a</linkHtml>', "link", f"{TEXT}/linkHtml/@href"),
        ('<linkHtml href="&#106;avascript:alert(1)">a</linkHtml>', "link", f"{TEXT}/linkHtml/@href"),
        ('<linkHtml href="vbscript:x">a</linkHtml>', "link", f"{TEXT}/linkHtml/@href"),
        ('<linkHtml href="data:text/html;base64,PHNjcmlwdD4=">a</linkHtml>', "link", f"{TEXT}/linkHtml/@href"),
        ('<linkHtml href="https://exemple.fr/x.JS?v=1">a</linkHtml>', "link", f"{TEXT}/linkHtml/@href"),
        ('<a xmlns:k="http://www.w3.org/1999/xlink" k:href="javascript:x">a</a>', "link", f"{TEXT}/a/@href"),
        ('<renderMultiMedia src="javascript:x"/>', "link", f"{TEXT}/renderMultiMedia/@src"),
    ],
)  # fmt: skip
def test_what_acts_is_found(narrative: str, feature: str, expression: str) -> None:
    assert found(narrative) == [(feature, expression)]


def test_handlers_in_islands_outside_the_narrative() -> None:
    island = '<h:div xmlns:h="http://www.w3.org/1999/xhtml" onload="x()"/>'
    data = a_cda(level=3, swap={"</structuredBody>": f"{island}</structuredBody>"})
    assert [feature for feature, _ in found_in(data)] == ["handler"]


def test_references_and_telecoms() -> None:
    reference = a_cda(level=3, swap={'<reference value="#constat"/>': '<reference value="javascript:x"/>'})
    assert [feature for feature, _ in found_in(reference)] == ["link"]


@pytest.mark.parametrize("value", ["JavaScript:x", "jAvAsCrIpT:x", "java&#115;cript:x", "data:text/html,x"])
def test_telecoms_that_run(value: str) -> None:
    telecom = a_cda(swap={'<telecom nullFlavor="NASK"/>': f'<telecom value="{value}"/>'})
    assert found_in(telecom) == [("link", "/ClinicalDocument/recordTarget/patientRole/telecom/@value")]


@pytest.mark.parametrize(
    "value", ["tel:0639989571", "mailto:a@b.fr", "https://exemple.fr/a.exe", "data:image/png;base64,AA=="]
)
def test_telecoms_that_do_not(value: str) -> None:
    assert found_in(a_cda(swap={'<telecom nullFlavor="NASK"/>': f'<telecom value="{value}"/>'})) == []


def test_handlers_around_an_unstructured_body() -> None:
    data = a_cda(swap={"<nonXMLBody>": '<nonXMLBody onload="x()">'})
    assert found_in(data) == [("handler", "/ClinicalDocument/component/nonXMLBody/@onload")]
