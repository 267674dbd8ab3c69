"""
Practitioner, PractitionerRole and Organization as the public profiles of the Annuaire (as-dp-*) write them.

An inactive resource keeps its id, its identifiers and `active: false`. Source: identity-and-messaging.md §5.4, §5.5.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from carnet.domain.directory.model import Address, Entry, Mailbox, Organization, Professional, Situation
from carnet.formats.fhir import systems
from carnet.formats.fhir.directory import names
from carnet.formats.fhir.times import instant
from carnet.vocabulary.identifiers import ORGANIZATIONS, PROFESSIONALS

Resource = dict[str, Any]
_NOT_OF_AN_ID = re.compile(r"[^A-Za-z0-9\-]")
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_ESCAPED = re.compile(r"\.([0-9a-f]{2})")


def resource_id(key: str) -> str:
    """The id of a resource: its national identifier; what an id may not hold is written `.2f`."""
    return _NOT_OF_AN_ID.sub(lambda found: f".{ord(found[0]):02x}", key)


def key_of_id(ident: str) -> str:
    """The national identifier back from an id; empty, which is nobody's, when it cannot be one."""
    if _ID.fullmatch(ident) is None:
        return ""
    key = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), ident)
    return key if key.isprintable() else ""


def resource_type(entry: Entry) -> str:
    match entry:
        case Professional():
            return "Practitioner"
        case Situation():
            return "PractitionerRole"
        case Organization():
            return "Organization"


def write_entry(entry: Entry) -> Resource:
    """The resource of an entry."""
    match entry:
        case Professional():
            return _practitioner(entry)
        case Situation():
            return _role(entry)
        case Organization():
            return _organization(entry)


def _practitioner(entry: Professional) -> Resource:
    identifiers = [_identifier("IDNPS", systems.OID_PREFIX + PROFESSIONALS, entry.person)]
    if entry.number_type == "8":
        identifiers.append(_identifier("RPPS", systems.RPPS, entry.number))
    elif entry.number_type == "0":
        identifiers.append(_identifier("ADELI", systems.ADELI, entry.number))
    if not entry.active:
        return _inactive("Practitioner", entry.person, identifiers)
    written = _active("Practitioner", entry.person, entry, names.PRACTITIONER_PROFILES, identifiers)
    name: Resource = {"use": "usual", "family": entry.family}
    if entry.given:
        name["given"] = [entry.given]
    if entry.civility:
        name["prefix"] = [entry.civility]
    if entry.title:
        name["suffix"] = [entry.title]
    written["name"] = [name]
    if entry.mailboxes:
        written["telecom"] = _mailboxes(entry.mailboxes)
    written["qualification"] = [
        {"code": {"coding": _codings((names.PROFESSION, code), (names.PROFESSIONAL_CATEGORY, category))}}
        for code, category in entry.professions
    ] + [
        {"code": {"coding": _codings((names.skill_system(code), code), (names.SKILL_TYPE, kind))}}
        for code, kind in entry.skills
    ]
    return written


def _role(entry: Situation) -> Resource:
    # Published files give no identifier of the situation; the profile wants one. Ours is told for what it is: temporary.
    identifiers = [{"use": "temp", "system": systems.RPPS, "value": entry.situation}]
    if not entry.active:
        return _inactive("PractitionerRole", entry.situation, identifiers)
    written = _active("PractitionerRole", entry.situation, entry, names.ROLE_PROFILES, identifiers)
    written["practitioner"] = {"reference": f"Practitioner/{resource_id(entry.person)}"}
    if entry.organization:
        written["organization"] = {"reference": f"Organization/{resource_id(entry.organization)}"}
    codes = (
        (names.ACTIVITY, entry.activity),
        (names.MODE, entry.mode),
        (names.role_system(entry.role), entry.role),
        (names.SECTION, entry.section),
    )
    coded = [{"coding": coding} for code in codes if (coding := _codings(code))]
    if coded:
        written["code"] = coded
    if entry.mailboxes:
        written["telecom"] = _mailboxes(entry.mailboxes)
    return written


def _organization(entry: Organization) -> Resource:
    identifiers = [_identifier("IDNST", systems.OID_PREFIX + ORGANIZATIONS, entry.organization)]
    if entry.finess:
        identifiers.append(_identifier("FINEJ" if entry.is_legal_entity else "FINEG", systems.FINESS, entry.finess))
    if entry.siret:
        identifiers.append(_identifier("SIRET", systems.SIRENE, entry.siret))
    if entry.siren:
        identifiers.append(_identifier("SIREN", systems.SIRENE, entry.siren))
    if entry.technical_id:
        identifiers.append(_identifier(names.TECHNICAL_TYPE, systems.RPPS_RANG, entry.technical_id))
    if not entry.active:
        return _inactive("Organization", entry.organization, identifiers)
    written = _active("Organization", entry.organization, entry, names.ORGANIZATION_PROFILES, identifiers)
    if entry.opened:
        written["extension"] = [{"url": names.ORGANIZATION_PERIOD, "valuePeriod": {"start": entry.opened}}]
    written["type"] = _types(entry)
    if entry.name:
        written["name"] = entry.name
    if entry.brand:
        written["alias"] = [entry.brand]
    telecom = _telecom(entry)
    if telecom:
        written["telecom"] = telecom
    address = _address(entry.address)
    if address:
        written["address"] = [address]
    if entry.part_of:
        written["partOf"] = {"reference": f"Organization/{resource_id(entry.part_of)}"}
    return written


def _inactive(kind: str, key: str, identifiers: Sequence[Resource]) -> Resource:
    return {"resourceType": kind, "id": resource_id(key), "identifier": identifiers, "active": False}


def _active(kind: str, key: str, entry: Entry, profiles: Iterable[str], identifiers: Sequence[Resource]) -> Resource:
    return {
        "resourceType": kind,
        "id": resource_id(key),
        "meta": {"lastUpdated": instant(entry.changed_at), "source": names.SOURCE, "profile": list(profiles)},
        "language": "fr",
        "identifier": identifiers,
        "active": True,
    }


def _identifier(kind: str, system: str, value: str) -> Resource:
    return {
        "use": "official",
        "type": {"coding": [{"system": systems.IDENTIFIER_TYPES, "code": kind}]},
        "system": system,
        "value": value,
    }


def _codings(*codes: tuple[str, str]) -> list[Resource]:
    """Codings of a concept, those without a code left out."""
    return [{"system": system, "code": code} for system, code in codes if code]


def _types(entry: Organization) -> list[Resource]:
    entity = "LEGAL-ENTITY" if entry.is_legal_entity else "GEOGRAPHICAL-ENTITY"
    types: list[Resource] = [_type("organizationType", names.ENTITY_TYPE, entity)]
    if entry.sector:
        types.append(_type("secteurActiviteRASS", names.SECTOR, entry.sector))
    if entry.category:
        types.append({"coding": _codings((names.EXERCISE_CATEGORY, entry.category))})
    return types


def _type(kind: str, system: str, code: str) -> Resource:
    return {
        "extension": [{"url": names.ORGANIZATION_TYPES, "valueCode": kind}],
        "coding": [{"system": system, "code": code}],
    }


def _telecom(entry: Organization) -> list[Resource]:
    found: list[Resource] = []
    for rank, number in enumerate(filter(None, (entry.phone, entry.phone2)), 1):
        found.append({"system": "phone", "value": number, "rank": rank})
    if entry.fax:
        found.append({"system": "fax", "value": entry.fax})
    if entry.email:
        found.append({"system": "email", "value": entry.email})
    return found + _mailboxes(entry.mailboxes)


def _mailboxes(mailboxes: Iterable[Mailbox]) -> list[Resource]:
    """
    Mailboxes of MSSanté, told from plain e-mail by their extension; the first is preferred.

    None is on a liste rouge: those are not even kept.
    """
    return [
        {
            "extension": [
                {"url": names.EMAIL_TYPE, "valueCoding": {"system": names.MAIL_TYPE, "code": "MSSANTE"}},
                {"url": names.MAILBOX_METADATA, "extension": _metadata(mailbox)},
            ],
            "system": "email",
            "value": mailbox.address,
            "rank": rank,
        }
        for rank, mailbox in enumerate(mailboxes, 1)
    ]


def _metadata(mailbox: Mailbox) -> list[Resource]:
    concept = {"coding": [{"system": names.MAILBOX_TYPE, "code": mailbox.kind}]}
    found: list[Resource] = [{"url": "type", "valueCodeableConcept": concept}]
    found += [
        {"url": url, "valueString": text}
        for url, text in (("description", mailbox.description), ("service", mailbox.service))
        if text
    ]
    return [*found, {"url": "listeRouge", "valueBoolean": False}]


def _address(address: Address) -> Mapping[str, Any]:
    written: Resource = {}
    if address.commune:
        coding = {"system": names.COMMUNE, "code": address.commune}
        written["extension"] = [{"url": names.INSEE_CODE, "valueCoding": coding}]
    parts = [
        {"url": url, "valueString": text} for part, url in names.LINE_PARTS.items() if (text := getattr(address, part))
    ]
    if parts:
        written["_line"] = [{"extension": parts}]
    members = (("city", "city"), ("district", "department"), ("postalCode", "postal_code"), ("country", "country"))
    for member, part in members:
        text = getattr(address, part)
        if text:
            written[member] = text
    return written
