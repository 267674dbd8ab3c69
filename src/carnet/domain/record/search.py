"""
A search within one record: criteria joined by AND, each with alternatives joined by OR, a sort and a page.

Source: ITI-67 and PDSm flux 6 (documents.md §3.2); FHIR R4 search (3.1.1) for the meaning of prefixes and tokens.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from carnet.vocabulary.date_ranges import Comparator, DateRange
from carnet.vocabulary.frozen import frozen


class Parameter(StrEnum):
    """Search parameters of DocumentReference that the store knows, by their FHIR name."""

    ID = "_id"
    LAST_UPDATED = "_lastUpdated"
    STATUS = "status"
    TYPE = "type"
    CATEGORY = "category"
    FACILITY = "facility"
    SETTING = "setting"
    IDENTIFIER = "identifier"
    DATE = "date"
    CREATION = "creation"
    PERIOD = "period"
    PERIOD_START = "period-start"
    PERIOD_END = "period-end"
    FORMAT = "format"
    SECURITY_LABEL = "security-label"
    EVENT = "event"
    RELATES_TO = "relatesto"
    RELATED = "related"
    AUTHOR = "author"
    AUTHOR_FAMILY = "author.family"
    AUTHOR_GIVEN = "author.given"
    IS_ARCHIVED = "isArchived"


@frozen
class Token:
    """system: bare OID or URI; None when any system will do. code: None when any code of the system will do."""

    code: str | None
    system: str | None = None


@frozen
class Text:
    """A beginning of a name, normalised: upper case, no accents."""

    prefix: str


Value = Token | DateRange | Text


@frozen
class Criterion:
    """One occurrence of a parameter; negated for `:not`."""

    parameter: Parameter
    values: tuple[Value, ...]
    negated: bool = False


class Asked(Protocol):
    """A criterion of this search, or of one of lists."""

    @property
    def parameter(self) -> str: ...
    @property
    def values(self) -> Sequence[Value]: ...
    @property
    def negated(self) -> bool: ...


def is_synchronisation(criterion: Asked) -> bool:
    """Whether it asks for what changed since an instant, whatever that is: `_lastUpdated` with a beginning and no end."""
    return (
        criterion.parameter == Parameter.LAST_UPDATED
        and not criterion.negated
        and all(isinstance(value, DateRange) and value.comparator in _SINCE for value in criterion.values)
    )


def mark_of(criteria: Sequence[Asked]) -> datetime | None:
    """Since when changes are asked for (`_lastUpdated=gt…`, `ge`, `sa`); None when they are not."""
    starts = [
        value.start
        for criterion in criteria
        if is_synchronisation(criterion)
        for value in criterion.values
        if isinstance(value, DateRange)
    ]
    return min(starts, default=None)


_SINCE = frozenset({Comparator.GT, Comparator.GE, Comparator.SA})


class SortKey(StrEnum):
    DATE = "date"
    LAST_UPDATED = "_lastUpdated"
    PERIOD_START = "period-start"
    CREATION = "creation"


@frozen
class Page:
    """Where a page starts: after this sort value and logicalId, in the order of the query."""

    after_value: datetime
    after_id: str


@frozen
class SearchQuery:
    """
    count: entries per page, 0 for the total alone. with_total: whether the total is wanted. sort: one key, newest first by default;
    ties are broken by logicalId. newly_seen: classes that came into the asker's sight since the mark of `_lastUpdated`: their entries come up
    whatever their own date.
    """

    criteria: tuple[Criterion, ...] = ()
    sort: SortKey = SortKey.DATE
    descending: bool = True
    count: int = 50
    with_total: bool = True
    page: Page | None = None
    newly_seen: tuple[UUID, ...] = ()

    @property
    def mark(self) -> datetime | None:
        return mark_of(self.criteria)
