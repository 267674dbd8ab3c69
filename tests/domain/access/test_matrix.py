"""The matrix of habilitations: the shipped default, and the files of operators."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.domain.access.matrix import MatrixError, load_matrix, parse_matrix
from carnet.vocabulary.value_sets import value_set

CLASSES = ("10", "11", "31", "42", "43", "44", "45", "52", "60", "90", "95")
HEADING = "# edition: annex 2026\nprofession,scope,codes,read\n"
REFINED = "# edition: annex 2026\nprofession,specialty,function,scope,codes,read\n"


def allows(profession: str | None, type_code: str, class_code: str) -> bool:
    return load_matrix(None).allows(profession, type_code=type_code, class_code=class_code)


def test_the_default_is_read_once_and_names_its_edition() -> None:
    assert load_matrix(None) is load_matrix(None)
    assert load_matrix(None).edition.startswith("carnet-default-matrix")


def test_a_podologist_does_not_read_a_birth_report() -> None:
    assert not allows("80", "15508-5", "10")
    assert allows("80", "11488-4", "10")


def test_a_dentist_does_not_read_advance_directives() -> None:
    assert not allows("40", "EXPPAT_3", "90")
    assert allows("40", "EXPPAT_1", "90")


@pytest.mark.parametrize("class_code", CLASSES)
def test_a_physician_reads_every_class(class_code: str) -> None:
    assert allows("10", "any", class_code)


@pytest.mark.parametrize("profession", ["26", "28", "31", "32", "81", "82", "83", "84", "85", "99", "", None])
def test_professions_without_a_line_read_nothing(profession: str | None) -> None:
    for class_code in CLASSES:
        assert not allows(profession, "11488-4", class_code)


@pytest.mark.parametrize(
    ("profession", "type_code", "class_code", "allowed"),
    [
        ("50", "15508-5", "10", True),
        ("50", "REMB", "60", False),
        ("21", "57833-6", "42", True),
        ("21", "11502-2", "10", True),
        ("21", "34794-8", "10", False),
        ("21", "68599-0", "11", False),
        ("60", "11488-4", "10", True),
        ("60", "CERT_DECL", "52", False),
        ("60", "11369-6", "52", True),
        ("60", "68599-0", "11", False),
        ("69", "68599-0", "11", True),
        ("70", "57833-6", "42", True),
        ("70", "EXPPAT_3", "90", False),
        ("93", "83901-9", "11", True),
        ("98", "18748-4", "31", True),
        ("98", "11502-2", "10", False),
        ("36", "74207-2", "11", True),
        ("36", "60591-5", "11", False),
    ],
)
def test_cells_of_the_default(profession: str, type_code: str, class_code: str, *, allowed: bool) -> None:
    assert allows(profession, type_code, class_code) is allowed


def test_only_physicians_read_reimbursements_and_administrative_papers() -> None:
    for profession in value_set("TRE_G15-ProfessionSante"):
        for class_code in ("60", "95"):
            assert allows(profession.code, "any", class_code) is (profession.code == "10")


def test_an_operator_replaces_the_default(tmp_path: Path) -> None:
    path = tmp_path / "annex.csv"
    path.write_text(
        "\ufeff" + HEADING + '\n# a comment\n60, class, 10 11, yes\n60,type,"11488-4",no\n60,type,EXPPAT_3,yes\n'
    )
    matrix = load_matrix(path)
    assert matrix.edition == "annex 2026"
    assert matrix.allows("60", type_code="34112-3", class_code="10")
    assert not matrix.allows("60", type_code="11488-4", class_code="10")
    assert matrix.allows("60", type_code="EXPPAT_3", class_code="90")
    assert not matrix.allows("10", type_code="34112-3", class_code="10")


def test_the_most_precise_cell_wins() -> None:
    matrix = parse_matrix(
        REFINED + "10,,,class,10 11,yes\n10,SM54,,class,10,no\n10,SM54,,type,11502-2,yes\n10,,FON-12,class,11,no\n"
        "10,SM54,FON-12,class,11,yes\n60,,FON-12,class,10,yes\n"
    )

    def allows(type_code: str, class_code: str, *, of: str = "10", specialty: str = "", function: str = "") -> bool:
        return matrix.allows(
            of, type_code=type_code, class_code=class_code, specialty=specialty or None, function=function or None
        )

    assert allows("11488-4", "10")
    assert allows("11488-4", "10", specialty="SM26")
    assert not allows("11488-4", "10", specialty="SM54")
    assert allows("11502-2", "10", specialty="SM54")
    assert allows("34133-9", "11", specialty="SM54")
    assert not allows("34133-9", "11", function="FON-12")
    assert allows("34133-9", "11", specialty="SM54", function="FON-12")
    assert not allows("11488-4", "10", specialty="SM54", function="FON-12")
    assert allows("11488-4", "10", of="60", function="FON-12")
    assert not allows("11488-4", "10", of="60")
    assert not matrix.allows(None, type_code="11488-4", class_code="10", function="FON-12")


def test_an_explicit_no_on_a_class_denies() -> None:
    assert not parse_matrix(HEADING + "60,class,10,no\n").allows("60", type_code="11488-4", class_code="10")


@pytest.mark.parametrize(
    ("text", "line", "fault"),
    [
        ("", 1, "first line"),
        ("profession,scope,codes,read\n", 1, "first line"),
        ("# edition:  \nprofession,scope,codes,read\n", 1, "first line"),
        ("# edition: x\n\nprofession;scope;codes;read\n", 3, "header"),
        ("# edition: x\n10,class,10,yes\n", 2, "header"),
        (HEADING, 2, "no line"),
        (HEADING + "10,class,10\n", 3, "4 fields"),
        (HEADING + "10,class,10,yes,now\n", 3, "4 fields"),
        (HEADING + "\n# why\n07,class,10,yes\n", 5, "profession '07'"),
        (HEADING + "10,family,10,yes\n", 3, "scope"),
        (HEADING + "10,class,10,oui\n", 3, "read is"),
        (HEADING + "10,class,,yes\n", 3, "no code"),
        (HEADING + "10,class,10 12,yes\n", 3, "class '12'"),
        (HEADING + "10,class,11488-4,yes\n", 3, "class '11488-4'"),
        (HEADING + "10,type,10,yes\n", 3, "type '10'"),
        (HEADING + "10,class,10 10,yes\n", 3, "already said"),
        (REFINED + "10,class,10,yes\n", 3, "6 fields"),
        (REFINED + "10,SM99,,class,10,yes\n", 3, "specialty 'SM99'"),
        (REFINED + "10,,FON-01 FON-02,class,10,yes\n", 3, "function"),
        (REFINED + "10,SM54,,class,10,yes\n10,SM54,,class,10,no\n", 4, "10 SM54 class 10 is already said"),
        (HEADING + "10,type,REMB,yes\n10,type,REMB,no\n", 4, "already said"),
    ],
)
def test_a_fault_is_told_with_its_line(text: str, line: int, fault: str) -> None:
    with pytest.raises(MatrixError, match=fault) as caught:
        parse_matrix(text)
    assert caught.value.line == line
    assert str(caught.value).startswith(f"line {line}: ")


def test_a_missing_file_is_not_replaced_by_the_default(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_matrix(tmp_path / "absent.csv")


@given(st.text(max_size=80))
def test_noise_never_becomes_rights(noise: str) -> None:
    try:
        matrix = parse_matrix(HEADING + "60,class,10,no\n" + noise)
    except MatrixError:
        return
    # What was read says nothing beyond lines that are whole.
    assert len(matrix.types) + sum(map(len, matrix.classes.values())) <= len(noise.split())
