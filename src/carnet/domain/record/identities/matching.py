"""
Find people by their traits, for an identity source: exact comparison, no score. A published rule for near matches was not found.

Source: FHIR R4 Patient/$match; identity-and-messaging.md §1.3 (comparison), §1.4 (HOMA); TD0.5 (capped); docs/decisions/0018-identities-told.md.
"""

from collections.abc import Sequence

from carnet.domain.actor import Actor
from carnet.domain.audit.model import EventType
from carnet.domain.errors import Invalid
from carnet.domain.people.comparison import compare_traits
from carnet.domain.people.model import IdentityAttribute, InsTraits
from carnet.domain.people.normalisation import comparable
from carnet.domain.record.identities import store as identities_store
from carnet.domain.record.identities.model import Match, StatedTraits
from carnet.domain.record.identities.store import Candidate
from carnet.domain.record.identities.telling import judge_source, tell, trace_nobody
from carnet.domain.record.opening import ReadTerms
from carnet.domain.record.store import RecordStore

MAX_MATCHES = 20  # past it the traits name nobody: nobody is told


async def match(
    store: RecordStore, stated: StatedTraits, *, only_certain: bool, count: int, actor: Actor, terms: ReadTerms
) -> list[Match]:
    """
    Everyone whose traits are those stated; whoever is told leaves a trace in their record.

    Takes
        only_certain: nobody rather than several, or one who might be another. count: how many at most.
    Raises
        Refused: `identity-sources-only`. Invalid: `match-too-many`: more than MAX_MATCHES people have these traits.
    """
    at = terms.clock()
    rule = await judge_source(store, actor, at=at, terms=terms)
    async with store.database.connection() as connection:
        candidates = await identities_store.born(connection, stated.birth_date, sex=stated.sex)
    named = comparable(stated.birth_name)  # leaves few to compare, of the two thousand born that day
    found = [each for each in candidates if comparable(each.traits.birth_name) == named and agrees(each.traits, stated)]
    if len(found) > MAX_MATCHES:
        await trace_nobody(store, actor, EventType.IDENTITY_MATCHED, rule=rule, at=at)
        raise Invalid("match-too-many", limit=str(MAX_MATCHES))
    certain = is_certain(found, stated)
    matches = []
    for candidate in found[:count] if certain or not only_certain else ():
        known = await tell(
            store, candidate.patient_id, actor=actor, event_type=EventType.IDENTITY_MATCHED, rule=rule, at=at
        )
        if known is not None:
            matches.append(Match(known, certain))
    if not matches:
        await trace_nobody(store, actor, EventType.IDENTITY_MATCHED, rule=rule, at=at)
    return matches


def agrees(known: InsTraits, stated: StatedTraits) -> bool:
    """Whether no stated trait differs."""
    as_stated = InsTraits(
        birth_name=stated.birth_name,
        first_given_name=stated.first_given_name or known.first_given_name,
        birth_date=stated.birth_date,
        sex=stated.sex or known.sex,
        given_names=stated.given_names,
        birth_place=stated.birth_place,
    )
    return compare_traits(known, as_stated) == ()


def is_certain(found: Sequence[Candidate], stated: StatedTraits) -> bool:
    """One person, all five traits stated and known, and nobody has told of a homonym. Homonyms and twins are never certain."""
    return (
        len(found) == 1
        and stated.are_complete
        and found[0].traits.birth_place is not None
        and IdentityAttribute.HOMONYM not in found[0].attributes
    )
