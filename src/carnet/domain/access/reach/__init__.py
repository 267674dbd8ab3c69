"""
How far a professional's own word reaches: a cap on the records of a day, a look by someone, an alert before it.

Reading rests on what a professional declares (an authorisation, an emergency, a regulation); a stolen card declares as well as its owner. So
the records reached in one day by these words alone are counted, an operator is told when a day is unlike the others, and past the cap nothing
more opens before someone has asked. Source: product promises 3 and 9; the figures are ours, no text gives one.
"""

from carnet.domain.access.reach.model import ReachAlert, ReachKind, ReachTerms
from carnet.domain.access.reach.reaching import clear, is_past, within

__all__ = ["ReachAlert", "ReachKind", "ReachTerms", "clear", "is_past", "within"]
