"""Identifiers of the right form and key, outside the ranges that real registers give out."""

from carnet.vocabulary.luhn import luhn_key


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
