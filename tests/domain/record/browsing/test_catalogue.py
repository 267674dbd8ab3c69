"""Folding, choosing, counting and paging what a reader may see: pure."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.domain.access.model import AccessClass, AvailabilityStatus, Confidentiality, OwnerKind
from carnet.domain.record.browsing.catalogue import Catalogue, is_new, is_read
from carnet.domain.record.browsing.model import Choice, Listed, Only, OwnFolder, ReaderState, Sort

AT = datetime(2026, 3, 12, 9, tzinfo=UTC)
DOCTOR, HOSPITAL = "1.2.250.1.71.4.2.1|899700000001", "1.2.250.1.71.4.2.2|1990000001"
FACTS = AccessClass(AvailabilityStatus.APPROVED, frozenset(), "11488-4", "10", OwnerKind.PROFESSIONAL)
NOTHING = ReaderState(None, frozenset())


def a_document(
    number,
    *,
    days=0,
    facts=FACTS,
    family="comptes-rendus",
    producers=(DOCTOR,),
    replaced_by=None,
    shown=None,
    **changes,
):
    created = AT + timedelta(days=days)
    return Listed(
        UUID(int=1), UUID(int=number), facts, created, created.date(), shown or created, False, producers, family,
        None if replaced_by is None else UUID(int=replaced_by), **changes,
    )  # fmt: skip


def numbers(entries):
    return [entry.logical_id.int for entry in entries]


def found(catalogue, state=NOTHING, **choice):
    return numbers(catalogue.chosen(Choice(**choice), state).entries)


def test_the_newest_stands_and_what_it_replaced_is_behind_it():
    catalogue = Catalogue(
        [
            a_document(1, days=1, replaced_by=2),
            a_document(2, days=2, replaced_by=3),
            a_document(3, days=3),
            a_document(4),
        ]
    )
    assert numbers(catalogue.heads) == [3, 4]
    assert {head.int: numbers(line) for head, line in catalogue.older.items()} == {3: [2, 1]}
    assert len(catalogue) == 4


def test_what_was_replaced_by_something_unseen_stands():
    assert numbers(Catalogue([a_document(1, replaced_by=9)]).heads) == [1]


def test_versions_that_replace_each_other_do_not_hang():
    catalogue = Catalogue([a_document(1, replaced_by=2), a_document(2, replaced_by=1)])
    assert catalogue.heads == ()


def test_each_part_of_a_choice_narrows():
    masked = replace(FACTS, labels=frozenset({Confidentiality.MASQUE_PS}))
    own = replace(FACTS, owner=OwnerKind.CITIZEN, type_code="DOCPAT03")
    archived = replace(FACTS, status=AvailabilityStatus.ARCHIVED)
    catalogue = Catalogue([
        a_document(1, days=400, family="analyses", producers=(HOSPITAL,)), a_document(2, days=3, facts=masked),
        a_document(3, days=2, facts=own, producers=()), a_document(4, days=1, facts=archived, producers=(DOCTOR, HOSPITAL)), a_document(5),
    ])  # fmt: skip
    assert found(catalogue) == [1, 2, 3, 4, 5]
    assert found(catalogue, family="analyses") == [1]
    assert found(catalogue, type_code="DOCPAT03") == [3]
    assert found(catalogue, producer=HOSPITAL) == [1, 4]
    assert found(catalogue, year=2027) == [1]
    assert found(catalogue, only=frozenset({Only.MASKED})) == [2]
    assert found(catalogue, only=frozenset({Only.OWN})) == [3]
    assert found(catalogue, only=frozenset({Only.ARCHIVED})) == [4]
    assert found(catalogue, only=frozenset({Only.OWN, Only.MASKED})) == []
    assert found(catalogue, producer=DOCTOR, year=2026) == [2, 4, 5]


def test_new_unread_and_folders_are_the_reader_s():
    catalogue = Catalogue([a_document(1, days=3), a_document(2, days=2), a_document(3, days=1)])
    folder = OwnFolder(UUID(int=7), "Cœur", frozenset({UUID(int=3).bytes, UUID(int=99).bytes}))
    state = ReaderState(AT + timedelta(days=1, hours=1), frozenset({UUID(int=1).bytes}), (folder,))
    assert found(catalogue, state, only=frozenset({Only.NEW})) == [1, 2]
    assert found(catalogue, state, only=frozenset({Only.UNREAD})) == [2, 3]
    assert found(catalogue, state, only=frozenset({Only.NEW, Only.UNREAD})) == [2]
    assert found(catalogue, state, folder=UUID(int=7)) == [3]
    assert found(catalogue, state, folder=UUID(int=8)) == []
    facets = catalogue.facets(catalogue.chosen(Choice(), state), state)
    assert facets.folders == {UUID(int=7): 1}
    assert (facets.only[Only.NEW], facets.only[Only.UNREAD]) == (2, 2)
    # Another reader of the same catalogue, the same choice: their own counts.
    facets = catalogue.facets(catalogue.chosen(Choice(), NOTHING), NOTHING)
    assert (facets.only[Only.NEW], facets.only[Only.UNREAD], facets.folders) == (0, 3, {})


def test_counts_are_of_what_the_other_choices_leave():
    catalogue = Catalogue([
        a_document(1, days=1, family="analyses"), a_document(2, days=2), a_document(3, days=400), a_document(4, days=401, family="analyses"),
    ])  # fmt: skip
    facets = catalogue.facets(catalogue.chosen(Choice(family="analyses", year=2026), NOTHING), NOTHING)
    assert facets.families == {"analyses": 1, "comptes-rendus": 1}
    assert facets.years == {2027: 1, 2026: 1}
    assert list(facets.years) == [2027, 2026]
    assert facets.producers == {DOCTOR: 1}
    assert facets.types == {"11488-4": 1}


def test_what_the_person_added_is_no_news_to_them():
    own = a_document(1, days=1, facts=replace(FACTS, owner=OwnerKind.CITIZEN))
    since = ReaderState(AT, frozenset())
    assert is_new(a_document(1, days=1), since)
    assert not is_new(own, since)
    assert not is_new(a_document(1), since)
    assert not is_new(a_document(1, days=1), NOTHING)
    # Nor is it to be read, but by others: to a professional it is news.
    other = replace(since, is_person=False)
    assert is_new(own, other)
    assert (is_read(own, since), is_read(own, other)) == (True, False)
    catalogue = Catalogue([own, a_document(2)])
    for state, count, found_ in ((since, 1, [2]), (other, 2, [1, 2])):
        assert catalogue.facets(catalogue.chosen(Choice(), state), state).only[Only.UNREAD] == count
        assert found(catalogue, state, only=frozenset({Only.UNREAD})) == found_


documents = st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["a", "b"])), max_size=40)


@given(documents, st.integers(1, 7))
def test_pages_follow_each_other_both_ways(made, count):
    catalogue = Catalogue([a_document(n, days=days, family=family) for n, (days, family) in enumerate(made)])
    chosen = catalogue.chosen(Choice(family="a"), NOTHING)
    every = numbers(chosen.entries)
    assert sorted(every) == [n for n, (_, family) in enumerate(made) if family == "a"]
    pages, after = [], None
    while True:
        page = chosen.page(after, count)
        pages.append(page)
        after = page.following
        if after is None:
            break
    assert [n for page in pages for n in numbers(page.entries)] == every
    assert [page.number for page in pages] == list(range(1, len(pages) + 1))
    assert {page.pages for page in pages} == {len(pages)}
    for before, page in pairwise(pages):
        assert numbers(chosen.page(page.previous, count).entries) == numbers(before.entries)


WORDS = {Sort.TITLE: "ecbda", Sort.WRITER: "aabba"}


@pytest.mark.parametrize(
    ("sort", "order"), [(Sort.NEWEST, [4, 3, 2, 1, 0]), (Sort.OLDEST, [0, 1, 2, 3, 4]), (Sort.TITLE, [4, 2, 1, 3, 0]), (Sort.WRITER, [4, 1, 0, 3, 2])]
)  # fmt: skip
@pytest.mark.parametrize("count", [1, 2, 3])
def test_every_order_is_paged_both_ways(sort, order, count):
    catalogue = Catalogue([a_document(n, days=n) for n in range(5)])
    catalogue.spelt = {each: {UUID(int=n): letter for n, letter in enumerate(words)} for each, words in WORDS.items()}
    chosen = catalogue.chosen(Choice(sort=sort), NOTHING)
    assert numbers(chosen.entries) == order
    pages, after = [], None
    while True:
        pages.append(chosen.page(after, count))
        after = pages[-1].following
        if after is None:
            break
    assert [n for page in pages for n in numbers(page.entries)] == order
    for before, page in pairwise(pages):
        assert numbers(chosen.page(page.previous, count).entries) == numbers(before.entries)


@pytest.mark.parametrize("position", [(AT + timedelta(days=9), UUID(int=1)), (AT - timedelta(days=9), UUID(int=1))])
def test_a_position_of_something_that_left_is_still_a_place(position):
    catalogue = Catalogue([a_document(1, days=1), a_document(2)])
    page = catalogue.chosen(Choice(), NOTHING).page(position, 5)
    assert numbers(page.entries) == ([1, 2] if position[0] > AT else [])


def test_a_choice_is_made_once_for_a_catalogue_that_stands_still():
    catalogue = Catalogue([a_document(n) for n in range(3)])
    catalogue.index = {UUID(int=n): f" radio {n}" for n in range(3)}
    first = catalogue.chosen(Choice(words="Radio"), NOTHING)
    assert catalogue.chosen(Choice(words=" radio "), NOTHING) is first
    for year in range(100):
        catalogue.chosen(Choice(year=year), NOTHING)
    assert catalogue.chosen(Choice(words="radio"), NOTHING).entries == first.entries
