"""
Facts of health as documents state them, and as they are told to a reader.

Source: documents.md §5.3 (sections and entries of a CDA); docs/decisions/0043-health-facts.md.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum
from uuid import UUID

from carnet.domain.record.browsing.model import Card, Listed
from carnet.vocabulary.codes import Code
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.moments import Moment

# Of the way facts are read out of documents: raised when it changes, so that every document is read again.
EDITION = 1
# Types of documents that sum up a person’s health: VSM, IPS. Source: documents.md §5.4 (JDV_J07).
SUMMARY_TYPES = frozenset({"SYNTH", "60591-5"})


class FactKind(StrEnum):
    ALLERGY = "allergy"  # and intolerances
    VIGILANCE = "vigilance"  # risk factors, points of vigilance
    PROBLEM = "problem"  # active
    HISTORY = "history"
    TREATMENT = "treatment"


class Finding(StrEnum):
    """What a document says of it: that it is, that it is not, or that nothing of the kind is known. That it says nothing is no finding."""

    PRESENT = "present"
    DENIED = "denied"
    NONE_KNOWN = "none-known"


@frozen
class Fact:
    """
    One statement of one document.

    name: as the document prints it; of NONE_KNOWN, the sentence that says so. code: of the substance, the problem or the medicine.
    detail: its kind, the active substance, or the part of the document it stands in. status: « Actif », as written.
    notes: label and words (reaction, severity, dosage…). is_doubtful: the text that the author attested does not say the same.
    """

    kind: FactKind
    name: str
    finding: Finding = Finding.PRESENT
    code: Code | None = None
    detail: str = ""
    status: str = ""
    notes: tuple[tuple[str, str], ...] = ()
    since: Moment | None = None
    until: Moment | None = None
    is_doubtful: bool = False


# From the bytes of a document to its facts; raises Invalid when it cannot be read.
FactReader = Callable[[bytes], Sequence[Fact]]


class ReadState(StrEnum):
    """Whether a document that may state facts was read; UNREAD: not yet."""

    READ = "read"
    UNREADABLE = "unreadable"
    UNREAD = "unread"


@frozen
class Stated:
    """What one document of a record states; sealed until `facts` were opened."""

    patient_id: UUID
    logical_id: UUID
    state: ReadState
    facts: tuple[Fact, ...] = ()


@frozen
class Source:
    """A document that the reader may see, with what a list shows of it."""

    entry: Listed
    card: Card


@frozen
class ToldFact:
    """
    A fact told once, whoever states it.

    fact: as the most recent source states it, with what the others add. sources: the most recent first. is_in_summary: the most recent
    medical summary states it.
    """

    fact: Fact
    sources: tuple[Source, ...]
    is_in_summary: bool = False


@frozen
class Overview:
    """
    What the documents that a reader may see state, for the top of a page.

    allergies: those that are, the most recent first. no_allergy: what documents deny, one kind of words once. vigilance, problems, history,
    treatments: negative findings last. summary: the most recent medical summary among the sources, or None. unread: documents that may
    state some and were not read: not yet, or never.
    """

    allergies: tuple[ToldFact, ...] = ()
    no_allergy: tuple[ToldFact, ...] = ()
    vigilance: tuple[ToldFact, ...] = ()
    problems: tuple[ToldFact, ...] = ()
    history: tuple[ToldFact, ...] = ()
    treatments: tuple[ToldFact, ...] = ()
    summary: Source | None = None
    unread: tuple[Source, ...] = ()
