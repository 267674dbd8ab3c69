"""
What the patient opposes or permits for everyone: bris de glace, regulation, masked documents in an emergency, feeding.

Source: documents.md §1.3 (OPPOSITION_BRIS_DE_GLACE, OPPOSITION_ACCES_URGENCE), §7; official-app 2.8 (the three switches); CSP L1111-15.
"""

from carnet.domain.access.acting import Judged, RightsTerms, Whose, act
from carnet.domain.access.model import Action
from carnet.domain.access.store import RightsStore
from carnet.domain.actor import Actor
from carnet.domain.consent.model import Consent, ConsentKind

SWITCHES = frozenset({
    ConsentKind.EMERGENCY_OPPOSITION, ConsentKind.REGULATION_OPPOSITION, ConsentKind.EMERGENCY_MASKED, ConsentKind.FEEDING_OPPOSITION,
})  # fmt: skip


async def switch(
    store: RightsStore, whose: Whose, kind: ConsentKind, *, on: bool, actor: Actor, terms: RightsTerms
) -> bool:
    """
    Begin one of the SWITCHES, or end it; False when it is so already.

    Raises
        Refused, NotFound: as `act`.
    """
    if kind not in SWITCHES:
        raise ValueError(kind)

    async def change(judged: Judged) -> bool:
        return await judged.begin(Consent(kind)) is not None if on else await judged.end(Consent(kind))

    return await act(store, whose, change, actor=actor, action=Action.GOVERN, terms=terms)
