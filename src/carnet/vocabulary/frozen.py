"""The values of the house: equal by what they hold, and never changed once made (style: values; decision 45)."""

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

_Value = TypeVar("_Value")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[_Value]) -> type[_Value]:
    """
    A dataclass with slots, compared and hashed by its fields. That none is set again is the type checker's to see.

    `dataclass(frozen=True)` has each field of each value set by a call at run time: a document filed makes hundreds of them.
    """
    return dataclass(slots=True, unsafe_hash=True)(cls)
