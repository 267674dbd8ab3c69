"""What a good password is, and that a bad one says why."""

import pytest

from carnet.domain.accounts.means.passwords import PasswordPool, check_password
from carnet.domain.errors import Invalid

GOOD = [
    "trois chats sur un mur",
    "x7#Kp!m2Qz-9",
    "correct cheval batterie agrafe",
    "éléphants à 12 pieds",
    "ùùùÀ çok 42 ab;",
]


@pytest.mark.parametrize("password", GOOD)
def test_good_ones(password: str) -> None:
    check_password(password, personal=("MARTIN", "JO", "jeanne.martin.12345"))


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("Court 12!", "password-short"), ("", "password-short"), ("a" * 201, "password-long"), ("aaaaaaaaaaaaaa", "password-guessable"),
        ("motdepasse123!", "password-guessable"), ("Password2026!!", "password-guessable"), ("azertyuiop123", "password-guessable"),
        ("1234567890123", "password-guessable"), ("098765432109876", "password-guessable"), ("J'adore MARTIN 4", "password-personal"),
        ("mArTiN et compagnie", "password-personal"), ("voilà jeanne.martin.12345", "password-personal"),
    ],
)  # fmt: skip
def test_bad_ones(password: str, code: str) -> None:
    with pytest.raises(Invalid) as told:
        check_password(password, personal=("MARTIN", "JO", "jeanne.martin.12345"))
    assert told.value.code == code


async def test_a_hash_tells_nothing_and_is_compared_whatever_keyboard_wrote_it() -> None:
    pool = PasswordPool()
    try:
        kept = await pool.hash("été au bord de l’eau")
        assert kept.startswith("$argon2id$")
        assert await pool.matches(kept, "e\u0301te\u0301 au bord de l’eau")
        assert not await pool.matches(kept, "ete au bord de l’eau")
        assert not await pool.matches(None, "nobody's password")
        assert not await pool.matches("not a hash", "été au bord de l’eau")
        assert await pool.hash("été au bord de l’eau") != kept
    finally:
        pool.close()
