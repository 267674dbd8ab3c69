"""The values of browsing: a document as a list shows it, what is asked of a list, what is answered."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from carnet.domain.access.model import AccessClass, OwnerKind
from carnet.domain.actor import Actor, ActorKind
from carnet.domain.record.ports import TypeTable
from carnet.vocabulary.frozen import frozen

# Where a document stands in a list: its date, or its words, then its id.
Position = tuple[datetime | str, UUID]
HOLDER = "holder"  # the reader that the person is, whatever their matricule


class Sort(StrEnum):
    """In which order documents are listed; by words, equal ones the newest first."""

    NEWEST = "newest"
    OLDEST = "oldest"
    TITLE = "title"
    WRITER = "writer"


class Only(StrEnum):
    """Kinds of documents that a list may be narrowed to; several at once narrow it further."""

    NEW = "new"  # come into the reader's sight since their last visit
    UNREAD = "unread"
    MASKED = "masked"  # to professionals
    OWN = "own"  # added by the person
    ARCHIVED = "archived"


@frozen
class Writer:
    """
    Who wrote a document, as its fiche names them: a person, or only an organisation.

    token, organization_token: `OID|identifier` as the entry's column holds them, or None. title: DR, PR… as received.
    specialty: label, or None.
    """

    family: str | None = None
    given: str | None = None
    title: str | None = None
    specialty: str | None = None
    token: str | None = None
    organization: str | None = None
    organization_token: str | None = None
    is_patient: bool = False


@frozen
class Card:
    """What a list shows of a sealed fiche."""

    title: str
    writers: tuple[Writer, ...] = ()


class Precision(StrEnum):
    DAY = "day"
    MONTH = "month"
    YEAR = "year"


@frozen
class Listed:
    """
    A document that the reader may see, by its clear facts.

    created: UTC, when it was made; what a person added is as old as the paper, not as its adding. day: of its making, in the reader's time
    zone. known_to: how precisely that is known. shown_at: since when the reader may see it. was_hidden: it
    was kept from them until then. producers: tokens of authors and organisations. family: code. replaced_by: what stands in its place.
    """

    patient_id: UUID
    logical_id: UUID
    facts: AccessClass
    created: datetime
    day: date
    shown_at: datetime
    was_hidden: bool
    producers: tuple[str, ...]
    family: str
    replaced_by: UUID | None = None
    known_to: Precision = Precision.DAY

    @property
    def position(self) -> Position:
        """Where it stands in a list, the newest first."""
        return self.created, self.logical_id

    @property
    def is_own(self) -> bool:
        return self.facts.owner is OwnerKind.CITIZEN


@frozen
class Choice:
    """
    What a list is narrowed to; nothing by default.

    words: as typed. family, type_code, producer (token), year: of the document. folder: one of the person's own. sort: narrows nothing.
    archived_aside: what is archived is left out, unless a kind of documents is asked for (documents.md §1.4).
    """

    words: str = ""
    family: str | None = None
    type_code: str | None = None
    producer: str | None = None
    year: int | None = None
    only: frozenset[Only] = frozenset()
    folder: UUID | None = None
    sort: Sort = Sort.NEWEST
    archived_aside: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """What is chosen, without its value: for the trace."""
        asked = {
            "words": self.words.strip(), "family": self.family, "type": self.type_code, "producer": self.producer, "year": self.year,
            "folder": self.folder,
        }  # fmt: skip
        return (*(name for name, value in asked.items() if value), *sorted(self.only))


@frozen
class OwnFolder:
    """A folder of the person. documents: as it holds them, seen by the reader or not."""

    folder_id: UUID
    name: str
    documents: frozenset[bytes]


@frozen
class Row:
    """
    One document of a page. older: what it replaced and the reader may see, the newest first. folders: that it is in, when the
    list knows of folders.
    """

    entry: Listed
    card: Card
    older: tuple[tuple[Listed, Card], ...]
    is_new: bool
    is_read: bool
    folders: tuple[UUID, ...] = ()


@frozen
class Facets:
    """
    How many documents each further choice would show: by family, type, year (newest first), producer, kind, folder. Each counts what all the
    other choices leave.
    """

    families: Mapping[str, int]
    types: Mapping[str, int]
    years: Mapping[int, int]
    producers: Mapping[str, int]
    only: Mapping[Only, int]
    folders: Mapping[UUID, int]


@frozen
class Browsed:
    """
    One page of a list.

    total: documents chosen; whole: all that the reader may see, older versions aside. number, pages: of this page, from 1.
    next_page, previous_page: the position that it starts after; previous_page is None on the first page and on the second, which follows the
    start. names: of producers by token. folders: of the person. beside: cards of the documents that something else of the page is taken from.
    """

    rows: Sequence[Row]
    total: int
    whole: int
    number: int
    pages: int
    next_page: Position | None
    previous_page: Position | None
    facets: Facets
    names: Mapping[str, Writer]
    folders: Sequence[OwnFolder]
    beside: Mapping[UUID, Card] = field(default_factory=dict)


@frozen
class Arrivals:
    """
    What came into the record, the latest first.

    rows: what is new to the reader, or the latest of all when nothing is. fresh: how many are new. unread: never read nor marked.
    announced: documents that were kept from the reader until a professional showed them, not read yet.
    """

    rows: Sequence[Row]
    announced: Sequence[Row]
    whole: int
    fresh: int
    unread: int


@frozen
class ReaderState:
    """
    What a reader brings and left here.

    since: what came after is new to them. read: logicalIds as bytes. is_person: they are the person, or act for them: what the person added
    is neither new to them nor to be read.
    """

    since: datetime | None
    read: frozenset[bytes]
    folders: tuple[OwnFolder, ...] = ()
    is_person: bool = True


CardReader = Callable[[bytes], Card]


@frozen
class Reading:
    """How documents are told: types by code, the family of a (type, class), the card of a fiche's clear text."""

    types: TypeTable
    family_of: Callable[[str, str], str]
    read_card: CardReader


def reader_of(actor: Actor) -> str:
    """Under which name what this actor read is kept."""
    if actor.kind is ActorKind.CITIZEN:
        return HOLDER
    if actor.kind is ActorKind.GUARDIAN and actor.ins is not None:
        return f"{actor.ins.oid}|{actor.ins.matricule}"
    return actor.person or actor.name


@frozen
class Outcome:
    """
    What became of several documents at once: those that changed, those that were so already, and those refused with the code that says why.
    """

    done: tuple[UUID, ...] = ()
    already: tuple[UUID, ...] = ()
    refused: Mapping[UUID, str] = field(default_factory=dict)
