"""
The header of a published file: which file it is, and where its columns are, bound by name.

Names are compared without case, accents, spaces or apostrophes, so that only a real change of the file is one.
Source: identity-and-messaging.md §5.3; the header of the files themselves.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence

from carnet.domain.directory.loading.model import LineFault, Published
from carnet.domain.errors import Invalid, Issue
from carnet.formats.annuaire.lines import Line
from carnet.vocabulary.frozen import frozen

SEPARATOR = "|"


# Columns that make a file what it is: (names that must be there, kind).
_SIGNS: Sequence[tuple[frozenset[str], Published]] = (
    (frozenset({"ADRESSEBAL"}), Published.MAILBOXES),
    (frozenset({"IDENTIFICATIONNATIONALEPP", "IDENTIFIANTTECHNIQUEDELASTRUCTURE"}), Published.ACTIVITIES),
)


@frozen
class Columns:
    """
    Where the columns of a file are.

    places: position of each column asked for, by our name; one past the last when the file has it not. count: columns of a line, extra
    separators at its end left out. unknown: names of the file that nothing reads. missing: our optional columns that the file has not. is_closed: lines end with a separator.
    """

    places: Mapping[str, int]
    count: int
    unknown: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    is_closed: bool = True


def comparable(name: str) -> str:
    """A column's name without case, accents, spaces or punctuation."""
    plain = unicodedata.normalize("NFKD", name)
    return re.sub(r"[^0-9A-Z]", "", "".join(c for c in plain if not unicodedata.combining(c)).upper())


def file_kind(header: str) -> Published | None:
    """What a file is by its first line; None when no reader knows it."""
    names = {comparable(name) for name in header.split(SEPARATOR)}
    return next((kind for signs, kind in _SIGNS if signs <= names), None)


def bind(header: str, wanted: Mapping[str, Sequence[str]], *, required: frozenset[str]) -> Columns:
    """
    Find columns by name, wherever they are.

    Takes
        header: the first line. wanted: our name → the names that published files give to it. required: ours, without which nothing is read.
    Raises
        Invalid: `directory-columns-missing` (one issue per column), `directory-columns-repeated`.
    """
    names = header.rstrip(SEPARATOR + " ").split(SEPARATOR)
    found: dict[str, list[int]] = {}
    for position, name in enumerate(names):
        found.setdefault(comparable(name), []).append(position)
    places: dict[str, int] = {}
    issues: list[Issue] = []
    missing: list[str] = []
    for ours, spellings in wanted.items():
        positions = [place for spelling in spellings for place in found.pop(comparable(spelling), ())]
        if len(positions) > 1:
            issues.append(Issue("directory-columns-repeated", facts={"name": spellings[0]}))
        elif positions:
            places[ours] = positions[0]
        elif ours in required:
            issues.append(Issue("directory-columns-missing", facts={"name": spellings[0]}))
        else:
            missing.append(spellings[0])
    if issues:
        raise Invalid(issues[0].code, issues=issues)
    for ours in wanted:
        places.setdefault(ours, len(names))
    unknown = tuple(
        names[position] for positions in found.values() for position in positions if names[position].strip()
    )
    return Columns(places, len(names), unknown, tuple(missing), is_closed=header.rstrip().endswith(SEPARATOR))


def wrong_count(line: Line, fields: Sequence[str], columns: Columns) -> LineFault | None:
    """The fault of a line that has not as many fields as the header has columns; empty ones at its end do not count."""
    if not line.is_ended and len(fields) < columns.count + columns.is_closed:
        return LineFault(line.number, "line-truncated")
    if len(fields) < columns.count or (len(fields) > columns.count and any(map(str.strip, fields[columns.count :]))):
        return LineFault(line.number, "line-columns", facts={"found": str(len(fields)), "expected": str(columns.count)})
    return None
