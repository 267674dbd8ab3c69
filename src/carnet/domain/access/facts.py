"""
From the periods in force to the facts that the rules read, for one actor at one instant.

Source: documents.md §4 rule 3 (minors), §7 (regimes); the periods are those of `domain/consent`.
"""

from collections.abc import Sequence
from dataclasses import field
from datetime import UTC, datetime, timedelta
from typing import LiteralString

from carnet.domain.access.facts_sql import STRUCK_OFF, with_delegations
from carnet.domain.access.model import RecordFacts, Representation
from carnet.domain.access.reach.model import ReachTerms
from carnet.domain.actor import Actor, ActorKind
from carnet.domain.consent.model import ConsentKind, RecordStatus
from carnet.domain.delegations.facts_sql import DELEGATED, DELEGATED_LATELY
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.ins import Ins
from carnet.vocabulary.moments import PARIS


@frozen
class FactTerms:
    """
    What an operator decides of the facts.

    age_of_majority: years, the server parameter `ageMajorite`. manages_minors: `fonctions-gestion-mineurs`; off, parental authority gives
    nothing. block_holds_in_emergency: a blocked professional is refused even in an emergency. regulator_professions: codes of TRE_G15,
    regulator_sectors: SAxx of those who may act as a regulation centre; an empty set of sectors means any. former_matricule_days: for how
    long a matricule that was replaced still names its person; 0: not at all. reach: how many records of a day a professional's own word opens.
    """

    age_of_majority: int = 18
    manages_minors: bool = True
    block_holds_in_emergency: bool = False
    regulator_professions: frozenset[str] = frozenset({"10"})
    regulator_sectors: frozenset[str] = frozenset({"SA01"})
    former_matricule_days: int = 365
    reach: ReachTerms = field(default_factory=ReachTerms)

    def former_after(self, at: datetime) -> datetime:
        """A matricule replaced after this instant still names its person."""
        days = self.former_matricule_days
        return at - timedelta(days=days) if days else datetime.max.replace(tzinfo=UTC)


def record_facts(
    actor: Actor, ins: Ins, *, status: RecordStatus, consents: Sequence[str], facts_version: int, at: datetime, birth_date: str,
    terms: FactTerms,
) -> RecordFacts:  # fmt: skip
    """
    What holds for this actor.

    Takes
        consents: the periods in force for them, their organisation or everyone: `kind`, or `kind scope`; `struck-off`; for whom they feed.
        birth_date: of the record's person, as kept.
    """
    if not consents:
        return RecordFacts(
            status=status, at=at, is_holder=actor.kind is _CITIZEN and actor.ins == ins, facts_version=facts_version,
            is_regulator=_is_regulator(actor, terms), block_holds_in_emergency=terms.block_holds_in_emergency,
        )  # fmt: skip
    held = set(consents)
    acts_for_them = actor.kind is _GUARDIAN and actor.on_behalf_of == holder_name(ins)
    return RecordFacts(
        status=status,
        at=at,
        is_holder=actor.kind is _CITIZEN and actor.ins == ins,
        has_grant=ConsentKind.GRANT in held,
        is_blocked=ConsentKind.BLOCK in held,
        is_primary_care_doctor=ConsentKind.PRIMARY_CARE_DOCTOR in held,
        facts_version=facts_version,
        parent=_representation(held, _PARENT) if acts_for_them and terms.manages_minors else None,
        guardian=_representation(held, _GUARDIANSHIP) if acts_for_them else None,
        is_of_age=not acts_for_them or is_of_age(birth_date, at, majority=terms.age_of_majority),
        feeding_opposed=ConsentKind.FEEDING_OPPOSITION in held,
        emergency_opposed=ConsentKind.EMERGENCY_OPPOSITION in held,
        regulation_opposed=ConsentKind.REGULATION_OPPOSITION in held,
        emergency_shows_masked=ConsentKind.EMERGENCY_MASKED in held,
        block_holds_in_emergency=terms.block_holds_in_emergency,
        hidden_categories=_scopes(held, ConsentKind.HIDDEN_CATEGORY),
        withheld_categories=_scopes(held, ConsentKind.WITHHELD_CATEGORY),
        is_regulator=_is_regulator(actor, terms),
        is_struck_off=STRUCK_OFF in held,
        has_delegation=DELEGATED in held,
        had_delegation=DELEGATED in held or DELEGATED_LATELY in held,
    )


def facts_for(actor: Actor, statement: LiteralString) -> LiteralString:
    """The statement of facts that this actor is judged on: of who feeds in someone else's name, also whether they were named for it."""
    return with_delegations(statement) if actor.is_delegate else statement


def holder_name(ins: Ins) -> str:
    """How a period names a legal representative, and how they name the person they act for."""
    return f"{ins.oid}|{ins.matricule}"


def holder_of(actor: Actor) -> str | None:
    """Under which name an actor holds rights in person."""
    if actor.kind is _GUARDIAN:
        return None if actor.ins is None else holder_name(actor.ins)
    return actor.person


def is_of_age(birth_date: str, at: datetime, *, majority: int) -> bool:
    """
    Whether someone has reached majority, in France, at this instant.

    Takes
        birth_date: `YYYY-MM-DD`; an unknown month or day counts as the first, so that a young person's secrets are kept too long
            rather than shown.
    """
    year, month, day = (int(part) for part in (*birth_date.split("-"), "1", "1")[:3])
    today = at.astimezone(PARIS)
    return (today.year - majority, today.month, today.day) >= (year, max(month, 1), max(day, 1))


_CITIZEN, _GUARDIAN = ActorKind.CITIZEN, ActorKind.GUARDIAN
_PARENT, _GUARDIANSHIP = ConsentKind.PARENTAL_AUTHORITY, ConsentKind.GUARDIANSHIP


def _is_regulator(actor: Actor, terms: FactTerms) -> bool:
    return actor.profession in terms.regulator_professions and (
        not terms.regulator_sectors or actor.sector in terms.regulator_sectors
    )


def _representation(held: set[str], kind: ConsentKind) -> Representation | None:
    for scope in (Representation.FULL, Representation.READ):
        if f"{kind} {scope}" in held:
            return scope
    return None


def _scopes(held: set[str], kind: ConsentKind) -> frozenset[str]:
    prefix = f"{kind} "
    return frozenset(each.removeprefix(prefix) for each in held if each.startswith(prefix))
