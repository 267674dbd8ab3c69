"""
Passwords: what a good one is, and argon2id in a bounded pool of threads (it takes tens of milliseconds of a processor, on purpose).

Source: RFC 9106; OWASP, Password Storage; CNIL, délibération 2022-100 (twelve characters, or a second proof: here both).
"""

import asyncio
import unicodedata
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

from carnet.domain.errors import Invalid

if TYPE_CHECKING:
    from argon2 import PasswordHasher

_T = TypeVar("_T")

SHORTEST, LONGEST = 12, 200
_DISTINCT = 5
_MEMORY_KIB, _PASSES, _LANES = 19 * 1024, 2, 1
_PERSONAL_LENGTH = 4  # shorter names are in too many words
_RUNS = ("0123456789", "azertyuiop", "qsdfghjklm", "wxcvbn", "qwertyuiop", "abcdefghijklmnopqrstuvwxyz")
# Words that open lists of stolen passwords, once figures and signs around them are taken away.
_COMMON = frozenset(
    [
        "password",
        "motdepasse",
        "passe",
        "passord",
        "admin",
        "administrateur",
        "bonjour",
        "soleil",
        "chocolat",
        "doudou",
        "loulou",
        "marseille",
        "iloveyou",
        "jetaime",
        "welcome",
        "football",
        "princesse",
        "chouchou",
        "nicolas",
        "camille",
        "azerty",
        "qwerty",
        "carnet",
        "sante",
        "carnetdesante",
        "monespacesante",
        "secret",
        "letmein",
        "dragon",
        "monkey",
        "superman",
        "pokemon",
        "naruto",
        "master",
        "vitale",
        "cartevitale",
        "france",
    ]
)


class PasswordPool:
    """Hashes and compares, a few at a time; what is over waits its turn."""

    def __init__(self, threads: int = 2) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="argon2")

    @cached_property
    def _hasher(self) -> "PasswordHasher":
        from argon2 import PasswordHasher  # at the first password: a server of machines has none

        return PasswordHasher(time_cost=_PASSES, memory_cost=_MEMORY_KIB, parallelism=_LANES)

    @cached_property
    def _nobody(self) -> str:
        return self._hasher.hash("nobody's password")

    async def hash(self, password: str) -> str:
        return await self._run(lambda: self._hasher.hash(_normal(password)))

    async def matches(self, kept: str | None, password: str) -> bool:
        """
        Whether this is the password.

        Takes
            kept: its hash, or None when there is none: the same work is done, and the answer is no.
        """
        return await self._run(lambda: self._compare(kept or self._nobody, password)) and kept is not None

    def _compare(self, kept: str, password: str) -> bool:
        from argon2.exceptions import InvalidHashError, VerificationError

        try:
            return self._hasher.verify(kept, _normal(password))
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def close(self) -> None:
        self._threads.shutdown(wait=False)


def check_password(password: str, *, personal: Collection[str]) -> None:
    """
    Raises
        Invalid: `password-short`, `password-long`, `password-guessable`, `password-personal`.

    Takes
        personal: what strangers know of the person: names, identifier, the name before the @ of their mail.
    """
    if len(password) < SHORTEST:
        raise Invalid("password-short", length=str(SHORTEST))
    if len(password) > LONGEST:
        raise Invalid("password-long", length=str(LONGEST))
    plain = "".join(c for c in unicodedata.normalize("NFKD", password.casefold()) if c.isalnum())
    letters = "".join(c for c in plain if c.isalpha())
    if len(set(plain)) < _DISTINCT or letters in _COMMON or _is_a_run(plain):
        raise Invalid("password-guessable")
    if any(len(name) >= _PERSONAL_LENGTH and name in plain for name in map(_bare, personal)):
        raise Invalid("password-personal")


def _is_a_run(plain: str) -> bool:
    """Keys that follow each other on a keyboard, or figures that do, for most of it."""
    pairs = {pair for run in _RUNS for way in (run, run[::-1]) for pair in map("".join, pairwise(way))}
    following = sum(plain[i : i + 2] in pairs for i in range(len(plain) - 1))
    return following >= len(plain) * 2 // 3


def _bare(name: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if c.isalnum())


def _normal(password: str) -> str:
    """The same password whatever keyboard composed its accents (RFC 8265, OpaqueString)."""
    return unicodedata.normalize("NFC", password)
