"""The values of the house: equal by what they hold, and never changed once made (style: values; decision 45)."""

from dataclasses import dataclass, field, fields
from typing import Any, TypeVar, dataclass_transform

_Value = TypeVar("_Value")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[_Value]) -> type[_Value]:
    """
    A dataclass with slots, compared and hashed by its fields. That none is set again is the type checker's to see.

    `dataclass(frozen=True)` has each field of each value set by a call at run time: a document filed makes hundreds of them.
    """
    made: type[_Value] = dataclass(slots=True, unsafe_hash=True, repr=False)(cls)
    if made.__repr__ is object.__repr__:
        made.__repr__ = _told  # type: ignore[method-assign]  # one for all: making one for each is a tenth of a start's classes
    return made


def _told(value: Any) -> str:
    """As a dataclass tells itself, without the fields that are not to be shown."""
    told = ", ".join(f"{each.name}={getattr(value, each.name)!r}" for each in fields(value) if each.repr)
    return f"{type(value).__qualname__}({told})"
