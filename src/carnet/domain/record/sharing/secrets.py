"""
The two secrets of a link: the address, which it bears, and the code, told apart by voice or on paper. Only their digests are kept.

An address is 80 random bits in the 32 characters that are not mistaken for one another when read from paper.
Source: Douglas Crockford, Base 32.
"""

import hashlib
import hmac
import secrets
from uuid import UUID

from carnet.storage.sealing import SealingKey

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})
ADDRESS_LENGTH = 16
CODE_LENGTH = 8


def new_address() -> str:
    """16 characters, in four groups: `7GK2-M4QX-09TB-ZC3H`."""
    return grouped("".join(secrets.choice(_ALPHABET) for _ in range(ADDRESS_LENGTH)))


def new_code() -> str:
    """8 digits, in two groups: `4821 9037`."""
    digits = f"{secrets.randbelow(10**CODE_LENGTH):0{CODE_LENGTH}d}"
    return f"{digits[:4]} {digits[4:]}"


def of_sending(key: SealingKey, sending: str) -> tuple[str, str]:
    """
    The address and the code of one sending of a form: the same however often it is sent, and as hard to guess as others, without the
    patient's key. They are still kept nowhere.
    """
    drawn = b"".join(
        key.digest(b"share secrets\x00%d\x00" % part + sending.encode()) for part in range(3)
    )  # of 8 bytes each
    bits = int.from_bytes(drawn[:10])
    digits = f"{int.from_bytes(drawn[10:]) % 10**CODE_LENGTH:0{CODE_LENGTH}d}"
    return grouped("".join(_ALPHABET[bits >> 5 * n & 31] for n in range(ADDRESS_LENGTH))), f"{digits[:4]} {digits[4:]}"


def grouped(address: str) -> str:
    return "-".join(address[n : n + 4] for n in range(0, ADDRESS_LENGTH, 4))


def read_address(text: str) -> str | None:
    """What someone typed or followed, as it was made; None when it is no address."""
    kept = "".join(each for each in text.upper().translate(_MISREAD) if each not in "- ")
    return grouped(kept) if len(kept) == ADDRESS_LENGTH and all(each in _ALPHABET for each in kept) else None


def read_code(text: str) -> str | None:
    """The digits of what someone typed; None when they are not eight."""
    kept = "".join(each for each in text if not each.isspace() and each not in "-.")
    return kept if len(kept) == CODE_LENGTH and kept.isascii() and kept.isdigit() else None


def address_digest(address: str) -> bytes:
    """How an address is looked up. It holds too much chance to be found again from its digest."""
    return hashlib.sha256(b"carnet share address\x00" + address.encode()).digest()


def code_digest(key: SealingKey, share_id: UUID, code: str) -> bytes:
    """
    What is kept of a code. Eight digits are soon tried: the digest is keyed by the patient's key, so that whoever holds the table alone
    learns nothing.
    """
    return key.digest(b"share code\x00" + share_id.bytes + (read_code(code) or "").encode())


def is_code(key: SealingKey, share_id: UUID, typed: str, *, kept: bytes) -> bool:
    """Whether what was typed is the code, in a time that tells nothing."""
    is_well_formed = read_code(typed) is not None
    return hmac.compare_digest(code_digest(key, share_id, typed), kept) and is_well_formed
