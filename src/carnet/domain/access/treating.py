"""
Set and remove a médecin traitant of a record: the patient names anyone, a physician declares themselves (TD0.3). Several at once.

Source: documents.md §1.2, §7; CSP L1111-16.
"""

from carnet.domain.access.acting import Judged, RightsTerms, Whose, act
from carnet.domain.access.model import Action
from carnet.domain.access.notices import Notice, NoticeKind
from carnet.domain.access.store import RightsStore
from carnet.domain.actor import Actor, ActorKind
from carnet.domain.consent.model import Consent, ConsentKind


async def set_primary_care_doctor(
    store: RightsStore, whose: Whose, *, actor: Actor, holder: str, is_organization: bool, terms: RightsTerms
) -> bool:
    """
    Begin the role; False when it runs already. The patient is told when a professional declared it: it shows them what is masked.

    Raises
        Refused, NotFound: as `act`.
    """

    async def change(judged: Judged) -> bool:
        begun = await judged.begin(Consent(ConsentKind.PRIMARY_CARE_DOCTOR, holder, is_organization))
        if begun is not None and actor.kind is ActorKind.PROFESSIONAL:
            notice = Notice(NoticeKind.PRIMARY_CARE_DOCTOR_DECLARED, begun, judged.held.at, holder)
            await store.ask_notice(judged.tx, judged.held, notice)
        return begun is not None

    return await act(
        store, whose, change, actor=actor, action=Action.TREAT, terms=terms, holder=holder, gives_reach=True
    )


async def remove_primary_care_doctor(
    store: RightsStore, whose: Whose, *, actor: Actor, holder: str, is_organization: bool, terms: RightsTerms
) -> bool:
    """End the role; False when it does not run. Raises as `set_primary_care_doctor`."""

    async def change(judged: Judged) -> bool:
        return await judged.end(Consent(ConsentKind.PRIMARY_CARE_DOCTOR, holder, is_organization))

    return await act(store, whose, change, actor=actor, action=Action.TREAT, terms=terms, holder=holder)
