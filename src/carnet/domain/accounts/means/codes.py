"""
Codes that people copy: made at random, read leniently, kept as keyed digests.

The alphabet leaves out what looks alike on paper: 0 and O, 1, I and L.
"""

import hashlib
import hmac
import secrets

from carnet.storage.keys import KeyRing
from carnet.storage.sealing import SealingKey

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # 31 characters: 12 of them are 59 bits
ONE_TIME_DIGITS = 6
RECOVERY_LENGTH = 12
RECOVERY_COUNT = 8
_GROUP = 4
_TOKEN_BYTES = 32


class AccountKeys:
    """What accounts are kept under: patients' keys, a key of digests, and the key of steps that belong to nobody yet."""

    def __init__(self, ring: KeyRing) -> None:
        self.ring = ring
        self.steps: SealingKey = ring.server_sealing_key("sign-in steps")
        self._digests = ring.server_key("account digests")

    def digest(self, purpose: str, value: str) -> bytes:
        """32 bytes that only this server makes from this value."""
        return hmac.digest(self._digests, purpose.encode() + b"\0" + value.encode(), hashlib.sha256)


def a_code(length: int) -> str:
    """A code to be copied by hand, without its dashes."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def a_one_time_code() -> str:
    """Six digits."""
    return f"{secrets.randbelow(10**ONE_TIME_DIGITS):0{ONE_TIME_DIGITS}d}"


def a_token() -> str:
    """A secret that a browser keeps: 43 characters."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def shown(code: str) -> str:
    """In groups of four: `K7PM-4WQX-9TRB`."""
    return "-".join(code[i : i + _GROUP] for i in range(0, len(code), _GROUP))


def typed(text: str) -> str:
    """What someone meant: without spaces or dashes, in capitals."""
    return "".join(character for character in text.upper() if character.isalnum())


def login_of(text: str) -> str:
    """An identifier or a mail address as it is compared: no space, lower case."""
    return "".join(text.split()).casefold()
