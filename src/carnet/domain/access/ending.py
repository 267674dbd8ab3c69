"""
End one authorisation, block, médecin traitant or opposition, named by its id: TD0.3 SUPPRESSION, and what the patient takes back.

Source: documents.md §1.2, §7.
"""

from uuid import UUID

from carnet.domain.access import authorising, blocking, treating
from carnet.domain.access.acting import RightsTerms
from carnet.domain.access.opposing import SWITCHES, switch
from carnet.domain.access.reviewing import one_period
from carnet.domain.access.store import RightsStore
from carnet.domain.actor import Actor
from carnet.domain.consent.model import ConsentKind

_ENDS = {
    ConsentKind.GRANT: authorising.withdraw,
    ConsentKind.BLOCK: blocking.unblock,
    ConsentKind.PRIMARY_CARE_DOCTOR: treating.remove_primary_care_doctor,
}


async def end_period(
    store: RightsStore, patient_id: UUID, period_id: UUID, *, actor: Actor, terms: RightsTerms
) -> bool:
    """
    End it; False when it had ended.

    Raises
        NotFound: `consent-unknown`: none such, or not theirs to know. Refused: they know it, and may not end it: as `act`.
    """
    held, _, at = await one_period(store, patient_id, period_id, actor=actor, terms=terms)
    if not held.period.holds_at(at):
        return False
    consent = held.consent
    if consent.kind in SWITCHES:
        return await switch(store, patient_id, consent.kind, on=False, actor=actor, terms=terms)
    return await _ENDS[consent.kind](
        store,
        patient_id,
        actor=actor,
        holder=consent.holder,
        is_organization=consent.holder_is_organization,
        terms=terms,
    )
