"""The values of an audience: who holds a right on a record, and what the table says of each about one document."""

from collections.abc import Sequence
from datetime import datetime

from carnet.domain.access.facts import FactTerms
from carnet.domain.access.model import Decision, RecordFacts
from carnet.domain.consent.model import Basis, ConsentPeriod
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.ins import Ins


@frozen
class Holder:
    """
    Who holds a right on a record now.

    holder: PS_IdNat, or Struct_IdNat when is_organization. basis: of their authorisation, or None for a médecin traitant alone. since, until: of
    the last period that gives it; None: it does not end by itself.
    """

    holder: str
    is_organization: bool
    is_primary_care_doctor: bool
    basis: Basis | None
    since: datetime
    until: datetime | None


@frozen
class Seer:
    """
    A holder, with what the table says of one document.

    depends_on_profession: not known, or a structure: judged as a physician. refused_at: Struct_IdNat of structures where they practise and
    would not see it.
    """

    holder: Holder
    decision: Decision
    depends_on_profession: bool = False
    refused_at: tuple[str, ...] = ()


@frozen
class Audience:
    """
    Who sees a document among those who hold a right, the others among them, and what an emergency and a regulation of someone unknown would.
    """

    seers: tuple[Seer, ...]
    emergency: Decision
    regulation: Decision

    @property
    def seeing(self) -> tuple[Seer, ...]:
        return tuple(each for each in self.seers if each.decision.allowed)

    @property
    def kept_from(self) -> tuple[Seer, ...]:
        return tuple(each for each in self.seers if not each.decision.allowed)


@frozen
class AudienceFacts:
    """What an audience is judged on. periods: all those of the record, and of those linked to it."""

    ins: Ins
    record: RecordFacts
    periods: Sequence[ConsentPeriod]
    holders: Sequence[Holder]
    terms: FactTerms
