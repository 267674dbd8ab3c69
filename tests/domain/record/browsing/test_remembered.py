"""The memory of a process: bounded, and true to the stamp."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from tests.domain.record.browsing.test_catalogue import a_document

from carnet.domain.record.browsing.catalogue import Catalogue
from carnet.domain.record.browsing.model import Card
from carnet.domain.record.browsing.remembered import KEPT, Remembered

AT = datetime(2026, 3, 12, 9, tzinfo=UTC)


def of(count):
    return Catalogue([a_document(n) for n in range(count)])


def test_a_catalogue_is_given_back_at_its_stamp_only():
    memory, made = Remembered(), of(2)
    memory.keep("place", 1, made)
    assert memory.catalogue("place", 1) is made
    assert memory.catalogue("place", 2) is None
    assert memory.catalogue("elsewhere", 1) is None
    memory.keep("place", 2, newer := of(1))
    assert memory.catalogue("place", 2) is newer
    assert memory.catalogue("place", 1) is None


def test_the_least_used_make_room_and_the_too_large_is_not_kept():
    memory = Remembered(max_documents=10)
    for place in "abc":
        memory.keep(place, 1, of(3))
    assert memory.catalogue("a", 1) is not None
    memory.keep("d", 1, of(4))
    assert [place for place in "abcd" if memory.catalogue(place, 1)] == ["a", "c", "d"]
    memory.keep("e", 1, of(11))
    assert memory.catalogue("e", 1) is None
    assert memory.catalogue("a", 1) is not None


def test_cards_add_up_then_make_room_then_go():
    memory = Remembered(max_cards=3)
    one, other = UUID(int=1), UUID(int=2)
    memory.keep_cards(one, {UUID(int=10): Card("a")}, at=AT)
    assert memory.keep_cards(one, {UUID(int=11): Card("b")}, at=AT).keys() == {UUID(int=10), UUID(int=11)}
    assert memory.cards(one).keys() == {UUID(int=10), UUID(int=11)}
    memory.keep_cards(other, {UUID(int=20): Card("c"), UUID(int=21): Card("d")}, at=AT)
    assert memory.cards(one) == {}
    assert len(memory.cards(other)) == 2
    memory.keep_cards(one, {UUID(int=10): Card("a")}, at=AT + KEPT)
    assert memory.cards(other) == {}
    assert memory.keep_cards(one, {UUID(int=n): Card("x") for n in range(9)}, at=AT + timedelta(hours=2)).keys() >= {
        UUID(int=8)
    }
    assert memory.cards(one) == {}
