"""`carnet work`: the jobs that acts leave behind, and those that come back by themselves."""

import argparse
import asyncio
import signal

from carnet.app import open_carnet
from carnet.operating.running import database, working
from carnet.settings import Settings


def add_arguments(_: argparse.ArgumentParser) -> None:
    """Everything is a setting."""


def run(_: argparse.Namespace, settings: Settings) -> int:
    """Work until interrupted."""
    with database(settings) as conninfo:
        asyncio.run(_work(settings, conninfo))
    return 0


async def _work(settings: Settings, conninfo: str) -> None:
    carnet = await open_carnet(settings, conninfo)
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    try:
        async with working(carnet):
            await stopped.wait()
    finally:
        await carnet.close()
