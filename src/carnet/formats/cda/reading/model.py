"""
A document as it is read by people: what it says, in sections and blocks, without a word of markup but that of its narrative.

Source: documents.md §5; style.md §8 (words first, number second).
"""

from dataclasses import field
from decimal import Decimal
from enum import StrEnum

from carnet.vocabulary.codes import Code
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.moments import Moment


class Kind(StrEnum):
    """Which of our templates shows the document."""

    BIOLOGY = "biology"
    PRESCRIPTION = "prescription"
    DISPENSATION = "dispensation"
    VACCINATION = "vaccination"
    SUMMARY = "summary"
    IMAGING = "imaging"
    DISCHARGE = "discharge"
    PATIENT = "patient"
    OTHER = "other"
    FILE = "file"  # a body of level 1, or a document that is no CDA
    UNREADABLE = "unreadable"


class Position(StrEnum):
    """Where a result stands beside the usual range, as the document allows to say it."""

    FAR_BELOW = "far-below"  # only when the laboratory says so (LL)
    BELOW = "below"
    WITHIN = "within"
    ABOVE = "above"
    FAR_ABOVE = "far-above"  # HH
    FLAGGED = "flagged"  # the laboratory calls it abnormal and gives no direction
    UNSAID = "unsaid"


OUTSIDE = frozenset({Position.FAR_BELOW, Position.BELOW, Position.ABOVE, Position.FAR_ABOVE, Position.FLAGGED})


@frozen
class Measure:
    """
    A value with its unit, as printed in France.

    text: the figure as the document writes it, comma included, or its words; never empty. unit: empty when there is none.
    low, high: the numbers it stands for, equal unless it is a range or a comparison (`< 5` has no low); None when there is no number.
    """

    text: str
    unit: str = ""
    low: Decimal | None = None
    high: Decimal | None = None

    def __str__(self) -> str:
        return f"{self.text}\N{NO-BREAK SPACE}{self.unit}" if self.unit else self.text


@frozen
class Zone:
    """The usual range of this laboratory; one bound may be open. text: « 3,5 à 5,1 », « jusqu’à 5 », in `unit`."""

    text: str
    unit: str = ""
    low: Decimal | None = None
    high: Decimal | None = None

    def __str__(self) -> str:
        return f"{self.text}\N{NO-BREAK SPACE}{self.unit}" if self.unit else self.text


@frozen
class Former:
    """An earlier result that the document itself carries."""

    measure: Measure
    at: Moment | None


@frozen
class Result:
    """
    One result of a laboratory.

    measure: None when none is given; then `missing` says so in words. zone: None when the document gives none that can be used.
    said: what the laboratory wrote of it when that says more than the position (« Résistant »), or something else than the range does
    (`is_contradicted`). is_unwritten: the narrative, which holds the other figures, does not hold this one.
    group: the headings it stands under (chapter, battery, germ). gloss: what the analyte is, in our own words, for common ones.
    """

    name: str
    measure: Measure | None
    missing: str = ""
    loinc: str | None = None
    gloss: str = ""
    zone: Zone | None = None
    position: Position = Position.UNSAID
    said: str = ""
    is_contradicted: bool = False
    is_unwritten: bool = False
    formers: tuple[Former, ...] = ()
    comments: tuple[str, ...] = ()
    group: tuple[str, ...] = ()
    at: Moment | None = None


@frozen
class Period:
    """From when to when; `days` when the document gives a length instead of an end."""

    start: Moment | None = None
    end: Moment | None = None
    days: int | None = None

    def __bool__(self) -> bool:
        return self.start is not None or self.end is not None or self.days is not None


@frozen
class Dosage:
    """How a medicine is taken, in French: « 1 comprimé, 3 fois par jour »; for how long, when the words do not say it."""

    text: str
    period: Period = field(default_factory=Period)


@frozen
class Medicine:
    """
    A medicine prescribed, dispensed or taken.

    name: as the document prints it. substance: empty when not told, or when the name says it. limit: « 4 comprimés par jour au plus ».
    quantity: « 2 boîtes ». is_supplied: a dispensation, or a device. code: of the product.
    repeats: renewals allowed, None when unsaid. notes: label and words, such as instructions and the reason.
    """

    name: str
    substance: str = ""
    dosages: tuple[Dosage, ...] = ()
    limit: str = ""
    period: Period = field(default_factory=Period)
    route: str = ""
    quantity: str = ""
    repeats: int | None = None
    lot: str = ""
    notes: tuple[tuple[str, str], ...] = ()
    is_negated: bool = False
    is_supplied: bool = False
    code: Code | None = field(default=None, compare=False)


@frozen
class Vaccination:
    """One dose. against: the disease or the class of vaccine. rank: first, second… dose; None when unsaid. by: who gave it."""

    name: str
    against: str = ""
    at: Moment | None = None
    rank: int | None = None
    lot: str = ""
    site: str = ""
    by: str = ""
    notes: tuple[tuple[str, str], ...] = ()
    is_negated: bool = False


@frozen
class Concern:
    """
    A problem or an allergy. detail: its kind. status: « Actif », as written. notes: label and words (reaction, severity…).

    code: of the substance, or of the problem. is_named: more is said than its kind.
    """

    name: str
    detail: str = ""
    period: Period = field(default_factory=Period)
    status: str = ""
    notes: tuple[tuple[str, str], ...] = ()
    is_negated: bool = False
    code: Code | None = field(default=None, compare=False)
    is_named: bool = field(default=True, compare=False)


@frozen
class Sign:
    """A vital sign: name, value, when."""

    name: str
    measure: Measure
    at: Moment | None = None


@frozen
class EmbeddedFile:
    """A file that the document carries. title: of the section that holds it."""

    media_type: str
    content: bytes = field(repr=False)
    title: str = ""

    @property
    def size_bytes(self) -> int:
        return len(self.content)


@frozen
class Narrative:
    """
    The text of a section as HTML of ours, sanitised; images stand as `<span data-image="n"></span>`, n in `Reading.images`.

    is_folded: coded facts above it say the same; it is still there to be opened. is_cut: too long, the rest is in the original.
    """

    html: str
    is_folded: bool = False
    is_cut: bool = False


@frozen
class Results:
    """is_drawn: each has its drawing; else a table under the headings they share."""

    results: tuple[Result, ...]
    is_drawn: bool = False


@frozen
class Medicines:
    medicines: tuple[Medicine, ...]


@frozen
class Vaccinations:
    vaccinations: tuple[Vaccination, ...]


@frozen
class Concerns:
    """are_allergies: so that no list of allergies is taken for something else."""

    concerns: tuple[Concern, ...]
    are_allergies: bool = False


@frozen
class Signs:
    signs: tuple[Sign, ...]


@frozen
class Comment:
    """What a laboratory says of a whole chapter."""

    text: str


@frozen
class Remark:
    """A sentence of ours about what is shown or not."""

    text: str


Block = Narrative | Results | Medicines | Vaccinations | Concerns | Signs | Comment | Remark


@frozen
class Section:
    """is_aside: beside the subject (legal notices, the whole text of a laboratory): shown folded."""

    title: str
    blocks: tuple[Block, ...] = ()
    sections: tuple["Section", ...] = ()
    code: str | None = None
    is_aside: bool = False

    @property
    def is_empty(self) -> bool:
        return not self.blocks and all(section.is_empty for section in self.sections)


@frozen
class Maker:
    """Who made, signed or asked for the document, as told in it. profession_code: of JDV_J01, `G15_10/SM26`; empty when untold."""

    name: str
    profession: str = ""
    organization: str = ""
    profession_code: str = field(default="", compare=False)


@frozen
class Answer:
    """What the document says, in one sentence. marked: its beginning, when that is what to look at."""

    text: str
    marked: str = ""


@frozen
class Reading:
    """
    A document ready to be shown.

    summary: the sentence that opens the page. done: when what it tells was done (sample taken, exam made). embedded: the copy to be shown
    beside, or the file that the document is; files: what else it carries. images: rasters that its narratives show.
    """

    kind: Kind
    title: str
    summary: Answer
    sections: tuple[Section, ...] = ()
    authors: tuple[Maker, ...] = ()
    signed_by: Maker | None = None
    asked_by: tuple[Maker, ...] = ()
    written: Moment | None = None
    done: Moment | None = None
    embedded: EmbeddedFile | None = None
    files: tuple[EmbeddedFile, ...] = ()
    images: tuple[EmbeddedFile, ...] = ()

    @property
    def answer(self) -> str:
        return self.summary.text
