"""
What Pro Santé Connect says of a professional: who they are, and each situation in which they practise.

What it says of people who work in a structure without a health profession is published nowhere that we know: a guess, read only when asked for
(docs/settings.md, CARNET_PSC_STAFF). Claims have moved between versions; what is not read here is left alone. Source:
identity-and-messaging.md §2.6.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from carnet.domain.errors import Invalid
from carnet.vocabulary.frozen import frozen

_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9/._-]{2,39}")
_CODE = re.compile(r"[A-Za-z0-9._-]{1,20}")
_STUDENT = "E"  # codeCategorieProfessionnelle: civil C, military M, student E
_PROFESSIONS = frozenset(
    {"1.2.250.1.213.1.1.5.5", "1.2.250.1.71.1.2.7", ""}
)  # registers of health professions; others are other trades
_MAX_SITUATIONS = 100
_MAX_NAME_CHARACTERS = 200


@frozen
class Situation:
    """
    One situation d'exercice.

    ident: chosen by us from its codes, so that it stays the same from one day to the next. profession: TRE_G15, None for staff. specialty:
    savoir-faire (SM26…), or None. sector: SAxx, or None. organization: Struct_IdNat, None when PSC gives no number that is one. role: of staff.
    """

    ident: str
    profession: str | None
    specialty: str | None = None
    sector: str | None = None
    organization: str | None = None
    organization_name: str | None = None
    role: str | None = None


@frozen
class UserInfo:
    """
    identifier: SubjectNameID, the national identifier (PS_IdNat), the stable key. name: as told. situations: none for who has no profession.
    """

    identifier: str
    name: str
    situations: tuple[Situation, ...]


def read_userinfo(claims: Mapping[str, Any], *, with_staff: bool = False) -> UserInfo:
    """
    Read claims of the user-info.

    Takes
        with_staff: also the places where they work in a role, without a health profession.
    Raises
        Invalid: `psc-userinfo-unreadable`.
    """
    try:
        identifier = claims["SubjectNameID"]
        if not isinstance(identifier, str) or _IDENTIFIER.fullmatch(identifier) is None:
            raise Invalid("psc-userinfo-unreadable")
        name = " ".join(part for part in (_text(claims, "given_name"), _text(claims, "family_name")) if part)
        found = list(_practices(claims)) or list(_roles(claims))
        if with_staff:
            found += _staff(claims)
    except (KeyError, TypeError, AttributeError) as error:
        raise Invalid("psc-userinfo-unreadable") from error
    if len(found) > _MAX_SITUATIONS:
        raise Invalid("psc-userinfo-unreadable")
    return UserInfo(identifier, name or identifier, tuple(_told_apart(found)))


def _practices(claims: Mapping[str, Any]) -> Iterator[Situation]:
    sector = _coded(_text(claims, "Secteur_Activite"))
    for practice in (claims.get("SubjectRefPro") or {}).get("exercices") or ():
        profession = _code(practice, "codeProfession")
        if profession is None or _text(practice, "codeCategorieProfessionnelle") == _STUDENT:
            continue
        specialty = _code(practice, "codeSavoirFaire")
        activities: Sequence[Mapping[str, Any]] = practice.get("activities") or ()
        for activity in activities:
            organization = _organization(activity)
            place = _code(activity, "identifiantTechniqueDeLaStructure") or organization
            yield Situation(
                ".".join(part for part in (profession, specialty, place) if part), profession, specialty,
                _code(activity, "codeSecteurDactivite") or sector, organization, _text(activity, "raisonSocialeSite") or None,
            )  # fmt: skip
        if not activities:
            yield Situation(".".join(part for part in (profession, specialty) if part), profession, specialty, sector)


def _roles(claims: Mapping[str, Any]) -> Iterator[Situation]:
    """Professions alone, for who has no practice declared."""
    if (claims.get("SubjectRefPro") or {}).get("exercices"):
        return  # practices were told, and none of them is one of ours
    for role in claims.get("SubjectRole") or ():
        profession = _coded(role)
        if profession is not None and role.partition("^")[2] in _PROFESSIONS:
            yield Situation(profession, profession, sector=_coded(_text(claims, "Secteur_Activite")))


def _staff(claims: Mapping[str, Any]) -> Iterator[Situation]:
    """Activities with a role and a structure that has a number: of an exercice without a profession, or of no exercice at all."""
    told = claims.get("SubjectRefPro") or {}
    found: list[Mapping[str, Any]] = []
    for practice in told.get("exercices") or ():
        if not _text(practice, "codeProfession") and _text(practice, "codeCategorieProfessionnelle") != _STUDENT:
            found += practice.get("activities") or ()
    if not told.get("exercices"):
        found += told.get("activities") or ()
    for activity in found:
        role, organization = _code(activity, "codeRole"), _organization(activity)
        if role is not None and organization is not None:
            yield Situation(
                f"role.{role}.{organization}", None, None, _code(activity, "codeSecteurDactivite"), organization,
                _text(activity, "raisonSocialeSite") or None, role,
            )  # fmt: skip


def _organization(activity: Mapping[str, Any]) -> str | None:
    """Struct_IdNat: a digit for the kind of number, then the number (documents.md §3.3)."""
    numbers = (
        ("1", _text(activity, "numeroFinessSite"), 9),
        ("3", _text(activity, "numeroSiretSite"), 14),
        ("2", _text(activity, "numeroSirenSite"), 9),
    )
    for prefix, number, length in numbers:
        if len(number) == length and number.isalnum():
            return prefix + number
    technical = _text(activity, "identifiantTechniqueDeLaStructure")
    if technical[:1] == "F" and len(technical) == 10 and technical[1:].isalnum():
        return "1" + technical[1:]
    former = _text(activity, "ancienIdentifiantDeLaStructure")
    return former if former.isascii() and former.isdecimal() and len(former) > 9 else None


def _told_apart(found: Sequence[Situation]) -> Iterator[Situation]:
    """Those that bear the same codes are numbered; those that say the same thing are one."""
    seen: dict[str, list[Situation]] = {}
    for situation in found:
        same = seen.setdefault(situation.ident, [])
        if situation in same:
            continue
        same.append(situation)
        yield situation if len(same) == 1 else replace(situation, ident=f"{situation.ident}.{len(same)}")


def _text(claims: Mapping[str, Any], name: str) -> str:
    """Absent, null and empty are the same. Raises TypeError."""
    value = claims.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TypeError(name)
    return value.strip()[:_MAX_NAME_CHARACTERS]


def _code(claims: Mapping[str, Any], name: str) -> str | None:
    value = _text(claims, name)
    return value if _CODE.fullmatch(value) else None


def _coded(value: object) -> str | None:
    """The code of `code^OID`, or None."""
    code = value.partition("^")[0] if isinstance(value, str) else ""
    return code if _CODE.fullmatch(code) else None
