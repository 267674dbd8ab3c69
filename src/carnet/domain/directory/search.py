"""
A search of the directory, in its own words: no wire format, no SQL.

Every criterion must hold; of a criterion's values, one at least.
"""

from enum import StrEnum

from carnet.vocabulary.date_ranges import DateRange
from carnet.vocabulary.frozen import frozen

DEFAULT_COUNT = 50  # as the national interface; identity-and-messaging.md §5.4
MAX_COUNTED = 10_000  # a total past it is told only to those who ask for it


class Kind(StrEnum):
    PROFESSIONAL = "professional"
    SITUATION = "situation"
    ORGANIZATION = "organization"


class Field(StrEnum):
    """What a criterion looks at. NUMBER: national identifiers; NUMBER_TYPE: which of them there are; CODE: qualifications, roles or types."""

    ID = "id"
    CHANGED = "changed"
    ACTIVE = "active"
    NUMBER = "number"
    NUMBER_TYPE = "number-type"
    CODE = "code"
    FAMILY = "family"
    GIVEN = "given"
    NAME = "name"
    MAILBOX = "mailbox"
    PERSON = "person"
    PLACE_OF_WORK = "place-of-work"
    AUTHORITY = "authority"
    ADDRESS = "address"
    CITY = "city"
    POSTAL_CODE = "postal-code"
    PART_OF = "part-of"


class Match(StrEnum):
    """How texts are compared: from their beginning or anywhere, without case or accents; or exactly as written."""

    STARTS = "starts"
    CONTAINS = "contains"
    EXACT = "exact"


class Register(StrEnum):
    """Which number is meant. NATIONAL_…: PS_IdNat or Struct_IdNat. ANY: whichever it is."""

    ANY = "any"
    NATIONAL = "national"
    RPPS = "rpps"
    ADELI = "adeli"
    FINESS = "finess"
    FINESS_SITE = "finess-site"
    FINESS_LEGAL = "finess-legal"
    SIRET = "siret"
    SIREN = "siren"
    TECHNICAL = "technical"


@frozen
class Text:
    text: str
    match: Match = Match.STARTS


@frozen
class Number:
    register: Register
    value: str


@frozen
class Coded:
    """table: which of the coded fields (`profession`, `category`, `skill`, `mode`, `sector`…)."""

    table: str
    code: str


Value = Text | Number | Coded | DateRange | bool | str


@frozen
class Criterion:
    field: Field
    values: tuple[Value, ...]


@frozen
class Include:
    """What comes with the page: `reverse` for what refers to it. field: PERSON, PLACE_OF_WORK or PART_OF."""

    field: Field
    reverse: bool = False


@frozen
class DirectoryQuery:
    """
    count: per page, 0 for the total alone. after: identifier of the last one shown. total: None when it is not wanted, else the most that is
    counted: MAX_COUNTED, or 0 without limit.
    """

    kind: Kind
    criteria: tuple[Criterion, ...] = ()
    includes: frozenset[Include] = frozenset()
    count: int = DEFAULT_COUNT
    after: str | None = None
    total: int | None = MAX_COUNTED
