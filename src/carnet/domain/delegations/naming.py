"""
Name someone of one's structure to feed in one's name, for a time.

Source: documents.md §1.5, §5.1, §7 (feeding under a professional's responsibility); docs/decisions/0042-feeding-for-a-colleague.md.
"""

import re
from datetime import datetime

from carnet.domain.actor import Actor, ActorKind
from carnet.domain.audit import store as audit_store
from carnet.domain.audit.model import EventType, Outcome, did
from carnet.domain.audit.trail import Sealer, prepare
from carnet.domain.delegations import store
from carnet.domain.delegations.model import Delegation, DelegationTerms
from carnet.domain.errors import Conflict, DomainError, Invalid, Refused
from carnet.domain.professionals.model import Practice
from carnet.storage.database import Database
from carnet.storage.sealing import SealingKey
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.uuid7 import uuid7

DELEGATIONS_KEY = "delegations"  # purpose of the key that seals what was known of the two people
LONGEST_NAME = 100
_SPACING = re.compile(r"[\s.\-\u00a0\u202f]+")
_RPPS = re.compile(r"[0-9]{11}")
_NATIONAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9/._-]{2,39}")


@frozen
class Seals:
    """people: seals what was known of the two. trail: seals the system's trail."""

    people: SealingKey
    trail: Sealer


@frozen
class Naming:
    """
    Whom a professional names.

    number: RPPS of 11 figures, or national identifier. name: of who is not in the directory, as the delegator knows them. until: aware.
    by: the delegator's own name, as the others and the patients will read it.
    """

    number: str
    name: str
    until: datetime
    by: str


def national(number: str) -> str | None:
    """The national identifier that was typed: an RPPS is told apart by its length. None when it cannot be one."""
    plain = _SPACING.sub("", number)
    if _RPPS.fullmatch(plain):
        return f"8{plain}"
    return number.strip() if _NATIONAL.fullmatch(number.strip()) else None


async def name_delegate(
    database: Database, naming: Naming, *, actor: Actor, practice: Practice, terms: DelegationTerms, seals: Seals, at: datetime
) -> Delegation:  # fmt: skip
    """
    Begin a delegation, with its trace; what is refused leaves its own.

    Takes
        actor, practice: who delegates, in the situation where they do.
    Raises
        Refused: `delegation-not-yours` (they are no professional in a structure), `delegator-elsewhere`, `delegate-elsewhere`, as the directory
            says; `delegate-unknown` (to it, where nobody else is admitted).
        Invalid: `delegate-number`, `delegation-self`, `delegation-past`, `delegation-too-long`, `delegate-nameless`.
        Conflict: `delegation-runs`: for the same two in this structure.
    """
    try:
        return await _begin(database, naming, actor=actor, practice=practice, terms=terms, seals=seals, at=at)
    except DomainError as refusal:
        event = did(
            actor, EventType.DELEGATION_REFUSED, at=at, outcome=Outcome.REFUSED, issues=refusal.code, holder=national(naming.number) or ""
        )  # fmt: skip
        async with database.connection() as connection:
            await audit_store.append_system(connection, prepare(event, seals.trail))
        raise


async def _begin(
    database: Database, naming: Naming, *, actor: Actor, practice: Practice, terms: DelegationTerms, seals: Seals, at: datetime
) -> Delegation:  # fmt: skip
    organization, delegate = practice.organization, national(naming.number)
    if actor.kind is not ActorKind.PROFESSIONAL or actor.person is None or organization is None:
        raise Refused("delegation-not-yours")
    if delegate is None:
        raise Invalid("delegate-number")
    if delegate == actor.person:
        raise Invalid("delegation-self")
    if naming.until <= at:
        raise Invalid("delegation-past")
    if naming.until > at + terms.longest:
        raise Invalid("delegation-too-long", days=str(terms.longest.days))
    async with database.transaction() as tx:
        own = await store.place(tx, actor.person, organization)
        if own is None or not own[2]:
            raise Refused("delegator-elsewhere")
        found = await store.place(tx, delegate, organization)
        if found is not None and not found[2]:
            raise Refused("delegate-elsewhere")
        name = found[1] if found is not None else " ".join(naming.name.split())[:LONGEST_NAME]
        if found is None and not terms.admits_staff:
            raise Refused("delegate-unknown")
        if not name:
            raise Invalid("delegate-nameless")
        delegation = Delegation(
            uuid7(), actor.person, naming.by, delegate, name, practice, found is None, at, naming.until
        )
        if not await store.insert(tx, delegation, organization=organization, seal=seals.people):
            raise Conflict("delegation-runs")
        event = did(
            actor, EventType.DELEGATION_GIVEN, at=at, holder=delegate, delegation=str(delegation.delegation_id),
            until=naming.until.isoformat(),
        )  # fmt: skip
        await audit_store.append_system(tx, prepare(event, seals.trail))
    return delegation
