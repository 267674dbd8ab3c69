import pytest
from tests.builders.cda import NIR_TEST, a_cda

from carnet.domain.people.model import InsTraits, Sex
from carnet.domain.record.model import DocumentHeader
from carnet.formats.cda.header import read_header
from carnet.vocabulary.ins import Ins

MATRICULE = "299075110804208"
ID = f'<id extension="{MATRICULE}" root="{NIR_TEST}"/>'


def codes(header: DocumentHeader) -> list[str]:
    return [issue.code for issue in header.issues]


def test_the_ins_and_its_traits() -> None:
    header = read_header(a_cda(used_name="USAGE", used_given_name="CAM"))
    assert header.ins == Ins(MATRICULE, NIR_TEST)
    assert header.ins_fault is None
    assert header.traits == InsTraits("ESSAI-DOCUMENT", "CAMILLE", "1999-07-14", Sex.FEMALE, "CAMILLE ANDREE", "51108")
    assert header.missing_traits == ()
    assert (header.used_name, header.used_given_name) == ("USAGE", "CAM")
    assert header.source_patient_id == ("IPP-4521", "1.2.250.1.999.7.1")


def test_the_first_local_identifier_is_kept() -> None:
    data = a_cda(swap={ID: ID + '<id root="1.2.250.1.999.7.2" extension="A1"/>'})
    assert read_header(data).source_patient_id == ("A1", "1.2.250.1.999.7.2")


def test_older_documents_say_the_used_name_with_another_qualifier() -> None:
    data = a_cda(swap={"</family><given>": '</family><family qualifier="SP">EPOUSE</family><given>'})
    assert read_header(data).used_name == "EPOUSE"


@pytest.mark.parametrize(
    ("ins", "fault"),
    [
        (("299075110804209", "1.2.250.1.213.1.4.8"), "ins-key"),
        (("2990751108042", "1.2.250.1.213.1.4.8"), "ins-format"),
        (("X99075110804208", NIR_TEST), "ins-format"),
        (("299075110804208", "1.2.250.1.213.1.4.2"), "ins-oid"),
        (("299075110804208", "1.2.250.1.213.1.4.1"), "ins-oid"),
    ],
)
def test_a_wrong_ins_is_said_and_not_kept(ins: tuple[str, str], fault: str) -> None:
    header = read_header(a_cda(ins=ins))
    assert (header.ins, header.ins_fault) == (None, fault)
    assert header.source_patient_id == ("IPP-4521", "1.2.250.1.999.7.1")


def test_no_ins_at_all_is_not_a_fault_of_form() -> None:
    header = read_header(a_cda(ins=None))
    assert (header.ins, header.ins_fault, header.issues) == (None, None, ())


def test_two_different_ins_contradict_each_other() -> None:
    for other in (
        f'<id extension="199075110804208" root="{NIR_TEST}"/>',
        '<id extension="199075110804208" root="1.2.250.1.213.1.4.8"/>',
    ):
        assert codes(read_header(a_cda(swap={ID: ID + other}))) == ["ins-contradictory"]
    assert codes(read_header(a_cda(swap={ID: ID * 2}))) == []


def test_the_unexplained_test_register_stands_beside_the_true_one() -> None:
    other = '<id extension="199075110804208" root="1.2.250.1.213.1.4.13"/>'
    header = read_header(a_cda(swap={ID: other + ID}))
    assert header.ins == Ins(MATRICULE, NIR_TEST)
    assert header.issues == ()
    assert read_header(a_cda(swap={ID: other})).ins == Ins("199075110804208", "1.2.250.1.213.1.4.13")


def test_a_patient_without_identifier_or_person() -> None:
    assert codes(read_header(a_cda(ins=None, local_id=None))) == ["cda-element-missing"]
    assert codes(read_header(a_cda(swap={'<patient classCode="PSN">': "<other>", "</patient>": "</other>"}))) == [
        "cda-element-missing"
    ]
    null = a_cda(swap={ID: '<id nullFlavor="UNK"/>'})
    assert (read_header(null).ins, read_header(null).issues) == (None, ())


def test_one_patient_exactly() -> None:
    target = "<recordTarget><patientRole/></recordTarget>"
    header = read_header(a_cda(swap={"</recordTarget>": "</recordTarget>" + target}))
    assert codes(header) == ["cda-element-repeated"]
    assert codes(read_header(a_cda(swap={"<patientRole>": "<x>", "</patientRole>": "</x>"}))) == ["cda-element-missing"]


@pytest.mark.parametrize(
    ("old", "new", "missing"),
    [
        ('<family qualifier="BR">', "<family>", "birth_name"),
        ('<given qualifier="BR">CAMILLE</given>', "", "first_given_name"),
        ("<given>CAMILLE ANDREE</given>", "", "given_names"),
        ('<birthTime value="19990714"/>', '<birthTime nullFlavor="UNK"/>', "birth_date"),
        ('<birthTime value="19990714"/>', '<birthTime value="14/07/1999"/>', "birth_date"),
        ('<administrativeGenderCode code="F"', '<administrativeGenderCode code="Z"', "sex"),
        ("<county>51108</county>", "<county/>", "birth_place"),
    ],
)
def test_a_missing_trait_is_named(old: str, new: str, missing: str) -> None:
    header = read_header(a_cda(swap={old: new}))
    assert (header.missing_traits, header.traits) == ((missing,), None)
    assert header.issues == ()


@pytest.mark.parametrize(
    ("value", "date"), [("1999", "1999"), ("199907", "1999-07"), ("199907140830+0200", "1999-07-14")]
)
def test_partial_and_precise_birth_dates(value: str, date: str) -> None:
    traits = read_header(a_cda(birth_date=value)).traits
    assert traits is not None
    assert traits.birth_date == date


def test_given_names_written_one_by_one_make_the_list() -> None:
    data = a_cda(swap={"<given>CAMILLE ANDREE</given>": "<given>CAMILLE</given><given> </given><given>ANDREE</given>"})
    traits = read_header(data).traits
    assert traits is not None
    assert traits.given_names == "CAMILLE ANDREE"


@pytest.mark.parametrize(("code", "sex"), [("M", Sex.MALE), ("UN", Sex.UNDETERMINED)])
def test_sexes(code: str, sex: Sex) -> None:
    traits = read_header(a_cda(sex=code)).traits
    assert traits is not None
    assert traits.sex is sex
