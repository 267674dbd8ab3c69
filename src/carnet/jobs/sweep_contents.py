"""Sweeps from a folder of contents what no act kept: files older than an hour whose entry does not exist."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import islice
from uuid import UUID

from carnet.storage.contents.filesystem import FilesystemContents

Owner = tuple[UUID, UUID]  # patient id, logical id

_ORPHAN_AGE_SECONDS = 3600  # an act lasts seconds: older than this, its content is kept or lost
_BATCH_FILES = 500


async def sweep_contents(
    contents: FilesystemContents, *, known: Callable[[Sequence[Owner]], Awaitable[set[Owner]]]
) -> int:
    """
    Remove the orphans; gives how many.

    A file that does not say whose it is stays when it stands at a content's place: damage is for a person to look at.

    Takes
        known: those of these contents whose entry exists.
    """
    removed = 0
    files = contents.kept_before(_ORPHAN_AGE_SECONDS)
    while batch := await asyncio.to_thread(lambda: list(islice(files, _BATCH_FILES))):
        owners = [each.owner for each in batch if each.owner is not None]
        kept = await known(owners)
        for each in batch:
            if each.is_draft or (each.owner is not None and each.owner not in kept):
                await contents.remove(each)
                removed += 1
    return removed
