"""
Take a checkpoint of the trail: the heads of all streams at one instant, their tree, its signature, in files and in a table.

The files are made to be copied where nobody who can write to the database can write: docs/operating.md says how.
"""

import asyncio
import contextlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from carnet.domain.actor import SYSTEM as CARNET
from carnet.domain.audit import store
from carnet.domain.audit.checkpoint import Checkpoint, digest_of, gather, signing_key
from carnet.domain.audit.model import EventType, did
from carnet.domain.audit.trail import prepare
from carnet.storage.database import Database
from carnet.storage.keys import KeyRing
from carnet.vocabulary.frozen import frozen

PURPOSE = "trail checkpoints"  # of the server key that signs them
KEY_FILE = "trail-key.jwk"


@frozen
class Published:
    """signed: the checkpoint's file; heads: beside it, 56 bytes per stream."""

    checkpoint: Checkpoint
    signed: Path
    heads: Path


async def take_checkpoint(database: Database, keys: KeyRing, folder: Path, *, issuer: str, at: datetime) -> Published:
    """
    Take a checkpoint and write it to a folder, and its signature to the table, with a trace in the system's trail.

    Takes
        folder: made when absent; nothing in it is ever replaced. issuer: public address of the server.
    Raises
        OSError: the folder cannot be written.
    """
    key = signing_key(keys.server_key(PURPOSE))
    name = f"trail-{at:%Y%m%dT%H%M%S.%f}Z"
    heads, signed_file = folder / f"{name}.heads", folder / f"{name}.jws"
    with _kept(heads) as file:
        async with database.transaction() as tx:
            await store.at_one_instant(tx)
            previous = await store.last_checkpoint(tx)
            tree, events = await gather(store.all_heads(tx), write=file.write)
    checkpoint = Checkpoint(
        issuer, at, tree.leaves, events, tree.root().hex(), None if previous is None else digest_of(previous)
    )
    signed = checkpoint.signed(key)
    sealer = keys.server_sealing_key("system trail")
    event = did(CARNET, EventType.TRAIL_CHECKPOINTED, at=at, root=checkpoint.root)
    async with database.transaction() as tx:
        await store.keep_checkpoint(tx, signed, at=at, event=prepare(event, sealer))
    with _kept(signed_file) as file:
        file.write(signed.encode() + b"\n")
    await asyncio.to_thread(_write_key, folder / KEY_FILE, json.dumps(key.as_dict(private=False)).encode())
    return Published(checkpoint, signed_file, heads)


def _write_key(path: Path, text: bytes) -> None:
    """The key that verifies, for whoever keeps the checkpoints: written once, so that a change of it is seen."""
    with contextlib.suppress(FileExistsError), path.open("xb") as file:
        file.write(text + b"\n")


@contextmanager
def _kept(path: Path) -> Iterator[BinaryIO]:
    """A new file, whole or absent, on disk when the block ends; its folder is made when it is not there."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    try:
        with draft.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)  # unlike a rename, never replaces
    finally:
        draft.unlink(missing_ok=True)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
