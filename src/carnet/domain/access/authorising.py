"""
Declare and withdraw the authorisation of a professional or a structure: TD0.3, AJOUT and SUPPRESSION, by an explicit act.

Source: documents.md §1.2, §7; CSP L1110-4, L1110-12, L1111-17 III, R1111-46.
"""

from datetime import datetime

from carnet.domain.access.acting import GrantDurations, Judged, RightsTerms, Whose, act
from carnet.domain.access.model import Action
from carnet.domain.access.store import RightsStore
from carnet.domain.actor import Actor, ActorKind
from carnet.domain.consent import store as consent_store
from carnet.domain.consent.model import Basis, Consent, ConsentKind
from carnet.domain.errors import Invalid


async def authorise(
    store: RightsStore, whose: Whose, *, actor: Actor, holder: str, is_organization: bool, basis: Basis, terms: RightsTerms,
    until: datetime | None = None,
) -> bool:  # fmt: skip
    """
    Declare that someone may consult a record; False when what runs already lasts as long.

    Takes
        holder: PS_IdNat, or Struct_IdNat when `is_organization`. basis: `PATIENT` from the patient, one of the others from a professional.
        until: end, excluded; never later than the basis allows a professional. None: as long as it allows.
    Raises
        Invalid: `authorisation-basis`, `authorisation-end`. Refused, NotFound: as `act`.
    """

    async def change(judged: Judged) -> bool:
        at = judged.held.at
        if (actor.kind is ActorKind.PROFESSIONAL) is (basis is Basis.PATIENT):
            raise Invalid("authorisation-basis", basis=basis.value)
        end = _end(basis, at, until, terms.durations)
        if end is not None and end <= at:
            raise Invalid("authorisation-end")
        consent = Consent(ConsentKind.GRANT, holder, is_organization, basis)
        running = await consent_store.running_until(judged.tx, judged.held, consent)
        if running is not None and (running[0] is None or (end is not None and end <= running[0])):
            return False
        if running is not None:
            await judged.end(consent)
        return await judged.begin(consent, until=end) is not None

    return await act(
        store, whose, change, actor=actor, action=Action.AUTHORISE, terms=terms, holder=holder, gives_reach=True
    )


async def withdraw(
    store: RightsStore, whose: Whose, *, actor: Actor, holder: str, is_organization: bool, terms: RightsTerms
) -> bool:
    """End an authorisation; False when none runs. Takes and raises as `authorise`."""

    async def change(judged: Judged) -> bool:
        return await judged.end(Consent(ConsentKind.GRANT, holder, is_organization))

    return await act(store, whose, change, actor=actor, action=Action.AUTHORISE, terms=terms, holder=holder)


def _end(basis: Basis, at: datetime, until: datetime | None, durations: GrantDurations) -> datetime | None:
    """When an authorisation ends: as asked, and no later than its basis allows."""
    if basis is Basis.PATIENT:
        return until
    latest = at + (durations.care_team if basis is Basis.CARE_TEAM else durations.explicit_consent)
    return latest if until is None else min(until, latest)
