"""
The « identité pivot » of FranceConnect, and of providers that speak like it, read into traits to look for. It names no INS.

Source: identity-and-messaging.md §3.1; for dates without a day or a month, §1.3 (EXI ID 11, 12).
"""

import re
from collections.abc import Mapping
from typing import Any

from carnet.domain.errors import Invalid
from carnet.domain.people.model import Sex
from carnet.domain.record.identities.model import StatedTraits
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.ins import Ins

_FRANCE = "99100"
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_PLACE = re.compile(r"[0-9][0-9AB][0-9]{3}")
_SEXES = {"male": Sex.MALE, "female": Sex.FEMALE}
_MAX_NAME = 100


@frozen
class Pivot:
    """
    traits: with the whole list of given names, and no first one apart: FranceConnect does not tell where it ends. ins: as the application
    carte Vitale tells it; None from FranceConnect.
    """

    traits: StatedTraits
    ins: Ins | None = None


def read_pivot(claims: Mapping[str, Any]) -> Pivot:
    """
    Read the claims of a user-info.

    Raises
        Invalid: `sign-in-identity-unreadable`: without a name, a given name or a date, nobody can be looked for.
    """
    names = claims.get("given_name_array")
    given = " ".join(name for name in names if isinstance(name, str)) if isinstance(names, list) else ""
    given = given.strip() or _text(claims, "given_name")
    family, born = _text(claims, "family_name"), _date(_text(claims, "birthdate"))
    if not family or not given or born is None:
        raise Invalid("sign-in-identity-unreadable")
    return Pivot(
        StatedTraits(
            family, born, given_names=given, sex=_SEXES.get(_text(claims, "gender")), birth_place=_place(claims)
        ),
        _ins(claims),
    )


def _place(claims: Mapping[str, Any]) -> str | None:
    """COG of the commune; of the country for who is born abroad; None when it is not told."""
    place, country = _text(claims, "birthplace"), _text(claims, "birthcountry")
    told = place or (country if country != _FRANCE else "")
    return told if _PLACE.fullmatch(told) else None


def _date(text: str) -> str | None:
    """The birth date, its unknown parts as an identity writes them: day 01, month 01, both 31 December."""
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    year, month, day = found.groups()
    if (month, day) == ("00", "00"):
        return f"{year}-12-31"
    return f"{year}-{month if month != '00' else '01'}-{day if day != '00' else '01'}"


def _ins(claims: Mapping[str, Any]) -> Ins | None:
    matricule, oid = _text(claims, "ins"), _text(claims, "ins_oid")
    if not matricule and not oid:
        return None
    try:
        return Ins(matricule, oid)
    except ValueError as error:
        raise Invalid("sign-in-identity-unreadable") from error


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    return value.strip()[:_MAX_NAME] if isinstance(value, str) else ""
