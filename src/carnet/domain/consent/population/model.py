"""A population file as it is taken: numbered people, and what became of a batch of them. A line is named by its number only."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from carnet.domain.people.model import ReceivedIdentity
from carnet.vocabulary.frozen import frozen


@frozen
class PopulationLine:
    """number: in the file, from 1, its heading included."""

    number: int
    person: ReceivedIdentity


@frozen
class LineRefusal:
    """code: worded as every issue. place: column or element to look at, never its value."""

    number: int
    code: str
    place: str | None = None


@frozen
class BatchName:
    """A batch of an import: same digest (SHA-256 of its bytes), same lines; taken once."""

    import_id: UUID
    number: int
    digest: bytes


@dataclass(slots=True)
class BatchOutcome:
    """
    What became of a batch.

    counts: `created`, `changed`, `unchanged`, `refused`, and `warning:<code>`. refused: in order, the first `kept` of them when many.
    """

    counts: Counter[str] = field(default_factory=Counter)
    refused: list[LineRefusal] = field(default_factory=list)

    def add_refused(self, refusals: Sequence[LineRefusal]) -> None:
        self.counts["refused"] += len(refusals)
        for refusal in refusals:
            self.counts[f"refused:{refusal.code}"] += 1
        self.refused.extend(refusals)
