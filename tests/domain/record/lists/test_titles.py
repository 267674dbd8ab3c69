from carnet.domain.record.lists.titles import MAX_CHARACTERS, beginning, columns
from carnet.storage.sealing import SealingKey

KEY, OTHER = SealingKey(bytes(32)), SealingKey(bytes([1]) * 32)


def test_each_beginning_is_found() -> None:
    kept = columns(KEY, "  Séjour d'été ")
    assert len(kept) == len("SEJOUR D'ETE")
    for text in ("S", "SEJ", "SEJOUR D'ETE"):
        assert r"\x" + beginning(KEY, text).hex() in kept
    assert r"\x" + beginning(KEY, "ETE").hex() not in kept


def test_a_long_title_is_indexed_by_its_beginning() -> None:
    assert len(columns(KEY, "a" * 1000)) == MAX_CHARACTERS


def test_no_title_no_index() -> None:
    assert columns(KEY, None) == columns(KEY, "") == columns(KEY, "   ") == []


def test_nobody_else_can_make_them() -> None:
    assert beginning(KEY, "S") != beginning(OTHER, "S")
    assert len(beginning(KEY, "S")) == 8
