"""
Name a legal representative, and end the representation: the identity source by an operator's act, or one who represents in full.

Source: identity-and-messaging.md §3.4; Code civil, art. 371-1 (autorité parentale) and 459 (tutelle).
"""

from datetime import datetime

from carnet.domain.access.acting import Judged, RightsTerms, Whose, act
from carnet.domain.access.facts import holder_name
from carnet.domain.access.model import Action, Representation
from carnet.domain.access.store import RightsStore
from carnet.domain.actor import Actor
from carnet.domain.consent import granting
from carnet.domain.consent.model import REPRESENTATIONS, Consent, ConsentKind
from carnet.domain.errors import Conflict, Invalid
from carnet.vocabulary.ins import Ins


async def name_representative(
    store: RightsStore, whose: Whose, representative: Ins, kind: ConsentKind, *, scope: Representation, actor: Actor,
    terms: RightsTerms, until: datetime | None = None,
) -> bool:  # fmt: skip
    """
    Begin a representation; False when the same runs already.

    Takes
        kind: `PARENTAL_AUTHORITY` or `GUARDIANSHIP`. until: end decided in advance, excluded (a mandate has one).
    Raises
        Invalid: `representative-self`, `authorisation-end`. Conflict: `representation-differs` when another scope runs: end it first.
        Refused, NotFound: as `act`.
    """
    if kind not in REPRESENTATIONS:
        raise ValueError(kind)

    async def change(judged: Judged) -> bool:
        if representative == judged.ins:
            raise Invalid("representative-self")
        if until is not None and until <= judged.held.at:
            raise Invalid("authorisation-end")
        consent = Consent(kind, holder_name(representative), scope=scope)
        if await granting.runs(judged.tx, judged.held, Consent(kind, consent.holder)):
            if await granting.runs(judged.tx, judged.held, consent):
                return False
            raise Conflict("representation-differs")
        return await judged.begin(consent, until=until) is not None

    return await act(store, whose, change, actor=actor, action=Action.REPRESENT, terms=terms)


async def remove_representative(
    store: RightsStore, whose: Whose, representative: Ins, kind: ConsentKind, *, actor: Actor, terms: RightsTerms
) -> bool:
    """End a representation, whatever its scope; False when none runs. Raises Refused and NotFound as `act`."""
    if kind not in REPRESENTATIONS:
        raise ValueError(kind)

    async def change(judged: Judged) -> bool:
        return await judged.end(Consent(kind, holder_name(representative)))

    return await act(store, whose, change, actor=actor, action=Action.REPRESENT, terms=terms)
