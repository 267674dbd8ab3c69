"""Published files of the directory about invented people, as bytes; tests state only what they are about."""

from collections.abc import Iterable, Mapping

from carnet.territory.annuaire import ACTIVITY_COLUMNS, MAILBOX_COLUMNS, published
from carnet.vocabulary.luhn import luhn_key

# Short names for the columns that tests speak of.
_SHORT = {
    "family": "Nom d'exercice",
    "given": "Prénom d'exercice",
    "profession": "Code profession",
    "category": "Code catégorie professionnelle",
    "skill_type": "Code type savoir-faire",
    "skill": "Code savoir-faire",
    "mode": "Code mode exercice",
    "civility": "Code civilité",
    "title": "Code civilité d'exercice",
    "finess": "Numéro FINESS site",
    "legal": "Numéro FINESS établissement juridique",
    "siret": "Numéro SIRET site",
    "technical": "Identifiant technique de la structure",
    "former": "Ancien identifiant de la structure",
    "name": "Raison sociale site",
    "delivery": "Bureau cedex (coord. structure)",
    "postal_code": "Code postal (coord. structure)",
    "city": "Libellé commune (coord. structure)",
    "street": "Libellé Voie (coord. structure)",
    "sector": "Code secteur d'activité",
    "role": "Code rôle",
    "section": "Code section tableau pharmaciens",
    "activity": "Code genre activité",
    "authority": "Autorité d'enregistrement",
    "phone": "Téléphone (coord. structure)",
    "email": "Adresse e-mail (coord. structure)",
}


def column(name: str) -> str:
    """The column of the file that a test's short name stands for."""
    return _SHORT.get(name, name)


def an_rpps(rank: int) -> str:
    """An RPPS of nobody."""
    body = f"9991{rank:06d}"
    return body + luhn_key(body)


def a_person(rank: int, **changes: str) -> dict[str, str]:
    """A row of someone without an activity."""
    number = an_rpps(rank)
    given = {
        "family": f"ESSAI{rank}",
        "given": "CAMILLE",
        "profession": "10",
        "category": "C",
        "civility": "MME",
    } | changes
    return {
        "Type d'identifiant PP": "8",
        "Identifiant PP": number,
        "Identification nationale PP": "8" + number,
    } | {column(name): value for name, value in given.items()}


def an_activity(rank: int, *, at: str = "990000001", **changes: str) -> dict[str, str]:
    """A row of someone employed by a structure of FINESS. at: its number."""
    site = {
        "finess": at,
        "technical": "F" + at,
        "former": "1" + at,
        "name": f"HÔPITAL {at[-3:]}",
        "mode": "S",
        "sector": "SA01",
        "activity": "GENR01",
        "delivery": "69003 LYON",
        "postal_code": "69003",
        "city": "Lyon 3e Arrondissement",
    }
    return a_person(rank, **site | changes)


def activities(*rows: Mapping[str, str], columns: Iterable[str] = ACTIVITY_COLUMNS) -> bytes:
    return "".join(published(columns, rows)).encode()


def a_mailbox(
    address: str, *, rank: int | None = None, at: str = "", kind: str = "PER", **changes: str
) -> dict[str, str]:
    """A row of a mailbox. rank: of the person who owns it; at: FINESS of the structure."""
    row = {"Type de BAL": kind, "Adresse BAL": address, "Dématérialisation": "O"}
    if rank is not None:
        number = an_rpps(rank)
        row |= {"Type Identifiant PP": "8", "Identifiant PP": number, "Identification Nationale PP": "8" + number}
    if at:
        row |= {"Type identifiant structure": "1", "Identification Structure": at}
    return row | changes


def mailboxes(*rows: Mapping[str, str], columns: Iterable[str] = MAILBOX_COLUMNS) -> bytes:
    return "".join(published(columns, rows)).encode()


def a_site(finess: str, **changes: object) -> dict[str, object]:
    """A site of FINESS, as its JSON writes it."""
    about = {"numFinessEge": finess, "denominationEge": f"SITE {finess[-3:]}"}
    return {
        "informationsGeneralesEGE": about,
        "etatObjet": {},
        "adresse": [an_address()],
        "roleEge": {},
        "contact": [],
    } | changes


def an_address(**changes: str) -> dict[str, str]:
    return {
        "numeroVoie": "3", "typeVoie": "R", "libelleVoie": "DES ESSAIS", "codePostal": "35000", "cogCommune": "35238",
        "ligneAcheminement": "35000 RENNES",
    } | changes  # fmt: skip


def a_legal_entity(finess: str, *sites: object, **changes: object) -> dict[str, object]:
    about = {
        "numFinessPm": finess, "denominationPm": f"ENTITÉ {finess[-3:]}", "siren": "999999999", "dateCreation": "2001-02-03",
        "dateFermeture": "",
    }  # fmt: skip
    return {"informationsGeneralesPmej": about, "adresse": [an_address()], "ege": list(sites)} | changes
