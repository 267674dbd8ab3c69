"""The kinds of reach, their caps, and what an operator is told."""

from datetime import date, datetime
from enum import StrEnum

from carnet.vocabulary.frozen import frozen


class ReachKind(StrEnum):
    DECLARED = "declared"  # an authorisation, or the role of médecin traitant, that the professional declared
    EXCEPTIONAL = "exceptional"  # bris de glace, regulation


@frozen
class ReachTerms:
    """
    declared, exceptional: records in a day, at most; 0: no cap. usual: under this many a day is never unlike the others; past it, an alert
    is raised at thrice the busiest day of the last thirty.
    """

    declared: int = 100
    exceptional: int = 20
    usual: int = 15

    def cap(self, kind: ReachKind) -> int:
        return self.declared if kind is ReachKind.DECLARED else self.exceptional


@frozen
class ReachAlert:
    """person: PS_IdNat. reached: records when it was raised. cleared_by: who looked, or None."""

    person: str
    day: date
    kind: ReachKind
    raised_at: datetime
    reached: int
    cleared_at: datetime | None
    cleared_by: str | None
