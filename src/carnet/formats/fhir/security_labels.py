"""
securityLabel: one confidentiality (N, R, V) and any visibility labels, under the several systems that senders write.

Source: documents.md §3.1 and §4 (PDSm slices confidentiality and visibilityStatus; TRE_A07, TRE_A08).
"""

from typing import Any

import orjson

from carnet.domain.access.model import Confidentiality
from carnet.domain.errors import Issue
from carnet.domain.record.search import Token
from carnet.formats.fhir import systems
from carnet.formats.fhir.codings import oid_of
from carnet.formats.fhir.faults import Place, fault

_CONFIDENTIALITIES = {"N": "normal", "R": "restricted", "V": "very restricted"}
_LABELS = {label.value: label for label in Confidentiality}
_ACCEPTED = {
    systems.V3_CONFIDENTIALITY,
    "http://hl7.org/fhir/v3/Confidentiality",
    systems.VISIBILITY,
    systems.VISIBILITY_MISSPELT,
    systems.TRE_A08,
    systems.CONFIDENTIALITY_OID,
    systems.VISIBILITY_OID,
}


def is_security_system(system: str) -> bool:
    """Whether a system, as a URL or a `urn:oid:`, is one of those accepted for labels."""
    return system in _ACCEPTED or oid_of(system) in _ACCEPTED


def canonical_label(token: Token) -> Token:
    """A label searched for, under the system it is kept by, whichever accepted system it was written with."""
    if token.system is None or token.system not in {systems.CONFIDENTIALITY_OID, systems.VISIBILITY_OID}:
        return token
    if token.code in _CONFIDENTIALITIES:
        return Token(token.code, systems.CONFIDENTIALITY_OID)
    return Token(token.code, systems.VISIBILITY_OID) if token.code in _LABELS else token


def read_security_labels(
    nodes: list[dict[str, Any]], place: Place, *, issues: list[Issue]
) -> tuple[str | None, frozenset[Confidentiality]]:
    """
    Confidentiality (None when none is given: the server then takes the document's, or N) and visibility labels.

    Gives
        issues: `security-label-system`, `security-label-unknown`, `confidentiality-too-many`, `element-required`.
    """
    confidentiality: str | None = None
    labels: set[Confidentiality] = set()
    for index, node in enumerate(nodes):
        where = (place, f"[{index}]")
        codings = node.get("coding")
        if not codings:
            fault(issues, "element-required", (where, ".coding"), name="coding")
            continue
        for position, coding in enumerate(codings):
            spot = (where, f".coding[{position}]")
            code, system = coding.get("code"), coding.get("system")
            if code is None or system is None:
                missing = "code" if code is None else "system"
                fault(issues, "element-required", (spot, "." + missing), name=missing)
            elif not is_security_system(system):
                fault(issues, "security-label-system", (spot, ".system"), system=system)
            elif code in _LABELS:
                labels.add(_LABELS[code])
            elif code not in _CONFIDENTIALITIES:
                fault(issues, "security-label-unknown", (spot, ".code"), code=code)
            elif confidentiality not in (None, code):
                fault(issues, "confidentiality-too-many", spot, first=str(confidentiality), second=code)
            else:
                confidentiality = code
    return confidentiality, frozenset(labels)


def security_labels(confidentiality: str, labels: frozenset[Confidentiality]) -> list[dict[str, Any]]:
    """The array served and sent: confidentiality first, then labels in the order of the table."""
    display = _CONFIDENTIALITIES.get(confidentiality, confidentiality)
    first = {"system": systems.V3_CONFIDENTIALITY, "code": confidentiality, "display": display}
    others = ({"system": systems.VISIBILITY, "code": label.value} for label in Confidentiality if label in labels)
    return [{"coding": [coding]} for coding in (first, *others)]


_WRITTEN: dict[tuple[str, frozenset[Confidentiality]], bytes] = {}


def security_labels_json(confidentiality: str, labels: frozenset[Confidentiality]) -> bytes:
    """The same as JSON; there are few combinations, each is written once."""
    key = (confidentiality, labels)
    written = _WRITTEN.get(key)
    if written is None:
        written = _WRITTEN[key] = orjson.dumps(security_labels(confidentiality, labels))
    return written
