"""
Authors, legal authenticators and organisations: Practitioner, PractitionerRole, Organization, Device and Patient, read to domain values.

Source: documents.md §2.3 and §3.1; profiles of the Annuaire Santé.
"""

from typing import Any

import orjson

from carnet.domain.record.model import Author, AuthorKind, OrganizationName
from carnet.formats.fhir.codings import read_coding
from carnet.formats.fhir.faults import Place, fault, note
from carnet.formats.fhir.identities import ins_system, read_organization_id, read_person_id
from carnet.formats.fhir.references import References
from carnet.formats.known import Known
from carnet.vocabulary.codes import Code
from carnet.vocabulary.identifiers import ORGANIZATIONS, PROFESSIONALS

SPECIALTIES = "1.2.250.1.213.1.1.4.5"  # TRE_A02: profession and savoir-faire in one code
PROFESSIONS = "1.2.250.1.71.1.2.7"  # TRE_G15
SAVOIR_FAIRE = frozenset({"1.2.250.1.71.4.2.5", "1.2.250.1.213.2.28"})  # TRE_R01, TRE_R38
# Codes of PractitionerRole that say how one practises, not in which function: nothing of a fiche holds them.
_NOT_FUNCTIONS = ("TRE_R22-", "TRE_R23-", "TRE_R09-")

_KINDS = {
    "Practitioner": AuthorKind.PERSON,
    "PractitionerRole": AuthorKind.PERSON,
    "Organization": AuthorKind.ORGANIZATION,
    "Device": AuthorKind.DEVICE,
    "Patient": AuthorKind.PATIENT,
}
AUTHOR_KINDS = frozenset(_KINDS)
# The same doctor is author, authenticator and source of the set, and signs all day long.
_KNOWN: Known[Author] = Known(longest=4096)
AUTHENTICATOR_KINDS = frozenset({"Practitioner", "PractitionerRole", "Organization"})


def read_author(
    reference: dict[str, Any], place: Place, *, references: References, kinds: frozenset[str] = AUTHOR_KINDS
) -> Author | None:
    """
    The author a reference leads to; None after a fault.

    Gives
        issues: `reference-unresolved`, `author-kind`, and those of its identifiers and codes.
    """
    found = references.follow(reference, place)
    if found is None:
        return _by_name(reference, place, references, kinds)
    resource, where = found
    kind = resource.get("resourceType")
    if kind not in kinds:
        fault(references.issues, "author-kind", place, type=str(kind))
        return None
    match kind:
        case "PractitionerRole":
            return _role_once(resource, where, references)
        case "Organization":
            organization = _organization(resource, where, references)
            return Author(AuthorKind.ORGANIZATION, organization=organization)
        case "Device":
            return _device(resource, where)
        case "Patient":
            return _patient(resource, where)
    return _person(resource, where, references)


def read_organization(reference: dict[str, Any], place: Place, *, references: References) -> OrganizationName | None:
    """The organisation a reference leads to; None after a fault."""
    found = references.follow(reference, place)
    if found is None:
        ident = _logical(reference, place, references, read_organization_id)
        name = reference.get("display")
        return _organization_name(name, ident) if name or ident else None
    resource, where = found
    if resource.get("resourceType") != "Organization":
        fault(references.issues, "organization-kind", place, type=str(resource.get("resourceType")))
        return None
    return _organization(resource, where, references)


def _by_name(reference: dict[str, Any], place: Place, references: References, kinds: frozenset[str]) -> Author | None:
    """What a reference says of itself, when it leads nowhere."""
    target = str(reference.get("reference", ""))
    name = reference.get("type") or (target.split("/")[-2] if "/" in target else "Practitioner")
    if name not in kinds:
        fault(references.issues, "author-kind", place, type=name)
        return None
    kind = _KINDS[name]
    read = read_organization_id if kind is AuthorKind.ORGANIZATION else read_person_id
    ident = _logical(reference, place, references, read)
    display = reference.get("display")
    if not ident and not display:
        return None
    if kind is AuthorKind.ORGANIZATION:
        return Author(kind, organization=_organization_name(display, ident))
    value, system = ident or (None, None)
    if kind is AuthorKind.DEVICE:
        return Author(kind, value, system or None, device=display)
    return Author(kind, value, system or None, family=display)


def _logical(reference: dict[str, Any], place: Place, references: References, read: Any) -> tuple[str, str] | None:
    node = reference.get("identifier")
    if node is None:
        return None
    found: tuple[str, str] | None = read([node], (place, ".identifier"), issues=references.issues)
    return found


def _named(kind: AuthorKind, ident: tuple[str | None, str | None], resource: dict[str, Any]) -> Author:
    names = resource.get("name", ())
    name = next((each for each in names if each.get("use") == "official"), names[0] if names else {})
    value, system = ident
    return Author(
        kind,
        value,
        system or None,
        family=name.get("family") or name.get("text"),
        given=" ".join(name.get("given", ())) or None,
        prefix=" ".join(name.get("prefix", ())) or None,
        suffix=" ".join(name.get("suffix", ())) or None,
    )


def _person(resource: dict[str, Any], place: Place, references: References) -> Author:
    ident = read_person_id(resource.get("identifier", ()), (place, ".identifier"), issues=references.issues)
    return _named(AuthorKind.PERSON, ident or (None, None), resource)


def _role_once(resource: dict[str, Any], place: Place, references: References) -> Author | None:
    """As `_role`, without reading again what was read before."""
    said = orjson.dumps(
        (resource, _found(resource, "practitioner", references), _found(resource, "organization", references))
    )
    author = _KNOWN.of(said)
    if author is None:
        before = len(references.issues)
        author = _role(resource, place, references)
        if author is not None and len(references.issues) == before:  # faults are told each time
            _KNOWN.keep(author, said)
    return author


def _found(resource: dict[str, Any], name: str, references: References) -> dict[str, Any] | None:
    reference = resource.get(name)
    found = None if reference is None else references.find(reference, "")
    return None if found is None else found[0]


def _role(resource: dict[str, Any], place: Place, references: References) -> Author | None:
    person = Author(AuthorKind.PERSON)
    reference = resource.get("practitioner")
    if reference is not None:
        where = (place, ".practitioner")
        found = references.follow(reference, where)
        if found is not None and found[0].get("resourceType") == "Practitioner":
            person = _person(*found, references)
        elif found is not None:
            fault(references.issues, "author-kind", where, type=str(found[0].get("resourceType")))
        else:
            person = _by_name(reference, where, references, frozenset({"Practitioner"})) or person
    value, system = person.identifier, person.system
    if value is None:
        # The role's own identifier is a situation d'exercice unless its register is that of people.
        nodes = [node for node in resource.get("identifier", ()) if _is_personal(node)]
        value, system = read_person_id(nodes, (place, ".identifier"), issues=references.issues) or (None, None)
    organization = resource.get("organization")
    specialty, role = _specialty_and_role(resource, place, references)
    return Author(
        AuthorKind.PERSON,
        value,
        system or None,
        family=person.family,
        given=person.given,
        prefix=person.prefix,
        suffix=person.suffix,
        specialty=specialty,
        role=role,
        organization=read_organization(organization, (place, ".organization"), references=references)
        if organization is not None
        else None,
    )


def _is_personal(node: dict[str, Any]) -> bool:
    system, value = str(node.get("system", "")), str(node.get("value", ""))
    return system.endswith(PROFESSIONALS) or ("//rpps." in system and len(value) == 11 and value.isdecimal())


def _specialty_and_role(
    resource: dict[str, Any], place: Place, references: References
) -> tuple[Code | None, Code | None]:
    """`specialty` as JDV_J01 has it, put together from profession and savoir-faire when they come apart; `role` the function."""
    specialty = profession = skill = role = None
    for name in ("code", "specialty"):
        for index, node in enumerate(resource.get(name, ())):
            for position, coding in enumerate(node.get("coding", ())):
                where = (place, f".{name}[{index}].coding[{position}]")
                code = read_coding(coding, where, issues=references.issues)
                if code is None:
                    continue
                if specialty is None and code.system == SPECIALTIES:
                    specialty = code
                elif profession is None and code.system == PROFESSIONS:
                    profession = code.code
                elif skill is None and (code.system in SAVOIR_FAIRE or name == "specialty"):
                    skill = code
                elif (
                    role is None
                    and name == "code"
                    and not any(mark in str(coding["system"]) for mark in _NOT_FUNCTIONS)
                ):
                    role = code
                else:
                    note(references.issues, "element-not-kept", where, name=name)
    if specialty is None and profession is not None:
        specialty = Code(
            f"G15_{profession}" + (f"/{skill.code}" if skill else ""), SPECIALTIES, skill.display if skill else None
        )
    return specialty or skill, role


def _organization(resource: dict[str, Any], place: Place, references: References) -> OrganizationName:
    ident = read_organization_id(resource.get("identifier", ()), (place, ".identifier"), issues=references.issues)
    return _organization_name(resource.get("name"), ident)


def _organization_name(name: str | None, ident: tuple[str, str] | None) -> OrganizationName:
    value, system = ident or (None, None)
    return OrganizationName(name, value, system if system and system != ORGANIZATIONS else None)


def _device(resource: dict[str, Any], place: Place) -> Author:
    del place  # nothing of a device is refused
    names = resource.get("deviceName", ())
    models = [each["name"] for each in names if each.get("type") == "model-name" and "name" in each]
    others = [each["name"] for each in names if each.get("type") != "model-name" and "name" in each]
    model = models[0] if models else resource.get("modelNumber")
    parts = [part for part in (model, *(others[:1] or (resource.get("manufacturer"),))) if part]
    idents = [node for node in resource.get("identifier", ()) if "value" in node]
    value, system = _plain(idents[0]) if idents else (None, None)
    return Author(AuthorKind.DEVICE, value, system, device="/".join(parts) or None)


def _patient(resource: dict[str, Any], place: Place) -> Author:
    del place  # the patient's identity is judged where the patient is named
    nodes = [node for node in resource.get("identifier", ()) if "value" in node]
    chosen = next((node for node in nodes if ins_system(node.get("system"))), nodes[0] if nodes else None)
    return _named(AuthorKind.PATIENT, _plain(chosen) if chosen else (None, None), resource)


def _plain(node: dict[str, Any]) -> tuple[str, str | None]:
    system = str(node.get("system", ""))
    return node["value"], (system[8:] if system[:8].lower() == "urn:oid:" else system) or None
