"""UUID version 7."""

import time
from uuid import RFC_4122

from carnet.vocabulary.uuid7 import uuid7


def test_version_variant_and_time() -> None:
    before = time.time_ns() // 1_000_000
    made = uuid7()
    after = time.time_ns() // 1_000_000
    assert made.version == 7
    assert made.variant == RFC_4122
    assert before <= made.int >> 80 <= after


def test_they_differ_and_follow_time() -> None:
    assert len({uuid7() for _ in range(10_000)}) == 10_000
    first = uuid7()
    time.sleep(0.002)
    assert first < uuid7()
