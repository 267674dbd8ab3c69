"""
Notices as their person reads them: what is new, what was read, and which kinds are wanted.

Source: services.md §1 (notification at the first consultation); official-app 2.19 (read state of the profile, preferences by kind).
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from carnet.domain.access.acting import Judged, RightsTerms, Whose, act
from carnet.domain.access.model import Action
from carnet.domain.access.notices import COMPULSORY, KeptNotice, NoticeKind
from carnet.domain.access.noticing import store as notice_store
from carnet.domain.access.store import RightsStore
from carnet.domain.actor import Actor, ActorKind
from carnet.domain.audit.model import EventType
from carnet.domain.errors import Invalid
from carnet.vocabulary.frozen import frozen

SHOWN = 50  # notices of one page


@frozen
class Notices:
    """
    One page of notices, the last first.

    unread: of all, not of this page. wanted: kinds that the citizen is told of. more: another page follows. at: when they were read.
    """

    kept: Sequence[KeptNotice]
    unread: int
    wanted: frozenset[NoticeKind]
    more: bool
    at: datetime


async def read_notices(
    store: RightsStore, whose: Whose, *, actor: Actor, terms: RightsTerms, unread_only: bool = False,
    before: tuple[datetime, UUID] | None = None, count: int = SHOWN,
) -> Notices:  # fmt: skip
    """
    The notices of a record, for its person or who represents them. Traced when there is one to show.

    Takes
        before: instant and id of the last notice of the page before.
    Raises
        Refused, NotFound: as `act`.
    """

    async def read(judged: Judged) -> Notices:
        tx, patient_id = judged.tx, judged.held.patient_id
        secrets = actor.kind is ActorKind.CITIZEN
        found = await notice_store.page(
            tx, patient_id, secrets=secrets, unread_only=unread_only, before=before, limit=count + 1
        )
        unread = await notice_store.count_unread(tx, patient_id, secrets=secrets)
        unwanted = await notice_store.unwanted(tx, patient_id)
        if found:
            await judged.trace(EventType.NOTICES_READ, shown=str(len(found[:count])))
        wanted = frozenset(kind for kind in NoticeKind if kind not in unwanted or kind in COMPULSORY)
        return Notices(found[:count], unread, wanted, len(found) > count, judged.held.at)

    return await act(store, whose, read, actor=actor, action=Action.FOLLOW, terms=terms)


async def has_unread_notices(store: RightsStore, patient_id: UUID, *, actor: Actor) -> bool:
    """
    Whether there may be a notice to read: asked before `read_notices`, which judges and traces, so that most first pages need no act for it.
    """
    return await notice_store.has_unread(store.database, patient_id, secrets=actor.kind is ActorKind.CITIZEN)


async def mark_notices(
    store: RightsStore, whose: Whose, notices: Collection[UUID] | None, *, read: bool, actor: Actor, terms: RightsTerms
) -> int:  # fmt: skip
    """
    Say of notices that they are read, or unread again; how many changed. Traced when one did.

    Takes
        notices: their ids; None for all.
    Raises
        Refused, NotFound: as `act`.
    """

    async def change(judged: Judged) -> int:
        at = judged.held.at if read else None
        changed = await notice_store.mark(
            judged.tx, judged.held.patient_id, notices, read_at=at, secrets=actor.kind is ActorKind.CITIZEN
        )
        if changed:
            await judged.trace(EventType.NOTICES_MARKED, marked="read" if read else "unread", count=str(changed))
        return changed

    return await act(store, whose, change, actor=actor, action=Action.FOLLOW, terms=terms)


async def choose_notices(
    store: RightsStore, whose: Whose, kind: NoticeKind, *, wanted: bool, actor: Actor, terms: RightsTerms
) -> bool:
    """
    Say whether one wants to be told of a kind of access; False when it is so already. It counts from the next access on.

    Raises
        Invalid: `notice-compulsory`: an access in an emergency is always told. Refused, NotFound: as `act`.
    """
    if kind in COMPULSORY and not wanted:
        raise Invalid("notice-compulsory")

    async def change(judged: Judged) -> bool:
        held = judged.held
        if (kind not in await notice_store.unwanted(judged.tx, held.patient_id)) is wanted:
            return False
        await notice_store.choose(judged.tx, held.patient_id, kind, wanted=wanted, at=held.at)
        await judged.trace(EventType.NOTICES_CHOSEN, kind=kind, wanted=str(wanted).lower())
        return True

    return await act(store, whose, change, actor=actor, action=Action.GOVERN, terms=terms)
