"""A range of time that a search asks for, and how what is kept compares with it. Source: FHIR R4 §3.1.1.4.6 (prefixes)."""

from datetime import datetime
from enum import StrEnum

from carnet.vocabulary.frozen import frozen


class Comparator(StrEnum):
    """FHIR prefixes: how the range searched compares with the range kept."""

    EQ = "eq"
    NE = "ne"
    GT = "gt"
    LT = "lt"
    GE = "ge"
    LE = "le"
    SA = "sa"
    EB = "eb"
    AP = "ap"


@frozen
class DateRange:
    """start included, end excluded, both UTC."""

    comparator: Comparator
    start: datetime
    end: datetime
