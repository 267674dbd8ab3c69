"""`carnet trail`: prove that no event was removed, altered or moved; publish where every stream stands."""

import argparse
import asyncio
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from carnet.app import Carnet, open_carnet
from carnet.domain.audit import store as audit_store
from carnet.domain.audit.checkpoint import (
    SYSTEM,
    Head,
    check_heads,
    public_key,
    read_checkpoint,
    read_heads,
    signing_key,
)
from carnet.domain.audit.checkpointing import PURPOSE, take_checkpoint
from carnet.domain.audit.trail import Sealer
from carnet.domain.audit.verification import Fault, StreamReport, verify_records, verify_stream
from carnet.domain.errors import Invalid
from carnet.operating.running import database
from carnet.settings import Settings
from carnet.storage.sealing import SealBroken
from carnet.web.wording import issue_text

_BATCH = 200  # records verified in one reading
_TOLD = 50  # faults printed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    verify = actions.add_parser("verify", help="recompute every chain of the trail")
    verify.add_argument("--record", type=UUID, metavar="ID", help="only this record's (the id of its Patient)")
    verify.add_argument("--checkpoint", type=Path, metavar="FILE", help="a checkpoint kept elsewhere (.jws, .heads beside it)")  # fmt: skip
    verify.add_argument("--key", type=Path, metavar="FILE", help="the key kept with it (trail-key.jwk), not the server's own")  # fmt: skip
    checkpoint = actions.add_parser("checkpoint", help="sign where every stream stands, into a folder")
    checkpoint.add_argument("--to", type=Path, metavar="FOLDER", help="default: CARNET_CHECKPOINT_FOLDER")
    for action in (verify, checkpoint):
        action.add_argument("--home", type=Path, default=argparse.SUPPRESS, help="where carnet keeps what it must keep")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Exit status 0 when every stream holds, 1 when one is broken or a checkpoint is not what was signed, 2 when there is no such record."""
    with database(settings) as conninfo:
        if arguments.action == "checkpoint":
            return asyncio.run(_checkpoint(settings, conninfo, arguments.to or settings.checkpoints))
        try:
            found = asyncio.run(_verify(settings, conninfo, arguments))
        except Invalid as broken:
            print(f"broken: {arguments.checkpoint}: {issue_text(broken.issues[0])[1]}", file=sys.stderr)
            return 1
    if found is None:
        print(f"no such record: {arguments.record}", file=sys.stderr)
        return 2
    for fault in found.faults[:_TOLD]:
        where = "system" if fault.stream is None else f"record {fault.stream}"
        print(f"broken: {where}, event {fault.position or 'head'}: {fault.code}", file=sys.stderr)
    erased = f", {found.erased} erased" if found.erased else ""
    print(f"{found.streams} streams, {found.events} events{erased}, {len(found.faults)} faults")
    return 1 if found.faults else 0


async def _checkpoint(settings: Settings, conninfo: str, folder: Path) -> int:
    carnet = await open_carnet(settings, conninfo)
    try:
        published = await take_checkpoint(
            carnet.database, carnet.services.keys, folder, issuer=settings.public_url, at=carnet.services.clock()
        )
    finally:
        await carnet.close()
    found = published.checkpoint
    print(f"{found.streams} streams, {found.events} events, root {found.root}")
    print(f"{published.signed}\n{published.heads}\nCopy both where nobody who can write to the database can write.")
    return 0


@dataclass
class _Found:
    """What verifying has found so far."""

    streams: int = 0
    events: int = 0
    erased: int = 0
    faults: list[Fault] = field(default_factory=list)

    def add(self, report: StreamReport) -> None:
        self.streams += 1
        self.events += report.events
        self.erased += report.erased
        self.faults.extend(report.faults)
        if sys.stderr.isatty() and self.streams % 100 == 0:
            print(f"\r{self.streams} streams", end="", file=sys.stderr)


async def _verify(settings: Settings, conninfo: str, arguments: argparse.Namespace) -> _Found | None:
    carnet = await open_carnet(settings, conninfo)
    heads: Path | None = None
    try:
        if arguments.checkpoint is not None:
            heads = _signed_heads(carnet, arguments.checkpoint, arguments.key)
        with heads.open("rb") if heads is not None else nullcontext() as file:
            seen = iter(()) if file is None else read_heads(file)
            if arguments.record is not None:
                return await _one(carnet, arguments.record, seen)
            return await _all(carnet, seen)
    finally:
        await carnet.close()


def _signed_heads(carnet: Carnet, file: Path, key_file: Path | None) -> Path:
    """The heads of a checkpoint, once they are known to be those that were signed. Raises Invalid, OSError."""
    if key_file is not None:
        key = public_key(key_file.read_bytes())
    else:
        key = signing_key(carnet.services.keys.server_key(PURPOSE))
    checkpoint = read_checkpoint(file.read_text("ascii", errors="replace"), key)
    heads = file.with_suffix(".heads")
    with heads.open("rb") as kept:
        check_heads(kept, checkpoint)
    return heads


async def _one(carnet: Carnet, patient_id: UUID, seen: Iterator[Head]) -> _Found | None:
    async with carnet.database.transaction() as tx:
        await audit_store.at_one_instant(tx)
        head = await audit_store.head(tx, patient_id)
        if head is None:
            return None
        was = next((each for each in seen if each.stream == patient_id), None)
        found = _Found()
        found.add(await verify_stream(tx, patient_id, _sealer(carnet, patient_id, head), seen=was))
        return found


async def _all(carnet: Carnet, seen: Iterator[Head]) -> _Found:
    found = _Found()
    was = next(seen, None)  # the system's stream is the first
    async with carnet.database.transaction() as tx:
        await audit_store.at_one_instant(tx)
        found.add(await verify_stream(tx, None, carnet.services.store.system_key, seen=was))
    last, waiting = SYSTEM, next(seen, None)
    while True:
        async with carnet.database.transaction() as tx:
            await audit_store.at_one_instant(tx)
            heads = await audit_store.record_heads(tx, after=last, limit=_BATCH)
            until = heads[-1][0] if len(heads) == _BATCH else None
            expected: dict[UUID, Head] = {}
            while waiting is not None and (until is None or waiting.stream <= until):
                expected[waiting.stream] = waiting
                waiting = next(seen, None)
            async for report in verify_records(
                tx, heads, sealer_of=lambda patient_id, head: _sealer(carnet, patient_id, head), seen=expected
            ):
                found.add(report)
        there = {patient_id for patient_id, _ in heads}
        found.faults += [Fault(stream, None, "missing") for stream in expected if stream not in there]
        if until is None:
            return found
        last = until


def _sealer(carnet: Carnet, patient_id: UUID, head: audit_store.StreamHead) -> Sealer | None:
    """What opens a record's bodies; None when its key is no more."""
    try:
        return carnet.services.keys.patient_key(patient_id, head.wrapped_key or b"")
    except SealBroken:
        return None
