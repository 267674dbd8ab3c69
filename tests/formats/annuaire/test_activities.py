"""Personne_activite: columns by name, and each way in which a line can be wrong."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders.annuaire import a_person, activities, an_activity, an_rpps, column

from carnet.domain.directory.loading.model import Activity, LineFault, Warned
from carnet.domain.errors import Invalid
from carnet.formats.annuaire.activities import activity_columns, read_activities
from carnet.formats.annuaire.columns import file_kind
from carnet.formats.annuaire.lines import read_lines
from carnet.territory.annuaire import ACTIVITY_COLUMNS


def read(content: bytes) -> list[object]:
    lines = read_lines([content])
    columns = activity_columns(next(lines).text)
    return list(read_activities(lines, columns))


def one(content: bytes) -> Activity:
    ((_, value),) = read(content)
    assert isinstance(value, Activity)
    return value


def codes(content: bytes) -> list[str]:
    return [entry.code for entry in read(content) if isinstance(entry, LineFault | Warned)]


def test_a_line_becomes_a_value() -> None:
    read_ = one(activities(an_activity(1, legal="990000019", skill="SM26", skill_type="S", title="DR")))
    assert (read_.person, read_.number_type, read_.number) == ("8" + an_rpps(1), "8", an_rpps(1))
    assert (read_.profession, read_.category, read_.skill, read_.skill_type, read_.title) == (
        "10",
        "C",
        "SM26",
        "S",
        "DR",
    )
    assert (read_.organization, read_.part_of, read_.technical_id) == ("1990000001", "1990000019", "F990000001")
    assert (read_.place.postal_code, read_.place.city, read_.place.delivery) == (
        "69003",
        "Lyon 3e Arrondissement",
        "69003 LYON",
    )


def test_columns_are_found_wherever_they_are_and_others_are_told() -> None:
    shuffled = ("Colonne nouvelle", *reversed(ACTIVITY_COLUMNS))
    row = an_activity(1) | {"Colonne nouvelle": "?"}
    assert one(activities(row, columns=shuffled)) == one(activities(row))
    header = activities(columns=shuffled).decode().strip()
    columns = activity_columns(header)
    assert columns.unknown == ("Colonne nouvelle",)
    assert columns.missing == ()


def test_names_of_columns_are_compared_without_case_accents_or_apostrophes() -> None:
    spelled = [name.upper().replace("'", "’").replace("É", "E") for name in ACTIVITY_COLUMNS]
    header = "|".join(spelled)
    row = activities(an_activity(1)).split(b"\n")[1]
    assert one(header.encode() + b"\n" + row + b"\n").family == "ESSAI1"
    assert file_kind(header) == "activities"


def test_an_optional_column_may_be_missing_and_is_told() -> None:
    kept = tuple(name for name in ACTIVITY_COLUMNS if name != "Téléphone 2 (coord. structure)")
    assert one(activities(an_activity(1, phone="0465710000"), columns=kept)).phone2 == ""
    assert activity_columns("|".join(kept)).missing == ("Téléphone 2 (coord. structure)",)


@pytest.mark.parametrize("name", ["Identification nationale PP", "Code profession", "Nom d'exercice"])
def test_a_required_column_missing_refuses_the_file(name: str) -> None:
    with pytest.raises(Invalid) as told:
        activity_columns("|".join(column for column in ACTIVITY_COLUMNS if column != name))
    assert [(issue.code, issue.facts["name"]) for issue in told.value.issues] == [("directory-columns-missing", name)]


def test_a_column_there_twice_refuses_the_file() -> None:
    with pytest.raises(Invalid) as told:
        activity_columns("|".join((*ACTIVITY_COLUMNS, "Code profession")))
    assert told.value.code == "directory-columns-repeated"


def test_someone_without_an_activity_has_no_structure() -> None:
    read_ = one(activities(a_person(1)))
    assert (read_.organization, read_.mode, read_.activity) == ("", "", "")


@pytest.mark.parametrize(
    ("changes", "organization"),
    [
        ({"technical": "C99999999900011", "finess": "", "siret": "99999999900011"}, "399999999900011"),
        ({"technical": "", "finess": "", "siret": "99999999900011"}, "399999999900011"),
        ({"technical": "", "finess": "2A0000014"}, "12A0000014"),
        ({"technical": "R99900001", "finess": "", "former": "499900000000001"}, "499900000000001"),
        ({"technical": "R99900001", "finess": "", "former": ""}, "499900001"),
    ],
)
def test_a_structure_has_its_national_identifier(changes: dict[str, str], organization: str) -> None:
    assert one(activities(an_activity(1, **changes))).organization == organization


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"Identification nationale PP": ""}, "person-missing"),
        ({"Identification nationale PP": "899910000017"}, "person-number"),
        ({"Identifiant PP": "9991", "Identification nationale PP": "89991"}, "person-number"),
        ({"family": ""}, "name-missing"),
        ({"profession": "10 ou 60"}, "code-malformed"),
        ({"name": "X" * 501}, "field-too-long"),
        ({"technical": "F99", "finess": ""}, "structure-number"),
        ({"legal": "99"}, "structure-number"),
    ],
)
def test_a_wrong_line_is_told_and_the_next_is_read(changes: dict[str, str], code: str) -> None:

    wrong = an_activity(1) | {column(name): value for name, value in changes.items()}
    first, second = read(activities(wrong, an_activity(2)))
    assert isinstance(first, LineFault)
    assert (first.line, first.code) == (2, code)
    assert not isinstance(second, LineFault)


def test_a_wrong_key_of_an_rpps_is_only_told() -> None:
    row = a_person(1)
    number = row["Identifiant PP"][:-1] + str((int(row["Identifiant PP"][-1]) + 1) % 10)
    row |= {"Identifiant PP": number, "Identification nationale PP": "8" + number}
    warned, (_, value) = read(activities(row))
    assert warned == Warned(2, "rpps-key")
    assert isinstance(value, Activity)


def test_someone_known_by_a_role_alone_is_kept_and_told() -> None:
    warned, (_, value) = read(activities(an_activity(1, profession="", category="", role="ROL01")))
    assert warned == Warned(2, "profession-missing")
    assert isinstance(value, Activity)


def test_a_line_with_too_few_or_too_many_fields_is_told_with_whom_it_speaks_of() -> None:
    header, line, _ = activities(a_person(1)).split(b"\n")
    for wrong in (line[:-10], line + b"x|"):
        (fault,) = read(header + b"\n" + wrong + b"\n")
        assert isinstance(fault, LineFault)
        assert (fault.code, fault.key) == ("line-columns", "8" + an_rpps(1))
    (whole,) = read(header + b"\n" + line + b"|||\n")
    assert not isinstance(whole, LineFault)


def test_a_last_line_cut_short_is_told() -> None:
    content = activities(a_person(1), a_person(2))
    assert codes(content[:-1]) == []  # only the end of line is missing: nothing is lost
    assert codes(content[:-2]) == ["line-truncated"]
    assert codes(content[:-40]) == ["line-truncated"]


def test_a_line_in_another_encoding_says_of_whom_it_speaks() -> None:
    row = activities(a_person(1, family="FAÇADE")).decode().split("\n")[1]
    content = activities(a_person(2)) + row.encode("latin-1") + b"\n"
    fault = read(content)[1]
    assert fault == LineFault(3, "line-encoding", "8" + an_rpps(1))


def test_spaces_and_tabs_around_values_are_taken_off() -> None:
    content = activities(a_person(1, family=" LE\tGOFF ", given="ANNE  MARIE"))
    read_ = one(content)
    assert (read_.family, read_.given) == ("LE GOFF", "ANNE MARIE")


NOISE = st.one_of(st.binary(max_size=400), st.text(alphabet="|8019ABé \t\\'\x00", max_size=200).map(str.encode))


@given(st.lists(NOISE, max_size=5))
def test_noise_never_fails(noise: list[bytes]) -> None:
    header, good, _ = activities(an_activity(1)).split(b"\n")
    content = b"\n".join((header, *noise, good, b""))
    entries = read(content)
    assert isinstance(entries[-1], tuple)
    assert entries[-1][1] == one(header + b"\n" + good + b"\n")


def test_public_sample(samples: Path) -> None:
    (path,) = (samples / "annuaire").glob("PS_LibreAcces_Personne_activite_*.txt")
    entries = read(path.read_bytes())
    values = [
        entry[1] for entry in entries if isinstance(entry, tuple) and len(entry) == 2 and isinstance(entry[1], Activity)
    ]
    assert len(values) == 8 == len(entries)
    assert activity_columns(path.read_text("utf-8").split("\n")[0]).unknown == ()
    assert {value.organization for value in values} == {"1999990001", "399999999900011", "499900000000001", ""}


def test_restricted_sample(samples: Path) -> None:
    (path,) = (samples / "annuaire" / "psc-extract").glob("*.txt")
    value = one(path.read_bytes())
    assert (value.person, value.organization, value.part_of) == ("0533100558", "1510032549", "1150028085")
    assert "1983" not in str(value)
