"""
The citizens: a few named ones that demonstrations and tests come back to, then as many as asked.

Traits are written as INSi gives them (upper case, no accent); used names keep the person's own spelling. Matricules have a true key
and orders from 900, under the test register, but for one waiting number (no test register exists) and one number of the real register's
OID in a department 00. Source: identity-and-messaging.md §1.1–1.4.
"""

import unicodedata
from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from carnet.domain.people.model import Identity, IdentityAttribute, IdentityStatus, InsTraits, Sex
from carnet.territory.conditions import ALLERGIES, CONDITIONS
from carnet.territory.model import Address, Citizen, Illness, LifeStage, Oddity, Professional
from carnet.territory.names import BIRTH_PLACES, COUNTRIES, FAMILY_NAMES, FEMALE_NAMES, MALE_NAMES, STREETS, TOWNS
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.ins import NIA, NIR, NIR_TEST, Ins, key_of


@frozen
class _Wanted:
    """
    A citizen to be: spelled names, sex, age (years) with month and day of birth, COG place and its name.

    illnesses: (condition, years ago). doctor: turn among the general practitioners, or None.
    """

    given: str
    family: str
    sex: Sex
    age: int
    birthday: tuple[int, int]
    place: tuple[str, str]
    used: str | None = None
    others: tuple[str, ...] = ()
    oddities: frozenset[Oddity] = frozenset()
    illnesses: tuple[tuple[str, float], ...] = ()
    allergies: tuple[str, ...] = ()
    language: str = "fr-FR"
    guardians: tuple[str, ...] = ()
    doctor: int | None = 0
    in_care_home: bool = False


_F, _M = Sex.FEMALE, Sex.MALE
_MOTHER, _FATHER = "Mme Marie Fontanelle", "M. Julien Fontanelle"
_TWIN_PARENTS = ("Mme Élodie Clairnoyer", "M. Rémi Clairnoyer")

NAMED: dict[str, _Wanted] = {
    "marie": _Wanted(
        "Marie",
        "Belombre",
        _F,
        47,
        (5, 12),
        ("69123", "Lyon"),
        used="Fontanelle",
        others=("Cécile", "Odette"),
        illnesses=(("diabete", 8.2), ("hypothyroidie", 6.1), ("hypertension", 4.5)),
        allergies=("penicillines",),
    ),
    "lucas": _Wanted(
        "Lucas", "Fontanelle", _M, 9, (2, 3), ("00", ""), others=("Émile",), illnesses=(("asthme", 4.2),), allergies=("arachide",),
        guardians=(_MOTHER, _FATHER),
    ),
    "jeanne": _Wanted(
        "Jeanne",
        "Hautecastan",
        _F,
        86,
        (11, 28),
        ("35238", "Rennes"),
        used="Roselieu",
        others=("Louise",),
        illnesses=(("hypertension", 17), ("fibrillation", 7.4), ("arthrose", 12), ("osteoporose", 9.3), ("insuffisance-cardiaque", 2.8)),
        allergies=("aspirine",),
        in_care_home=True,
    ),
    "ines": _Wanted("Inès", "Valserin", _F, 16, (8, 19), ("31555", "Toulouse"), illnesses=(("rhinite", 3.0),), guardians=("Mme Amina Valserin",)),
    "tom": _Wanted(
        "Tom", "Clairnoyer", _M, 7, (6, 30), ("44109", "Nantes"), oddities=frozenset({Oddity.TWIN}), guardians=_TWIN_PARENTS
    ),
    "lola": _Wanted(
        "Lola", "Clairnoyer", _F, 7, (6, 30), ("44109", "Nantes"), oddities=frozenset({Oddity.TWIN}), guardians=_TWIN_PARENTS
    ),
    "nathalie": _Wanted(
        "Nathalie", "Montaubier", _F, 54, (4, 12), ("38185", "Grenoble"), oddities=frozenset({Oddity.HOMONYM}), illnesses=(("cholesterol", 5.0),),
        doctor=1,
    ),
    "nathalie-bis": _Wanted("Nathalie", "Montaubier", _F, 54, (4, 21), ("21231", "Dijon"), oddities=frozenset({Oddity.HOMONYM}), doctor=2),
    "ange": _Wanted(
        "Ange", "Rocheserin", _M, 61, (9, 8), ("2A004", "Ajaccio"), oddities=frozenset({Oddity.CORSICAN}), illnesses=(("hypertension", 9.0),), doctor=1
    ),
    "fatou": _Wanted(
        "Fatou", "Belnoyer", _F, 38, (1, 17), ("99341", "Sénégal"), others=("Aïssatou",), oddities=frozenset({Oddity.BORN_ABROAD}),
        illnesses=(("anemie", 3.5),), language="wo-SN", doctor=3,
    ),
    "francoise": _Wanted(
        "Françoise-Hélène",
        "D'Ébreuil-Lacôme",
        _F,
        68,
        (12, 6),
        ("63113", "Clermont-Ferrand"),
        used="D'Ébreuil-Lacôme--Préfontaine",
        others=("Noëlle",),
        oddities=frozenset({Oddity.ACCENTS, Oddity.DOUBLE_BARRELLED}),
        illnesses=(("cancer-sein", 4.0), ("osteoporose", 2.2)),
    ),
    "oksana": _Wanted(
        "Oksana", "Rivdorme", _F, 33, (3, 25), ("99155", "Ukraine"), oddities=frozenset({Oddity.WAITING_NUMBER, Oddity.BORN_ABROAD}), language="uk-UA", doctor=4
    ),
    "georges": _Wanted(
        "Georges", "Longombre", _M, 72, (7, 14), ("87085", "Limoges"), oddities=frozenset({Oddity.REGISTER_NUMBER}), illnesses=(("diabete", 11.0), ("reflux", 6.0)),
        doctor=5,
    ),
}  # fmt: skip


def as_insi_writes(text: str) -> str:
    """Upper case, no accent, no ligature; hyphens and apostrophes stay."""
    plain = unicodedata.normalize(
        "NFD", text.replace("œ", "oe").replace("Œ", "OE").replace("æ", "ae").replace("Æ", "AE")
    )
    return "".join(character for character in plain if not unicodedata.combining(character)).upper()


def citizens(rng: Random, count: int, *, today: date, doctors: Sequence[Professional]) -> tuple[Citizen, ...]:
    """
    The named ones first, in the order of `NAMED`.

    Raises
        ValueError: fewer than the named ones are asked for.
    """
    if count < len(NAMED):
        raise ValueError(f"at least {len(NAMED)} citizens")
    register = _Register()
    general = [doctor.index for doctor in doctors if doctor.role == "gp"]
    wanted = [*NAMED.values(), *(_anyone(rng, len(general)) for _ in range(count - len(NAMED)))]
    return tuple(
        _citizen(index, each, rng, today=today, register=register, general=general) for index, each in enumerate(wanted)
    )


class _Register:
    """Gives each person a number of their own."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def matricule(self, wanted: _Wanted, birth: date, rng: Random) -> str:
        waiting = Oddity.WAITING_NUMBER in wanted.oddities
        sex = (7 if waiting else 1) + (wanted.sex is _F)
        place = "00000" if Oddity.REGISTER_NUMBER in wanted.oddities else wanted.place[0]
        place = "69123" if place == "00" else place
        while True:
            number = f"{sex}{birth:%y%m}{place}{rng.randint(900, 999):03d}"
            if number not in self._given:
                self._given.add(number)
                return f"{number}{key_of(number):02d}"
            # A full month in a small commune: INSEE takes a pseudo-month, we take another place.
            place = rng.choice(BIRTH_PLACES)[0]


def _citizen(
    index: int, wanted: _Wanted, rng: Random, *, today: date, register: _Register, general: Sequence[int]
) -> Citizen:
    month, day = wanted.birthday
    year = today.year - wanted.age - ((month, day) > (today.month, today.day))
    birth = date(year, month, day)
    code, place_name = wanted.place if wanted.place[0] != "00" else ("69123", "Lyon")
    oid = (
        NIA
        if Oddity.WAITING_NUMBER in wanted.oddities
        else NIR
        if Oddity.REGISTER_NUMBER in wanted.oddities
        else NIR_TEST
    )
    given = as_insi_writes(wanted.given)
    identity = Identity(
        ins=Ins(register.matricule(wanted, birth, rng), oid),
        traits=InsTraits(
            birth_name=as_insi_writes(wanted.family),
            first_given_name=given,
            birth_date=birth.isoformat(),
            sex=wanted.sex,
            given_names=" ".join((given, *map(as_insi_writes, wanted.others))),
            birth_place=code,
        ),
        status=IdentityStatus.QUALIFIED,
        attributes=frozenset({IdentityAttribute.HOMONYM}) if Oddity.HOMONYM in wanted.oddities else frozenset(),
        used_name=wanted.used or wanted.family,
        used_given_name=wanted.given,
    )
    postal_code, city = rng.choice(TOWNS)
    stage = LifeStage.CHILD if wanted.age < 18 else LifeStage.ADULT if wanted.age < 75 else LifeStage.ELDERLY
    address = Address(str(rng.randint(1, 98)), rng.choice(STREETS), postal_code, city)
    return Citizen(
        index=index,
        identity=identity,
        birth_date=birth,
        birth_place_name=place_name,
        address=Address("8", "chemin des Glycines", "00160", "Saint-Aubray") if wanted.in_care_home else address,
        phone=f"063998{rng.randint(0, 9999):04d}",
        language=wanted.language,
        stage=stage,
        oddities=wanted.oddities,
        illnesses=tuple(Illness(key, today - timedelta(days=int(years * 365.25))) for key, years in wanted.illnesses),
        allergies=wanted.allergies,
        guardians=wanted.guardians,
        primary_doctor=None if wanted.doctor is None else general[wanted.doctor],
        care_home_since=today - timedelta(days=rng.randint(400, 1400)) if wanted.in_care_home else None,
    )


def _anyone(rng: Random, doctors: int) -> _Wanted:
    """Someone of the usual ages, with the conditions of their age."""
    draw = rng.random()
    age = rng.randint(1, 17) if draw < 0.2 else rng.randint(75, 99) if draw > 0.87 else rng.randint(18, 74)
    sex = _F if rng.random() < 0.52 else _M
    names = FEMALE_NAMES if sex is _F else MALE_NAMES
    family = rng.choice(FAMILY_NAMES).capitalize()
    if rng.random() < 0.06:
        family = f"{family}-{rng.choice(FAMILY_NAMES).capitalize()}"
    abroad = rng.random() < 0.09
    country = rng.choice(COUNTRIES)
    married = sex is _F and age > 30 and rng.random() < 0.5
    return _Wanted(
        given=rng.choice(names),
        family=family,
        sex=sex,
        age=age,
        birthday=(rng.randint(1, 12), rng.randint(1, 28)),
        place=country[:2] if abroad else rng.choice(BIRTH_PLACES),
        used=rng.choice(FAMILY_NAMES).capitalize() if married else None,
        others=tuple(rng.choice(names) for _ in range(rng.choice((0, 1, 1, 2)))),
        oddities=frozenset({Oddity.BORN_ABROAD} if abroad else set())
        | ({Oddity.DOUBLE_BARRELLED} if "-" in family else frozenset()),
        illnesses=_illnesses(rng, age, sex),
        allergies=tuple(key for key in ALLERGIES if rng.random() < 0.035),
        language=country[2] if abroad and rng.random() < 0.7 else "fr-FR",
        guardians=(f"Mme {rng.choice(FEMALE_NAMES)} {family}",) if age < 18 else (),
        doctor=rng.randrange(doctors) if rng.random() < 0.87 else None,
        in_care_home=age > 82 and rng.random() < 0.3,
    )


def _illnesses(rng: Random, age: int, sex: Sex) -> tuple[tuple[str, float], ...]:
    found = []
    for key, condition in CONDITIONS.items():
        first, last = condition.ages
        chance = rng.random()
        years = rng.uniform(0.4, 14)
        if sex in condition.sex and age >= first and chance < condition.share:
            found.append((key, max(age - last, min(years, age - first + 0.4))))
    return tuple(found)
