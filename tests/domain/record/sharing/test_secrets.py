"""The secrets of links: read as people type them, and kept as digests that tell nothing."""

from uuid import UUID

import pytest

from carnet.domain.record.sharing import secrets
from carnet.storage.sealing import SealingKey

KEY, OTHER_KEY = SealingKey(b"k" * 32), SealingKey(b"o" * 32)
LINK, OTHER = UUID(int=1), UUID(int=2)


def test_an_address_is_read_from_paper() -> None:
    address = secrets.new_address()
    assert [len(part) for part in address.split("-")] == [4, 4, 4, 4]
    assert not set(address) & set("OILU")
    for typed in (address, address.lower(), address.replace("-", ""), f" {address.replace('-', ' ')} "):
        assert secrets.read_address(typed) == address
    assert secrets.read_address(address.replace("0", "o").replace("1", "l")) == address


@pytest.mark.parametrize(
    "typed", ["", "7GK2", "7GK2-M4QX-09TB-ZC3", "7GK2-M4QX-09TB-ZC3HH", "7GK2-M4QX-09TB-ZC3U", "é" * 16]
)
def test_what_is_no_address(typed: str) -> None:
    assert secrets.read_address(typed) is None


def test_addresses_are_all_different() -> None:
    assert len({secrets.new_address() for _ in range(200)}) == 200


def test_a_code_is_read_as_it_was_heard() -> None:
    code = secrets.new_code()
    digits = code.replace(" ", "")
    kept = secrets.code_digest(KEY, LINK, code)
    for typed in (code, digits, f" {digits[:2]} {digits[2:]}\t", "-".join(digits)):
        assert secrets.is_code(KEY, LINK, typed, kept=kept)
    assert digits.encode() not in kept


@pytest.mark.parametrize("typed", ["", "1234567", "123456789", "1234567a", "١٢٣٤٥٦٧٨"])
def test_what_is_no_code(typed: str) -> None:
    assert secrets.read_code(typed) is None
    assert not secrets.is_code(KEY, LINK, typed, kept=secrets.code_digest(KEY, LINK, typed))


def test_the_digest_of_a_code_is_of_one_link_of_one_patient() -> None:
    digests = {secrets.code_digest(key, link, "1234 5678") for key in (KEY, OTHER_KEY) for link in (LINK, OTHER)}
    assert len(digests) == 4
