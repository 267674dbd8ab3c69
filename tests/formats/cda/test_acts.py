import pytest
from tests.builders.cda import a_cda

from carnet.domain.errors import Severity
from carnet.domain.record.model import DocumentHeader
from carnet.formats.cda.acts import ACCESSION_URN, ORDER_URN, STUDY_URN
from carnet.formats.cda.header import read_header
from carnet.vocabulary.codes import Code
from carnet.vocabulary.identifiers import UniqueId

LOW = '<effectiveTime><low value="20240310080000+0100"/><high'
SETTING = '<standardIndustryClassCode code="ETABLISSEMENT" codeSystem="1.2.250.1.213.1.1.4.9" displayName="Établissement de santé"/>'
FACILITY = '<code code="SA01" codeSystem="1.2.250.1.71.4.2.4" displayName="Établissement public de santé"/>'
ENCOUNTER = "<encompassingEncounter><effectiveTime><low"


def said(header: DocumentHeader) -> list[tuple[str, str | None]]:
    return [(issue.code, issue.expression) for issue in header.issues]


def test_the_main_act_and_the_place() -> None:
    header = read_header(a_cda())
    assert header.events == (Code("IMP", "2.16.840.1.113883.5.4", "Hospitalisation"),)
    assert header.service_start is not None
    assert header.service_start.text == "2024-03-10T08:00:00+01:00"
    assert header.service_stop is not None
    assert header.service_stop.text == "2024-03-12T10:00:00+01:00"
    assert header.practice_setting == Code("ETABLISSEMENT", "1.2.250.1.213.1.1.4.9", "Établissement de santé")
    assert header.facility_type == Code("SA01", "1.2.250.1.71.4.2.4", "Établissement public de santé")
    assert read_header(a_cda(stop=None)).service_stop is None


def test_the_main_act_is_the_one_with_a_practice_setting() -> None:
    second = '<documentationOf><serviceEvent><code code="Z13.9" codeSystem="2.16.840.1.113883.6.3"/></serviceEvent></documentationOf>'
    before = read_header(a_cda(swap={"<documentationOf>": second + "<documentationOf>"}))
    assert before.issues == ()
    assert [event.code for event in before.events] == ["Z13.9", "IMP"]
    none = read_header(a_cda(swap={"<documentationOf>": second + "<documentationOf>", SETTING: ""}))
    assert said(none)[0][1] == (
        "/ClinicalDocument/documentationOf[1]/serviceEvent/performer/assignedEntity/representedOrganization/standardIndustryClassCode"
    )


ACT = "documentationOf/serviceEvent"


@pytest.mark.parametrize(
    ("old", "new", "code", "expression"),
    [
        (LOW, "<effectiveTime><high", "cda-element-missing", f"{ACT}/effectiveTime/low"),
        (LOW, '<effectiveTime><low nullFlavor="UNK"/><high', "cda-element-null", f"{ACT}/effectiveTime/low"),
        (LOW, '<effectiveTime><low value="hier"/><high', "cda-time-invalid", f"{ACT}/effectiveTime/low"),
        (SETTING, "", "cda-element-missing", f"{ACT}/performer/assignedEntity/representedOrganization/standardIndustryClassCode"),
        (SETTING, '<standardIndustryClassCode code="A"/>', "cda-code-incomplete", f"{ACT}/performer/assignedEntity/representedOrganization/standardIndustryClassCode"),
        (FACILITY, "", "cda-element-missing", "componentOf/encompassingEncounter/location/healthCareFacility/code"),
        (FACILITY, '<code nullFlavor="NA"/>', "cda-element-null", "componentOf/encompassingEncounter/location/healthCareFacility/code"),
        (FACILITY, '<code code="SA01"/>', "cda-code-incomplete", "componentOf/encompassingEncounter/location/healthCareFacility/code"),
        (ENCOUNTER, "<encompassingEncounter><x><low", "cda-element-missing", "componentOf/encompassingEncounter/effectiveTime"),
        ("<componentOf>", "<componentOf/><componentOf>", "cda-element-repeated", "componentOf"),
        ("<componentOf><encompassingEncounter>", "<componentOf><x>", "cda-element-missing", "componentOf/encompassingEncounter"),
        ("<documentationOf><serviceEvent>", "<documentationOf><x>", "cda-element-missing", "documentationOf/serviceEvent"),
    ],
)  # fmt: skip
def test_faults_of_acts_and_places(old: str, new: str, code: str, expression: str) -> None:
    swap = {old: new}
    if new.endswith("<x><low"):
        swap["</effectiveTime><location>"] = "</x><location>"
    if new == "<componentOf><x>":
        swap["</encompassingEncounter>"] = "</x>"
    if new == "<documentationOf><x>":
        swap["</serviceEvent>"] = "</x>"
    assert (code, f"/ClinicalDocument/{expression}") in said(read_header(a_cda(swap=swap)))


def test_an_unreadable_end_is_a_warning() -> None:
    header = read_header(a_cda(stop="demain"))
    assert [(issue.code, issue.severity) for issue in header.issues] == [("cda-time-invalid", Severity.WARNING)]
    assert header.service_stop is None


def test_orders_and_accession_numbers() -> None:
    order = '<inFulfillmentOf><order><id root="1.2.9" extension="P7"/>'
    data = a_cda(
        order="1.2.9",
        swap={
            '<inFulfillmentOf><order><id root="1.2.9"/>': f'<inFulfillmentOf/>{order}<id nullFlavor="UNK"/>'
            '<a:accessionNumber xmlns:a="urn:dicom-org:ps3-20" root="1.2.8" extension="A1"/>'
        },
    )
    assert read_header(data).reference_ids == ((ORDER_URN, "P7^^^&1.2.9&ISO"), (ACCESSION_URN, "A1^^^&1.2.8&ISO"))
    assert read_header(a_cda(order="1.2.9")).reference_ids == ((ORDER_URN, "1.2.9"),)


def test_the_study_of_an_imaging_report() -> None:
    study = {"<documentationOf><serviceEvent>": '<documentationOf><serviceEvent><id root="1.2.840.7"/>'}
    imaging = read_header(a_cda(level=3, model=("1.2.250.1.213.1.1.1.45", "2024.01"), swap=study))
    assert imaging.reference_ids == ((STUDY_URN, "1.2.840.7"),)
    assert read_header(a_cda(swap=study)).reference_ids == ()


RELATED = '<relatedDocument typeCode="RPLC"><parentDocument><id root="1.2.9"/>'


def test_what_it_replaces() -> None:
    assert read_header(a_cda(replaces="1.2.9")).replaces == UniqueId("1.2.9")
    assert read_header(a_cda()).replaces is None


@pytest.mark.parametrize(
    ("new", "code", "expression"),
    [
        ('<relatedDocument typeCode="APND"><parentDocument><id root="1.2.9"/>', "cda-value-unexpected", "@typeCode"),
        ('<relatedDocument typeCode="RPLC"><parentDocument>', "cda-element-missing", "parentDocument/id"),
        (
            '<relatedDocument typeCode="RPLC"><parentDocument><id root="x"/>',
            "cda-id-invalid",
            "parentDocument/id/@root",
        ),
    ],
)
def test_faults_of_relations(new: str, code: str, expression: str) -> None:
    header = read_header(a_cda(replaces="1.2.9", swap={RELATED: new}))
    assert said(header) == [(code, f"/ClinicalDocument/relatedDocument/{expression}")]
    assert header.replaces is None


def test_one_relation_at_most() -> None:
    header = read_header(
        a_cda(replaces="1.2.9", swap={RELATED: f"{RELATED}</parentDocument></relatedDocument>{RELATED}"})
    )
    assert said(header) == [("cda-element-repeated", "/ClinicalDocument/relatedDocument")]
