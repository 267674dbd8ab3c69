"""
Identifiers of documents, people and organisations as FHIR writes them.

Source: documents.md §3.1 and §12; identity-and-messaging.md §5.1 (IDNPS, IDNST and their prefixes).
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from carnet.domain.errors import Issue
from carnet.formats.fhir import systems
from carnet.formats.fhir.codings import oid_of, remembering_short
from carnet.formats.fhir.faults import Place, fault
from carnet.vocabulary.identifiers import ORGANIZATIONS, PROFESSIONALS, UniqueId, is_oid, is_uuid
from carnet.vocabulary.ins import INS_OIDS, Ins

# (what the value looks like, prefix digit of the national identifier), by FHIR system.
_Forms = Mapping[str, tuple[tuple[re.Pattern[str], str], ...]]
_PERSON_FORMS: _Forms = {
    systems.RPPS: ((re.compile(r"\d{11}"), "8"),),
    systems.ADELI: ((re.compile(r"[0-9A-Z]{9}"), "0"),),
}
_ORGANIZATION_FORMS: _Forms = {
    systems.FINESS: ((re.compile(r"[0-9AB]{9}"), "1"),),
    systems.SIRENE: ((re.compile(r"\d{14}"), "3"), (re.compile(r"\d{9}"), "2")),
    systems.RPPS_RANG: ((re.compile(r"\d{14}"), "4"),),
}

Identifier = tuple[str, str]  # value, OID (or URI) of its register


def read_person_id(nodes: Iterable[dict[str, Any]], place: Place, *, issues: list[Issue]) -> Identifier | None:
    """PS_IdNat of a person when one can be read, else the first other identifier, else None."""
    return _national(nodes, place, issues, national=PROFESSIONALS, forms=_PERSON_FORMS)


def read_organization_id(nodes: Iterable[dict[str, Any]], place: Place, *, issues: list[Issue]) -> Identifier | None:
    """Struct_IdNat of an organisation when one can be read, else the first other identifier, else None."""
    return _national(nodes, place, issues, national=ORGANIZATIONS, forms=_ORGANIZATION_FORMS)


def _national(
    nodes: Iterable[dict[str, Any]],
    place: Place,
    issues: list[Issue],
    *,
    national: str,
    forms: _Forms,
) -> Identifier | None:
    stated: str | None = None
    derived: str | None = None
    other: Identifier | None = None
    for index, node in enumerate(nodes):
        where = (place, f"[{index}]")
        value: str | None = node.get("value")
        system: str | None = node.get("system")
        if value is None:
            fault(issues, "element-required", (where, ".value"), name="value")
        elif system is not None and oid_of(system) == national:
            if len(value) > 64 or value.split() != [value]:
                fault(issues, "identifier-format", (where, ".value"), value=value, system=system)
            stated = stated or value
        elif system is not None and system in forms:
            prefix = _prefix(value, forms[system])
            if prefix is None:
                fault(issues, "identifier-format", (where, ".value"), value=value, system=system)
            else:
                derived = derived or prefix + value
        elif other is None:
            other = (value, oid_of(system) if system else "")
    found = stated or derived
    if stated and derived and stated[0] == derived[0] and stated != derived:
        fault(issues, "identifiers-differ", place, first=stated, second=derived)
    return (found, national) if found else other


def _prefix(value: str, forms: Iterable[tuple[re.Pattern[str], str]]) -> str | None:
    for form, digit in forms:
        if form.fullmatch(value):
            return digit
    return None


def read_unique_id(node: dict[str, Any], place: Place, *, issues: list[Issue]) -> UniqueId | None:
    """
    The two forms of a uniqueId: system `urn:ietf:rfc:3986` with a `urn:oid:` or `urn:uuid:` value, or system `urn:oid:R` with value E.

    Gives None after `element-required` or `unique-id-format`.
    """
    value, system = node.get("value"), node.get("system")
    if value is None:
        fault(issues, "element-required", (place, ".value"), name="value")
        return None
    found = parse_unique_id(system, value)
    if found is None:
        fault(issues, "unique-id-format", (place, ".value"), value=value)
    return found


def parse_unique_id(system: str | None, value: str) -> UniqueId | None:
    """As `read_unique_id`, without the words: None when it is neither form. Without a system, the value must be a URN."""
    try:
        if system in (None, systems.URI):
            scheme = value[:9].lower()
            if not scheme.startswith(systems.OID_PREFIX) and scheme != systems.UUID_PREFIX:
                return None
            return UniqueId.parse(value)
        if system[:8].lower() == systems.OID_PREFIX:
            return UniqueId(system[8:], value)
    except ValueError:
        return None
    return None


def unique_id(value: UniqueId) -> dict[str, str]:
    """An Identifier for a uniqueId, in whichever form suits it."""
    if value.extension is None:
        return {"system": systems.URI, "value": value.urn}
    return {"system": value.urn, "value": value.extension}


def ins_system(system: str | None) -> str | None:
    """OID of the register of INS that this system names; None for another system."""
    if not system:
        return None
    oid = oid_of(system)
    return oid if oid in INS_OIDS else None


def read_ins(value: str, oid: str, place: Place, *, faults: list[Issue]) -> Ins | None:
    """An INS; None after `ins-oid`, `ins-format` or `ins-key`."""
    try:
        return Ins(value, oid)
    except ValueError as error:
        fault(faults, str(error), place, oid=oid)
        return None


def ins_identifier(ins: Ins) -> dict[str, str]:
    """An Identifier for an INS."""
    return {"system": systems.OID_PREFIX + ins.oid, "value": ins.matricule}


def identifier(value: str, system: str | None) -> dict[str, str]:
    """An Identifier whose system is a bare OID, a UUID, a URI, or absent."""
    return {"system": _uri_of(system), "value": value} if system else {"value": value}


@remembering_short(512)
def _uri_of(system: str) -> str:
    if is_oid(system):
        return systems.OID_PREFIX + system
    return systems.UUID_PREFIX + system if is_uuid(system) else system
