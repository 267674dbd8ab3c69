import pytest
from tests.builders.cda import a_cda

from carnet.domain.errors import Invalid, Severity
from carnet.formats.cda.header import read_header
from carnet.vocabulary.codes import Code
from carnet.vocabulary.identifiers import UniqueId


def faults(data: bytes) -> list[tuple[str, str | None]]:
    return [(issue.code, issue.expression) for issue in read_header(data).issues if issue.severity is Severity.ERROR]


def warnings(data: bytes) -> list[tuple[str, str | None]]:
    return [(issue.code, issue.expression) for issue in read_header(data).issues if issue.severity is Severity.WARNING]


@pytest.mark.parametrize("level", [1, 3])
def test_a_valid_document_has_no_fault(level: int) -> None:
    header = read_header(a_cda(level=level))
    assert header.issues == ()
    assert header.body == f"N{level}"


def test_the_header_as_it_is_written() -> None:
    header = read_header(
        a_cda(
            unique_id="1.2.250.1.999.1.7",
            extension="A7",
            title="  Lettre \n de liaison ",
            created="20240312101500+0100",
            version="3",
            replaces="1.2.250.1.999.1.6",
        ),
    )
    assert header.unique_id == UniqueId("1.2.250.1.999.1.7", "A7")
    assert header.type == Code("11490-0", "2.16.840.1.113883.6.1", "Lettre de liaison à la sortie")
    assert header.title == "Lettre de liaison"
    assert header.created is not None
    assert header.created.text == "2024-03-12T10:15:00+01:00"
    assert header.confidentiality == Code("N", "2.16.840.1.113883.5.25", "Normal")
    assert header.language == "fr-FR"
    assert header.set_id == UniqueId("1.2.250.1.999.2.2024.1")
    assert header.version_number == 3
    assert header.replaces == UniqueId("1.2.250.1.999.1.6")
    assert header.template_ids == ("2.16.840.1.113883.2.8.2.1", "1.2.250.1.213.1.1.1.1", "1.3.6.1.4.1.19376.1.2.20")
    assert header.embedded == ("application/pdf",)


def test_a_uuid_identifies_as_well() -> None:
    header = read_header(a_cda(unique_id="D6CEC164-A3A6-4658-9B9F-935EEFCB2C21"))
    assert str(header.unique_id) == "d6cec164-a3a6-4658-9b9f-935eefcb2c21"
    assert header.issues == ()


MANDATORY = (
    "realmCode", "typeId", "id", "code", "title", "effectiveTime", "confidentialityCode", "languageCode", "setId", "versionNumber",
    "recordTarget", "author", "custodian", "legalAuthenticator", "documentationOf", "componentOf", "component",
)  # fmt: skip


@pytest.mark.parametrize("name", MANDATORY)
def test_a_mandatory_element_that_is_missing_is_an_error(name: str) -> None:
    assert faults(a_cda(omit=(name,))) == [("cda-element-missing", f"/ClinicalDocument/{name}")]


NULLABLE = {
    "id": '<id root="1.2.250.1.999.1.2024.1"/>',
    "title": "<title>Lettre de liaison</title>",
    "languageCode": '<languageCode code="fr-FR"/>',
    "setId": '<setId root="1.2.250.1.999.2.2024.1"/>',
    "versionNumber": '<versionNumber value="1"/>',
    "effectiveTime": '<effectiveTime value="20240312101500+0100"/>',
}


@pytest.mark.parametrize("name", NULLABLE)
def test_a_mandatory_element_given_as_null_is_an_error(name: str) -> None:
    data = a_cda(swap={NULLABLE[name]: f'<{name} nullFlavor="UNK"/>'})
    assert faults(data) == [("cda-element-null", f"/ClinicalDocument/{name}")]


@pytest.mark.parametrize("name", NULLABLE)
def test_a_repeated_element_is_an_error(name: str) -> None:
    assert faults(a_cda(swap={NULLABLE[name]: NULLABLE[name] * 2})) == [
        ("cda-element-repeated", f"/ClinicalDocument/{name}")
    ]


@pytest.mark.parametrize(
    ("old", "new", "code", "expression"),
    [
        ('<realmCode code="FR"/>', '<realmCode code="BE"/>', "cda-value-unexpected", "realmCode/@code"),
        ("POCD_HD000040", "POCD_HD000041", "cda-value-unexpected", "typeId/@extension"),
        ("2.16.840.1.113883.1.3", "2.16.840.1.113883.1.4", "cda-value-unexpected", "typeId/@root"),
        ('<templateId root="2.16.840.1.113883.2.8.2.1"/>', "", "cda-template-missing", "templateId"),
        ('<templateId root="1.2.250.1.213.1.1.1.1"/>', "", "cda-template-missing", "templateId"),
        ('<templateId root="1.3.6.1.4.1.19376.1.2.20"/>', "", "cda-template-model-missing", "templateId"),
        ('<id root="1.2.250.1.999.1.2024.1"/>', '<id extension="7"/>', "cda-id-invalid", "id/@root"),
        ('<id root="1.2.250.1.999.1.2024.1"/>', '<id root="abc"/>', "cda-id-invalid", "id/@root"),
        ('<setId root="1.2.250.1.999.2.2024.1"/>', '<setId root="1..2"/>', "cda-id-invalid", "setId/@root"),
        ('<code code="11490-0"', '<code x="11490-0"', "cda-code-incomplete", "code"),
        ("<title>Lettre de liaison</title>", "<title> </title>", "cda-element-empty", "title"),
        (
            '<effectiveTime value="20240312101500+0100"/>',
            "<effectiveTime/>",
            "cda-time-invalid",
            "effectiveTime/@value",
        ),
        ('code="N" codeSystem', 'code="X" codeSystem', "cda-confidentiality-unknown", "confidentialityCode/@code"),
        ("2.16.840.1.113883.5.25", "1.2.3", "cda-value-unexpected", "confidentialityCode/@codeSystem"),
        ('<languageCode code="fr-FR"/>', "<languageCode/>", "cda-code-incomplete", "languageCode"),
    ],
)
def test_a_wrong_value_is_an_error(old: str, new: str, code: str, expression: str) -> None:
    assert faults(a_cda(swap={old: new})) == [(code, f"/ClinicalDocument/{expression}")]


@pytest.mark.parametrize(
    "value", ["2024-03-12", "20241312101500+0100", "20240312101500+0199", "x", "", "0001", "99991231"]
)
def test_a_time_that_is_not_one(value: str) -> None:
    assert faults(a_cda(created=value)) == [("cda-time-invalid", "/ClinicalDocument/effectiveTime/@value")]


@pytest.mark.parametrize("value", ["20240312101500", "20240312", "2024"])
def test_the_document_time_needs_its_zone(value: str) -> None:
    header = read_header(a_cda(created=value))
    assert [issue.code for issue in header.issues] == ["cda-time-zone-missing"]
    assert header.created is not None


@pytest.mark.parametrize("value", ["0", "-1", "1.0", "un", "", "9999999999", "²"])
def test_a_version_is_a_positive_whole_number(value: str) -> None:
    header = read_header(a_cda(version=value))
    assert [issue.code for issue in header.issues] == ["cda-version-number-invalid"]
    assert header.version_number is None


@pytest.mark.parametrize("code", ["L", "M", "U"])
def test_other_confidentiality_codes_of_hl7_are_tolerated(code: str) -> None:
    assert warnings(a_cda(confidentiality=code)) == [
        ("cda-confidentiality-tolerated", "/ClinicalDocument/confidentialityCode/@code")
    ]
    assert faults(a_cda(confidentiality=code)) == []


def test_another_language_is_a_warning() -> None:
    assert warnings(a_cda(language="fr")) == [("cda-language-unexpected", "/ClinicalDocument/languageCode/@code")]


def test_past_a_hundred_faults_of_a_kind_the_rest_is_unsaid() -> None:
    header = read_header(a_cda(swap={"<author>": "<author><time nullFlavor='UNK'/></author>" * 300 + "<author>"}))
    assert len([issue for issue in header.issues if issue.severity is Severity.ERROR]) == 100


def test_all_faults_are_told_at_once() -> None:
    assert len(faults(a_cda(omit=MANDATORY))) == len(MANDATORY)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'<ClinicalDocument xmlns="urn:hl7-org:v2"/>', "cda-root"),
        (b"<ClinicalDocument/>", "cda-root"),
        (b'<Bundle xmlns="http://hl7.org/fhir"/>', "cda-root"),
        (b'<x:stylesheet xmlns:x="http://www.w3.org/1999/XSL/Transform" version="1.0"/>', "cda-auto-presentable"),
        (b'<x:transform xmlns:x="http://www.w3.org/1999/XSL/Transform" version="1.0"/>', "cda-auto-presentable"),
        (b"<!DOCTYPE a><a/>", "xml-doctype"),
        (b"%PDF-1.4", "xml-not-xml"),
    ],
)
def test_what_cannot_be_read_is_refused_whole(data: bytes, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_header(data)
    assert caught.value.code == code


def test_the_size_limit_reaches_the_reader() -> None:
    with pytest.raises(Invalid, match="xml-too-large"):
        read_header(a_cda(), limit_bytes=100)


def test_a_time_no_calendar_holds() -> None:
    assert faults(a_cda(start="00010101000000+1400"))[0][0] == "cda-time-invalid"
