"""Coding and CodeableConcept, to and from `Code`; URLs of systems become bare OIDs on the way in."""

from collections.abc import Callable, Sequence
from functools import lru_cache, wraps
from typing import Any

import orjson

from carnet.domain.errors import Issue
from carnet.formats.fhir.faults import Place, fault, note
from carnet.formats.known import Known
from carnet.vocabulary import value_sets
from carnet.vocabulary.codes import Code
from carnet.vocabulary.identifiers import is_oid


def remembering_short(count: int) -> Callable[[Callable[[str], str]], Callable[[str], str]]:
    """
    As `lru_cache`, for names of systems only.

    Takes
        count: of names kept. A name of more than 200 characters is not kept: senders choose them, and what they send must not fill the memory.
    """

    def remembering(function: Callable[[str], str]) -> Callable[[str], str]:
        kept = lru_cache(maxsize=count)(function)

        @wraps(function)
        def of(text: str) -> str:
            return kept(text) if len(text) <= 200 else function(text)

        return of

    return remembering


@remembering_short(512)
def oid_of(system: str) -> str:
    """Bare OID of a system written as a URL or a `urn:oid:`; other systems as they are."""
    if system[:8].lower() == "urn:oid:":
        return system[8:]
    return value_sets.system_oid(system)


@remembering_short(512)
def url_of(system: str) -> str:
    """How FHIR writes a system known by its OID: its official URL, or `urn:oid:`."""
    url = value_sets.system_url(system)
    return "urn:oid:" + url if is_oid(url) else url


def read_coding(node: dict[str, Any], place: Place, *, issues: list[Issue]) -> Code | None:
    """A Coding; None after `element-required` when code or system is missing."""
    code, system = node.get("code"), node.get("system")
    if code is not None and system is not None:
        return Code(code, oid_of(system), node.get("display"))
    for name, value in (("code", code), ("system", system)):
        if value is None:
            fault(issues, "element-required", (place, "." + name), name=name)
    return None


def read_concept(node: dict[str, Any] | None, place: Place, *, issues: list[Issue]) -> Code | None:
    """
    The code of a CodeableConcept: its first coding; the others are told as not kept.

    Gives None for an absent node, or after `element-required`.
    """
    if node is None:
        return None
    text = orjson.dumps(node)
    known = _KNOWN.of(text)
    if known is not None:
        return known
    codings = node.get("coding")
    if not codings:
        fault(issues, "element-required", (place, ".coding"), name="coding")
        return None
    if len(codings) > 1:
        for index in range(1, len(codings)):
            note(issues, "element-not-kept", (place, f".coding[{index}]"), name="coding")
    code = read_coding(codings[0], (place, ".coding[0]"), issues=issues)
    says_more = len(codings) > 1 or len(node) > 1  # to be told each time; or free text, which may be about a patient
    return code if code is None or says_more else _KNOWN.keep(code, text)


_KNOWN: Known[Code] = Known()  # by the concept


def read_concepts(nodes: Sequence[dict[str, Any]], place: Place, *, issues: list[Issue]) -> tuple[Code, ...]:
    """The codes of an array of concepts, in order."""
    found = (read_concept(node, (place, f"[{index}]"), issues=issues) for index, node in enumerate(nodes))
    return tuple(code for code in found if code is not None)


def coding(code: Code) -> dict[str, Any]:
    """A Coding."""
    written = {"system": url_of(code.system), "code": code.code}
    if code.display:
        written["display"] = code.display
    return written


def concept(code: Code) -> dict[str, Any]:
    """A CodeableConcept of one coding."""
    return {"coding": [coding(code)]}
