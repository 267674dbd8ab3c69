"""What a search of the directory asks the domain for, parameter by parameter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.domain.directory.search import Coded, Field, Match, Number, Register, Text
from carnet.domain.errors import Invalid
from carnet.formats.fhir.directory.parameters import RESOURCES
from carnet.formats.fhir.directory.search import read_directory_search


def values(kind: str, name: str, value: str) -> tuple[object, ...]:
    (criterion,) = read_directory_search(kind, [(name, value)], lenient=False).query.criteria
    return criterion.values


def test_texts_and_their_modifiers() -> None:
    assert values("Practitioner", "family", "Le Goff") == (Text("Le Goff"),)
    assert values("Practitioner", "family:contains", r"a\,b,c") == (
        Text("a,b", Match.CONTAINS),
        Text("c", Match.CONTAINS),
    )
    assert values("Organization", "name:exact", "X") == (Text("X", Match.EXACT),)


def test_identifiers_are_of_their_register() -> None:
    assert values("Practitioner", "identifier", "https://rpps.esante.gouv.fr|1") == (Number(Register.RPPS, "1"),)
    assert values("Practitioner", "identifier", "URN:OID:1.2.250.1.71.4.2.1|81") == (Number(Register.NATIONAL, "81"),)
    assert values("Organization", "identifier", "https://sirene.fr|123456789") == (Number(Register.SIREN, "123456789"),)
    assert values("Organization", "identifier", "https://ailleurs.example|1") == ()


def test_a_code_without_its_system_is_looked_for_everywhere() -> None:
    tables = {value.table for value in values("Practitioner", "qualification-code", "10") if isinstance(value, Coded)}
    assert tables == {"profession", "category", "skill", "skill-type"}


def test_a_total_asked_for_alone_is_counted_to_its_end() -> None:
    assert read_directory_search("Practitioner", [], lenient=False).query.total == 10_000
    for name, value in (("_count", "0"), ("_summary", "count"), ("_total", "accurate")):
        assert read_directory_search("Practitioner", [(name, value)], lenient=False).query.total == 0
    assert read_directory_search("Practitioner", [("_count", "500")], lenient=False).query.count == 200


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(Invalid) as told:
        read_directory_search("Practitioner", [("a", "1"), ("active", "x"), ("number-smartcard", "1")], lenient=False)
    assert [issue.code for issue in told.value.issues] == ["parameter-unknown", "parameter-value", "parameter-not-held"]


@given(
    st.sampled_from(sorted(RESOURCES)),
    st.lists(
        st.tuples(
            st.sampled_from(sorted({name for searched in RESOURCES.values() for name in searched.known}))
            | st.sampled_from(
                [
                    "_count",
                    "_total",
                    "_include",
                    "_revinclude",
                    "_cursor",
                    "_summary",
                    "_has",
                    "practitioner.identifier",
                ]
            )
            | st.text(max_size=12),
            st.text(max_size=20)
            | st.sampled_from(["a|b", "|", "ge2020", "Practitioner/8", "*", "\\", ",,", "true", "0"]),
        ),
        max_size=4,
    ),
    st.booleans(),
)
def test_noise_is_understood_or_refused(kind: str, params: list[tuple[str, str]], lenient: bool) -> None:
    try:
        read = read_directory_search(kind, params, lenient=lenient)
    except Invalid:
        return
    assert all(isinstance(criterion.field, Field) for criterion in read.query.criteria)
