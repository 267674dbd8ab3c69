"""National identifiers in published files: what a number may look like, and the Struct_IdNat of a structure. Source: identity-and-messaging.md §5.1."""

import re

# TRE_G08: 8 RPPS, 0 ADELI; the others are numbers of a structure's own employees.
_PERSON = re.compile(r"8[0-9]{11}|0[0-9AB]{9}|[1-7][A-Za-z0-9./\-]{1,62}")
_FINESS = re.compile(r"[0-9][0-9AB][0-9]{7}")
_SIRET = re.compile(r"[0-9]{14}")
_SIREN = re.compile(r"[0-9]{9}")
_RANG = re.compile(r"[0-9]{1,20}")
_FORMS = {"F": (_FINESS, "1"), "C": (_SIRET, "3"), "R": (_RANG, "4")}
_NATIONAL = re.compile(r"1[0-9][0-9AB][0-9]{7}|2[0-9]{9}|3[0-9]{14}|4[0-9]{1,20}|0[0-9AB]{1,20}")


def person_number(person: str) -> bool:
    """Whether this can be a PS_IdNat: its prefix, then a number of the form that the prefix says. The key of an RPPS is not looked at."""
    return _PERSON.fullmatch(person) is not None


def is_finess(number: str) -> bool:
    return _FINESS.fullmatch(number) is not None


def is_siret(number: str) -> bool:
    return _SIRET.fullmatch(number) is not None


def is_siren(number: str) -> bool:
    return _SIREN.fullmatch(number) is not None


def is_national_structure(number: str) -> bool:
    """Whether this can be a Struct_IdNat."""
    return _NATIONAL.fullmatch(number) is not None


def organization_id(technical_id: str, former_id: str, *, finess: str = "", siret: str = "") -> str | None:
    """
    The Struct_IdNat of a site; None when none of its numbers has the form of one.

    The technical identifier says most (its letter tells which register), but a practice's is not its number: its former identifier,
    already a Struct_IdNat, is.

    Takes
        technical_id: `F`, `C` or `R` and a number. former_id: « Ancien identifiant ». finess, siret: of the site.
    """
    form, prefix = _FORMS.get(technical_id[:1], (None, ""))
    if technical_id[:1] == "R" and former_id[:1] in {"0", "4"} and _NATIONAL.fullmatch(former_id):
        return former_id
    if form is not None and form.fullmatch(technical_id[1:]):
        return prefix + technical_id[1:]
    if is_finess(finess):
        return "1" + finess
    return "3" + siret if is_siret(siret) else None
