"""
The population file as CSV: one person a line, columns named by the heading, in any order. The page: docs/population-file.md.

UTF-8; the separator (`;`, `,` or a tab) is the heading's; a value may stand between double quotes, and holds no line break.
"""

import csv
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, TypeVar

from carnet.domain.errors import Invalid
from carnet.domain.people.model import (
    FormerIns,
    IdentityAttribute,
    IdentityStatus,
    InsTraits,
    LocalIdentifier,
    ReceivedIdentity,
    Sex,
)
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.ins import Ins

REQUIRED = ("matricule", "oid", "nom_naissance", "premier_prenom", "date_naissance", "sexe")
OPTIONAL = (
    "prenoms", "lieu_naissance", "nom_utilise", "prenom_utilise", "statut", "attributs", "anciens_matricules", "identifiant_local",
    "systeme_local", "mode_validation", "mode_obtention", "date_insi", "date_validation", "actif", "decede",
)  # fmt: skip
T = TypeVar("T")

_SEPARATORS = ";,\t"
_WORDS = re.compile(r"[ |]+")
_YES_NO = {"oui": True, "non": False, "": None}


@frozen
class PopulationCsv:
    """
    A reader for the lines below one heading.

    places: position of each known column. unknown: columns that are not read, to be said once. width: number of columns.
    """

    separator: str
    places: Mapping[str, int]
    unknown: tuple[str, ...]
    width: int

    @staticmethod
    def of_heading(line: bytes) -> "PopulationCsv":
        """
        Read the heading.

        Raises
            Invalid: `line-encoding`, `population-column-missing`, `population-column-twice`.
        """
        text = _decoded(line).lower()
        separator = max(_SEPARATORS, key=text.count)
        names = [name.strip() for name in _split(text, separator)]
        for name in names:
            if names.count(name) > 1:
                raise Invalid("population-column-twice", column=name)
        for name in REQUIRED:
            if name not in names:
                raise Invalid("population-column-missing", column=name)
        known = {*REQUIRED, *OPTIONAL}
        places = {name: place for place, name in enumerate(names) if name in known}
        return PopulationCsv(separator, places, tuple(name for name in names if name not in known), len(names))

    def read(self, line: bytes) -> ReceivedIdentity:
        """
        Read one line.

        Raises
            Invalid: `line-encoding`, `line-quotes`, `line-columns`, or `column-invalid` with the column's name; `ins-oid`, `ins-format`,
                `ins-key`.
        """
        values = _split(_decoded(line), self.separator)
        if len(values) != self.width:
            raise Invalid("line-columns", expected=str(self.width), found=str(len(values)))
        said = {name: values[place].strip() for name, place in self.places.items()}
        get = said.get
        return ReceivedIdentity(
            traits=InsTraits(
                birth_name=said["nom_naissance"],
                first_given_name=said["premier_prenom"],
                birth_date=said["date_naissance"],
                sex=_read("sexe", Sex, said["sexe"]),
                given_names=get("prenoms") or None,
                birth_place=get("lieu_naissance") or None,
            ),
            status=_read("statut", IdentityStatus, get("statut") or IdentityStatus.QUALIFIED),
            ins=_ins(said["matricule"], said["oid"]),
            former=tuple(map(_former, get("anciens_matricules", "").split())),
            attributes=_read("attributs", _attributes, get("attributs", "")),
            used_name=get("nom_utilise") or None,
            used_given_name=get("prenom_utilise") or None,
            validation_mode=get("mode_validation") or None,
            method_collection=get("mode_obtention") or None,
            insi_questioned_on=_read("date_insi", _day, get("date_insi")),
            validated_on=_read("date_validation", _day, get("date_validation")),
            local=_local(get("identifiant_local"), get("systeme_local")),
            is_active=_read("actif", _yes_no, get("actif", "")) is not False,
            is_deceased=_read("decede", _yes_no, get("decede", "")) is True,
        )


def _decoded(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        raise Invalid("line-encoding") from None


def _split(text: str, separator: str) -> list[str]:
    if '"' not in text:
        return text.split(separator)
    try:
        return next(csv.reader([text], delimiter=separator, strict=True))
    except (csv.Error, StopIteration):
        raise Invalid("line-quotes") from None


def _read(column: str, read: Callable[[Any], T], text: str | None) -> T:
    try:
        return read(text)
    except (ValueError, KeyError):
        raise Invalid("column-invalid", column=column) from None


def _ins(matricule: str, oid: str) -> Ins | None:
    if not matricule and not oid:
        return None
    try:
        return Ins(matricule.upper(), oid)
    except ValueError as error:
        raise Invalid(str(error)) from None


def _former(text: str) -> FormerIns:
    """`matricule^oid`."""
    matricule, _, oid = text.partition("^")
    try:
        return FormerIns(Ins(matricule.upper(), oid))
    except ValueError:
        raise Invalid("column-invalid", column="anciens_matricules") from None


def _attributes(text: str) -> frozenset[IdentityAttribute]:
    return frozenset(map(IdentityAttribute, filter(None, _WORDS.split(text)))) if text else frozenset()


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _yes_no(text: str) -> bool | None:
    return _YES_NO[text.lower()]


def _local(value: str | None, system: str | None) -> LocalIdentifier | None:
    if not value and not system:
        return None
    if not value or not system:
        raise Invalid("column-invalid", column="systeme_local" if value else "identifiant_local")
    return LocalIdentifier(value, system)
