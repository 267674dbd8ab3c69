"""A stock being taken over: what it gives, what became of it, and the place reached."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from carnet.domain.errors import DomainError, Severity
from carnet.domain.record.model import Receipt, Submission
from carnet.vocabulary.frozen import frozen

REPORTED = 1000  # refusals named in a report; its counts are of all


class Became(StrEnum):
    STORED = "stored"
    REPLAYED = "replayed"  # held already, with the same bytes
    REFUSED = "refused"


@frozen
class StockItem:
    """
    One submission of a stock.

    position: from 1, the same at every reading of the stock. name: where it stands (a file, a line), for people. person: whatever names
    whom it is about, the same for all that is about them. submission: or why it cannot be read. correction: the same, said to replace what
    its document says it replaces; used when the record holds that, and only then.
    """

    position: int
    name: str
    person: str
    submission: Submission | DomainError
    correction: Submission | None = None

    @property
    def size_bytes(self) -> int:
        """Of its contents; a correction has the same."""
        if isinstance(self.submission, DomainError):
            return 0
        return sum(len(document.content) for document in self.submission.documents)


@frozen
class Taken:
    """What became of a submission. codes: of its refusal, sorted; never a value."""

    position: int
    name: str
    became: Became
    documents: int = 0
    codes: tuple[str, ...] = ()

    @staticmethod
    def filed(item: StockItem, receipt: Receipt) -> "Taken":
        became = Became.REPLAYED if receipt.replayed else Became.STORED
        return Taken(item.position, item.name, became, len(receipt.documents))

    @staticmethod
    def refused(item: StockItem, refusal: DomainError) -> "Taken":
        codes = sorted({issue.code for issue in refusal.issues if issue.severity is Severity.ERROR})
        return Taken(item.position, item.name, Became.REFUSED, codes=tuple(codes))


@dataclass(slots=True)
class Progress:
    """
    position: every submission up to it is done. counts: of submissions by what became of them, and of `documents` stored; by code of
    refusal. refusals: (position, name, codes) of the first REPORTED.
    """

    position: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)
    refusals: list[tuple[int, str, tuple[str, ...]]] = field(default_factory=list)

    def add(self, taken: Taken) -> None:
        """Count the submission that follows the place."""
        self.position = taken.position
        became = taken.became.value
        self.counts[became] = self.counts.get(became, 0) + 1
        if taken.became is Became.STORED:
            self.counts["documents"] = self.counts.get("documents", 0) + taken.documents
        for code in taken.codes:
            self.codes[code] = self.codes.get(code, 0) + 1
        if taken.became is Became.REFUSED and len(self.refusals) < REPORTED:
            self.refusals.append((taken.position, taken.name, taken.codes))


@frozen
class Takeover:
    """resumed_from: the place that a former run reached, 0 for none."""

    takeover_id: UUID
    progress: Progress
    resumed_from: int
