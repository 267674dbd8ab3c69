"""
The extension that says how far an identity can be trusted: status, attributes, how it was collected and checked.

Read in the forms of 2.2.0, of the sources after it (`dateInterrogationINSi`, `comment` as a concept) and of those before (one list of codes);
written in the form of 2.2.0. Source: FR Core, fr-core-identity-reliability; RNIV v2.0 (identity-and-messaging.md §1.4, §1.7).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from carnet.domain.errors import Issue
from carnet.domain.people.identity_status import check_attributes
from carnet.domain.people.model import IdentityAttribute, IdentityStatus
from carnet.formats.fhir.faults import Place, fault, note
from carnet.formats.fhir.identity import fr_core

_DATES = {"dateCollection": "insi_questioned_on", "dateInterrogationINSi": "insi_questioned_on", "validationDate": "validated_on"}  # fmt: skip
_TECHNICAL = frozenset({"lastUpdated"})


@dataclass(slots=True)
class Reliability:
    """
    What was read so far. status: None when it is not told, or not understood.

    is_one_list: the status is of the older list, in which VALI said qualified.
    """

    status: IdentityStatus | None = None
    is_one_list: bool = False
    attributes: set[IdentityAttribute] = field(default_factory=set)
    method_collection: str | None = None
    validation_mode: str | None = None
    insi_questioned_on: date | None = None
    validated_on: date | None = None


def read_reliability(parts: Sequence[dict[str, Any]], place: Place, *, issues: list[Issue]) -> Reliability:
    """
    Read the parts of the extension.

    Gives
        issues: `element-required`, `element-type`, `element-too-many`, `date-format`, `identity-status-code`, `identity-validation-mode`,
            `identity-attributes-together`, `identity-attribute-needs-provisional`; warnings `extension-ignored`, `identity-code-not-kept`.
    """
    read = Reliability()
    seen: set[str] = set()
    last_comment: Place = place
    for index, part in enumerate(parts):
        where = (place, f".extension[{index}]")
        url = part.get("url")
        if not isinstance(url, str) or not url:
            fault(issues, "element-required", (where, ".url"), name="url")
            continue
        kind = _DATES.get(url, url)
        if kind in seen and url != "comment":
            fault(issues, "element-too-many", where, name=url)
            continue
        seen.add(kind)
        if url in _DATES:
            setattr(read, kind, _day(part, where, issues))
        elif url == "comment":
            last_comment = where
            _comment(read, part, where, issues)
        elif url in _CODED:
            coding = _coding(part.get("valueCoding"), (where, ".valueCoding"), issues)
            if coding is not None:
                _CODED[url](read, *coding, where, issues)
        elif url not in _TECHNICAL:
            note(issues, "extension-ignored", where, url=url)
    if read.status is not None:
        try:
            # The older VALI waits for the identifiers: either of its meanings excludes the same attributes.
            check_attributes(read.status, read.attributes)
        except ValueError as refusal:
            fault(issues, str(refusal), last_comment)
    return read


def write_reliability(
    *,
    status: IdentityStatus,
    attributes: Sequence[IdentityAttribute],
    method_collection: str | None,
    validation_mode: str | None,
    insi_questioned_on: date | None,
    validated_on: date | None,
) -> dict[str, Any]:
    """The extension, in the form of 2.2.0."""
    parts: list[dict[str, Any]] = []
    if method_collection is not None:
        parts.append(_coded("methodCollection", fr_core.METHOD_COLLECTION, method_collection))
    if insi_questioned_on is not None:
        parts.append({"url": "dateCollection", "valueDate": insi_questioned_on.isoformat()})
    parts.append(_coded("identityStatus", fr_core.IDENTITY_STATUS, status))
    parts += [_coded("comment", fr_core.STATUS_COMMENT, attribute) for attribute in sorted(attributes)]
    if validated_on is not None:
        parts.append({"url": "validationDate", "valueDate": validated_on.isoformat()})
    if validation_mode is not None:
        parts.append(_coded("validationMode", fr_core.VALIDATION_MODE, validation_mode))
    return {"url": fr_core.RELIABILITY, "extension": parts}


def _coded(url: str, system: str, code: str) -> dict[str, Any]:
    return {"url": url, "valueCoding": {"system": system, "code": str(code)}}


def _status(read: Reliability, system: str, code: str, where: Place, issues: list[Issue]) -> None:
    read.is_one_list = system in fr_core.ONE_LIST
    if system != fr_core.IDENTITY_STATUS and not read.is_one_list:
        fault(issues, "identity-status-code", where, code=code, system=system)
    elif code in set(IdentityStatus):
        read.status = IdentityStatus(code)
    elif read.is_one_list and code in fr_core.ONE_LIST_ATTRIBUTES:
        read.status, attribute = fr_core.ONE_LIST_ATTRIBUTES[code]
        read.attributes.add(attribute)
    elif read.is_one_list and code == fr_core.NOT_YET_QUALIFIED:
        read.status = IdentityStatus.PROVISIONAL
    else:
        fault(issues, "identity-status-code", where, code=code, system=system)


def _method(read: Reliability, system: str, code: str, where: Place, issues: list[Issue]) -> None:
    if system == fr_core.METHOD_COLLECTION and code in fr_core.METHODS:
        read.method_collection = code
    else:  # the list is extensible
        note(issues, "identity-code-not-kept", where, code=code)


def _mode(read: Reliability, system: str, code: str, where: Place, issues: list[Issue]) -> None:
    if system == fr_core.VALIDATION_MODE and code in fr_core.VALIDATION_MODES:
        read.validation_mode = code
    else:
        fault(issues, "identity-validation-mode", where, code=code)


_CODED = {"identityStatus": _status, "methodCollection": _method, "validationMode": _mode}


def _comment(read: Reliability, part: dict[str, Any], where: Place, issues: list[Issue]) -> None:
    """An attribute, or one of the remarks of the list (duplicate, collision…), which are of the source's own work."""
    value, spot = part.get("valueCoding"), (where, ".valueCoding")
    if "valueCodeableConcept" in part:
        concept = part["valueCodeableConcept"]
        codings = concept.get("coding") if isinstance(concept, dict) else None
        value, spot = (codings[0], (where, ".valueCodeableConcept.coding[0]")) if isinstance(codings, list) and codings else (None, spot)  # fmt: skip
    coding = _coding(value, spot, issues)
    if coding is None:
        return
    system, code = coding
    if (system == fr_core.STATUS_COMMENT or system in fr_core.ONE_LIST) and code in set(IdentityAttribute):
        read.attributes.add(IdentityAttribute(code))
    else:
        note(issues, "identity-code-not-kept", where, code=code)


def _coding(node: Any, place: Place, issues: list[Issue]) -> tuple[str, str] | None:
    """System and code."""
    if node is None:
        fault(issues, "element-required", place, name="valueCoding")
        return None
    if not isinstance(node, dict):
        fault(issues, "element-type", place, expected="object")
        return None
    for name in ("system", "code"):
        if not isinstance(node.get(name), str) or not node[name].strip():
            fault(issues, "element-required", (place, "." + name), name=name)
            return None
    return node["system"], node["code"]


def _day(part: dict[str, Any], where: Place, issues: list[Issue]) -> date | None:
    text = part.get("valueDate")
    if text is None:
        fault(issues, "element-required", (where, ".valueDate"), name="valueDate")
        return None
    day = day_of(text)
    if day is None:
        fault(issues, "date-format", (where, ".valueDate"), value=str(text))
    return day


def day_of(text: Any) -> date | None:
    """A day written `YYYY-MM-DD`; None for anything else, a month or a year alone included."""
    try:
        return date.fromisoformat(text) if isinstance(text, str) and len(text) == 10 else None
    except ValueError:
        return None
