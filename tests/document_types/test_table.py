"""The table of document types, its classes and formats, and the value sets of the fiche."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from carnet.document_types import Audience, DocumentTypes
from carnet.document_types.table import DICOM, PDF, UNSTRUCTURED, _document_type
from carnet.domain.record.ports import TypeTable
from carnet.vocabulary.codes import Code
from carnet.vocabulary.value_sets import system_oid, value_set

LOINC = "2.16.840.1.113883.6.1"
COMPLEMENTARY = "1.2.250.1.213.1.1.4.12"
MODEL = "1.2.250.1.213.1.1.1"
IHE_FORMATS = "1.3.6.1.4.1.19376.1.2.3"
ANS_FORMATS = "1.2.250.1.213.1.1.4.2.282"
SNOMED = "2.16.840.1.113883.6.96"
VISIBILITY = "1.2.250.1.213.1.1.4.13"
CONFIDENTIALITY = "2.16.840.1.113883.5.25"


@pytest.fixture(scope="module")
def types() -> DocumentTypes:
    return DocumentTypes.load()


def test_it_is_a_type_table_for_the_record(types: DocumentTypes) -> None:
    table: TypeTable = types
    assert "JDV_J07 2024-09-27" in table.edition
    assert DocumentTypes.load() is types


def test_every_official_type_is_there_with_its_official_label(types: DocumentTypes) -> None:
    official = value_set("JDV_J07-XdsTypeCode-CISIS")
    assert {line.type for line in types} == set(official)
    assert len(list(types)) == 114


def test_every_type_has_a_plain_name_of_its_own(types: DocumentTypes) -> None:
    names = [line.plain_name for line in types]
    assert all(names)
    assert len(set(names)) == len(names)
    # Abbreviations of the trade stay out of what patients read.
    assert not [name for name in names if name.startswith("CR ") or " CR " in name or "DICOM" in name]
    assert types.find("11502-2").plain_name == "Résultats d'analyses de biologie"  # type: ignore[union-attr]


def test_a_class_beside_the_official_one_gives_its_reason(types: DocumentTypes) -> None:
    for line in types:
        assert len(set(line.classes)) == len(line.classes)
        assert line.category.code == line.classes[0]
        assert line.category.display
        if len(line.classes) > 1 or not line.class_is_official:
            assert line.reason, line.type.code


@pytest.mark.parametrize(
    ("code", "default"),
    [
        ("11502-2", "10"),
        ("60591-5", "11"),
        ("11490-0", "10"),
        ("18748-4", "31"),
        ("IMG-KOS", "31"),
        ("57833-6", "42"),
        ("60593-1", "43"),
        ("18776-5", "44"),
        ("80565-5", "45"),
        ("11369-6", "52"),
        ("REMB", "60"),
        ("EXPPAT_3", "90"),
        ("51851-4", "95"),
        ("FEUILLE-DE-STYLE", "99"),
    ],
)
def test_default_classes(types: DocumentTypes, code: str, default: str) -> None:
    known = types.find(code)
    assert known is not None
    assert known.category.code == default
    assert types.accepts_class(known, default)


@pytest.mark.parametrize(
    ("code", "accepted", "refused"),
    [
        ("11488-4", "10 11", "31 42 43 44 45 52 60 90 95 99 03"),
        ("11502-2", "10", "11 31 42 43 44 45 52 60 90 95 99 03"),
        ("34133-9", "11 10", "31 42"),
        ("18748-4", "31 10", "11 42"),
        ("57833-6", "42", "03 10 43"),
        ("DOCPAT04", "31 90", "10"),
    ],
)
def test_a_class_that_is_wrong_for_the_type_is_refused(
    types: DocumentTypes, code: str, accepted: str, refused: str
) -> None:
    known = types.find(code)
    assert known is not None
    for class_code in accepted.split():
        assert types.accepts_class(known, class_code)
    for class_code in ("", *refused.split()):
        assert not types.accepts_class(known, class_code)


def test_a_type_is_found_under_its_system_only(types: DocumentTypes) -> None:
    assert types.find("11488-4") is types.find("11488-4", LOINC)
    assert types.find("SYNTH", COMPLEMENTARY) is not None
    assert types.find("11488-4", COMPLEMENTARY) is None
    assert types.find("00000-0") is None


@pytest.mark.parametrize(
    ("code", "audience"),
    [
        ("11488-4", Audience.PROFESSIONAL),
        ("EXPPAT_3", Audience.PATIENT),
        ("DOCPAT08", Audience.PATIENT),
        ("REMB", Audience.INSURANCE),
        ("PIECE-IDENTITE", Audience.ADMINISTRATIVE),
    ],
)
def test_who_speaks(types: DocumentTypes, code: str, audience: Audience) -> None:
    known = types.find(code)
    assert known is not None
    assert known.audience is audience


@pytest.mark.parametrize(
    ("code", "templates", "body", "mime_type", "expected"),
    [
        ("11502-2", (f"{MODEL}.1", f"{MODEL}.55"), "N3", "text/xml", "urn:ihe:lab:xd-lab:2008"),
        ("11502-2", (f"{MODEL}.1", f"{MODEL}.55/2024.01"), "N3", "text/xml", "urn:ihe:lab:xd-lab:2008"),
        ("11502-2", ("1.3.6.1.4.1.19376.1.3.3/2021.01",), "N3", "text/xml", "urn:ihe:lab:xd-lab:2008"),
        ("SYNTH", (f"{MODEL}.13/201310",), "N3", "text/xml", "urn:asip:ci-sis:vsm:2012"),
        ("34133-9", (f"{MODEL}.2.1", f"{MODEL}.2.1.5/2022.01"), "N3", "text/xml", "urn:asip:ci-sis:ppv:2009"),
        ("18776-5", (f"{MODEL}.20/2021.01",), "N3", "text/xml", "urn:asip:ci-sis:pps-paerpa:2017"),
        ("60568-3", (f"{MODEL}.57/2026.01",), "N3", "text/xml", "urn:ihe:palm:apsr:2016"),
        ("11502-2", (UNSTRUCTURED,), "N1", "text/xml", "urn:ihe:iti:xds-sd:pdf:2008"),
        ("11502-2", (f"{MODEL}.55", UNSTRUCTURED), "N1", PDF, "urn:ihe:iti:xds-sd:pdf:2008"),
        ("11488-4", (UNSTRUCTURED,), "N1", "image/jpeg", "urn:ihe:iti-fr:xds-sd:jpeg:2010"),
        ("11488-4", (UNSTRUCTURED,), None, "text/plain", "urn:ihe:iti:xds-sd:text:2008"),
        ("11488-4", (), None, PDF, "urn:ihe:iti:xds-sd:pdf:2008"),
        ("11488-4", (), None, "Application/PDF; version=1.7", "urn:ihe:iti:xds-sd:pdf:2008"),
        ("IMG-KOS", (), None, DICOM, "1.2.840.10008.5.1.4.1.1.88.59"),
    ],
)
def test_the_format_follows_from_the_model(
    types: DocumentTypes, *, code: str, templates: tuple[str, ...], body: str | None, mime_type: str, expected: str
) -> None:
    known = types.find(code)
    assert known is not None
    found = types.format_for(known, template_ids=templates, body=body, mime_type=mime_type)
    assert found is not None
    assert found.code == expected
    assert types.in_value_set("format", found) is not None


@pytest.mark.parametrize(
    ("code", "templates", "body", "mime_type"),
    [
        ("11502-2", (f"{MODEL}.1",), "N3", "text/xml"),
        ("11502-2", (f"{MODEL}.999",), "N3", PDF),
        ("11488-4", (), None, "application/xml"),
        ("11488-4", (), None, "image/png"),
        ("11488-4", (), None, DICOM),
        ("11488-4", (), None, ""),
    ],
)
def test_the_tables_do_not_guess_a_format(
    types: DocumentTypes, code: str, templates: tuple[str, ...], body: str | None, mime_type: str
) -> None:
    known = types.find(code)
    assert known is not None
    assert types.format_for(known, template_ids=templates, body=body, mime_type=mime_type) is None


@pytest.mark.parametrize(
    ("attribute", "code", "system", "label"),
    [
        ("type", "11488-4", LOINC, "CR ou fiche de consultation ou de visite"),
        ("category", "10", "1.2.250.1.213.1.1.4.1", "Compte rendu"),
        ("format", "urn:ihe:iti:xds-sd:pdf:2008", IHE_FORMATS, "Document à corps non structuré en Pdf/A-1"),
        ("format", "urn:asip:ci-sis:vsm:2012", ANS_FORMATS, "Synthèse médicale"),
        ("facility_type", "SA07", "1.2.250.1.71.4.2.4", "Cabinet individuel"),
        ("practice_setting", "AMBULATOIRE", "1.2.250.1.213.1.1.4.9", "Ambulatoire"),
        ("confidentiality", "N", CONFIDENTIALITY, "Normal"),
        ("visibility", "MASQUE_PS", VISIBILITY, "Masqué aux professionnels de santé"),
        ("author_specialty", "G15_10/SM26", "1.2.250.1.213.1.1.4.5", "Médecin - Qualifié en Médecine Générale (SM)"),
        ("author_role", "PCP", "2.16.840.1.113883.5.88", "Médecin traitant"),
        (
            "content_type",
            "03",
            "1.2.250.1.213.2.2",
            "Hospitalisation complète (non compris hospitalisation de semaine)",
        ),
    ],
)
def test_value_sets_give_the_official_label(
    types: DocumentTypes, attribute: str, code: str, system: str, label: str
) -> None:
    assert types.in_value_set(attribute, Code(code, system, "as received")) == Code(code, system, label)


@pytest.mark.parametrize(
    ("attribute", "code", "system"),
    [
        ("category", "03", "1.2.250.1.213.1.1.4.1"),
        ("category", "10", LOINC),
        ("confidentiality", "MASQUE_PS", VISIBILITY),
        ("visibility", "N", CONFIDENTIALITY),
        ("visibility", "MASQUE_PT", VISIBILITY),
        ("facility_type", "264358009", SNOMED),
        ("practice_setting", "22232009", SNOMED),
        ("format", "urn:ihe:pharm:pml:2013", IHE_FORMATS),
        ("type", "34108-1", LOINC),
    ],
)
def test_other_codes_are_not_in_the_value_set(types: DocumentTypes, attribute: str, code: str, system: str) -> None:
    assert types.in_value_set(attribute, Code(code, system)) is None


def test_an_unknown_attribute_is_a_mistake(types: DocumentTypes) -> None:
    with pytest.raises(KeyError):
        types.in_value_set("colour", Code("red", "1.2"))


@pytest.mark.parametrize(
    ("attribute", "code", "system"),
    [
        ("facility_type", "22232009", SNOMED),
        ("facility_type", "35971002", SNOMED),
        ("practice_setting", "394802001", SNOMED),
        ("format", "urn:ihe:iti:xds:2017:mimeTypeSufficient", IHE_FORMATS),
    ],
)
def test_codes_of_the_published_examples_are_accepted(
    types: DocumentTypes, attribute: str, code: str, system: str
) -> None:
    found = types.in_value_set(attribute, Code(code, system))
    assert found is not None
    assert (found.code, found.system) == (code, system)


def test_n_under_the_visibility_system_becomes_the_official_n(types: DocumentTypes) -> None:
    assert types.in_value_set("confidentiality", Code("N", VISIBILITY)) == Code("N", CONFIDENTIALITY, "Normal")


def cda_files(samples: Path) -> list[Path]:
    return sorted((samples / "cda").rglob("*.xml"))


def test_every_sample_cda_has_a_type_and_a_format(types: DocumentTypes, samples: Path) -> None:
    files = cda_files(samples)
    assert files
    without: list[str] = []
    for path in files:
        root = etree.parse(path, etree.XMLParser(resolve_entities=False, no_network=True)).getroot()
        code = root.find("{*}code")
        assert code is not None
        known = types.find(code.get("code", ""), code.get("codeSystem"))
        assert known is not None, path.name
        templates = tuple(
            "/".join(filter(None, (template.get("root"), template.get("extension"))))
            for template in root.findall("{*}templateId")
        )
        body = "N1" if root.find("{*}component/{*}nonXMLBody") is not None else "N3"
        if types.format_for(known, template_ids=templates, body=body, mime_type="text/xml") is None:
            without.append(path.name)
    assert without == []


def test_every_coded_place_of_the_sample_cda_is_in_its_value_set(types: DocumentTypes, samples: Path) -> None:
    places = {
        "facility_type": "{*}componentOf/{*}encompassingEncounter/{*}location/{*}healthCareFacility/{*}code",
        "practice_setting": (
            "{*}documentationOf/{*}serviceEvent/{*}performer/{*}assignedEntity/{*}representedOrganization"
            "/{*}standardIndustryClassCode"
        ),
        "author_specialty": "{*}author/{*}assignedAuthor/{*}code",
        "author_role": "{*}author/{*}functionCode",
        "confidentiality": "{*}confidentialityCode",
    }
    unknown: set[tuple[str, str, str]] = set()
    for path in cda_files(samples):
        root = etree.parse(path, etree.XMLParser(resolve_entities=False, no_network=True)).getroot()
        for attribute, place in places.items():
            for element in root.findall(place):
                code = Code(element.get("code", ""), element.get("codeSystem", ""))
                if code.code and types.in_value_set(attribute, code) is None:
                    unknown.add((attribute, code.code, code.system))
    assert unknown == set()


def fiches(samples: Path) -> Iterator[dict[str, Any]]:
    """The DocumentReferences published by the ANS, alone or in a Bundle."""
    for folder in ("pdsm", "pdsm4dmp/examples-published", "pdsm4dmp/examples-source"):
        for path in sorted((samples / "fhir" / folder).glob("*.json")):
            resource = json.loads(path.read_text(encoding="utf-8"))
            entries = [entry.get("resource", {}) for entry in resource.get("entry", ())]
            yield from (one for one in (resource, *entries) if one.get("resourceType") == "DocumentReference")


def test_every_published_fiche_is_accepted(types: DocumentTypes, samples: Path) -> None:
    count = 0
    for fiche in fiches(samples):
        count += 1
        context = fiche.get("context", {})
        codings = {
            "type": fiche["type"],
            "category": next(iter(fiche.get("category", ())), {}),
            "facility_type": context.get("facilityType", {}),
            "practice_setting": context.get("practiceSetting", {}),
            "confidentiality": next(iter(fiche.get("securityLabel", ())), {}),
            "format": {"coding": [content["format"] for content in fiche["content"] if "format" in content]},
        }
        found = {
            attribute: types.in_value_set(attribute, Code(coding["code"], system_oid(coding["system"])))
            for attribute, concept in codings.items()
            for coding in concept.get("coding", ())
        }
        assert None not in found.values(), (fiche["id"], found)
        known = types.find(found["type"].code)  # type: ignore[union-attr]
        assert known is not None
        if found.get("category"):
            assert types.accepts_class(known, found["category"].code), fiche["id"]  # type: ignore[union-attr]
    assert count >= 6


def test_a_line_with_an_unknown_class_stops_the_start() -> None:
    row = {"code": "X", "system": "1.2", "label": "x", "plain_name": "x", "classes": "10;03"}
    with pytest.raises(ValueError, match="X: unknown class in 10;03"):
        _document_type(row, {"10": Code("10", "1.2.250.1.213.1.1.4.1")})
