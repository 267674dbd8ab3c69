"""
The header of a CDA, with every element that the French framework asks for.

Source: CI-SIS, volet Structuration minimale (documents.md §5.1 and §5.2).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from uuid import NAMESPACE_OID, uuid5

from carnet.territory.codes import CONFIDENTIALITY, SYSTEM_NAMES
from carnet.territory.model import Address, Citizen, DocumentIds, Organization, Professional
from carnet.vocabulary.codes import Code
from carnet.vocabulary.identifiers import DMP_HOST, ORGANIZATIONS, PROFESSIONALS, UniqueId
from carnet.vocabulary.ins import Ins

_OPENING = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns:lab="urn:oid:1.3.6.1.4.1.19376.1.3.2" xmlns:pharm="urn:ihe:pharm:medication">\n'
    '<realmCode code="FR"/>\n<typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>\n'
    '<templateId root="2.16.840.1.113883.2.8.2.1"/>\n<templateId root="1.2.250.1.213.1.1.1.1"/>\n'
)
CLOSING = "</ClinicalDocument>\n"
UNSTRUCTURED = (("1.3.6.1.4.1.19376.1.2.20", None),)  # XDS-SD, the third template of every N1


@dataclass(frozen=True, slots=True)
class Signatory:
    """Who writes and signs: a professional for an organisation, or neither when the patient or a system does."""

    professional: Professional
    organization: Organization


@dataclass(frozen=True, slots=True)
class Device:
    """A system that writes alone: health insurance."""

    identifier: str
    software: str
    code: Code
    organization: Organization


@dataclass(frozen=True, slots=True)
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
    """Everything before `component`, the opening of the root included (close it with `CLOSING`)."""
    ids = facts.ids
    return "".join(
        (
            _OPENING,
            *(f'<templateId{_extension(extension)} root="{root}"/>\n' for root, extension in facts.templates),
            _identifier(ids.unique_id),
            coded("code", facts.type) + "\n",
            f"<title>{escape(facts.title)}</title>\n",
            f'<effectiveTime value="{stamp(facts.at)}"/>\n',
            coded("confidentialityCode", CONFIDENTIALITY[facts.confidentiality]) + "\n",
            '<languageCode code="fr-FR"/>\n',
            _identifier(ids.set_id, "setId"),
            f'<versionNumber value="{ids.version}"/>\n',
            _record_target(facts),
            _author(facts),
            _custodian(facts),
            _legal_authenticator(facts),
            *(_participant(kind, function, who) for kind, function, who in facts.participants),
            f'<inFulfillmentOf><order><id root="{facts.order[0]}"{_extension(facts.order[1])}/></order></inFulfillmentOf>\n'
            if facts.order
            else "",
            _documentation_of(facts),
            f'<relatedDocument typeCode="RPLC"><parentDocument>{_identifier(ids.replaces)}</parentDocument></relatedDocument>\n'
            if ids.replaces
            else "",
            _component_of(facts),
        )
    )


def coded(tag: str, code: Code, content: str = "", *, kind: str = "") -> str:
    """A coded element. kind: its `xsi:type`. content: XML inside it."""
    name = f' codeSystemName="{SYSTEM_NAMES[code.system]}"' if code.system in SYSTEM_NAMES else ""
    display = f' displayName="{escape(code.display)}"' if code.display else ""
    typed = f' xsi:type="{kind}"' if kind else ""
    opening = f'<{tag}{typed} code="{code.code}"{display} codeSystem="{code.system}"{name}'
    return f"{opening}>{content}</{tag}>" if content else f"{opening}/>"


def stamp(at: datetime) -> str:
    """HL7 TS to the second, with its offset."""
    return f"{at:%Y%m%d%H%M%S%z}"


def local_patient_id(citizen: Citizen, organization: Organization) -> tuple[str, str]:
    """`(IPP, OID)`: each organisation numbers its patients under an OID of its own (2.25, from a UUID)."""
    return f"{citizen.index + 1:07d}", f"2.25.{uuid5(NAMESPACE_OID, organization.identifier).int}"


def _extension(extension: str | None) -> str:
    return f' extension="{extension}"' if extension else ""


def _identifier(unique_id: UniqueId, tag: str = "id") -> str:
    return f'<{tag} root="{unique_id.root}"{_extension(unique_id.extension)}/>\n'


def _address(address: Address) -> str:
    return (
        f"<addr><houseNumber>{address.number}</houseNumber><streetName>{escape(address.street)}</streetName>"
        f"<postalCode>{address.postal_code}</postalCode><city>{escape(address.city.upper())}</city><country>FRANCE</country></addr>"
    )


def _record_target(facts: HeaderFacts) -> str:
    citizen = facts.citizen
    identity, traits = citizen.identity, citizen.identity.traits
    local = ""
    if facts.author is not None:
        value, root = local_patient_id(citizen, facts.author.organization)
        local = f'<id extension="{value}" root="{root}"/>'
    guardians = "".join(
        f'<guardian><addr nullFlavor="NASK"/><telecom nullFlavor="NASK"/><guardianPerson><name><prefix>{"M" if prefix == "M." else "MME"}</prefix>'
        f"<family>{escape(family)}</family><given>{escape(given)}</given></name></guardianPerson></guardian>"
        for prefix, given, family in (name.split(" ", 2) for name in citizen.guardians)
    )
    gender = (
        Code("F", "2.16.840.1.113883.5.1", "Féminin")
        if citizen.is_woman
        else Code("M", "2.16.840.1.113883.5.1", "Masculin")
    )
    return (
        f'<recordTarget><patientRole><id extension="{identity.ins.matricule}" root="{identity.ins.oid}"/>{local}{_address(citizen.address)}'
        f'<telecom value="tel:{citizen.phone}" use="MC"/><telecom value="mailto:{identity.ins.matricule}@patient.mssante.fr"/>'
        f'<patient classCode="PSN"><name><family qualifier="BR">{escape(traits.birth_name)}</family>'
        f'<given>{escape(traits.given_names or traits.first_given_name)}</given><given qualifier="BR">{escape(traits.first_given_name)}</given>'
        f'<family qualifier="CL">{escape(identity.used_name or traits.birth_name)}</family>'
        f'<given qualifier="CL">{escape(identity.used_given_name or traits.first_given_name)}</given></name>'
        f'{coded("administrativeGenderCode", gender)}<birthTime value="{citizen.birth_date:%Y%m%d}"/>{guardians}'
        f"<birthplace><place><addr><county>{traits.birth_place}</county><city>{escape(citizen.birth_place_name.upper())}</city></addr></place></birthplace>"
        "</patient></patientRole></recordTarget>\n"
    )


def _person(tag: str, who: Professional) -> str:
    suffix = f"<suffix>{who.title}</suffix>" if who.title else ""
    return f"<{tag}><name><prefix>{who.civility}</prefix><given>{escape(who.given)}</given><family>{escape(who.family)}</family>{suffix}</name></{tag}>"


def _organization(tag: str, known: Organization, setting: Code | None = None) -> str:
    practice = coded("standardIndustryClassCode", setting) if setting else ""
    return (
        f'<{tag}><id root="{ORGANIZATIONS}" extension="{known.identifier}"/><name>{escape(known.name)}</name>'
        f'<telecom value="tel:{known.phone}" use="WP"/>{_address(known.address)}{practice}</{tag}>'
    )


def _who(signatory: Signatory) -> str:
    """Identifier, code, address and telephone of a professional: the beginning of every role they play."""
    who = signatory.professional
    return (
        f'<id root="{PROFESSIONALS}" extension="{who.identifier}"/>{coded("code", who.author_code)}'
        f'{_address(signatory.organization.address)}<telecom value="tel:{who.phone}" use="WP"/>'
    )


def _patient_name(citizen: Citizen) -> str:
    identity = citizen.identity
    return f"<name><given>{escape(identity.used_given_name or '')}</given><family>{escape(identity.used_name or '')}</family></name>"


def _patient_id(ins: Ins) -> str:
    return f'<id root="{ins.oid}" extension="{ins.matricule}"/>'


def _author(facts: HeaderFacts) -> str:
    start = f'<author><time value="{stamp(facts.at)}"/><assignedAuthor>'
    end = "</assignedAuthor></author>\n"
    match facts.author:
        case Signatory() as signatory:
            who, organization = signatory.professional, signatory.organization
            return f"{start}{_who(signatory)}{_person('assignedPerson', who)}{_organization('representedOrganization', organization)}{end}"
        case Device() as device:
            return (
                f'{start}<id root="{PROFESSIONALS}" extension="{device.identifier}"/>{coded("code", device.code)}<addr nullFlavor="NASK"/>'
                f'<telecom nullFlavor="NASK"/><assignedAuthoringDevice><manufacturerModelName>Alimentation automatique</manufacturerModelName>'
                f"<softwareName>{escape(device.software)}</softwareName></assignedAuthoringDevice>"
                f"{_organization('representedOrganization', device.organization)}{end}"
            )
        case None:
            patient = f"<assignedPerson>{_patient_name(facts.citizen)}</assignedPerson>"
            return f'{start}{_patient_id(facts.citizen.identity.ins)}{coded("code", facts.setting)}{_address(facts.citizen.address)}<telecom nullFlavor="NASK"/>{patient}{end}'


def _custodian(facts: HeaderFacts) -> str:
    if facts.author is None:
        kept = f'<representedCustodianOrganization><id root="{DMP_HOST}"/><name>Hébergeur du dossier (fictif)</name><telecom nullFlavor="NASK"/><addr nullFlavor="NASK"/></representedCustodianOrganization>'
    else:
        kept = _organization("representedCustodianOrganization", facts.author.organization)
    return f"<custodian><assignedCustodian>{kept}</assignedCustodian></custodian>\n"


def _legal_authenticator(facts: HeaderFacts) -> str:
    start = f'<legalAuthenticator><time value="{stamp(facts.at)}"/><signatureCode code="S"/><assignedEntity>'
    end = "</assignedEntity></legalAuthenticator>\n"
    match facts.author:
        case Signatory() as signatory:
            return (
                f"{start}{_who(signatory)}{_person('assignedPerson', signatory.professional)}"
                f"{_organization('representedOrganization', signatory.organization)}{end}"
            )
        case Device() as device:
            return (
                f'{start}<id root="{PROFESSIONALS}" extension="{device.identifier}"/><addr nullFlavor="NASK"/><telecom nullFlavor="NASK"/>'
                f"<assignedPerson><name><family>{escape(device.software)}</family></name></assignedPerson>{end}"
            )
        case None:
            return (
                f'{start}{_patient_id(facts.citizen.identity.ins)}<addr nullFlavor="NASK"/><telecom nullFlavor="NASK"/>'
                f"<assignedPerson>{_patient_name(facts.citizen)}</assignedPerson>{end}"
            )


def _participant(kind: str, function: Code | None, signatory: Signatory) -> str:
    return (
        f'<participant typeCode="{kind}">{coded("functionCode", function) if function else ""}<time nullFlavor="NA"/>'
        f'<associatedEntity classCode="PROV">{_who(signatory)}{_person("associatedPerson", signatory.professional)}'
        f"{_organization('scopingOrganization', signatory.organization)}</associatedEntity></participant>\n"
    )


def _documentation_of(facts: HeaderFacts) -> str:
    low, high = facts.service
    code = (
        coded("code", facts.event, "".join(coded("translation", each) for each in facts.event_translations))
        if facts.event
        else ""
    )
    until = f'<high value="{stamp(high)}"/>' if high else ""
    if isinstance(facts.author, Signatory):
        who = f"{_who(facts.author)}{_person('assignedPerson', facts.author.professional)}{_organization('representedOrganization', facts.author.organization, facts.setting)}"
    else:
        who = f'<id nullFlavor="NA"/><representedOrganization>{coded("standardIndustryClassCode", facts.setting)}</representedOrganization>'
    return (
        f'<documentationOf><serviceEvent>{code}<effectiveTime><low value="{stamp(low)}"/>{until}</effectiveTime>'
        f'<performer typeCode="PRF"><assignedEntity>{who}</assignedEntity></performer></serviceEvent></documentationOf>\n'
    )


def _component_of(facts: HeaderFacts) -> str:
    low, high = facts.service
    until = f'<high value="{stamp(high)}"/>' if high else ""
    encounter = coded("code", facts.encounter) if facts.encounter else ""
    place = ""
    if isinstance(facts.author, Signatory):
        organization = facts.author.organization
        place = f"<location><name>{escape(organization.name)}</name>{_address(organization.address)}</location>"
    return (
        f'<componentOf><encompassingEncounter>{encounter}<effectiveTime><low value="{stamp(low)}"/>{until}</effectiveTime>'
        f"<location><healthCareFacility>{coded('code', facts.facility)}{place}</healthCareFacility></location></encompassingEncounter></componentOf>\n"
    )
