"""
Personne_activite: one line per professional and activity, 56 columns bound by name, in the public extraction or the restricted one.

The columns of birth of the restricted extraction are never read. Source: identity-and-messaging.md §5.1, §5.3.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from operator import itemgetter

from carnet.domain.directory.loading.model import Activity, LineFault, Place, Warned
from carnet.formats.annuaire.columns import SEPARATOR, Columns, bind, wrong_count
from carnet.formats.annuaire.lines import Line
from carnet.formats.annuaire.numbers import organization_id, person_number
from carnet.vocabulary.luhn import is_luhn

_ADDRESS = "(coord. structure)"
# Our name: its names in the public extraction and, where they differ, in the restricted one.
_WANTED = {
    "number_type": ["Type d'identifiant PP"],
    "number": ["Identifiant PP"],
    "person": ["Identification nationale PP"],
    "family": ["Nom d'exercice"],
    "given": ["Prénom d'exercice"],
    "civility": ["Code civilité"],
    "title": ["Code civilité d'exercice"],
    "profession": ["Code profession"],
    "category": ["Code catégorie professionnelle"],
    "skill_type": ["Code type savoir-faire"],
    "skill": ["Code savoir-faire"],
    "mode": ["Code mode exercice"],
    "sector": ["Code secteur d'activité"],
    "section": ["Code section tableau pharmaciens"],
    "role": ["Code rôle"],
    "activity": ["Code genre activité"],
    "authority": ["Autorité d'enregistrement"],
    "technical_id": ["Identifiant technique de la structure"],
    "former_id": ["Ancien identifiant de la structure"],
    "finess": ["Numéro FINESS site"],
    "legal_finess": ["Numéro FINESS établissement juridique"],
    "siret": ["Numéro SIRET site"],
    "siren": ["Numéro SIREN site"],
    "name": ["Raison sociale site"],
    "brand": ["Enseigne commerciale site"],
    "phone": [f"Téléphone {_ADDRESS}"],
    "phone2": [f"Téléphone 2 {_ADDRESS}"],
    "fax": [f"Télécopie {_ADDRESS}"],
    "email": [f"Adresse e-mail {_ADDRESS}"],
    "addressee": [f"Complément destinataire {_ADDRESS}"],
    "locator": [f"Complément point géographique {_ADDRESS}"],
    "house_number": [f"Numéro Voie {_ADDRESS}"],
    "repetition": [f"Indice répétition voie {_ADDRESS}"],
    "street_type": [f"Code type de voie {_ADDRESS}"],
    "street": [f"Libellé Voie {_ADDRESS}"],
    "mention": [f"Mention distribution {_ADDRESS}"],
    "delivery": [f"Bureau cedex {_ADDRESS}"],
    "postal_code": [f"Code postal {_ADDRESS}"],
    "commune": [f"Code commune {_ADDRESS}"],
    "city": [f"Libellé commune {_ADDRESS}"],
    "country": [f"Code pays {_ADDRESS}"],
    "department": ["Code Département (structure)", f"Code département {_ADDRESS}"],
}
# Known and of no use here: the label beside each code, and what the restricted extraction adds.
_PASSED_OVER = (
    "Libellé civilité d'exercice", "Libellé civilité", "Libellé profession", "Libellé catégorie professionnelle",
    "Libellé type savoir-faire", "Libellé savoir-faire", "Libellé mode exercice", f"Libellé type de voie {_ADDRESS}",
    f"Libellé pays {_ADDRESS}", "Libellé Département (structure)", "Libellé secteur d'activité", "Libellé section tableau pharmaciens",
    "Libellé rôle", "Libellé genre activité", "Nom de famille", "Prénoms", "Date de naissance", "Code commune de naissance",
    "Code pays de naissance", "Lieu de naissance", "Code sexe", "Téléphone (coord. correspondance)",
    "Adresse e-mail (coord. correspondance)",
)  # fmt: skip
_REQUIRED = frozenset({"number_type", "number", "person", "family", "given", "profession", "technical_id"})
_CODES = slice(7, 16)  # from profession to activity, in Activity
_CODE = re.compile(r"[A-Za-z0-9_.\-]{0,20}")
MAX_FIELD = 500


def activity_columns(header: str) -> Columns:
    """Where the columns are. Raises Invalid: as `bind`."""
    wanted = _WANTED | {f"({name}": [name] for name in _PASSED_OVER}
    columns = bind(header, wanted, required=_REQUIRED)
    missing = tuple(name for name in columns.missing if name not in _PASSED_OVER)
    return replace(columns, missing=missing)


def read_activities(lines: Iterable[Line], columns: Columns) -> Iterator[tuple[int, Activity] | LineFault | Warned]:
    """
    Read the lines that follow the header.

    Gives
        for each line, in order: its number and its value, or its fault. A warning comes before the line it is about.
    """
    places, count = columns.places, columns.count
    pick = itemgetter(*(places[name] for name in _WANTED))
    person_at, last_number = places["person"], ""
    for line in lines:
        text = line.text
        fields = text.split(SEPARATOR)
        if line.fault is not None:
            yield LineFault(line.number, line.fault, _whom(fields, person_at))
            continue
        wrong = wrong_count(line, fields, columns)
        if wrong is not None:
            yield wrong._replace(key=_whom(fields, person_at))
            continue
        if "\t" in text or " |" in text or "| " in text or text[0] == " ":
            fields = [" ".join(field.split()) for field in fields]
        fields[count:] = [""]
        activity = _activity(line.number, pick(fields))
        if isinstance(activity, Activity) and not activity.profession:
            yield Warned(line.number, "profession-missing")  # people known by their role alone
        if isinstance(activity, Activity) and activity.number_type == "8" and activity.number != last_number:
            last_number = activity.number
            if not is_luhn(last_number):
                yield Warned(line.number, "rpps-key")
        yield activity if isinstance(activity, LineFault) else (line.number, activity)


def _whom(fields: Sequence[str], place: int) -> str:
    """The person of a line that cannot be read whole; empty when even that cannot be told."""
    found = fields[place].strip() if len(fields) > place + 1 else ""
    return found if person_number(found) else ""


def _activity(number: int, fields: tuple[str, ...]) -> Activity | LineFault:
    (
        number_type, own_number, person, family, given, civility, title, profession, category, skill_type, skill, mode, sector, section,
        role, activity, authority, technical_id, former_id, finess, legal_finess, siret, siren, name, brand, phone, phone2, fax, email,
        *place,
    ) = fields  # fmt: skip
    if not person:
        return LineFault(number, "person-missing")
    if person != number_type + own_number or not person_number(person):
        return LineFault(number, "person-number", "", {"type": number_type[:10]})
    if not family:
        return LineFault(number, "name-missing", person)
    if max(map(len, fields)) > MAX_FIELD:
        return LineFault(number, "field-too-long", person)
    organization = part_of = ""
    if technical_id or finess or siret:
        found = organization_id(technical_id, former_id, finess=finess, siret=siret)
        if found is None:
            return LineFault(number, "structure-number", person, {"value": (technical_id or finess or siret)[:40]})
        organization = found
        if legal_finess and legal_finess != finess:
            if organization_id("", "", finess=legal_finess) is None:
                return LineFault(number, "structure-number", person, {"value": legal_finess[:40]})
            part_of = "1" + legal_finess
    read = Activity(
        person, number_type, own_number, family, given, civility, title, profession, category, skill_type, skill, mode, sector, section,
        role, activity, authority, organization, technical_id, finess, siret, siren, part_of, name, brand, phone, phone2, fax, email,
        Place._make(place),
    )  # fmt: skip
    if not all(map(_CODE.fullmatch, read[_CODES])):
        return LineFault(number, "code-malformed", person)
    return read
