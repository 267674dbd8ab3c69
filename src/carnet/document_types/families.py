"""
Families of documents for people: a few plain words over the classes and types of the fiche.

The official application's nine categories (official-app 2.5) with vaccines and reimbursements of their own; a type's own line wins over the
line of its class.
"""

from collections.abc import Mapping

from carnet.vocabulary.frozen import frozen


@frozen
class Family:
    """code: in sealed states only. name: plural, for people, in French. icon: of the portal's set."""

    code: str
    name: str
    icon: str


FAMILIES: tuple[Family, ...] = (
    Family("analyses", "Analyses", "flask"),
    Family("ordonnances", "Ordonnances et soins", "pill"),
    Family("comptes-rendus", "Comptes rendus", "document"),
    Family("imagerie", "Radios, scanners", "image"),
    Family("vaccins", "Vaccins", "needle"),
    Family("syntheses", "Résumés et plans de soins", "heart"),
    Family("prevention", "Prévention, dépistage", "heart"),
    Family("certificats", "Certificats", "document"),
    Family("administratif", "Papiers administratifs", "document"),
    Family("remboursements", "Remboursements", "document"),
    Family("autres", "Autres documents", "document"),
)
BY_CODE: Mapping[str, Family] = {family.code: family for family in FAMILIES}

_BY_CLASS: Mapping[str, str] = {
    "10": "comptes-rendus", "11": "syntheses", "31": "imagerie", "42": "ordonnances", "43": "ordonnances", "44": "syntheses",
    "45": "ordonnances", "52": "certificats", "60": "remboursements", "90": "autres", "95": "administratif",
}  # fmt: skip
_BY_TYPE: Mapping[str, str] = {
    # biology, genetics, tissues and cells, quick tests
    "11502-2": "analyses", "51969-4": "analyses", "60568-3": "analyses", "96173-0": "analyses", "DOCPAT05": "analyses",
    "18748-4": "imagerie", "IMG-KOS": "imagerie", "DOCPAT04": "imagerie",
    "87273-9": "vaccins", "11369-6": "vaccins", "96874-3": "vaccins",
    # prevention and screening, health checks of children, personal prevention plan
    "75482-0": "prevention", "75492-9": "prevention", "68817-6": "prevention", "83869-8": "prevention", "DOCPAT06": "prevention",
    # what a person files keeps the family of what it is, whatever class their software gave it
    "DOCPAT01": "syntheses", "DOCPAT02": "ordonnances", "DOCPAT03": "comptes-rendus", "DOCPAT07": "certificats",
    "DOCPAT08": "syntheses", "DOCPAT09": "administratif", "REMB": "remboursements",
}  # fmt: skip


def family_of(type_code: str, class_code: str) -> str:
    """The code of the family of a document."""
    return _BY_TYPE.get(type_code) or _BY_CLASS.get(class_code, "autres")
