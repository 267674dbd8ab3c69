"""
The header of an invented document: who lives and works in the territory, told to the writer of CDA headers.

Source: CI-SIS, volet Structuration minimale (documents.md §5.1 and §5.2).
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import NAMESPACE_OID, uuid5

from carnet.formats.cda.writing import model as cda
from carnet.formats.cda.writing.elements import stamp
from carnet.formats.cda.writing.header import write_header
from carnet.territory.codes import CONFIDENTIALITY
from carnet.territory.model import Address, Citizen, DocumentIds, Organization, Professional
from carnet.vocabulary.codes import Code
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.identifiers import DMP_HOST

_HOST = (DMP_HOST, "Hébergeur du dossier (fictif)")


@frozen
class Signatory:
    """Who writes and signs: a professional for an organisation, or neither when the patient or a system does."""

    professional: Professional
    organization: Organization


@frozen
class Device:
    """A system that writes alone: health insurance."""

    identifier: str
    software: str
    code: Code
    organization: Organization


@frozen
class HeaderFacts:
    """
    What a header says. at: creation, aware. templates: of the model, `(root, extension)`. author: None when the patient writes.
    event: code of the main act. service: its start and end. setting: J04; facility: J02; encounter: J142, or None.
    participants: `(typeCode, functionCode or None, professional)`. order: `(root, extension)` of what it answers.
    """

    ids: DocumentIds
    templates: Sequence[tuple[str, str | None]]
    type: Code
    title: str
    at: datetime
    citizen: Citizen
    author: Signatory | Device | None
    service: tuple[datetime, datetime | None]
    setting: Code
    facility: Code
    encounter: Code | None = None
    event: Code | None = None
    event_translations: Sequence[Code] = ()
    confidentiality: str = "N"
    participants: Sequence[tuple[str, Code | None, Signatory]] = ()
    order: tuple[str, str | None] | None = None


def header(facts: HeaderFacts) -> str:
    """Everything before `component`, the opening of the root included."""
    service_start, service_stop = facts.service
    return write_header(
        cda.Header(
            unique_id=facts.ids.unique_id,
            set_id=facts.ids.set_id,
            version=facts.ids.version,
            replaces=facts.ids.replaces,
            type=facts.type,
            title=facts.title,
            at=facts.at,
            subject=_subject(facts),
            author=_author(facts.author),
            service=(stamp(service_start), None if service_stop is None else stamp(service_stop)),
            setting=facts.setting,
            facility=facts.facility,
            templates=facts.templates,
            encounter=facts.encounter,
            event=facts.event,
            event_translations=facts.event_translations,
            confidentiality=CONFIDENTIALITY[facts.confidentiality],
            participants=[
                cda.Participant(kind, function, _signatory(who)) for kind, function, who in facts.participants
            ],
            order=facts.order,
            host=_HOST,
        )
    )


def local_patient_id(citizen: Citizen, organization: Organization) -> tuple[str, str]:
    """`(IPP, OID)`: each organisation numbers its patients under an OID of its own (2.25, from a UUID)."""
    return f"{citizen.index + 1:07d}", f"2.25.{uuid5(NAMESPACE_OID, organization.identifier).int}"


def _subject(facts: HeaderFacts) -> cda.Subject:
    citizen, identity = facts.citizen, facts.citizen.identity
    guardians = (name.split(" ", 2) for name in citizen.guardians)
    return cda.Subject(
        identity=identity,
        called=cda.PersonName(
            identity.used_name or identity.traits.birth_name,
            identity.used_given_name or identity.traits.first_given_name,
        ),
        local_id=None if facts.author is None else local_patient_id(citizen, facts.author.organization),
        address=_address(citizen.address),
        telecoms=((f"tel:{citizen.phone}", "MC"), (f"mailto:{identity.ins.matricule}@patient.mssante.fr", None)),
        birth_place_name=citizen.birth_place_name,
        guardians=[
            cda.PersonName(family, given, "M" if prefix == "M." else "MME") for prefix, given, family in guardians
        ],
    )


def _address(address: Address) -> cda.PostalAddress:
    return cda.PostalAddress(address.number, address.street, address.postal_code, address.city)


def _structure(organization: Organization) -> cda.Structure:
    return cda.Structure(organization.identifier, organization.name, organization.phone, _address(organization.address))


def _signatory(signatory: Signatory) -> cda.Signatory:
    who = signatory.professional
    name = cda.PersonName(who.family, who.given, who.civility, who.title)
    return cda.Signatory(who.identifier, name, who.author_code, _structure(signatory.organization), who.phone)


def _author(author: Signatory | Device | None) -> cda.Signatory | cda.Device | None:
    match author:
        case Signatory() as signatory:
            return _signatory(signatory)
        case Device() as device:
            return cda.Device(device.identifier, device.software, device.code, _structure(device.organization))
        case None:
            return None
