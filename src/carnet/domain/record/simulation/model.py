"""The values of a simulation, and of the facts of a past instant."""

from collections.abc import Sequence
from uuid import UUID

from carnet.domain.access.model import AccessClass, Decision, RecordFacts
from carnet.vocabulary.frozen import frozen


@frozen
class FactsThen:
    """
    What was true of a record for one actor at one instant.

    classes: every class that its documents have or had. documents: logicalId and class_id, newest first.
    """

    record: RecordFacts
    classes: Sequence[AccessClass]
    documents: Sequence[tuple[UUID, UUID]]


@frozen
class SimulatedDocument:
    logical_id: UUID
    decision: Decision


@frozen
class Simulated:
    """
    opens: whether they would have a right on the record at all; without it, documents is empty. total: documents that whoever asks sees.
    supposed: the same, were the facts as was supposed.
    """

    opens: Decision
    documents: tuple[SimulatedDocument, ...]
    total: int = 0
    supposed: "Simulated | None" = None

    @property
    def seen(self) -> tuple[UUID, ...]:
        return tuple(each.logical_id for each in self.documents if each.decision.allowed)
