"""A search of the lists of one record. Source: ITI-66 and PDSm flux 5a (documents.md §3.2)."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from carnet.domain.record.search import Page, Value, mark_of
from carnet.vocabulary.frozen import frozen


class ListParameter(StrEnum):
    """Search parameters of List that the store knows, by their FHIR name."""

    ID = "_id"
    LAST_UPDATED = "_lastUpdated"
    CODE = "code"
    DATE = "date"
    DESIGNATION_TYPE = "designationType"
    IDENTIFIER = "identifier"
    STATUS = "status"
    IS_ARCHIVED = "isArchived"
    TITLE = "title"
    SOURCE_ID = "sourceId"
    SOURCE = "source"
    SOURCE_FAMILY = "source.family"
    SOURCE_GIVEN = "source.given"
    SOURCE_NAME = "source.name"
    AUTHOR_ORG = "authorOrg"
    ITEM = "item"


class ListSort(StrEnum):
    DATE = "date"
    LAST_UPDATED = "_lastUpdated"


@frozen
class ListCriterion:
    """One occurrence of a parameter; values are alternatives; negated for `:not`."""

    parameter: ListParameter
    values: tuple[Value, ...]
    negated: bool = False


@frozen
class ListQuery:
    """As `record.search.SearchQuery`, of lists: newly_seen are classes of their documents."""

    criteria: tuple[ListCriterion, ...] = ()
    sort: ListSort = ListSort.DATE
    descending: bool = True
    count: int = 50
    with_total: bool = True
    page: Page | None = None
    newly_seen: tuple[UUID, ...] = ()

    @property
    def mark(self) -> datetime | None:
        return mark_of(self.criteria)
