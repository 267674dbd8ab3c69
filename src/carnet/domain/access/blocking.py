"""
Block a professional or a structure, and lift the block: the patient alone.

Source: documents.md §7 (INTERDIT); official-app 2.8: a block may be set before any contact, and lifting it gives no access back.
"""

from carnet.domain.access.acting import Judged, RightsTerms, Whose, act
from carnet.domain.access.model import Action
from carnet.domain.access.store import RightsStore
from carnet.domain.actor import Actor
from carnet.domain.consent.model import Consent, ConsentKind


async def block(
    store: RightsStore, whose: Whose, *, actor: Actor, holder: str, is_organization: bool, terms: RightsTerms
) -> bool:
    """
    Refuse someone the record, and end what they were given on it; False when they are blocked already.

    Raises
        Refused, NotFound: as `act`.
    """

    async def change(judged: Judged) -> bool:
        if await judged.begin(Consent(ConsentKind.BLOCK, holder, is_organization)) is None:
            return False
        for kind in (ConsentKind.GRANT, ConsentKind.PRIMARY_CARE_DOCTOR):
            await judged.end(Consent(kind, holder, is_organization))
        return True

    return await act(store, whose, change, actor=actor, action=Action.GOVERN, terms=terms, holder=holder)


async def unblock(
    store: RightsStore, whose: Whose, *, actor: Actor, holder: str, is_organization: bool, terms: RightsTerms
) -> bool:
    """Lift a block; False when there is none. Raises as `block`."""

    async def change(judged: Judged) -> bool:
        return await judged.end(Consent(ConsentKind.BLOCK, holder, is_organization))

    return await act(store, whose, change, actor=actor, action=Action.GOVERN, terms=terms, holder=holder)
