"""The statements of a search of lists: every condition runs whatever the value, and nothing but allowed classes shows."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from tests.doors.world import World, a_report

from carnet.domain.record.lists.search import ListCriterion, ListParameter, ListQuery, ListSort
from carnet.domain.record.lists.search_sql import page_statement, total_statement
from carnet.domain.record.search import Page, Text, Token
from carnet.storage.sealing import SealingKey
from carnet.vocabulary.date_ranges import Comparator, DateRange
from carnet.vocabulary.ins import NIR_TEST, Ins, key_of
from carnet.vocabulary.moments import Moment

INS = Ins("2550699999001" + f"{key_of('2550699999001'):02d}", NIR_TEST)
KEY = SealingKey(bytes(range(32)))
SOMEONE = UUID(int=7)
INJECTIONS = ("'", '"; DROP TABLE record; --', "%(patient)s", "%s", "%", "\\", "{low}", "a|b|c", "é")
_TEXTS = {ListParameter.TITLE, ListParameter.SOURCE_FAMILY, ListParameter.SOURCE_GIVEN, ListParameter.SOURCE_NAME}
_DATES = {ListParameter.DATE, ListParameter.LAST_UPDATED}


def _criteria() -> list[ListCriterion]:
    criteria = []
    for parameter in ListParameter:
        if parameter in _DATES:
            year = Moment.from_fhir("2024")
            criteria += [ListCriterion(parameter, (DateRange(c, year.start, year.end),)) for c in Comparator]
        elif parameter in _TEXTS:
            criteria += [ListCriterion(parameter, (Text(text),)) for text in ("A", *INJECTIONS)]
        else:
            tokens = [Token("a", "1.2.3"), *(Token(t) for t in INJECTIONS), *(Token(t, t) for t in INJECTIONS)]
            criteria += [
                ListCriterion(parameter, (token,), negated=negated) for token in tokens for negated in (False, True)
            ]
    return criteria


def _asked() -> dict[str, Any]:
    return {"patient_id": SOMEONE, "allowed": [UUID(int=1)], "key": KEY, "ins": INS}


async def test_every_condition_runs_whatever_the_value(world: World) -> None:
    database = world.carnet.database
    for criterion in _criteria():
        query = ListQuery((criterion,), count=1)
        assert await database.fetch(*page_statement(query, **_asked())) == []
        row = await database.row(*total_statement(query, **_asked()))
        assert row is not None
        assert row[0] == 0


async def test_each_sort_and_page_runs(world: World) -> None:
    for sort in ListSort:
        for descending in (False, True):
            page = Page(datetime(2026, 1, 1, tzinfo=UTC), str(SOMEONE))
            query = ListQuery(sort=sort, descending=descending, page=page)
            assert await world.carnet.database.fetch(*page_statement(query, **_asked())) == []


async def test_nothing_is_allowed_by_default(world: World) -> None:
    person = await world.a_record()
    await world.deposit(a_report(person))
    asked = _asked() | {"patient_id": person.patient_id, "allowed": []}
    assert await world.carnet.database.fetch(*page_statement(ListQuery(), **asked)) == []


def test_equal_searches_share_a_statement() -> None:
    one, other = (
        page_statement(
            ListQuery((ListCriterion(ListParameter.DESIGNATION_TYPE, (Token(code, "1.2.3"),)),)), **_asked()
        )[0]
        for code in ("a", "b")
    )
    assert one == other
