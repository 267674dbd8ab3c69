"""Coded values."""

from carnet.vocabulary.codes import Code


def test_labels_do_not_count() -> None:
    assert Code("10", "1.2", "Compte rendu").same_as(Code("10", "1.2", "CR"))


def test_code_and_system_count() -> None:
    assert not Code("10", "1.2").same_as(Code("11", "1.2"))
    assert not Code("10", "1.2").same_as(Code("10", "1.3"))
