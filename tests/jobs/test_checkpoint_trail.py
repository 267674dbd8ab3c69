"""The daily checkpoint: among the periodic jobs, into the folder of the settings, and a fault of the folder is the job's."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest
import time_machine

from carnet.app import Carnet
from carnet.jobs.checkpoint_trail import checkpoint_trail
from carnet.jobs.schedule import periodic_jobs
from carnet.jobs.worker import PeriodicJob
from carnet.vocabulary.clock import system_clock


def daily(carnet: Carnet, folder: Path) -> PeriodicJob:
    async def known(_: Any) -> set[Any]:
        return set()

    taking = partial(
        checkpoint_trail, carnet.database, carnet.services.keys, folder, issuer="https://carnet.test", clock=system_clock
    )  # fmt: skip
    jobs = periodic_jobs(
        carnet.database, contents=carnet.services.store.contents, known_contents=known, checkpoint=taking
    )
    return next(job for job in jobs if job.kind == "checkpoint-trail")


def _suffixes(folder: Path) -> list[str]:
    return [path.suffix for path in folder.iterdir()]


async def test_it_writes_one_each_day(carnet: Carnet, tmp_path: Path) -> None:
    job = daily(carnet, tmp_path)
    assert job.every.days == 1
    for day in ("2026-11-25T03:00:00Z", "2026-11-26T03:00:00Z"):
        with time_machine.travel(day, tick=False):
            await job.run()
    assert sorted(_suffixes(tmp_path)) == [".heads", ".heads", ".jwk", ".jws", ".jws"]


async def test_a_folder_that_cannot_be_written_is_told(carnet: Carnet, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        await daily(carnet, tmp_path / "file").run()


def test_it_goes_where_the_settings_say(carnet: Carnet) -> None:
    assert carnet.settings.checkpoints == carnet.settings.home / "checkpoints"
