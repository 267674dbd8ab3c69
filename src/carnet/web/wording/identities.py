"""People in French, as professionals read them: names, age, sex, matricule in groups."""

from datetime import date

from carnet.domain.people.model import Identity, Sex
from carnet.vocabulary.ins import Ins
from carnet.web.wording import wording
from carnet.web.wording.dates import plain_date

_SEX = {Sex.FEMALE: "Femme", Sex.MALE: "Homme", Sex.UNDETERMINED: "Sexe non déterminé"}
_BORN = {Sex.FEMALE: "née", Sex.MALE: "né", Sex.UNDETERMINED: "né(e)"}
_GROUPS = (1, 2, 2, 2, 3, 3, 2)  # of a matricule, as the card writes it


def official_name(identity: Identity) -> str:
    """`FONTANELLE Marie`: the name in use when there is one."""
    family = identity.used_name or identity.traits.birth_name
    given = identity.used_given_name or identity.traits.first_given_name
    return f"{family.upper()} {given.title()}"


def birth_name_aside(identity: Identity) -> str:
    """`née MARCHENOIR`, when another name is in use; else nothing."""
    traits = identity.traits
    if identity.used_name is None or identity.used_name == traits.birth_name:
        return ""
    return f"{_BORN[traits.sex]} {traits.birth_name.upper()}"


def sex(identity: Identity) -> str:
    return _SEX[identity.traits.sex]


def born(identity: Identity) -> str:
    """`née le 12 mars 1968`; a date that is not a day of the calendar is told as it is."""
    traits = identity.traits
    try:
        day = plain_date(date.fromisoformat(traits.birth_date))
    except ValueError:
        return f"{_BORN[traits.sex]} : {traits.birth_date}"
    return f"{_BORN[traits.sex]} le {day}"


def age(identity: Identity, *, on: date) -> str:
    """`58 ans`, `14 mois`, `3 semaines`; nothing when the date is not a day of the calendar."""
    try:
        day = date.fromisoformat(identity.traits.birth_date)
    except ValueError:
        return ""
    months = (on.year - day.year) * 12 + on.month - day.month - (on.day < day.day)
    if months >= 36:
        return f"{months // 12} ans"
    if months >= 3:
        return f"{months} mois"
    weeks = max(0, (on - day).days // 7)
    return f"{weeks} semaine{'s' if weeks > 1 else ''}"


def grouped(ins: Ins) -> str:
    """`2 68 03 99 350 041 22`, with spaces that do not break."""
    parts, at = [], 0
    for length in _GROUPS:
        parts.append(ins.matricule[at : at + length])
        at += length
    return "\N{NO-BREAK SPACE}".join(parts)


def traits_in_words(names: tuple[str, ...]) -> str:
    """`le nom de naissance, la date de naissance`."""
    words = wording()["traits"]
    return ", ".join(words[name] for name in names)
