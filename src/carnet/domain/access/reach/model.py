"""The kinds of reach, their caps, and what an operator is told."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class ReachKind(StrEnum):
    DECLARED = "declared"  # an authorisation, or the role of médecin traitant, that the professional declared
    EXCEPTIONAL = "exceptional"  # bris de glace, regulation


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class ReachAlert:
    """person: PS_IdNat. reached: records when it was raised. cleared_by: who looked, or None."""

    person: str
    day: date
    kind: ReachKind
    raised_at: datetime
    reached: int
    cleared_at: datetime | None
    cleared_by: str | None
