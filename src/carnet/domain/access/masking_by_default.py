"""
Who sees what the person adds, unless they say otherwise for one document.

Source: official-app 2.5 (`getDefaultConfidentiality`); CSP L1111-15.
"""

from carnet.domain.access.acting import Judged, RightsTerms, Whose, act
from carnet.domain.access.model import Action
from carnet.domain.access.store import RightsStore
from carnet.domain.actor import Actor
from carnet.domain.consent import granting
from carnet.domain.consent.model import Consent, ConsentKind

_MASKED = Consent(ConsentKind.MASKED_BY_DEFAULT)


async def mask_by_default(store: RightsStore, whose: Whose, *, on: bool, actor: Actor, terms: RightsTerms) -> bool:
    """
    From now on, what the person adds is masked to professionals, or is not; False when it is so already. Documents already there stay
    as they are.

    Raises
        Refused, NotFound: as `act`.
    """

    async def change(judged: Judged) -> bool:
        return await judged.begin(_MASKED) is not None if on else await judged.end(_MASKED)

    return await act(store, whose, change, actor=actor, action=Action.GOVERN, terms=terms)


async def masks_by_default(judged: Judged) -> bool:
    """What was chosen, inside an act on the record."""
    return await granting.runs(judged.tx, judged.held, _MASKED)
