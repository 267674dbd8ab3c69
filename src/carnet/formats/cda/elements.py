"""
The data types of CDA R2 as values: identifiers (II), codes (CD), times (TS), names; and the list where faults are noted.

Source: HL7 V3 Data Types R1; CI-SIS, volet Structuration minimale.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final, cast

from carnet.domain.errors import Issue, Severity
from carnet.formats.xml import Element
from carnet.vocabulary.codes import Code
from carnet.vocabulary.identifiers import UniqueId
from carnet.vocabulary.moments import Moment

HL7: Final = "urn:hl7-org:v3"
_MOST_SAID: Final = 100


def tag(name: str) -> str:
    """The name of an element of CDA as lxml writes it."""
    return f"{{{HL7}}}{name}"


ID: Final = tag("id")
CODE: Final = tag("code")
TIME: Final = tag("time")
NAME: Final = tag("name")
EFFECTIVE_TIME: Final = tag("effectiveTime")
ASSIGNED_PERSON: Final = tag("assignedPerson")
REPRESENTED_ORGANIZATION: Final = tag("representedOrganization")


class Faults:
    """Faults and warnings, in the order they are met; past a hundred of a kind the rest is left unsaid."""

    __slots__ = ("_room", "count", "issues")

    def __init__(self) -> None:
        self.issues: list[Issue] = []
        self.count = 0  # of all, those left unsaid included
        self._room = {Severity.ERROR: _MOST_SAID, Severity.WARNING: _MOST_SAID}

    def error(self, code: str, expression: str, /, **facts: str) -> None:
        self._add(Issue(code, expression, facts))

    def warning(self, code: str, expression: str, /, **facts: str) -> None:
        self._add(Issue(code, expression, facts, Severity.WARNING))

    def _add(self, issue: Issue) -> None:
        self.count += 1
        if self._room[issue.severity]:
            self._room[issue.severity] -= 1
            self.issues.append(issue)

    def absent(self, element: Element | None, expression: str, child: str = "", /) -> bool:
        """
        Note a mandatory element that is missing, or given as a nullFlavor; true when there is nothing to read.

        expression, child: where it is expected, in two pieces so that they are only joined for a fault.
        """
        if element is None:
            self.error("cda-element-missing", expression + child)
        elif (flavor := element.get("nullFlavor")) is not None:
            self.error("cda-element-null", expression + child, nullFlavor=flavor[:8])
        else:
            return False
        return True


# The elements of a header have a handful of children: lxml makes them all in one slice in less time than it prepares a search
# by name, so the functions below walk slices.


def offspring(parent: Element) -> list[Element]:
    """All the children."""
    return parent[:]  # type: ignore[index,return-value]  # the stubs forget slices


def children_of(parent: Element | None) -> dict[str, Element]:
    """The first child of each name."""
    return {} if parent is None else {child.tag: child for child in parent[::-1]}  # type: ignore[index]  # the stubs forget slices


def all_children_of(parent: Element) -> dict[str, list[Element]]:
    """The children of each name, in their order."""
    found: dict[str, list[Element]] = {}
    for child in offspring(parent):
        found.setdefault(child.tag, []).append(child)
    return found


def first(parent: Element | None, name: str) -> Element | None:
    """The first child of this name, or None (also when there is no parent)."""
    if parent is not None:
        for child in offspring(parent):
            if child.tag == name:
                return child
    return None


def descend(parent: Element | None, *names: str) -> Element | None:
    """The first child of the first child of…, or None."""
    for name in names:
        parent = first(parent, name)
    return parent


def text_of(element: Element | None) -> str | None:
    """The text of an element, runs of spaces folded; None when absent or empty."""
    if element is None:
        return None
    text = element.text if len(element) == 0 else "".join(cast("Iterator[str]", element.itertext()))
    return " ".join(text.split()) or None if text else None


def code_of(element: Element | None) -> Code | None:
    """A coded value, or None when the code or its system is missing."""
    if element is None:
        return None
    code, system = (element.get("code") or "").strip(), (element.get("codeSystem") or "").strip()
    if not (code and system):
        return None
    display = (element.get("displayName") or "").strip() or None
    kept = len(code) + len(system) + len(display or "") <= _KEPT
    return _code(code, system, display) if kept else Code(code, system, display)


# The same codes come in nearly every document. Longer ones are not kept, so that nobody can fill the memory.
_KEPT: Final = 300
_code = lru_cache(maxsize=1024)(Code)


def unique_id_of(element: Element | None) -> UniqueId | None:
    """
    An instance identifier as a unique id; None when there is no root.

    Raises
        ValueError: a root that is neither an OID nor a UUID, or an extension too long.
    """
    root = None if element is None else element.get("root")
    if element is None or root is None:
        return None
    return UniqueId(root.strip(), (element.get("extension") or "").strip() or None)


def moment_of(element: Element | None) -> Moment | None:
    """
    A point in time; None when there is no value.

    Raises
        ValueError: not an HL7 time, or one that no calendar holds.
    """
    value = None if element is None else element.get("value")
    if value is None:
        return None
    return _moment(value) if len(value) <= _KEPT else Moment.from_hl7(value)


# One document repeats the same second several times: written, authored, signed, done.
_moment = lru_cache(maxsize=256)(Moment.from_hl7)


def has_zone(element: Element) -> bool:
    """Whether the time says its offset."""
    value = element.get("value") or ""
    return "+" in value or "-" in value


def lenient_moment(element: Element | None, expression: str, faults: Faults) -> Moment | None:
    """A time whose faults are only warnings: see docs/cda-checks.md."""
    if element is None:
        return None
    if (flavor := element.get("nullFlavor")) is not None:
        faults.warning("cda-element-null", expression, nullFlavor=flavor[:8])
        return None
    try:
        moment = moment_of(element)
    except ValueError:
        moment = None
    if moment is None:
        faults.warning("cda-time-invalid", expression)
    return moment
