"""
Bring what a patient decided to a given state, whole: an end that changes, a preset, or a step back after an act.

One act, whatever it begins and ends; each period has its event. Source: style §8 (« show the effect before, and allow undoing after »).
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from carnet.domain.access.acting import Judged, RightsTerms, Whose, act
from carnet.domain.access.model import Action
from carnet.domain.access.store import RightsStore
from carnet.domain.actor import Actor
from carnet.domain.consent import store as consent_store
from carnet.domain.consent.model import Consent, ConsentKind, ConsentPeriod
from carnet.domain.errors import Invalid
from carnet.vocabulary.frozen import frozen

# What the patient alone decides, or may take back. Representations are named by law.
RESTORABLE = frozenset(ConsentKind) - {ConsentKind.PARENTAL_AUTHORITY, ConsentKind.GUARDIANSHIP}


@frozen
class Held:
    """What is in force, and until when; None for an open end."""

    consent: Consent
    until: datetime | None = None


def held_at(periods: Iterable[ConsentPeriod], at: datetime, *, kinds: Collection[ConsentKind], holder: str | None = None) -> tuple[Held, ...]:  # fmt: skip
    """What holds at an instant, of these kinds and, when told, of one holder."""
    return tuple(
        Held(each.consent, each.period.valid_to)
        for each in periods
        if each.consent.kind in kinds and each.period.holds_at(at) and (holder is None or each.consent.holder == holder)
    )


@frozen
class Difference:
    begun: tuple[Held, ...]
    ended: tuple[Held, ...]

    def __bool__(self) -> bool:
        return bool(self.begun or self.ended)


def difference(running: Sequence[Held], wanted: Sequence[Held]) -> Difference:
    """What has to begin and to end."""
    return Difference(
        tuple(each for each in wanted if each not in running), tuple(each for each in running if each not in wanted)
    )


async def restore(
    store: RightsStore, whose: Whose, wanted: Sequence[Held], *, kinds: Collection[ConsentKind], actor: Actor, terms: RightsTerms,
    holder: str | None = None,
) -> Difference:  # fmt: skip
    """
    Bring what is in force to what is wanted, of these kinds and, when told, of one holder; the rest is left alone.

    Takes
        wanted: of these kinds, of this holder. What has ended meanwhile is not begun again.
    Gives
        what began and what ended.
    Raises
        Invalid: `authorisation-end`: an end that is past. Refused, NotFound: as `act`.
    """
    if not set(kinds) <= RESTORABLE or any(each.consent.kind not in kinds for each in wanted):
        raise ValueError(kinds)

    async def change(judged: Judged) -> Difference:
        at = judged.held.at
        if any(each.until is not None and each.until <= at for each in wanted):
            raise Invalid("authorisation-end")
        running = held_at(
            await consent_store.periods(judged.tx, judged.held.patient_id), at, kinds=kinds, holder=holder
        )
        changes = difference(running, wanted)
        for each in changes.ended:
            await judged.end(replace(each.consent, basis=None))
        for each in changes.begun:
            await judged.begin(each.consent, until=each.until)
        return changes

    return await act(store, whose, change, actor=actor, action=Action.GOVERN, terms=terms)
