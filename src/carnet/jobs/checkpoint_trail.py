"""Takes a checkpoint of the trail once a day, into the folder that an operator has copied elsewhere."""

import logging
from pathlib import Path

from carnet.domain.audit.checkpointing import take_checkpoint
from carnet.storage.database import Database
from carnet.storage.keys import KeyRing
from carnet.vocabulary.clock import Clock

_log = logging.getLogger("carnet.jobs")


async def checkpoint_trail(database: Database, keys: KeyRing, folder: Path, *, issuer: str, clock: Clock) -> None:
    """One checkpoint; run twice, it makes two."""
    published = await take_checkpoint(database, keys, folder, issuer=issuer, at=clock())
    _log.info("checkpoint %s of %d streams", published.checkpoint.root, published.checkpoint.streams)
