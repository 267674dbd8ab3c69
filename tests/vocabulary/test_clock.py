"""The clock."""

from datetime import timedelta

import time_machine

from carnet.vocabulary.clock import system_clock


def test_now_is_aware_and_in_utc() -> None:
    with time_machine.travel("2026-11-21T10:15:00.123456+01:00", tick=False):
        now = system_clock()
    assert now.isoformat() == "2026-11-21T09:15:00.123456+00:00"
    assert now.utcoffset() == timedelta(0)
