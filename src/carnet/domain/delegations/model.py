"""A delegation: a period during which someone feeds in the name of a professional of their structure, who named them for it."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from carnet.domain.actor import DELEGATION, Actor
from carnet.domain.professionals.model import Practice
from carnet.vocabulary.frozen import frozen


@frozen
class DelegationTerms:
    """
    longest: from naming to the end. admits_staff: whether people without a health profession may be named, and sign in. No text gives either:
    the operator decides.
    """

    longest: timedelta = timedelta(days=30)
    admits_staff: bool = False


@frozen
class Delegation:
    """
    delegator, delegate: national identifiers (PS_IdNat for a professional); their names as they were when it was given. practice: the situation
    in which the delegator gave it, and answers for what is filed. is_staff: the directory did not know the delegate: a secretary.
    ended_at, ended_by: before its time, by the national identifier of one of the two; None otherwise. is_in_place: both are still in that
    structure, as far as the directory knows them.
    """

    delegation_id: UUID
    delegator: str
    delegator_name: str
    delegate: str
    delegate_name: str
    practice: Practice
    is_staff: bool
    valid_from: datetime
    valid_to: datetime
    ended_at: datetime | None = None
    ended_by: str | None = None
    is_in_place: bool = True

    def is_open(self, at: datetime) -> bool:
        """Neither ended nor past."""
        return self.ended_at is None and at < self.valid_to

    def runs(self, at: datetime) -> bool:
        return self.is_open(at) and self.is_in_place

    @property
    def over_at(self) -> datetime:
        return self.valid_to if self.ended_at is None else min(self.ended_at, self.valid_to)

    def acting(self, actor: Actor) -> Actor:
        """The delegate, in the delegator's name."""
        return replace(
            actor, on_behalf_of=self.delegator, on_behalf_of_name=self.delegator_name, capacity=DELEGATION
        )  # fmt: skip


@frozen
class Colleague:
    """Someone whom the directory has in a structure. person: PS_IdNat. name: as the directory writes it."""

    person: str
    name: str
    profession: str
    specialty: str | None = None
