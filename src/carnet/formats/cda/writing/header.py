"""
The header of a CDA, with every element that the French framework asks for.

Source: CI-SIS, volet Structuration minimale (documents.md §5.1 and §5.2).
"""

from carnet.domain.people.model import Sex
from carnet.formats.cda.writing.elements import (
    NO_ADDRESS,
    NO_TELECOM,
    address,
    coded,
    identifier,
    name,
    phone,
    stamp,
    telecom,
    template,
    text,
    unique_id,
)
from carnet.formats.cda.writing.model import Device, Header, Participant, PersonName, Signatory, Structure
from carnet.vocabulary.codes import Code
from carnet.vocabulary.identifiers import ORGANIZATIONS, PROFESSIONALS

_OPENING = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns:lab="urn:oid:1.3.6.1.4.1.19376.1.3.2" xmlns:pharm="urn:ihe:pharm:medication">\n'
    '<realmCode code="FR"/>\n<typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>\n'
    '<templateId root="2.16.840.1.113883.2.8.2.1"/>\n<templateId root="1.2.250.1.213.1.1.1.1"/>\n'
)
CLOSING = "</ClinicalDocument>\n"

_GENDERS = {
    Sex.FEMALE: Code("F", "2.16.840.1.113883.5.1", "Féminin"),
    Sex.MALE: Code("M", "2.16.840.1.113883.5.1", "Masculin"),
    Sex.UNDETERMINED: Code("UN", "2.16.840.1.113883.5.1", "Inconnu"),
}


def write_header(header: Header) -> str:
    """Everything before `component`, the opening of the root included (close it with `CLOSING`)."""
    order = header.order
    return "".join(
        (
            _OPENING,
            *(template(root, extension) for root, extension in header.templates),
            unique_id(header.unique_id),
            coded("code", header.type) + "\n",
            f"<title>{text(header.title)}</title>\n",
            f'<effectiveTime value="{stamp(header.at)}"/>\n',
            coded("confidentialityCode", header.confidentiality) + "\n",
            '<languageCode code="fr-FR"/>\n',
            unique_id(header.set_id, "setId"),
            f'<versionNumber value="{header.version}"/>\n',
            _record_target(header),
            _author(header),
            _data_enterer(header),
            _custodian(header),
            _legal_authenticator(header),
            *map(_participant, header.participants),
            f"<inFulfillmentOf><order>{identifier(*order)}</order></inFulfillmentOf>\n" if order else "",
            _documentation_of(header),
            f'<relatedDocument typeCode="RPLC"><parentDocument>{unique_id(header.replaces)}</parentDocument></relatedDocument>\n'
            if header.replaces
            else "",
            _component_of(header),
        )
    )


def _record_target(header: Header) -> str:
    subject = header.subject
    ins, traits = subject.identity.ins, subject.identity.traits
    local = f'<id extension="{text(subject.local_id[0])}" root="{subject.local_id[1]}"/>' if subject.local_id else ""
    telecoms = "".join(telecom(*each) for each in subject.telecoms) or NO_TELECOM
    called = subject.called
    used = (
        f'<family qualifier="CL">{text(called.family)}</family><given qualifier="CL">{text(called.given)}</given>'
        if called
        else ""
    )
    city = f"<city>{text(subject.birth_place_name.upper())}</city>" if subject.birth_place_name else ""
    return (
        f'<recordTarget><patientRole><id extension="{ins.matricule}" root="{ins.oid}"/>{local}{address(subject.address)}'
        f'{telecoms}<patient classCode="PSN"><name><family qualifier="BR">{text(traits.birth_name)}</family>'
        f'<given>{text(traits.given_names or traits.first_given_name)}</given><given qualifier="BR">{text(traits.first_given_name)}</given>'
        f"{used}</name>{coded('administrativeGenderCode', _GENDERS[traits.sex])}"
        f'<birthTime value="{traits.birth_date.replace("-", "")}"/>{"".join(map(_guardian, subject.guardians))}'
        f"<birthplace><place><addr><county>{text(traits.birth_place or '')}</county>{city}</addr></place></birthplace>"
        "</patient></patientRole></recordTarget>\n"
    )


def _guardian(who: PersonName) -> str:
    prefix = f"<prefix>{text(who.prefix)}</prefix>" if who.prefix else ""
    return (
        f"<guardian>{NO_ADDRESS}{NO_TELECOM}<guardianPerson><name>{prefix}<family>{text(who.family)}</family>"
        f"<given>{text(who.given)}</given></name></guardianPerson></guardian>"
    )


def _structure(tag: str, known: Structure, setting: Code | None = None) -> str:
    practice = coded("standardIndustryClassCode", setting) if setting else ""
    return (
        f'<{tag}><id root="{ORGANIZATIONS}" extension="{text(known.identifier)}"/><name>{text(known.name)}</name>'
        f"{phone(known.phone)}{address(known.address)}{practice}</{tag}>"
    )


def _who(signatory: Signatory) -> str:
    """Identifier, code, address and telephone of a professional: the beginning of every role they play."""
    return (
        f'<id root="{PROFESSIONALS}" extension="{text(signatory.identifier)}"/>{coded("code", signatory.code)}'
        f"{address(signatory.structure.address)}{phone(signatory.phone)}"
    )


def _person(tag: str, known: PersonName) -> str:
    return f"<{tag}>{name(known)}</{tag}>"


def _patient_id(header: Header) -> str:
    ins = header.subject.identity.ins
    return f'<id root="{ins.oid}" extension="{ins.matricule}"/>'


def _author(header: Header) -> str:
    start = f'<author><time value="{stamp(header.at)}"/><assignedAuthor>'
    end = "</assignedAuthor></author>\n"
    match header.author:
        case Signatory() as who:
            return f"{start}{_who(who)}{_person('assignedPerson', who.name)}{_structure('representedOrganization', who.structure)}{end}"
        case Device() as device:
            return (
                f'{start}<id root="{PROFESSIONALS}" extension="{text(device.identifier)}"/>{coded("code", device.code)}{NO_ADDRESS}'
                f"{NO_TELECOM}<assignedAuthoringDevice><manufacturerModelName>Alimentation automatique</manufacturerModelName>"
                f"<softwareName>{text(device.software)}</softwareName></assignedAuthoringDevice>"
                f"{_structure('representedOrganization', device.structure)}{end}"
            )
        case None:
            return (
                f"{start}{_patient_id(header)}{coded('code', header.setting)}{address(header.subject.address)}{NO_TELECOM}"
                f"{_person('assignedPerson', header.speaker)}{end}"
            )


def _data_enterer(header: Header) -> str:
    """Who typed what the author answers for."""
    who = header.data_enterer
    if who is None:
        return ""
    return (
        f'<dataEnterer><time value="{stamp(header.at)}"/><assignedEntity>{_who(who)}{_person("assignedPerson", who.name)}'
        f"{_structure('representedOrganization', who.structure)}</assignedEntity></dataEnterer>\n"
    )


def _custodian(header: Header) -> str:
    if header.author is None:
        root, called = header.host
        kept = (
            f'<representedCustodianOrganization><id root="{root}"/><name>{text(called)}</name>{NO_TELECOM}{NO_ADDRESS}'
            "</representedCustodianOrganization>"
        )
    else:
        kept = _structure("representedCustodianOrganization", header.author.structure)
    return f"<custodian><assignedCustodian>{kept}</assignedCustodian></custodian>\n"


def _legal_authenticator(header: Header) -> str:
    start = f'<legalAuthenticator><time value="{stamp(header.at)}"/><signatureCode code="S"/><assignedEntity>'
    end = "</assignedEntity></legalAuthenticator>\n"
    match header.author:
        case Signatory() as who:
            return f"{start}{_who(who)}{_person('assignedPerson', who.name)}{_structure('representedOrganization', who.structure)}{end}"
        case Device() as device:
            return (
                f'{start}<id root="{PROFESSIONALS}" extension="{text(device.identifier)}"/>{NO_ADDRESS}{NO_TELECOM}'
                f"<assignedPerson><name><family>{text(device.software)}</family></name></assignedPerson>{end}"
            )
        case None:
            return (
                f"{start}{_patient_id(header)}{NO_ADDRESS}{NO_TELECOM}{_person('assignedPerson', header.speaker)}{end}"
            )


def _participant(participant: Participant) -> str:
    who = participant.who
    function = coded("functionCode", participant.function) if participant.function else ""
    return (
        f'<participant typeCode="{participant.kind}">{function}<time nullFlavor="NA"/>'
        f'<associatedEntity classCode="PROV">{_who(who)}{_person("associatedPerson", who.name)}'
        f"{_structure('scopingOrganization', who.structure)}</associatedEntity></participant>\n"
    )


def _period(header: Header) -> str:
    low, high = header.service
    until = f'<high value="{high}"/>' if high else ""
    return f'<effectiveTime><low value="{low}"/>{until}</effectiveTime>'


def _documentation_of(header: Header) -> str:
    translations = "".join(coded("translation", each) for each in header.event_translations)
    code = coded("code", header.event, translations) if header.event else ""
    author = header.author
    if isinstance(author, Signatory):
        done_by = f"{_who(author)}{_person('assignedPerson', author.name)}{_structure('representedOrganization', author.structure, header.setting)}"
    else:
        setting = coded("standardIndustryClassCode", header.setting)
        done_by = f'<id nullFlavor="NA"/><representedOrganization>{setting}</representedOrganization>'
    return (
        f"<documentationOf><serviceEvent>{code}{_period(header)}"
        f'<performer typeCode="PRF"><assignedEntity>{done_by}</assignedEntity></performer></serviceEvent></documentationOf>\n'
    )


def _component_of(header: Header) -> str:
    encounter = coded("code", header.encounter) if header.encounter else ""
    author = header.author
    place = ""
    if isinstance(author, Signatory):
        place = f"<location><name>{text(author.structure.name)}</name>{address(author.structure.address)}</location>"
    return (
        f"<componentOf><encompassingEncounter>{encounter}{_period(header)}"
        f"<location><healthCareFacility>{coded('code', header.facility)}{place}</healthCareFacility></location></encompassingEncounter></componentOf>\n"
    )
