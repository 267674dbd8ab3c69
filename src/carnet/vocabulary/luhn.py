"""The key of Luhn (ISO/IEC 7812), last digit of RPPS, FINESS, SIREN and SIRET. Source: identity-and-messaging.md §5.1."""


def luhn_key(digits: str) -> str:
    """The digit that makes `digits` + key valid."""
    total = 0
    for rank, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if rank % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def is_luhn(number: str) -> bool:
    """Whether the last digit is the key of the others. number: digits only, two at least."""
    return luhn_key(number[:-1]) == number[-1]
