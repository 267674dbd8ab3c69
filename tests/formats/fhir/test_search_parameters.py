from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders.fhir import INS, PATIENT_ID

from carnet.domain.errors import Invalid
from carnet.domain.record.search import Criterion, Parameter, SortKey, Text, Token
from carnet.formats.fhir import systems
from carnet.formats.fhir.search_parameters import ReadSearch, read_search
from carnet.formats.fhir.search_reading import MAX_COUNT
from carnet.formats.fhir.search_table import NOT_SUPPORTED, TABLE
from carnet.vocabulary.date_ranges import Comparator, DateRange
from carnet.vocabulary.identifiers import PROFESSIONALS
from carnet.vocabulary.ins import NIR
from carnet.vocabulary.moments import Moment

BY_INS = f"urn:oid:{INS.oid}|{INS.matricule}"
OTHER = "01900000-0000-7000-8000-0000000000dd"


def read(*params: tuple[str, str], lenient: bool = False) -> ReadSearch:
    return read_search(params, lenient=lenient)


def criterion(name: str, value: str) -> Criterion:
    (found,) = read((name, value)).query.criteria
    return found


def refusal(*params: tuple[str, str], lenient: bool = False) -> list[tuple[str, str | None]]:
    with pytest.raises(Invalid) as caught:
        read_search(params, lenient=lenient)
    return [(issue.code, issue.expression) for issue in caught.value.issues]


def between(text: str) -> tuple[Any, Any]:
    moment = Moment.from_fhir(text)
    return moment.start, moment.end


def test_a_search_without_criteria_has_the_defaults() -> None:
    query = read(("patient", str(PATIENT_ID))).query
    assert (query.criteria, query.sort, query.descending, query.count, query.with_total) == (
        (),
        SortKey.DATE,
        True,
        50,
        True,
    )


class TestPatient:
    @pytest.mark.parametrize("name", ["patient", "subject", "patient:Patient", "subject:Patient"])
    @pytest.mark.parametrize(
        "value", [str(PATIENT_ID), f"Patient/{PATIENT_ID}", f"https://x.example/fhir/Patient/{PATIENT_ID}"]
    )
    def test_by_id(self, name: str, value: str) -> None:
        (patient,) = read((name, value)).patients
        assert (patient.patient_id, patient.expression) == (PATIENT_ID, f"http.{name}")

    @pytest.mark.parametrize(
        "name", ["patient.identifier", "patient:identifier", "subject.identifier", "patient:Patient.identifier"]
    )
    def test_by_ins(self, name: str) -> None:
        assert read((name, BY_INS)).patients[0].ins == INS

    def test_every_way_given_is_given(self) -> None:
        assert len(read(("patient", str(PATIENT_ID)), ("patient.identifier", BY_INS)).patients) == 2

    @pytest.mark.parametrize(
        ("name", "value", "code"),
        [
            ("patient", "", "parameter-value"),
            ("patient", f"{PATIENT_ID},{OTHER}", "parameter-value"),
            ("patient", "fr-patient-123", "patient-unknown"),
            ("patient", "Group/1", "patient-reference"),
            ("patient.identifier", INS.matricule, "parameter-value"),
            ("patient.identifier", f"{BY_INS},{BY_INS}", "parameter-value"),
            ("patient.identifier", f"urn:oid:{INS.oid}|", "parameter-value"),
            ("patient.identifier", "urn:oid:1.2.3|1", "ins-oid"),
            ("patient.identifier", f"urn:oid:{NIR}|1", "ins-format"),
            ("patient.identifier", f"urn:oid:{NIR}|123456789012345", "ins-key"),
        ],
    )
    def test_refuses_others(self, name: str, value: str, code: str) -> None:
        assert refusal((name, value))[0][0] == code


class TestTokens:
    @pytest.mark.parametrize(
        ("name", "parameter"),
        [
            ("type", Parameter.TYPE),
            ("category", Parameter.CATEGORY),
            ("facility", Parameter.FACILITY),
            ("setting", Parameter.SETTING),
            ("format", Parameter.FORMAT),
            ("event", Parameter.EVENT),
        ],
    )
    def test_system_and_code(self, name: str, parameter: Parameter) -> None:
        assert criterion(name, "http://loinc.org|34133-9") == Criterion(
            parameter, (Token("34133-9", "2.16.840.1.113883.6.1"),)
        )

    @pytest.mark.parametrize(
        ("value", "token"),
        [
            ("34133-9", Token("34133-9")),
            ("http://loinc.org|", Token(None, "2.16.840.1.113883.6.1")),
            ("|34133-9", Token("34133-9", "")),
            ("urn:oid:1.2.3|a", Token("a", "1.2.3")),
            (r"a\,b", Token("a,b")),
            (r"a\|b", Token("b", "a")),
        ],
    )
    def test_forms_of_a_token(self, value: str, token: Token) -> None:
        assert criterion("type", value).values == (token,)

    def test_commas_separate_alternatives_and_repetition_joins(self) -> None:
        assert criterion("type", "a,b,").values == (Token("a"), Token("b"))
        assert criterion("type", r"a\,b,c").values == (Token("a,b"), Token("c"))
        assert len(read(("type", "a"), ("type", "b")).query.criteria) == 2

    def test_not_negates_tokens_only(self) -> None:
        assert criterion("type:not", "a") == Criterion(Parameter.TYPE, (Token("a"),), negated=True)
        assert refusal(("date:not", "2026")) == [("parameter-unknown", "http.date:not")]

    @pytest.mark.parametrize("value", ["", ",", "|"])
    def test_refuses_nothing_at_all(self, value: str) -> None:
        assert refusal(("type", value)) == [("parameter-value", "http.type")]

    @pytest.mark.parametrize("value", ["current", "superseded", "entered-in-error"])
    def test_status(self, value: str) -> None:
        assert criterion("status", value).values == (Token(value),)

    def test_statuses_of_the_list_only(self) -> None:
        assert criterion("status", "current,superseded").values == (Token("current"), Token("superseded"))
        assert refusal(("status", "actif")) == [("parameter-value", "http.status")]

    def test_is_archived_is_true_or_false(self) -> None:
        assert criterion("isArchived", "true").values == (Token("true"),)
        assert refusal(("isArchived", "oui")) == [("parameter-value", "http.isArchived")]

    @pytest.mark.parametrize(
        ("value", "token"),
        [
            (f"{systems.VISIBILITY}|MASQUE_PS", Token("MASQUE_PS", systems.VISIBILITY_OID)),
            (f"{systems.VISIBILITY_MISSPELT}|N", Token("N", systems.CONFIDENTIALITY_OID)),
            (f"{systems.TRE_A08}|N", Token("N", systems.CONFIDENTIALITY_OID)),
            (f"{systems.V3_CONFIDENTIALITY}|", Token(None, systems.CONFIDENTIALITY_OID)),
            ("MASQUE_PS", Token("MASQUE_PS")),
            ("http://snomed.info/sct|N", Token("N", "2.16.840.1.113883.6.96")),
        ],
    )
    def test_labels_are_searched_under_the_system_they_are_kept_by(self, value: str, token: Token) -> None:
        assert criterion("security-label", value).values == (token,)

    @pytest.mark.parametrize(
        ("value", "token"),
        [
            ("urn:ietf:rfc:3986|urn:oid:1.2.3", Token("urn:oid:1.2.3")),
            ("urn:oid:1.2.3", Token("urn:oid:1.2.3")),
            ("urn:oid:1.2.3|E-1", Token("E-1", "1.2.3")),
        ],
    )
    def test_identifier_in_both_forms(self, value: str, token: Token) -> None:
        assert criterion("identifier", value).values == (token,)

    def test_ids_have_no_system(self) -> None:
        assert criterion("_id", f"{OTHER},x").values == (Token(OTHER), Token("x"))
        assert refusal(("_id", f"urn:x|{OTHER}")) == [("parameter-value", "http._id")]
        assert refusal(("identifier", "urn:oid:1.2|")) == [("parameter-value", "http.identifier")]


class TestDates:
    @pytest.mark.parametrize(
        ("name", "parameter"),
        [
            ("date", Parameter.DATE),
            ("creation", Parameter.CREATION),
            ("period", Parameter.PERIOD),
            ("period-start", Parameter.PERIOD_START),
            ("period-end", Parameter.PERIOD_END),
            ("_lastUpdated", Parameter.LAST_UPDATED),
        ],
    )
    @pytest.mark.parametrize("prefix", ["", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"])
    def test_every_prefix(self, name: str, parameter: Parameter, prefix: str) -> None:
        expected = DateRange(Comparator(prefix or "eq"), *between("2026-03-12"))
        assert criterion(name, f"{prefix}2026-03-12") == Criterion(parameter, (expected,))

    @pytest.mark.parametrize(
        "text",
        ["2026", "2026-03", "2026-03-12", "2026-03-12T10:15", "2026-03-12T10:15:00Z", "2026-03-12T10:15:00.5+01:00"],
    )
    def test_every_precision(self, text: str) -> None:
        assert criterion("date", text).values == (DateRange(Comparator.EQ, *between(text)),)

    @pytest.mark.parametrize("value", ["hier", "gt", "xx2026", "2026-13", "12/03/2026", "0001-01-01T00:00:00+14:00"])
    def test_refuses_what_is_no_date(self, value: str) -> None:
        assert refusal(("date", value)) == [("parameter-value", "http.date")]


class TestAuthors:
    @pytest.mark.parametrize(
        "name", ["author", "author:identifier", "author.identifier", "author:Practitioner.identifier"]
    )
    @pytest.mark.parametrize(
        ("value", "token"),
        [
            (f"{systems.RPPS}|99700000001", Token("899700000001", PROFESSIONALS)),
            ("urn:oid:1.2.250.1.71.4.2.1|899700000001", Token("899700000001", PROFESSIONALS)),
            (f"{systems.FINESS}|990000001", Token("1990000001", "1.2.250.1.71.4.2.2")),
            ("899700000001", Token("899700000001")),
        ],
    )
    def test_by_identifier(self, name: str, value: str, token: Token) -> None:
        assert criterion(name, value) == Criterion(Parameter.AUTHOR, (token,))

    @pytest.mark.parametrize(
        "name", ["author.family", "author:Practitioner.family", "author:PractitionerRole.practitioner.family"]
    )
    def test_by_the_beginning_of_a_name(self, name: str) -> None:
        assert criterion(name, "lefèv") == Criterion(Parameter.AUTHOR_FAMILY, (Text("LEFEV"),))

    @pytest.mark.parametrize("value", ["Practitioner/1", f"{systems.RPPS}|1", f"{systems.RPPS}|", "#x/y"])
    def test_refuses_what_cannot_be_found(self, value: str) -> None:
        assert refusal(("author", value)) == [("parameter-value", "http.author")]

    def test_refuses_an_empty_name_and_other_modifiers(self) -> None:
        assert refusal(("author.given", " ")) == [("parameter-value", "http.author.given")]
        assert refusal(("author.given:exact", "Odile")) == [("parameter-unknown", "http.author.given:exact")]


class TestRelations:
    @pytest.mark.parametrize("name", ["relatesto", "relatesTo", "relatesto:DocumentReference"])
    @pytest.mark.parametrize(
        "value", [OTHER, f"DocumentReference/{OTHER}", f"https://x.example/fhir/DocumentReference/{OTHER}"]
    )
    def test_relates_to_a_fiche(self, name: str, value: str) -> None:
        assert criterion(name, value) == Criterion(Parameter.RELATES_TO, (Token(OTHER),))

    def test_refuses_another_target(self) -> None:
        assert refusal(("relatesto", "Binary/1")) == [("parameter-value", "http.relatesto")]

    @pytest.mark.parametrize("name", ["related", "related:identifier", "related.identifier"])
    @pytest.mark.parametrize(
        ("value", "code"),
        [
            ("ACC-1", "ACC-1"),
            ("urn:oid:1.2.3|ACC-1", "ACC-1^^^&1.2.3&ISO"),
            ("https://x.example|ACC-1", "ACC-1^^^https://x.example"),
        ],
    )
    def test_related_is_an_identifier(self, name: str, value: str, code: str) -> None:
        assert criterion(name, value) == Criterion(Parameter.RELATED, (Token(code),))

    def test_refuses_an_identifier_without_value(self) -> None:
        assert refusal(("related", "urn:oid:1.2.3|")) == [("parameter-value", "http.related")]


class TestControls:
    @pytest.mark.parametrize(("value", "count"), [("0", 0), ("20", 20), ("200", 200)])
    def test_count(self, value: str, count: int) -> None:
        assert read(("_count", value)).query.count == count

    def test_a_larger_count_is_capped_and_told(self) -> None:
        found = read(("_count", "5000"))
        assert found.query.count == MAX_COUNT
        assert [(w.code, w.expression) for w in found.warnings] == [("count-capped", "http._count")]

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("_count", "-1"), ("_count", "x"), ("_count", ""), ("_count", "9999999999"), ("_sort", "title"), ("_sort", "date,type"),
            ("_sort", ""), ("_total", "exact"), ("_cursor", ""),
        ],
    )  # fmt: skip
    def test_refuses_other_values(self, name: str, value: str) -> None:
        assert refusal((name, value)) == [("parameter-value", f"http.{name}")]

    @pytest.mark.parametrize("key", list(SortKey))
    def test_sort_both_ways(self, key: SortKey) -> None:
        assert read(("_sort", key)).query.descending is False
        query = read(("_sort", f"-{key}")).query
        assert (query.sort, query.descending) == (key, True)

    def test_total_may_be_declined(self) -> None:
        assert read(("_total", "none")).query.with_total is False
        assert read(("_total", "accurate")).query.with_total is True

    @pytest.mark.parametrize("value", ["json", "application/fhir+json", "application/fhir+json; charset=utf-8"])
    def test_json_is_the_format(self, value: str) -> None:
        assert read(("_format", value)).query

    def test_xml_is_not_supported(self) -> None:
        assert refusal(("_format", "xml")) == [("format-not-supported", "http._format")]

    def test_a_cursor_comes_alone(self) -> None:
        assert read(("_cursor", "sealed"), ("_format", "json")).cursor == "sealed"
        assert refusal(("_cursor", "sealed"), ("type", "a")) == [("cursor-not-alone", "http._cursor")]

    def test_summary_count_is_a_count_of_zero(self) -> None:
        assert read(("_summary", "count")).query.count == 0
        assert read(("_summary", "false")).query.count == 50


class TestHandling:
    @pytest.mark.parametrize(("name", "code"), NOT_SUPPORTED.items())
    def test_what_is_not_supported_says_so(self, name: str, code: str) -> None:
        assert refusal((name, "x")) == [(code, f"http.{name}")]
        assert [w.code for w in read((name, "x"), lenient=True).warnings] == [code]

    @pytest.mark.parametrize(
        "name", ["colour", "type:text", "type:missing", "patient.name", "subject:Group", "_include:iterate "]
    )
    def test_an_unknown_parameter_is_refused_unless_lenient(self, name: str) -> None:
        found = refusal((name, "x"))
        assert found[0][0] in {"parameter-unknown", "include-not-supported"}
        lenient = read(("type", "a"), (name, "x"), lenient=True)
        assert len(lenient.warnings) == 1
        assert lenient.self_parameters == (("type", "a"),)

    def test_lenience_does_not_extend_to_values(self) -> None:
        assert refusal(("date", "hier"), lenient=True) == [("parameter-value", "http.date")]

    def test_every_fault_is_told_at_once(self) -> None:
        assert len(refusal(("date", "hier"), ("colour", "1"), ("_count", "x"), ("type", "ok"))) == 3

    def test_too_many_values_are_refused(self) -> None:
        assert refusal(("type", "a," * 300))[0][0] == "parameter-too-many-values"

    @pytest.mark.parametrize("known", [known for known in TABLE if known.parameter], ids=lambda known: known.name)
    def test_every_line_of_the_table_can_be_searched(self, known: Any) -> None:
        value = {"date": "2026", "isArchived": "true", "status": "current", "relatesto": OTHER}
        assert criterion(known.name, value.get(known.name, value.get(known.kind, "2026"))).parameter is known.parameter

    @given(
        st.lists(
            st.tuples(
                st.sampled_from([k.name for k in TABLE] + ["_sort", "_count", "type:not", "x"]), st.text(max_size=20)
            ),
            max_size=4,
        )
    )
    def test_noise_is_a_search_or_a_refusal(self, params: list[tuple[str, str]]) -> None:
        with suppress(Invalid):
            assert isinstance(read_search(params, lenient=False), ReadSearch)
