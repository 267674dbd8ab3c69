"""`carnet trail verify`: prove that no event was removed, altered or moved."""

import argparse
import asyncio
import sys
from pathlib import Path

from carnet.app import open_carnet
from carnet.domain.audit import store as audit_store
from carnet.domain.audit.verification import Fault, streams, verify_stream
from carnet.operating.running import database
from carnet.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    verify = actions.add_parser("verify", help="recompute every chain of the trail")
    verify.add_argument("--home", type=Path, default=argparse.SUPPRESS, help="where carnet keeps what it must keep")


def run(_: argparse.Namespace, settings: Settings) -> int:
    """Exit status 0 when every stream holds, 1 when one is broken."""
    with database(settings) as conninfo:
        checked, events, faults = asyncio.run(_verify(settings, conninfo))
    for fault in faults[:50]:
        where = "system" if fault.stream is None else f"record {fault.stream}"
        print(f"broken: {where}, event {fault.position or 'head'}: {fault.code}", file=sys.stderr)
    print(f"{checked} streams, {events} events, {len(faults)} faults")
    return 1 if faults else 0


async def _verify(settings: Settings, conninfo: str) -> tuple[int, int, list[Fault]]:
    carnet = await open_carnet(settings, conninfo)
    checked = events = 0
    faults: list[Fault] = []
    try:
        async with carnet.database.transaction() as listing:
            async for patient_id in streams(listing):
                async with carnet.database.transaction() as tx:
                    await tx.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                    sealer = carnet.services.store.system_key
                    if patient_id is not None:
                        head = await audit_store.head(tx, patient_id)
                        assert head is not None
                        assert head.wrapped_key is not None
                        sealer = carnet.services.keys.patient_key(patient_id, head.wrapped_key)
                    report = await verify_stream(tx, patient_id, sealer)
                checked, events = checked + 1, events + report.events
                faults.extend(report.faults)
                if sys.stderr.isatty():
                    print(f"\r{checked} streams", end="", file=sys.stderr)
    finally:
        await carnet.close()
    return checked, events, faults
