from carnet.territory.registers import finess, rpps, siret
from carnet.vocabulary.luhn import is_luhn


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
