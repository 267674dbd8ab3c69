"""UUID version 7 (RFC 9562 §5.7), made here because PostgreSQL 15 has none; time-ordered, so that index pages stay warm."""

import os
import time
from uuid import UUID, SafeUUID


def uuid7() -> UUID:
    """A new identifier: 48 bits of Unix milliseconds, then 74 random bits."""
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10))
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    made = object.__new__(UUID)  # what UUID(int=value) does once it has looked at six ways of saying it
    object.__setattr__(made, "int", value)
    object.__setattr__(made, "is_safe", SafeUUID.unknown)
    return made
