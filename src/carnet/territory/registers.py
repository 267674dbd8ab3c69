"""Identifiers of the right form and key, outside the ranges that real registers give out."""


def luhn_key(digits: str) -> str:
    """The digit that makes `digits` + key valid (ISO/IEC 7812): RPPS, FINESS, SIREN and SIRET use it."""
    total = 0
    for rank, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if rank % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def is_luhn(number: str) -> bool:
    return luhn_key(number[:-1]) == number[-1]


def rpps(rank: int) -> str:
    """Eleven digits in 999…, where no professional is registered."""
    body = f"9990{rank:06d}"
    return body + luhn_key(body)


def finess(rank: int) -> str:
    """Nine digits in a department 00, which does not exist."""
    body = f"00{rank:06d}"
    return body + luhn_key(body)


def siret(rank: int) -> str:
    """Fourteen digits of an invented SIREN in 000."""
    siren = f"000{rank:05d}"
    body = siren + luhn_key(siren) + "0001"
    return body + luhn_key(body)
