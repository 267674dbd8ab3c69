"""The parameters of a search of events, read: dates and their prefixes, tokens, who, what is refused and what lenience leaves out."""

from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.domain.audit.model import EventType, Outcome
from carnet.domain.errors import Invalid
from carnet.domain.record.history.model import Criteria, Span
from carnet.formats.fhir.audit_search import AUDIT_PARAMETERS, ReadAuditSearch, read_audit_search

DATE = ("date", "ge2020")
DAY = datetime(2026, 3, 3, tzinfo=UTC)


def read(*pairs: tuple[str, str], lenient: bool = False) -> ReadAuditSearch:
    return read_audit_search([DATE, *pairs], lenient=lenient)


def refused(*pairs: tuple[str, str]) -> list[str]:
    with pytest.raises(Invalid) as refusal:
        read(*pairs)
    return [issue.code for issue in refusal.value.issues]


@pytest.mark.parametrize(
    ("value", "since", "until"),
    [
        ("2026-03-03T00:00:00Z", DAY, DAY.replace(second=1)),
        ("eq2026-03-03T00:00:00Z", DAY, DAY.replace(second=1)),
        ("ge2026-03-03T00:00:00Z", DAY, None),
        ("gt2026-03-03T00:00:00Z", DAY.replace(second=1), None),
        ("sa2026-03-03T00:00:00Z", DAY.replace(second=1), None),
        ("lt2026-03-03T00:00:00Z", None, DAY),
        ("eb2026-03-03T00:00:00Z", None, DAY),
        ("le2026-03-03T00:00:00Z", None, DAY.replace(second=1)),
    ],
)
def test_prefixes(value: str, since: datetime | None, until: datetime | None) -> None:
    assert read_audit_search([("date", value)], lenient=False).query.recorded == Span(since, until)
    for name in ("period-start", "TDE_AuditEvent_period-start"):
        assert read((name, value)).query.occurred == Span(since, until)


def test_repeated_dates_make_an_interval() -> None:
    query = read_audit_search([("date", "ge2026-03-03T00:00:00Z"), ("date", "le2026-03-04T00:00:00Z"), ("date", "ge2025")], lenient=False).query  # fmt: skip
    assert query.recorded == Span(DAY, datetime(2026, 3, 4, 0, 0, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    "value", ["ne2026", "ap2026", "hier", "", "ge", "2026-03-03T10", "ge2026-03-03T10:00:00", "zz2026"]
)
def test_dates_that_are_refused(value: str) -> None:
    assert refused(("date", value)) == ["parameter-value"]
    assert refused(("period-start", value)) == ["parameter-value"]


def test_without_a_date_nothing_is_searched() -> None:
    with pytest.raises(Invalid) as refusal:
        read_audit_search([("type", "rest")], lenient=True)
    assert [(issue.code, issue.facts) for issue in refusal.value.issues] == [("parameter-missing", {"name": "date"})]


def test_kinds_by_their_codes() -> None:
    everything = frozenset(EventType)
    assert read().query.types == everything
    reads = {EventType.DOCUMENT_READ, EventType.FICHE_READ}
    assert reads <= (read(("subtype", "read")).query.types or set())
    assert read(("type", "110101")).query.types == {EventType.TRAIL_READ}
    assert read(("type", "http://dicom.nema.org/resources/ontology/DCM|110101")).query.types == {EventType.TRAIL_READ}
    assert read(("type", "http://elsewhere|110101")).query.types == frozenset()
    both = read(("type", "110101,110114")).query.types
    assert both is not None
    assert {EventType.TRAIL_READ, EventType.SIGNED_IN, EventType.SIGN_IN_REFUSED, EventType.SESSIONS_ENDED} <= both
    assert not reads & both
    assert read(("type", "110101"), ("action", "C")).query.types == frozenset()
    assert read(("action", "D")).query.types == {
        EventType.DOCUMENT_DELETED,
        EventType.RECORD_ERASED,
        EventType.SHARE_ENDED,
    }
    assert read(("type", "http://terminology.hl7.org/CodeSystem/audit-event-type|"), ("subtype", "read")).query.types == read(("subtype", "read")).query.types  # fmt: skip
    assert read(("outcome", "0")).query.outcomes == {Outcome.SUCCESS}
    assert read(("outcome", "4,8")).query.outcomes == {Outcome.REFUSED}


def test_who() -> None:
    def agents(value: str) -> tuple[frozenset[str], ...]:
        return read(("agent", value)).query.criteria.agents

    assert agents("https://rpps.esante.gouv.fr|10001234567") == (frozenset({"810001234567"}),)
    assert agents("urn:oid:1.2.250.1.71.4.2.1|810001234567") == (frozenset({"810001234567"}),)
    assert agents("https://finess.esante.gouv.fr|990000001") == (frozenset({"1990000001"}),)
    assert agents("urn:oid:1.2.250.1.213.1.4.10|255069900000134") == (frozenset({"255069900000134"}),)
    assert agents("cabinet,hopital") == (frozenset({"cabinet", "hopital"}),)
    criteria = read(("agent-name", "Éloïse"), ("agent-role", "10,http://x|60"), ("entity", f"DocumentReference/{UUID(int=1)}")).query.criteria  # fmt: skip
    assert criteria == Criteria((), (frozenset({"ELOISE"}),), (frozenset({"10", "60"}),), (frozenset({UUID(int=1)}),))


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("agent", "Practitioner/1", "parameter-value"),
        ("agent", "https://rpps.esante.gouv.fr|1", "parameter-value"),
        ("_sort", "recorded", "parameter-value"),
        ("_total", "estimate", "parameter-value"),
        ("_format", "application/fhir+xml", "format-not-supported"),
        ("policy", "x", "parameter-unknown"),
        ("_has", "x", "has-not-supported"),
        ("type:not", "rest", "parameter-unknown"),
    ],
)
def test_what_is_refused(name: str, value: str, code: str) -> None:
    assert refused((name, value)) == [code]


def test_lenience_leaves_out_what_is_unknown_and_not_what_is_wrong() -> None:
    found = read(("policy", "x"), ("_format", "json"), ("_total", "none"), lenient=True)
    assert [issue.code for issue in found.warnings] == ["parameter-unknown"]
    assert found.self_parameters == (DATE, ("_format", "json"), ("_total", "none"))
    with pytest.raises(Invalid, match="parameter-value"):
        read(("_count", "0"), lenient=True)


@given(
    st.lists(
        st.tuples(st.sampled_from([name for name, *_ in AUDIT_PARAMETERS] + ["_count", "_sort", "_cursor", "x"]), st.text(max_size=30)),
        max_size=6,
    )
)  # fmt: skip
def test_noise_is_read_or_refused(pairs: list[tuple[str, str]]) -> None:
    for lenient in (False, True):
        with suppress(Invalid):
            read_audit_search(pairs, lenient=lenient)
