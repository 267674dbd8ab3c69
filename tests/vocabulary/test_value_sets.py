"""The code tables and the two names of their systems."""

import re

import pytest

from carnet.vocabulary import value_sets
from carnet.vocabulary.codes import Code
from carnet.vocabulary.identifiers import is_oid
from carnet.vocabulary.value_sets import system_oid, system_url, value_set

NOS = "https://mos.esante.gouv.fr/NOS"
# The two systems that XDS names by a word.
WITHOUT_OID = {"URN", "ASTM"}


@pytest.mark.parametrize("name", value_sets.names())
def test_every_table_tells_where_it_comes_from(name: str) -> None:
    table = value_set(name)
    assert table.name == name
    assert is_oid(table.oid)
    assert re.match(r"\d{4}-\d\d-\d\d$|n\.d\. ", table.edition)
    assert table.source
    assert len(table) > 0
    for code in table:
        assert code.code == code.code.strip()
        assert is_oid(code.system) or code.system in WITHOUT_OID
        assert code.display is None or code.display == code.display.strip() != ""


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("JDV_J01-XdsAuthorSpecialty-CISIS", 396),
        ("JDV_J02-XdsHealthcareFacilityTypeCode-CISIS", 69),
        ("JDV_J04-XdsPracticeSettingCode-CISIS", 12),
        ("JDV_J06-XdsClassCode-CISIS", 13),
        ("JDV_J57-ClassCode-DMP", 12),
        ("JDV_J07-XdsTypeCode-CISIS", 114),
        ("JDV_J58-ConfidentialityCode-DMP", 6),
        ("JDV_J59-ContentTypeCode-DMP", 100),
        ("JDV_J47-FunctionCode-CISIS", 10),
        ("TRE_G15-ProfessionSante", 30),
    ],
)
def test_tables_are_whole(name: str, size: int) -> None:
    assert len(value_set(name)) == size


def test_a_code_is_found_under_its_system_only() -> None:
    facilities = value_set("JDV_J02-XdsHealthcareFacilityTypeCode-CISIS")
    assert facilities.find("SA07", "1.2.250.1.71.4.2.4") == Code("SA07", "1.2.250.1.71.4.2.4", "Cabinet individuel")
    assert facilities.find("SA07", "1.2.250.1.213.1.1.4.9") is None
    assert facilities.find("SA7", "1.2.250.1.71.4.2.4") is None


def test_a_table_is_read_once() -> None:
    assert value_set("TRE_A01-CadreExercice") is value_set("TRE_A01-CadreExercice")


@pytest.mark.parametrize("name", ["JDV_J00-Nothing", "systems", "../data/systems", ""])
def test_an_unknown_table_is_refused(name: str) -> None:
    with pytest.raises(KeyError):
        value_set(name)


@pytest.mark.parametrize(
    ("url", "oid"),
    [
        ("http://loinc.org", "2.16.840.1.113883.6.1"),
        ("http://snomed.info/sct", "2.16.840.1.113883.6.96"),
        ("http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "2.16.840.1.113883.5.25"),
        (f"{NOS}/TRE_A08-HL7Confidentiality/FHIR/TRE-A08-HL7Confidentiality", "2.16.840.1.113883.5.25"),
        ("http://ihe.net/fhir/ihe.formatcode.fhir/CodeSystem/formatcode", "1.3.6.1.4.1.19376.1.2.3"),
        (f"{NOS}/TRE_A11-IheFormatCode/FHIR/TRE-A11-IheFormatCode", "1.3.6.1.4.1.19376.1.2.3"),
        (f"{NOS}/TRE_A03-ClasseDocument/FHIR/TRE-A03-ClasseDocument", "1.2.250.1.213.1.1.4.1"),
        (f"{NOS}/TRE_A03-ClasseDocument", "1.2.250.1.213.1.1.4.1"),
        (f"{NOS}/TRE_A07-StatutVisibiliteDocument/FHIR/TRE-A07-StatutVisibiliteDocument", "1.2.250.1.213.1.1.4.13"),
        (f"{NOS}/TRE_A07-StatusVisibiliteDocument/FHIR/TRE-A07-StatusVisibiliteDocument", "1.2.250.1.213.1.1.4.13"),
        (f"{NOS}/TRE_A12-NomenclatureASTM/FHIR/TRE-A12-NomenclatureASTM", "ASTM"),
        ("urn:oid:1.2.250.1.213.1.1.4.1", "1.2.250.1.213.1.1.4.1"),
        ("urn:oid:1.2.3", "1.2.3"),
        ("1.2.3", "1.2.3"),
        ("https://example.org/codes", "https://example.org/codes"),
        ("", ""),
    ],
)
def test_a_system_is_known_by_its_oid(url: str, oid: str) -> None:
    assert system_oid(url) == oid


@pytest.mark.parametrize(
    ("oid", "url"),
    [
        ("2.16.840.1.113883.6.1", "http://loinc.org"),
        ("1.2.250.1.213.1.1.4.13", f"{NOS}/TRE_A07-StatutVisibiliteDocument/FHIR/TRE-A07-StatutVisibiliteDocument"),
        ("1.3.6.1.4.1.19376.1.2.3", "http://ihe.net/fhir/ihe.formatcode.fhir/CodeSystem/formatcode"),
        ("1.2.3", "urn:oid:1.2.3"),
        ("https://example.org/codes", "https://example.org/codes"),
    ],
)
def test_a_system_is_written_with_its_url(oid: str, url: str) -> None:
    assert system_url(oid) == url


def test_every_system_of_the_tables_survives_the_round_trip() -> None:
    systems = {code.system for name in value_sets.names() for code in value_set(name)}
    assert {system_oid(system_url(system)) for system in systems} == systems


def test_each_nos_url_follows_the_published_pattern() -> None:
    written = [system_url(code.system) for name in value_sets.names() for code in value_set(name)]
    for url in {url for url in written if url.startswith(NOS)}:
        name = url.removeprefix(f"{NOS}/").partition("/")[0]
        assert url == f"{NOS}/{name}/FHIR/{name.replace('_', '-')}"
