"""
Whose record is that of someone whom an identity provider vouches for: exactly one qualified identity, or nobody.

Never creates an identity, never guesses. Source: identity-and-messaging.md §3.1, §3.2; §1.3 (comparison), §1.4 (HOMA).
"""

from carnet.domain.errors import Refused
from carnet.domain.people import store as people_store
from carnet.domain.people.comparison import first_given_name_agrees
from carnet.domain.people.model import IdentityAttribute, IdentityStatus, InsTraits, KnownPatient
from carnet.domain.people.normalisation import comparable
from carnet.domain.record.identities import store
from carnet.domain.record.identities.matching import agrees
from carnet.domain.record.identities.model import StatedTraits
from carnet.storage.database import Database
from carnet.vocabulary.ins import Ins


async def recognise(database: Database, stated: StatedTraits) -> KnownPatient:
    """
    The one person who has these traits.

    Takes
        stated: with the list of given names; all five traits, else nobody is recognised.
    Raises
        Refused: `sign-in-not-recognised`, with its cause for the trail alone: whether someone else bears these traits is nobody's business.
    """
    if stated.sex is None or stated.birth_place is None or stated.given_names is None:
        raise Refused("sign-in-not-recognised", cause="traits-missing")
    async with database.connection() as connection:
        born = await store.born(connection, stated.birth_date, sex=stated.sex)
        named = comparable(stated.birth_name)
        found = [each for each in born if comparable(each.traits.birth_name) == named and _is_one(each.traits, stated)]
        if len(found) != 1:
            raise Refused("sign-in-not-recognised", cause="several" if found else "unknown")
        if IdentityAttribute.HOMONYM in found[0].attributes:
            raise Refused("sign-in-not-recognised", cause="homonym")
        identity = await people_store.current_identity(connection, found[0].patient_id)
    if identity is None:
        raise Refused("sign-in-not-recognised", cause="not-qualified")
    return KnownPatient(found[0].patient_id, identity)


async def recognise_by_ins(database: Database, ins: Ins, stated: StatedTraits) -> KnownPatient:
    """
    The holder of a matricule, whose traits are those stated.

    Raises
        Refused: `sign-in-not-recognised`: held by nobody, a former one, or other traits.
    """
    async with database.connection() as connection:
        claim = (await people_store.holders_of(connection, [ins])).get(ins)
        if claim is None or claim.former_since is not None:
            raise Refused("sign-in-not-recognised", cause="unknown" if claim is None else "former-matricule")
        identity = await people_store.current_identity(connection, claim.patient_id)
    if identity is None or identity.status is not IdentityStatus.QUALIFIED:
        raise Refused("sign-in-not-recognised", cause="not-qualified")
    if not _agrees_with_list(identity.traits, stated):
        raise Refused("sign-in-not-recognised", cause="traits-differ")
    return KnownPatient(claim.patient_id, identity)


def _is_one(known: InsTraits, stated: StatedTraits) -> bool:
    """All five traits known, and the same."""
    return known.birth_place is not None and _agrees_with_list(known, stated)


def _agrees_with_list(known: InsTraits, stated: StatedTraits) -> bool:
    return agrees(known, stated) and first_given_name_agrees(known.first_given_name, stated.given_names or "")
