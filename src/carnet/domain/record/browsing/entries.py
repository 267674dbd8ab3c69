"""From the rows of a record to its documents as lists know them: the day of each, as far as it is known."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta, tzinfo
from uuid import UUID

from carnet.domain.access.model import AccessClass, OwnerKind
from carnet.domain.record.browsing import store as shelves
from carnet.domain.record.browsing.model import Listed, Precision, Reading
from carnet.vocabulary.moments import PARIS

_A_DAY = timedelta(hours=23)  # a document dated to the day, or less precisely
_A_MONTH = timedelta(days=27)
_A_YEAR = timedelta(days=364)


def listed(
    rows: Iterable[shelves.EntryRow], patient_id: UUID, classes: Mapping[UUID | None, AccessClass], zone: tzinfo, reading: Reading
) -> Iterator[Listed]:  # fmt: skip
    """The documents of these rows, as lists know them. classes: of the record, by id."""
    for row in rows:
        facts = classes[row.class_id]
        family = reading.family_of(facts.type_code, facts.class_code)
        # What a person adds was created when they added it; the paper is as old as the act that it tells (XDS-SD).
        is_own = facts.owner is OwnerKind.CITIZEN
        since, until = (row.started_from, row.started_to) if is_own else (row.created_from, row.created_to)
        yield Listed(
            patient_id, row.logical_id, facts, since, _day(since, until, zone), row.shown_at, row.was_hidden, tuple(row.authors), family,
            row.replaced_by, _precision(until - since),
        )  # fmt: skip


def _day(since: datetime, until: datetime, zone: tzinfo) -> date:
    """The day of a document: as it was dated when it was only to the day, else that of the reader's clock."""
    return since.astimezone(PARIS if until - since >= _A_DAY else zone).date()


def _precision(span: timedelta) -> Precision:
    if span < _A_MONTH:
        return Precision.DAY
    return Precision.MONTH if span < _A_YEAR else Precision.YEAR
