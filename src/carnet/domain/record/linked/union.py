"""
What holds for an actor on linked records: what the person decided on one of them, they decided.

The table says how each fact is joined. What the rules gain in one place they gain in all (an authorisation, being the person), and so
it is of what they lose (a block, an opposition, a category hidden). Source: docs/decisions/0032-linked-records.md.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from carnet.domain.access.model import RecordFacts, Representation

Joining = Callable[[Sequence[Any]], Any]


def _own(values: Sequence[Any]) -> Any:
    return values[0]


def _anywhere(values: Sequence[bool]) -> bool:
    return any(values)


def _everywhere(values: Sequence[bool]) -> bool:
    return all(values)


def _together(values: Sequence[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*values)


def _most(values: Sequence[Representation | None]) -> Representation | None:
    return next((each for each in (Representation.FULL, Representation.READ) if each in values), None)


# Every fact is here, a test checks: a new one must say how it is joined before it can be read.
JOINED: Mapping[str, Joining] = {
    "status": _own,  # a closed record stays closed
    "at": _own,
    "facts_version": _own,
    "is_holder": _anywhere,
    "has_grant": _anywhere,
    "is_blocked": _anywhere,
    "is_primary_care_doctor": _anywhere,
    "parent": _most,
    "guardian": _most,
    "is_of_age": _everywhere,  # known only on the record of the person that a representative names
    "feeding_opposed": _anywhere,
    "emergency_opposed": _anywhere,
    "regulation_opposed": _anywhere,
    "emergency_shows_masked": _anywhere,
    "block_holds_in_emergency": _own,
    "hidden_categories": _together,
    "withheld_categories": _together,
    "is_regulator": _own,
    "is_struck_off": _anywhere,
    "reaches_too_many": _anywhere,  # of the professional, whatever the record
    "has_delegation": _own,  # of who feeds, whatever the record
    "had_delegation": _own,
    "link_holds": _own,  # told of one record, after they were joined
}


def united(own: RecordFacts, others: Sequence[RecordFacts]) -> RecordFacts:
    """The facts of a record, with what the person decided on the records linked to it."""
    every = (own, *others)
    return replace(own, **{name: join([getattr(each, name) for each in every]) for name, join in JOINED.items()})
