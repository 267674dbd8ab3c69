import json
import os
from pathlib import Path

import pytest

from carnet.formats.cda.header import read_header

SAMPLES = Path(os.environ.get("CARNET_SAMPLES", Path(__file__).parents[2] / "../shared/data"))
N = {"h": "urn:hl7-org:v3"}
ONCE = (
    "realmCode",
    "typeId",
    "id",
    "code",
    "title",
    "effectiveTime",
    "confidentialityCode",
    "languageCode",
    "setId",
    "versionNumber",
    "recordTarget",
    "custodian",
    "legalAuthenticator",
    "componentOf",
    "component",
)
ORDER = (
    *ONCE[:2],
    "templateId",
    *ONCE[2:11],
    "author",
    "custodian",
    "legalAuthenticator",
    "participant",
    "inFulfillmentOf",
    "documentationOf",
    "relatedDocument",
    "componentOf",
    "component",
)


def test_cardinalities_and_order_of_the_header(trees) -> None:
    for document, root in trees:
        names = [child.tag.split("}")[1] for child in root]
        assert all(names.count(name) == 1 for name in ONCE), document.title
        assert names.count("templateId") >= 3
        assert names.count("author") >= 1
        assert names == sorted(names, key=ORDER.index)
        assert (
            root.findtext("h:recordTarget//h:birthplace//h:county", namespaces=N)
            == document.citizen.identity.traits.birth_place
        )
        event = root.find("h:documentationOf/h:serviceEvent", N)
        assert event.find("h:effectiveTime/h:low", N) is not None
        assert (
            event.find("h:performer/h:assignedEntity/h:representedOrganization/h:standardIndustryClassCode", N)
            is not None
        )
        assert root.find("h:componentOf//h:healthCareFacility/h:code", N) is not None


def test_what_the_format_reads_is_what_was_invented(trees) -> None:
    for document, _ in trees:
        header = read_header(document.content)
        assert header.issues == (), document.title
        assert header.ins == document.ins
        assert header.traits == document.citizen.identity.traits
        assert (header.unique_id, header.replaces, header.title) == (
            document.unique_id,
            document.replaces,
            document.title,
        )
        assert header.type.code == document.type_code
        assert header.version_number == (2 if document.replaces else 1)


def test_a_correction_keeps_its_set(trees) -> None:
    by_id = {document.unique_id: root.find("h:setId", N).get("root") for document, root in trees}
    corrected = [document for document, _ in trees if document.replaces]
    assert corrected
    assert all(by_id[each.unique_id] == by_id[each.replaces] for each in corrected)


def test_patients_write_under_the_host_of_the_record(trees) -> None:
    spoken = [root for document, root in trees if document.type_code.startswith("EXPPAT")]
    assert spoken
    for root in spoken:
        assert root.find("h:custodian//h:id", N).get("root") == "1.2.250.1.213.4.1"
        assert root.find("h:author/h:assignedAuthor/h:id", N).get("extension") == root.find(
            "h:recordTarget//h:id", N
        ).get("extension")


def test_every_identifier_that_a_narrative_gives_is_unique_and_every_reference_found(trees) -> None:
    for document, root in trees:
        given = [each.get("ID") for each in root.iter("{*}content", "{*}observationMedia")]
        assert len(given) == len(set(given)), document.title
        asked = {each.get("value")[1:] for each in root.iter("{*}reference")}
        assert asked <= set(given), document.title


@pytest.mark.parametrize(
    ("value_set", "path"),
    [
        ("JDV_J07_XdsTypeCode_CISIS", "h:code"),
        ("JDV_J01_XdsAuthorSpecialty_CISIS", "h:author/h:assignedAuthor/h:code"),
        ("JDV_J02_XdsHealthcareFacilityTypeCode_CISIS", "h:componentOf//h:healthCareFacility/h:code"),
        ("JDV_J04_XdsPracticeSettingCode_CISIS", "h:documentationOf//h:standardIndustryClassCode"),
        ("JDV_J142_TypeRencontre_CISIS", "h:componentOf/h:encompassingEncounter/h:code"),
        ("JDV_HL7_Confidentiality_CISIS", "h:confidentialityCode"),
        ("JDV_J144_ParticipationType_CISIS", "h:participant[@typeCode]"),
    ],
)
def test_codes_belong_to_their_value_sets_with_the_official_label(trees, value_set, path) -> None:
    file = SAMPLES / "terminology" / f"{value_set}.json"
    if not file.exists():
        pytest.skip(f"no {file.name} in CARNET_SAMPLES")
    known = {
        (each["code"], each["system"]): each["display"]
        for each in json.loads(file.read_text(encoding="utf-8"))["concepts"]
    }
    seen = 0
    for document, root in trees:
        for element in root.findall(path, N):
            seen += 1
            if "typeCode" in path:
                assert element.get("typeCode") in {code for code, _ in known}
            elif element.get("code") != "ALIM_AM":  # the value set and the producers' table word it differently
                assert known[element.get("code"), element.get("codeSystem")] == element.get("displayName"), (
                    document.title
                )
    assert seen
