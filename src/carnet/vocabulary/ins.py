"""
The matricule INS: 15 characters and the OID that says which register gave it.

Source: identity-and-messaging.md §1.1–1.2 (INSEE on the NIR; ANS guide INS v3.0). The pattern stays loose on month and place: a
strict one refuses real people. Nothing is ever deduced from the number.
"""

import re

from carnet.vocabulary.frozen import frozen

NIR = "1.2.250.1.213.1.4.8"
NIA = "1.2.250.1.213.1.4.9"
NIR_TEST = "1.2.250.1.213.1.4.10"
NIR_DEMO = "1.2.250.1.213.1.4.11"
NIR_TEST_13 = "1.2.250.1.213.1.4.13"  # seen beside .10 in one official example; meaning not found

PRODUCTION_OIDS = frozenset({NIR, NIA})
TEST_OIDS = frozenset({NIR_TEST, NIR_DEMO, NIR_TEST_13})
INS_OIDS = PRODUCTION_OIDS | TEST_OIDS

_PATTERN = re.compile(r"[1-478][0-9]{4}([0-9]{2}|2[AB])[0-9]{8}")


def key_of(number: str) -> int:
    """
    The key of the 13 first characters: `97 - n mod 97`, with 2A and 2B read as 20 less one and two millions.

    Takes
        number: 13 characters, upper case.

    Raises
        ValueError: not a number once Corsica is replaced.
    """
    corsica = {"2A": 1_000_000, "2B": 2_000_000}.get(number[5:7], 0)
    digits = number[:6] + "0" + number[7:] if corsica else number
    return 97 - (int(digits) - corsica) % 97


@frozen
class Ins:
    """
    A matricule with its OID; one never travels without the other.

    Raises ValueError("ins-oid" | "ins-format" | "ins-key") when the OID is not a register of INS, when the form is wrong, or when
    the key is wrong under a production OID. Under a test or demonstration OID a wrong key only makes `key_is_wrong` true: several
    published test matricules break it.
    """

    matricule: str
    oid: str

    def __post_init__(self) -> None:
        if self.oid not in INS_OIDS:
            raise ValueError("ins-oid")
        if _PATTERN.fullmatch(self.matricule) is None:
            raise ValueError("ins-format")
        if self.oid in PRODUCTION_OIDS and self.key_is_wrong:
            raise ValueError("ins-key")

    @property
    def key_is_wrong(self) -> bool:
        return key_of(self.matricule[:13]) != int(self.matricule[13:])

    @property
    def is_test(self) -> bool:
        return self.oid in TEST_OIDS
