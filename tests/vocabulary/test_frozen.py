"""Values: compared by what they hold, small, and kept from being changed by the type checker."""

from dataclasses import field, replace
from pathlib import Path

import pytest
from mypy import api

from carnet.vocabulary.codes import Code
from carnet.vocabulary.frozen import frozen

_ROOT = Path(__file__).parents[2]


@frozen
class Pair:
    first: str
    second: int = 0


def test_equal_by_what_they_hold() -> None:
    assert Pair("a", 1) == Pair("a", 1) != Pair("a", 2)
    assert {Pair("a", 1), Pair("a", 1)} == {Pair("a", 1)}
    assert replace(Pair("a", 1), second=2) == Pair("a", 2)


@frozen
class Secretive:
    name: str
    secret: str = field(default="s3cret", repr=False)


@frozen
class Spoken(Pair):
    def __repr__(self) -> str:
        return f"<{self.first}>"


def test_they_tell_themselves_without_what_is_not_to_be_shown() -> None:
    assert repr(Pair("a", 1)) == "Pair(first='a', second=1)"
    assert repr([Secretive("b")]) == "[Secretive(name='b')]"
    assert repr(Spoken("c")) == "<c>"


def test_nothing_else_can_be_hung_on_them() -> None:
    assert not hasattr(Pair("a"), "__dict__")
    with pytest.raises(AttributeError):
        Pair("a").third = 1


def test_the_type_checker_refuses_to_set_a_field(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MYPYPATH", str(_ROOT / "src"))
    program = f"from {Code.__module__} import Code\n\ndef change(code: Code) -> None:\n    code.code = 'other'\n"
    told, _, _ = api.run(["--config-file=", "--strict", "--no-incremental", "-c", program])
    assert 'Property "code" defined in "Code" is read-only' in told


def test_every_value_of_the_house_is_one() -> None:
    """Another way of making them is dearer (decision 45); what needs more than `frozen` gives says it in its own line."""
    former = "@dataclass(frozen=True, slots=True)\n"
    assert not [path for path in (_ROOT / "src").rglob("*.py") if former in path.read_text()]
