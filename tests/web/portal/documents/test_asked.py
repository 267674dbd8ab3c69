"""What a list is asked goes through a sealed state and comes back as it was."""

from datetime import UTC, datetime
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.domain.record.browsing.model import Choice, Only, Sort
from carnet.web.portal.documents.asked import Asked, Report, chosen_ids, read_asked

places = st.tuples(st.datetimes(timezones=st.just(UTC)), st.text(min_size=1), st.uuids())
choices = st.builds(
    Choice, words=st.text(max_size=100), family=st.none() | st.just("analyses"), type_code=st.none() | st.just("11502-2"),
    producer=st.none() | st.just("1.2|3"), year=st.none() | st.integers(1, 9999), only=st.frozensets(st.sampled_from(Only)),
    folder=st.none() | st.uuids(), sort=st.sampled_from(Sort),
)  # fmt: skip
reports = st.builds(
    Report, act=st.sampled_from(["lu", "ranger"]), done=st.lists(st.uuids(), max_size=20).map(tuple), already=st.integers(0, 20),
    refused=st.dictionaries(st.sampled_from(["document-unknown"]), st.integers(1, 20)), folder=st.none() | st.uuids(),
)  # fmt: skip


@given(choices, places, st.booleans(), st.none() | reports)
def test_a_state_says_what_was_asked(choice, place, selects, report):
    at, words, ident = place
    after = (words if choice.sort in {Sort.TITLE, Sort.WRITER} else at, ident)
    for asked in (Asked(choice, after, selects, report), Asked(choice, None, selects, report)):
        assert read_asked(orjson.loads(orjson.dumps(asked.state()))) == asked


def test_nothing_asked_is_no_state():
    assert Asked().state() == {}
    assert read_asked({}) == Asked()


def test_narrowing_begins_again_and_forgets_what_was_done():
    asked = Asked(
        Choice(words="fer"), (datetime(2026, 1, 1, tzinfo=UTC), UUID(int=1)), selects=True, report=Report("lu")
    )
    assert asked.but(year=2026) == Asked(Choice(words="fer", year=2026), selects=True)
    masked = asked.toggled(Only.MASKED)
    assert masked.choice.only == {Only.MASKED}
    assert masked.toggled(Only.MASKED).choice.only == frozenset()


@pytest.mark.parametrize("typed", [["pas un identifiant"], [""], [], ["../../etc"]])
def test_what_is_no_identifier_is_no_document(typed):
    assert chosen_ids(typed) == []


def test_each_document_is_ticked_once():
    one, two = str(UUID(int=1)), str(UUID(int=2))
    assert chosen_ids([two, one, "x", two]) == [UUID(int=2), UUID(int=1)]
