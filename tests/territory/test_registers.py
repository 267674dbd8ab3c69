import pytest

from carnet.territory.registers import finess, is_luhn, luhn_key, rpps, siret


@pytest.mark.parametrize(("digits", "key"), [("7992739871", "3"), ("411111111111111", "1"), ("0", "0")])
def test_luhn_key(digits, key) -> None:
    assert luhn_key(digits) == key


def test_a_wrong_digit_breaks_the_key() -> None:
    assert is_luhn("79927398713")
    assert not is_luhn("79927398710")


def test_numbers_have_the_length_of_their_register_and_a_true_key() -> None:
    for rank in range(0, 5000, 37):
        for number, length in ((rpps(rank), 11), (finess(rank), 9), (siret(rank), 14)):
            assert len(number) == length
            assert is_luhn(number)
        assert is_luhn(siret(rank)[:9])


def test_numbers_stand_outside_the_real_ranges(territory) -> None:
    assert all(each.identifier.startswith("8999") for each in territory.professionals)
    assert len({each.identifier for each in territory.professionals}) == 60
    assert all(each.identifier.startswith(("100", "3000")) for each in territory.organizations)
    assert len({each.identifier for each in territory.organizations}) == 20
