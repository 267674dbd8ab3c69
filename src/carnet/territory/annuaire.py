"""
Published files about invented people, in the form of the true ones: Personne_activite, the correspondence of MSSanté, FINESS.

Source: identity-and-messaging.md §5.3.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping

from carnet.territory.model import Organization, Professional
from carnet.territory.registers import finess

# One line per column of the extraction, 0 to 55.
# fmt: off
ACTIVITY_COLUMNS = (
    "Type d'identifiant PP", "Identifiant PP", "Identification nationale PP",
    "Code civilité d'exercice", "Libellé civilité d'exercice", "Code civilité", "Libellé civilité",
    "Nom d'exercice", "Prénom d'exercice", "Code profession", "Libellé profession",
    "Code catégorie professionnelle", "Libellé catégorie professionnelle",
    "Code type savoir-faire", "Libellé type savoir-faire", "Code savoir-faire", "Libellé savoir-faire",
    "Code mode exercice", "Libellé mode exercice",
    "Numéro SIRET site", "Numéro SIREN site", "Numéro FINESS site", "Numéro FINESS établissement juridique",
    "Identifiant technique de la structure", "Raison sociale site", "Enseigne commerciale site",
    "Complément destinataire (coord. structure)", "Complément point géographique (coord. structure)",
    "Numéro Voie (coord. structure)", "Indice répétition voie (coord. structure)",
    "Code type de voie (coord. structure)", "Libellé type de voie (coord. structure)", "Libellé Voie (coord. structure)",
    "Mention distribution (coord. structure)", "Bureau cedex (coord. structure)", "Code postal (coord. structure)",
    "Code commune (coord. structure)", "Libellé commune (coord. structure)",
    "Code pays (coord. structure)", "Libellé pays (coord. structure)",
    "Téléphone (coord. structure)", "Téléphone 2 (coord. structure)", "Télécopie (coord. structure)",
    "Adresse e-mail (coord. structure)", "Code Département (structure)", "Libellé Département (structure)",
    "Ancien identifiant de la structure", "Autorité d'enregistrement",
    "Code secteur d'activité", "Libellé secteur d'activité",
    "Code section tableau pharmaciens", "Libellé section tableau pharmaciens", "Code rôle", "Libellé rôle",
    "Code genre activité", "Libellé genre activité",
)
MAILBOX_COLUMNS = (
    "Type de BAL", "Adresse BAL", "Type Identifiant PP", "Identifiant PP", "Identification Nationale PP", "Type identifiant structure",
    "Identification Structure", "Service de rattachement", "Civilité Exercice", "Nom d'exercice", "Prénom d'exercice",
    "Catégorie Professionnelle", "Libellé Catégorie Professionnelle", "Code Profession", "Libellé Profession", "Code savoir-faire",
    "Libellé savoir-faire", "Dématérialisation", "Raison Sociale structure BAL",
)
# fmt: on
_STREET_TYPES = {
    "rue": "R",
    "avenue": "AV",
    "place": "PL",
    "boulevard": "BD",
    "quai": "QUAI",
    "allée": "ALL",
    "chemin": "CHE",
}


def published(columns: Iterable[str], rows: Iterable[Mapping[str, str]]) -> Iterator[str]:
    """Lines of a published file, header first: values by column, absent ones empty, an extra separator at the end."""
    names = tuple(columns)
    yield "|".join(names) + "|\n"
    for row in rows:
        yield "|".join(row.get(name, "") for name in names) + "|\n"


def activity_rows(professionals: Iterable[Professional], known: tuple[Organization, ...]) -> Iterator[dict[str, str]]:
    """A row per professional and structure."""
    for person in professionals:
        for place in person.organizations:
            yield _person(person) | _site(known[place])


def mailbox_rows(professionals: Iterable[Professional], known: tuple[Organization, ...]) -> Iterator[dict[str, str]]:
    """A mailbox per professional, in their own name, and one per structure of FINESS."""
    for person in professionals:
        address = f"{_ascii(person.given)}.{_ascii(person.family)}@pro.demo.mssante.fr"
        yield {
            "Type de BAL": "PER",
            "Adresse BAL": address,
            "Type Identifiant PP": person.identifier[0],
            "Identifiant PP": person.rpps,
            "Identification Nationale PP": person.identifier,
            "Dématérialisation": "O",
        }
    for organization in known:
        if organization.identifier.startswith("1"):
            yield {
                "Type de BAL": "ORG",
                "Adresse BAL": f"accueil@{_ascii(organization.name)}.demo.mssante.fr",
                "Type identifiant structure": "1",
                "Identification Structure": organization.identifier[1:],
                "Service de rattachement": "ACCUEIL",
                "Raison Sociale structure BAL": organization.name.upper(),
                "Dématérialisation": "O",
            }


def structures_of_finess(known: tuple[Organization, ...]) -> dict[str, object]:
    """The structures that have a FINESS, as its JSON publishes them: each a site of a legal entity of its own."""
    entities = [
        {
            "informationsGeneralesPmej": {
                "numFinessPm": finess(900 + rank),
                "denominationPm": f"GESTION {organization.name.upper()}",
                "dateCreation": "2001-01-01",
                "dateFermeture": "",
            },
            "adresse": [_finess_address(organization)],
            "ege": [
                {
                    "informationsGeneralesEGE": {
                        "numFinessEge": organization.identifier[1:],
                        "denominationEge": organization.name.upper(),
                        "dateOuverture": "2001-01-01",
                    },
                    "adresse": [_finess_address(organization)],
                    "contact": [{"telecom": {"telephone": organization.phone, "telecopie": "", "courriel": ""}}],
                }
            ],
        }
        for rank, organization in enumerate(known)
        if organization.identifier.startswith("1")
    ]
    return {"pmej": entities, "gco": {}, "gcc": {}}


def _finess_address(organization: Organization) -> dict[str, str]:
    address = organization.address
    street_type, _, street = address.street.partition(" ")
    return {
        "numeroVoie": address.number,
        "typeVoie": _STREET_TYPES.get(street_type, street_type.upper()),
        "libelleVoie": street.upper(),
        "codePostal": address.postal_code,
        "ligneAcheminement": f"{address.postal_code} {address.city.upper()}",
    }


def _person(person: Professional) -> dict[str, str]:
    skill = {"Code type savoir-faire": "S", "Code savoir-faire": person.specialty.code} if person.specialty else {}
    return skill | {
        "Type d'identifiant PP": person.identifier[0],
        "Identifiant PP": person.rpps,
        "Identification nationale PP": person.identifier,
        "Code civilité d'exercice": person.title or "",
        "Code civilité": person.civility,
        "Nom d'exercice": person.family,
        "Prénom d'exercice": person.given.upper(),
        "Code profession": person.profession.code,
        "Libellé profession": person.profession.display or "",
        "Code catégorie professionnelle": "C",
        "Libellé catégorie professionnelle": "Civil",
        "Code genre activité": "GENR01",
    }


def _site(organization: Organization) -> dict[str, str]:
    kind, number = organization.identifier[0], organization.identifier[1:]
    address = organization.address
    street_type, _, street = address.street.partition(" ")
    numbers = (
        {"Numéro FINESS site": number}
        if kind == "1"
        else {"Numéro SIRET site": number, "Numéro SIREN site": number[:9]}
    )
    return numbers | {
        "Code mode exercice": "L" if organization.setting.code == "AMBULATOIRE" else "S",
        "Identifiant technique de la structure": {"1": "F", "3": "C"}[kind] + number,
        "Ancien identifiant de la structure": organization.identifier,
        "Raison sociale site": organization.name.upper(),
        "Numéro Voie (coord. structure)": address.number,
        "Code type de voie (coord. structure)": _STREET_TYPES.get(street_type, street_type.upper()),
        "Libellé Voie (coord. structure)": street.upper(),
        "Bureau cedex (coord. structure)": f"{address.postal_code} {address.city.upper()}",
        "Code postal (coord. structure)": address.postal_code,
        "Libellé commune (coord. structure)": address.city,
        "Téléphone (coord. structure)": organization.phone,
        "Code secteur d'activité": organization.sector.code,
        "Libellé secteur d'activité": organization.sector.display or "",
        "Autorité d'enregistrement": "INVENTÉ/INVENTÉ/INVENTÉ",
    }


def _ascii(name: str) -> str:
    """The part of an address that a name makes."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.lower()) if not unicodedata.combining(c))
    return "-".join("".join(c if c.isascii() and c.isalnum() else " " for c in plain).split())
