"""Keep what was sent and typed of a document, arrange its parts, give it up. Whoever may feed the record may."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from carnet.domain.access.acting import Judged, RightsTerms, act
from carnet.domain.access.masking_by_default import masks_by_default
from carnet.domain.access.model import Action
from carnet.domain.access.store import RightsStore
from carnet.domain.actor import Actor
from carnet.domain.errors import Invalid, NotFound
from carnet.domain.record.browsing.model import reader_of
from carnet.domain.record.drafts import store as drafts
from carnet.domain.record.drafts.model import LIFETIME, MAX_BYTES, MAX_PARTS, Draft, NewPart, UnderWay
from carnet.storage.sealing import PatientKey


async def under_way(store: RightsStore, patient_id: UUID, *, actor: Actor, terms: RightsTerms) -> UnderWay:
    """
    The drafts that are neither filed nor too old, and who sees what is added by default.

    Raises
        Refused: as `act`.
    """

    async def read(judged: Judged) -> UnderWay:
        found = await drafts.drafts(
            judged.tx, patient_id, drafter=_drafter(judged), since=judged.held.at - LIFETIME, key=_key(judged)
        )
        return UnderWay(
            tuple(each for each in found if each.logical_id is None and each.parts), await masks_by_default(judged)
        )

    return await act(store, patient_id, read, actor=actor, action=Action.PREPARE, terms=terms)


async def find_draft(
    store: RightsStore, patient_id: UUID, draft_id: UUID, *, actor: Actor, terms: RightsTerms
) -> Draft | None:
    """One draft, or None when there is none any more. Raises Refused: as `act`."""

    async def read(judged: Judged) -> Draft | None:
        return await _found(judged, draft_id)

    return await act(store, patient_id, read, actor=actor, action=Action.PREPARE, terms=terms)


async def keep_draft(
    store: RightsStore, patient_id: UUID, draft_id: UUID, *, fields: Mapping[str, str], actor: Actor, terms: RightsTerms,
    added: Sequence[NewPart] = (), order: Sequence[UUID] | None = None,
) -> Draft:  # fmt: skip
    """
    Keep a draft as it is now, for a day from when it was begun.

    Takes
        draft_id: made when the form was shown, so that sent twice it is one. added: after the parts already there.
        order: of the parts already there, those that are not in it being dropped; None: as they are.
    Gives
        the draft; the one that was filed, unchanged, when it was.
    Raises
        Refused: as `act`. NotFound: `document-unknown`: a draft of someone else. Invalid: `upload-too-many-pages`; `drafts-full`: past MAX_BYTES.
    """

    async def change(judged: Judged) -> Draft:
        tx, at, key = judged.tx, judged.held.at, _key(judged)
        await drafts.forget_old(tx, patient_id, before=at - LIFETIME)
        before = await _found(judged, draft_id)
        if before is not None and before.logical_id is not None:
            return before
        await drafts.save(tx, patient_id, draft_id, fields, drafter=_drafter(judged), at=at, key=key)
        if before is not None and order is not None:
            held = {part.part_id for part in before.parts}
            await drafts.arrange(tx, patient_id, draft_id, [part_id for part_id in order if part_id in held])
        for rank, part in enumerate(added, MAX_PARTS + 1):
            await drafts.add(tx, patient_id, draft_id, part, position=rank, key=key)
        after = await _found(judged, draft_id)
        if after is None:  # someone else's
            raise NotFound("document-unknown")
        if len(after.parts) > MAX_PARTS:
            raise Invalid("upload-too-many-pages", limit=str(MAX_PARTS))
        if added and await drafts.weight(tx, patient_id, drafter=_drafter(judged)) > MAX_BYTES:
            raise Invalid("drafts-full", limit=str(MAX_BYTES // 1_000_000))
        await drafts.arrange(tx, patient_id, draft_id, [part.part_id for part in after.parts])
        return after

    return await act(store, patient_id, change, actor=actor, action=Action.PREPARE, terms=terms)


async def discard_draft(
    store: RightsStore, patient_id: UUID, draft_id: UUID, *, actor: Actor, terms: RightsTerms
) -> None:
    """Give it up: nothing of it is kept. Raises Refused: as `act`."""

    async def change(judged: Judged) -> None:
        await drafts.discard(judged.tx, patient_id, draft_id, drafter=_drafter(judged))

    await act(store, patient_id, change, actor=actor, action=Action.PREPARE, terms=terms)


async def read_parts(
    store: RightsStore, patient_id: UUID, draft_id: UUID, *, actor: Actor, terms: RightsTerms
) -> tuple[Draft, list[bytes]] | None:
    """
    A draft with the bytes of its parts, in their order; none once it is filed, None when there is none any more.

    Raises
        Refused: as `act`.
    """

    async def read(judged: Judged) -> tuple[Draft, list[bytes]] | None:
        draft = await _found(judged, draft_id)
        if draft is None:
            return None
        return draft, await drafts.bodies(judged.tx, patient_id, draft, key=_key(judged))

    return await act(store, patient_id, read, actor=actor, action=Action.PREPARE, terms=terms)


async def read_thumbnail(
    store: RightsStore, patient_id: UUID, draft_id: UUID, part_id: UUID, *, actor: Actor, terms: RightsTerms
) -> bytes | None:
    """The small image of a page. Raises Refused: as `act`."""

    async def read(judged: Judged) -> bytes | None:
        return await drafts.thumbnail(
            judged.tx, patient_id, draft_id, part_id, drafter=_drafter(judged), key=_key(judged)
        )

    return await act(store, patient_id, read, actor=actor, action=Action.PREPARE, terms=terms)


async def _found(judged: Judged, draft_id: UUID) -> Draft | None:
    since = judged.held.at - LIFETIME
    found = await drafts.drafts(
        judged.tx, judged.held.patient_id, drafter=_drafter(judged), since=since, key=_key(judged), draft_id=draft_id
    )
    return found[0] if found else None


def _drafter(judged: Judged) -> str:
    """Whose drafts: theirs alone."""
    return reader_of(judged.actor)


def _key(judged: Judged) -> PatientKey:
    held = judged.held
    return judged.store.keys.patient_key(held.patient_id, held.wrapped_key)
