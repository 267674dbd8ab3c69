"""UUID version 7."""

import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import RFC_4122, UUID

import pytest

from carnet.vocabulary.uuid7 import first_of, made_at, uuid7, uuid7_in_order


def test_version_variant_and_time() -> None:
    before = time.time_ns() // 1_000_000
    made = uuid7()
    after = time.time_ns() // 1_000_000
    assert made.version == 7
    assert made.variant == RFC_4122
    assert before <= made.int >> 80 <= after


def test_they_differ_and_follow_time() -> None:
    assert len({uuid7() for _ in range(10_000)}) == 10_000
    first = uuid7()
    time.sleep(0.002)
    assert first < uuid7()


def test_identifiers_made_in_order_sort_in_order() -> None:
    made = [uuid7_in_order() for _ in range(2000)]
    assert all(each.version == 7 and each.variant == RFC_4122 for each in made)
    assert len(set(made)) == len(made)
    # Two within a quarter of a microsecond may stand either way: no interpreter makes many so.
    assert sum(one > other for one, other in pairwise(made)) < 20


def test_an_identifier_tells_when_it_was_made() -> None:
    before = datetime.now(UTC)
    for made in (uuid7(), uuid7_in_order()):
        assert before - timedelta(milliseconds=1) <= made_at(made) <= datetime.now(UTC)


@pytest.mark.parametrize("microseconds", [0, 1, 999, 1000])
def test_the_first_identifier_of_an_instant(microseconds: int) -> None:
    """Whatever was made since the instant sorts after it, and what was made in an earlier millisecond before."""
    instant = datetime(2026, 3, 3, 14, 5, tzinfo=UTC) + timedelta(microseconds=microseconds)
    first = first_of(instant)
    assert instant <= made_at(first) < instant + timedelta(milliseconds=1)
    assert made_at(UUID(int=first.int - 1)) < instant


def test_instants_out_of_reach() -> None:
    assert first_of(datetime(1900, 1, 1, tzinfo=UTC)) == UUID(int=0)
    assert first_of(datetime(9999, 12, 31, tzinfo=UTC)) < UUID(int=2**128 - 1)
