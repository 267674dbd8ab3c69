"""Searches on the real database, against a model written from the sentences of FHIR."""

import itertools
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.doors.world import Person, World, a_report, fiche_of

from carnet.domain.record.search import Criterion, Page, Parameter, SearchQuery, SortKey, Text, Token
from carnet.domain.record.search_sql import page_statement, total_statement
from carnet.vocabulary.date_ranges import Comparator, DateRange
from carnet.vocabulary.moments import Moment
from carnet.vocabulary.uuid7 import uuid7

KEPT = ("2023", "2024", "2024-03", "2024-03-12", "2024-03-12T10:15:00+01:00", "2024-12-31", "2025-01")
ASKED = ("2023", "2024", "2024-03", "2024-03-12", "2024-03-12T10:15:00+01:00", "2024-04", "2025", "2026")


@pytest.fixture(scope="module")
async def dated(world: World) -> tuple[Person, dict[str, str]]:
    """A record with a document of each date, by id."""
    person = await world.a_record()
    ids = {}
    for date in KEPT:
        bundle = a_report(person)
        fiche_of(bundle)["content"][0]["attachment"]["creation"] = date
        fiche_of(bundle)["context"]["period"] = {"start": date}
        ids[(await world.deposit(bundle)).id] = date
    return person, ids


def _holds(comparator: str, kept: Moment, asked: Moment) -> bool:
    """FHIR R4 §3.1.1.4.5, for the range kept and the range asked."""
    low, high, start, end = kept.start, kept.end, asked.start, asked.end
    contained, overlaps = start <= low and high <= end, low < end and start < high
    above, below = high > end, low < start
    return {
        "eq": contained, "ne": not contained, "gt": above, "lt": below, "ge": above or contained, "le": below or contained,
        "sa": low >= end, "eb": high <= start, "ap": overlaps,
    }[comparator]  # fmt: skip


@pytest.mark.parametrize("name", ["date", "period-start"])
@pytest.mark.parametrize("comparator", Comparator)
async def test_each_comparator(
    world: World, dated: tuple[Person, dict[str, str]], name: str, comparator: Comparator
) -> None:
    person, ids = dated
    citizen = world.a_citizen(person)
    for asked in ASKED:
        found = await world.found(person, by=citizen, **{name: f"{comparator}{asked}", "_count": 50})
        expected = {i for i, kept in ids.items() if _holds(comparator, Moment.from_fhir(kept), Moment.from_fhir(asked))}
        assert set(found) == expected, (asked, {ids[i] for i in found} ^ {ids[i] for i in expected})


async def test_alternatives_and_conjunctions(world: World, dated: tuple[Person, dict[str, str]]) -> None:
    person, ids = dated
    citizen = world.a_citizen(person)
    either = await world.found(person, by=citizen, date="2023,2025-01")
    assert {ids[i] for i in either} == {"2023", "2025-01"}
    response = await world.http.get(
        "/fhir/DocumentReference", headers=citizen.headers,
        params=[("patient.identifier", person.token_of_ins), ("date", "ge2024-03"), ("date", "lt2024-04")],
    )  # fmt: skip
    assert {ids[e["resource"]["id"]] for e in response.json()["entry"]} >= {"2024-03", "2024-03-12"}


async def test_an_open_period_never_ends(world: World, dated: tuple[Person, dict[str, str]]) -> None:
    person, ids = dated
    citizen = world.a_citizen(person)
    assert set(await world.found(person, by=citizen, period="ge2099")) == set(ids)
    assert await world.found(person, by=citizen, **{"period-end": "ge1900"}) == []


# The statements themselves

VALUES: dict[Parameter, Any] = {
    Parameter.ID: Token("01900000-0000-7000-8000-0000000000aa"),
    Parameter.STATUS: Token("current"),
    Parameter.IDENTIFIER: Token("1.2.3", "urn:ietf:rfc:3986"),
    Parameter.IS_ARCHIVED: Token("true"),
    Parameter.RELATES_TO: Token("01900000-0000-7000-8000-0000000000aa"),
}
_DATES = {
    Parameter.LAST_UPDATED,
    Parameter.DATE,
    Parameter.CREATION,
    Parameter.PERIOD,
    Parameter.PERIOD_START,
    Parameter.PERIOD_END,
}
INJECTIONS = ("'", '"; DROP TABLE record; --', "%(patient)s", "%s", "%", "\\", "{low}", "a|b|c", "é")


def _criteria() -> list[Criterion]:
    criteria = []
    for parameter in Parameter:
        if parameter in _DATES:
            now = Moment.from_fhir("2024")
            criteria += [Criterion(parameter, (DateRange(c, now.start, now.end),)) for c in Comparator]
        elif parameter in {Parameter.AUTHOR_FAMILY, Parameter.AUTHOR_GIVEN}:
            criteria += [Criterion(parameter, (Text(text),)) for text in ("A", *INJECTIONS)]
        else:
            tokens = [
                VALUES.get(parameter, Token("a", "1.2.3")),
                *(Token(t) for t in INJECTIONS),
                *(Token(t, t) for t in INJECTIONS),
            ]
            tokens += [] if parameter in VALUES else [Token(None, "1.2.3")]
            criteria += [
                Criterion(parameter, (token,), negated=negated) for token in tokens for negated in (False, True)
            ]
    return criteria


async def test_every_condition_runs_whatever_the_value(world: World) -> None:
    """Each value is bound: none can be read as SQL, as a placeholder or as a format."""
    allowed = [uuid7()]
    async with world.carnet.database.connection() as connection:
        for criterion in _criteria():
            query = SearchQuery((criterion,))
            for statement, values in (
                page_statement(query, patient_id=uuid7(), allowed=allowed),
                total_statement(query, patient_id=uuid7(), allowed=allowed),
            ):
                assert not any(text in statement for text in INJECTIONS[1:2] + INJECTIONS[6:])
                await connection.execute(statement, values)  # type: ignore[arg-type]


async def test_a_page_reads_one_more_than_asked(world: World, dated: tuple[Person, dict[str, str]]) -> None:
    person, ids = dated
    async with world.carnet.database.connection() as connection:
        cursor = await connection.execute(
            "SELECT class_id FROM access_class WHERE patient_id = %s", (person.patient_id,)
        )
        allowed = [row[0] for row in await cursor.fetchall()]
        for sort, descending in itertools.product(SortKey, (True, False)):
            query = SearchQuery(sort=sort, descending=descending, count=3)
            seen: list[str] = []
            page: Page | None = None
            while True:
                statement, values = page_statement(
                    SearchQuery(sort=sort, descending=descending, count=3, page=page),
                    patient_id=person.patient_id,
                    allowed=allowed,
                )
                rows = await (await connection.execute(statement, values)).fetchall()  # type: ignore[arg-type]
                assert len(rows) <= query.count + 1
                seen += [str(row[0]) for row in rows[:3]]
                if len(rows) <= query.count:
                    break
                page = Page(rows[2][8], str(rows[2][0]))
            assert sorted(seen) == sorted(ids)


async def test_nothing_is_allowed_by_default(world: World, dated: tuple[Person, dict[str, str]]) -> None:
    person, _ = dated
    async with world.carnet.database.connection() as connection:
        for make in (page_statement, total_statement):
            statement, values = make(SearchQuery(), patient_id=person.patient_id, allowed=[])
            rows = await (await connection.execute(statement, values)).fetchall()  # type: ignore[arg-type]
            assert rows in ([], [(0,)])


def test_equal_searches_share_a_statement() -> None:
    """So that the database prepares it once."""
    now = datetime.now().astimezone()
    statements = {
        page_statement(
            SearchQuery((Criterion(Parameter.DATE, (DateRange(Comparator.GE, now + timedelta(days=n), now),)),)),
            patient_id=uuid7(), allowed=[uuid7()] * n,
        )[0]
        for n in range(3)
    }  # fmt: skip
    assert len(statements) == 1
