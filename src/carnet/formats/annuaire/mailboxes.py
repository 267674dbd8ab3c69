"""
Extraction_Correspondance_MSSante: one line per published mailbox and owner, columns bound by name.

Source: identity-and-messaging.md §5.3, §5.5. The order and some names of the columns are not published: several spellings are known.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from carnet.domain.directory.loading.model import LineFault, PublishedMailbox
from carnet.domain.errors import Invalid
from carnet.formats.annuaire.columns import SEPARATOR, Columns, bind, wrong_count
from carnet.formats.annuaire.lines import Line
from carnet.formats.annuaire.numbers import is_finess, is_national_structure, is_siren, is_siret, person_number

_WANTED = {
    "kind": ["Type de BAL", "Type BAL"],
    "address": ["Adresse BAL"],
    "number_type": ["Type Identifiant PP", "Type d'identifiant PP"],
    "number": ["Identifiant PP"],
    "person": ["Identification Nationale PP"],
    "structure_type": ["Type identifiant structure", "Type d'identifiant structure"],
    "structure": ["Identification Structure", "Identifiant structure", "Numéro structure"],
    "service": ["Service de rattachement"],
    "description": ["Description BAL", "Description"],
    "unlisted": ["Liste rouge", "Indicateur liste rouge"],
}
# Known and of no use here: who the owner is, told by the directory itself.
_PASSED_OVER = (
    "Civilité Exercice", "Nom d'exercice", "Prénom d'exercice", "Catégorie Professionnelle", "Libellé Catégorie Professionnelle",
    "Code Profession", "Libellé Profession", "Code savoir-faire", "Libellé savoir-faire", "Dématérialisation",
    "Raison Sociale structure BAL", "Enseigne commerciale structure BAL", "L2COMPLEMENTLOCALISATION structure BAL",
    "L3COMPLEMENTDISTRIBUTION structure BAL", "L4NUMEROVOIE structure BAL", "L4COMPLEMENTNUMEROVOIE structure BAL",
    "NL4TYPEVOIE structure BAL", "L4LIBELLEVOIE structure BAL", "L5LIEUDITMENTION structure BAL",
    "L6LIGNEACHEMINEMENT structure BAL", "Code postal structure BAL", "Département structure BAL", "Pays structure BAL",
)  # fmt: skip
_UNPUBLISHED = ("Description BAL", "Liste rouge")  # read when a file has them; the public one has not
_REQUIRED = frozenset({"address"})
KINDS = frozenset({"PER", "ORG", "APP", "CAB"})
_ADDRESS = re.compile(r"[^\s@|<>,;\"]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.\-]{0,252}[A-Za-z0-9])")
_YES = frozenset({"O", "OUI", "TRUE", "1", "VRAI"})


def mailbox_columns(header: str) -> Columns:
    """Where the columns are. Raises Invalid: as `bind`; `directory-columns-missing` too when nothing says whose a mailbox is."""
    columns = bind(header, _WANTED | {f"({name}": [name] for name in _PASSED_OVER}, required=_REQUIRED)
    if {"person", "number", "structure"}.issubset(ours for ours in _WANTED if columns.places[ours] == columns.count):
        raise Invalid("directory-columns-missing", name=_WANTED["person"][0])
    return replace(
        columns, missing=tuple(name for name in columns.missing if name not in (*_PASSED_OVER, *_UNPUBLISHED))
    )


def read_mailboxes(lines: Iterable[Line], columns: Columns) -> Iterator[tuple[int, PublishedMailbox] | LineFault]:
    """For each line that follows the header, in order: its number and its value, or its fault."""
    for line in lines:
        fields = [" ".join(field.split()) for field in line.text.split(SEPARATOR)]
        place = columns.places["address"]
        key = fields[place].lower() if len(fields) > place + 1 else ""
        key = key if _ADDRESS.fullmatch(key) else ""
        if line.fault is not None:
            yield LineFault(line.number, line.fault, key)
            continue
        wrong = wrong_count(line, fields, columns)
        if wrong is not None:
            yield wrong._replace(key=key)
            continue
        fields[columns.count :] = [""]
        named = {name: fields[columns.places[name]] for name in _WANTED}
        if columns.places["kind"] == columns.count:  # a file that does not say the kind: it follows from the owner
            named["kind"] = "PER" if named["person"] or named["number"] else "ORG"
        read = _mailbox(named)
        yield (line.number, read) if isinstance(read, PublishedMailbox) else LineFault(line.number, read, key)


def _mailbox(named: dict[str, str]) -> PublishedMailbox | str:
    """The mailbox, or the code of its fault."""
    address, kind = named["address"].lower(), named["kind"].upper()
    if not _ADDRESS.fullmatch(address):
        return "mailbox-address"
    if kind not in KINDS:
        return "mailbox-kind"
    person = named["person"] or (named["number_type"] + named["number"] if named["number"] else "")
    if person and not person_number(person):
        return "person-number"
    organization = ""
    if named["structure"]:
        found = _structure(named["structure_type"], named["structure"])
        if found is None:
            return "structure-number"
        organization = found
    if not person and not organization:
        return "mailbox-owner-missing"
    if not person and kind == "PER":
        return "mailbox-owner-missing"
    if max(len(named["service"]), len(named["description"])) > 500:
        return "field-too-long"
    unlisted = named["unlisted"].upper() in _YES
    return PublishedMailbox(address, kind, person, organization, named["service"], named["description"], unlisted)


def _structure(kind: str, number: str) -> str | None:
    """
    The Struct_IdNat of an owner: its kind (1 FINESS, 2 SIREN, 3 SIRET, 4 RPPS-rang, 0 ADELI-rang) before its number.

    Without a kind, the form of the number tells: nine with a FINESS's, fourteen a SIRET.
    """
    if len(kind) == 1 and is_national_structure(kind + number):
        return kind + number
    if kind in {"", "FINESS"} and is_finess(number):
        return "1" + number
    if kind in {"", "SIRET"} and is_siret(number):
        return "3" + number
    if kind == "SIREN" and is_siren(number):
        return "2" + number
    return number if not kind and is_national_structure(number) else None
