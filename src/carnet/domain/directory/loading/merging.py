"""
How what a file says, once in the temporary table `arriving`, becomes the directory: by whole sets, each kind of file with its own steps.

Rows that say the same as before are not written, so that the same file twice changes nothing. In a step, `a` is what arrives, `k` what is
kept, `%(at)s` the instant of the import, `%(origin)s` whose file it is.
"""

from collections.abc import Mapping, Sequence
from typing import LiteralString, NamedTuple

from carnet.vocabulary.frozen import frozen


class Step(NamedTuple):
    """One statement. population, effect: what its number of rows counts (see Counts), or empty."""

    sql: LiteralString
    population: str = ""
    effect: str = ""


@frozen
class Merge:
    """
    One kind of file.

    arriving: columns of the temporary table, after `line` and `is_read`; key: the one that says of whom a line speaks. prepare: what is made of them first. losing: by population, how
    many are active, and how many of these a complete file would end. complete: what ends them. merge: the rest, afterwards. analyze: what
    counts the tables anew, since searches are planned on it.
    """

    arriving: LiteralString
    key: LiteralString
    prepare: Sequence[LiteralString]
    losing: Mapping[str, LiteralString]
    complete: Sequence[Step]
    merge: Sequence[Step]
    analyze: Sequence[LiteralString]


def listed(columns: str, alias: str) -> str:
    """Columns of one of the two tables."""
    return ", ".join(f"{alias}.{name}" for name in columns.split(", "))


def taken(columns: str) -> str:
    """What an update takes from the row that arrives."""
    return ", ".join(f"{name} = a.{name}" for name in columns.split(", "))


def differs(columns: str) -> str:
    """Whether the row that arrives says something new."""
    return f"({listed(columns, 'k')}) IS DISTINCT FROM ({listed(columns, 'a')})"


PLACE = "addressee, locator, house_number, repetition, street_type, street, mention, delivery, postal_code, commune, city, country, department"
REACHED = "phone, phone2, fax, email"
