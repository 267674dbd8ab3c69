"""A document as a list shows it: its title, its plain kind, who made it, its day in the margin."""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby
from uuid import UUID

from carnet.document_types.families import BY_CODE
from carnet.domain.access.model import AvailabilityStatus, Confidentiality, OwnerKind
from carnet.domain.record.browsing.model import Card, Listed, Precision, Row, Writer
from carnet.domain.record.ports import TypeTable
from carnet.vocabulary.frozen import frozen
from carnet.web.wording.dates import DAYS, MONTHS, day_number

_TITLES = {"DR": "Dr", "PR": "Pr", "M": "M.", "MME": "Mme", "MLLE": "Mme"}


@frozen
class Shown:
    """One row. day, month: of the margin. kind: plain name of its type, empty when the title says it. who: made it. older: what it replaced."""

    logical_id: UUID
    title: str
    kind: str
    who: str
    icon: str
    day: str
    month: str
    year: int
    date: date
    is_new: bool
    is_read: bool
    is_masked: bool
    is_own: bool
    is_archived: bool
    older: tuple["Shown", ...] = ()


def shown(row: Row, types: TypeTable) -> Shown:
    """A row of a page."""
    older = tuple(_shown(entry, card, types, is_new=False, is_read=True) for entry, card in row.older)
    return _shown(row.entry, row.card, types, is_new=row.is_new and not row.is_read, is_read=row.is_read, older=older)


def by_year(rows: Iterable[Shown]) -> list[tuple[int, list[Shown]]]:
    """Rows under their year, in their order."""
    return [(year, list(each)) for year, each in groupby(rows, key=lambda row: row.year)]


def writer_name(writer: Writer) -> str:
    """`Dr Odile Lambert`, else the organisation."""
    if writer.family is None:
        return writer.organization or ""
    title = _TITLES.get((writer.title or "").upper().rstrip("."), "")
    return " ".join(each for each in (title, _cased(writer.given), _cased(writer.family)) if each)


def type_name(types: TypeTable, code: str) -> str:
    """The plain name of a type, with the apostrophes of print."""
    known = types.find(code)
    return "Document" if known is None else known.plain_name.replace("'", "’")


def _shown(
    entry: Listed, card: Card, types: TypeTable, *, is_new: bool, is_read: bool, older: tuple[Shown, ...] = ()
) -> Shown:
    kind = type_name(types, entry.facts.type_code)
    title = card.title.strip().replace("'", "’") or kind
    family = BY_CODE[entry.family]
    return Shown(
        entry.logical_id, title, "" if kind.casefold() in title.casefold() else kind, _who(entry, card.writers),
        family.icon, *_in_the_margin(entry),
        entry.day.year, entry.day, is_new, is_read, Confidentiality.MASQUE_PS in entry.facts.labels, entry.is_own,
        entry.facts.status is AvailabilityStatus.ARCHIVED, older,
    )  # fmt: skip


def _in_the_margin(entry: Listed) -> tuple[str, str]:
    """The day and the month, as far as they are known."""
    if entry.known_to is Precision.YEAR:
        return "dans l’année", ""
    month = MONTHS[entry.day.month - 1]
    return (
        ("", month)
        if entry.known_to is Precision.MONTH
        else (f"{DAYS[entry.day.weekday()]} {day_number(entry.day)}", month)
    )


def _who(entry: Listed, writers: Sequence[Writer]) -> str:
    """Who made it, for the person; themselves are told by a tag."""
    if entry.is_own:
        return ""
    if entry.facts.owner is OwnerKind.HEALTH_INSURANCE:
        return "Assurance maladie"
    names: dict[str, None] = {}
    for writer in writers:
        if not writer.is_patient:
            names |= dict.fromkeys(each for each in (writer_name(writer), writer.organization or "") if each)
    return ", ".join(names)


def _cased(name: str | None) -> str:
    """A name as people write it, when software shouts it."""
    return "" if name is None else name.title() if name.isupper() else name
