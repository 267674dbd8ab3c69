"""Lines of a population file: read, or refused with the column to mend."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders.population import HEADING, a_line, a_matricule

from carnet.domain.errors import Invalid
from carnet.domain.people.model import (
    FormerIns,
    IdentityAttribute,
    IdentityStatus,
    LocalIdentifier,
    ReceivedIdentity,
    Sex,
)
from carnet.formats.population_csv import OPTIONAL, REQUIRED, PopulationCsv
from carnet.vocabulary.ins import NIA, NIR, NIR_TEST, Ins

TABLE = PopulationCsv.of_heading(HEADING.encode())


def read(line: str, heading: str = HEADING) -> ReceivedIdentity:
    return PopulationCsv.of_heading(heading.encode()).read(line.encode())


def code_of(line: str | bytes, table: PopulationCsv = TABLE) -> tuple[str, str | None]:
    with pytest.raises(Invalid) as refused:
        table.read(line if isinstance(line, bytes) else line.encode())
    return refused.value.code, refused.value.issues[0].facts.get("column")


def test_a_line_is_a_qualified_person() -> None:
    person = read(a_line(1, nom_naissance="D’ÉTÉ"))
    assert person.ins == Ins(a_matricule(1), NIR_TEST)
    assert (person.traits.birth_name, person.traits.sex, person.status) == ("D’ÉTÉ", Sex.MALE, IdentityStatus.QUALIFIED)


@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_columns_in_any_order_under_any_separator(separator: str) -> None:
    heading, line = (separator.join(reversed(text.split(";"))) for text in (HEADING, a_line(2)))
    assert read(line, heading) == read(a_line(2))


def test_every_column() -> None:
    heading = ";".join((*REQUIRED, *OPTIONAL))
    line = (
        f"{a_matricule(3)};{NIR_TEST};MARTIN;ANNE;1980-06-01;F;ANNE LISE;2A004;DURAND;ANNIE;QUAL;HOMA;{a_matricule(4)}^{NIR_TEST} "
        f"{a_matricule(5)}^{NIR_TEST};IPP-1;1.2.250.1.999.1;CN;INSI;2026-01-15;2026-01-16;oui;NON"
    )
    person = read(line, heading)
    assert person.former == (FormerIns(Ins(a_matricule(4), NIR_TEST)), FormerIns(Ins(a_matricule(5), NIR_TEST)))
    assert (person.used_name, person.used_given_name, person.attributes) == (
        "DURAND",
        "ANNIE",
        {IdentityAttribute.HOMONYM},
    )
    assert (person.validation_mode, person.method_collection) == ("CN", "INSI")
    assert (person.insi_questioned_on, person.validated_on) == (date(2026, 1, 15), date(2026, 1, 16))
    assert (person.local, person.is_active, person.is_deceased) == (
        LocalIdentifier("IPP-1", "1.2.250.1.999.1"),
        True,
        False,
    )


def test_quoted_values_hold_the_separator() -> None:
    assert read(a_line(6).replace("PAT-6", '"PAT;""SIX"""')).traits.birth_name == 'PAT;"SIX"'


def test_someone_without_a_matricule() -> None:
    heading = HEADING + ";statut"
    assert read(a_line(7, matricule="", oid="") + ";VALI", heading).ins is None


@pytest.mark.parametrize("missing", REQUIRED)
def test_a_missing_column_stops_the_file(missing: str) -> None:
    heading = ";".join(name for name in HEADING.split(";") if name != missing)
    with pytest.raises(Invalid, match="population-column-missing") as refused:
        PopulationCsv.of_heading(heading.encode())
    assert refused.value.issues[0].facts == {"column": missing}


def test_a_heading_that_cannot_be_used() -> None:
    with pytest.raises(Invalid, match="population-column-twice"):
        PopulationCsv.of_heading((HEADING + ";sexe").encode())
    with pytest.raises(Invalid, match="line-encoding"):
        PopulationCsv.of_heading(HEADING.encode("utf-16"))


def test_columns_that_are_not_read_are_told() -> None:
    table = PopulationCsv.of_heading((HEADING + ";caisse;régime").encode())
    assert table.unknown == ("caisse", "régime")
    assert table.read((a_line(8) + ";01;x").encode()).ins == Ins(a_matricule(8), NIR_TEST)


@pytest.mark.parametrize(
    ("changes", "code", "column"),
    [
        ({"oid": "1.2.3"}, "ins-oid", None),
        ({"matricule": "12"}, "ins-format", None),
        ({"oid": NIR, "matricule": a_matricule(1)[:13] + "00"}, "ins-key", None),
        ({"oid": NIA, "matricule": a_matricule(1)[:13] + "00"}, "ins-key", None),
        ({"sexe": "X"}, "column-invalid", "sexe"),
        ({"lieu_naissance": "75056;"}, "line-columns", None),
    ],
)
def test_a_wrong_value(changes: dict[str, str], code: str, column: str | None) -> None:
    assert code_of(a_line(9, **changes)) == (code, column)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("statut", "QUALIFIEE"), ("attributs", "HOMO"), ("anciens_matricules", "123"), ("date_insi", "15/01/2026"),
        ("date_validation", "2026"), ("actif", "peut-être"), ("decede", "1"),
    ],
)  # fmt: skip
def test_a_wrong_optional_value(column: str, value: str) -> None:
    table = PopulationCsv.of_heading(f"{HEADING};{column}".encode())
    assert code_of(f"{a_line(10)};{value}", table) == ("column-invalid", column)


def test_a_local_identifier_goes_with_its_system() -> None:
    table = PopulationCsv.of_heading(f"{HEADING};identifiant_local;systeme_local".encode())
    assert code_of(a_line(11) + ";IPP-1;", table) == ("column-invalid", "systeme_local")
    assert code_of(a_line(11) + ";;1.2.3", table) == ("column-invalid", "identifiant_local")


def test_what_is_not_a_line() -> None:
    assert code_of(a_line(12, nom_naissance="ÉTÉ").encode("latin-1")) == ("line-encoding", None)
    assert code_of(a_line(12).replace("PAT-C", '"PAT-C')) == ("line-quotes", None)
    assert code_of("") == ("line-columns", None)


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_noise_is_refused_not_raised(line: bytes) -> None:
    try:
        TABLE.read(line)
    except Invalid:
        return
