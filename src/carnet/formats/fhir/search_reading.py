"""
What every search within one record shares: who the patient is, how many and in what order, alternatives, tokens, dates, names.

Source: FHIR R4 §3.1.1 (modifiers, prefixes, escaping, `Prefer: handling`); documents.md §3.2.
"""

import re
from collections.abc import Callable, Collection, Sequence

from carnet.domain.errors import Invalid, Issue
from carnet.domain.record.model import PatientReference
from carnet.domain.record.rows import searchable
from carnet.domain.record.search import Text, Token, Value
from carnet.formats.fhir import systems
from carnet.formats.fhir.codings import oid_of
from carnet.formats.fhir.faults import errors, fault, note
from carnet.formats.fhir.identities import read_organization_id, read_person_id
from carnet.formats.fhir.patients import parse_token, read_patient
from carnet.formats.fhir.references import References
from carnet.formats.fhir.search_table import NOT_SUPPORTED
from carnet.vocabulary.date_ranges import Comparator, DateRange
from carnet.vocabulary.moments import Moment

MAX_COUNT = 200
MAX_VALUES = 200  # of all parameters together

_PATIENT = re.compile(r"(patient|subject)(?::Patient)?(\.identifier|:identifier)?")
_PREFIX = re.compile(r"(eq|ne|gt|lt|ge|le|sa|eb|ap)?(.+)", re.DOTALL)
_FORMATS = frozenset({"json", "application/json", "application/fhir+json", "application/fhir json"})


class Reading:
    """
    What has been understood so far.

    kept: parameters understood, for the self link. cursor: sealed, when a next page is asked for.
    """

    def __init__(self, *, lenient: bool, sorts: Collection[str], sort: str) -> None:
        """sorts: keys of `_sort`; sort: the one by default, newest first."""
        self.lenient = lenient
        self.issues: list[Issue] = []
        self.patients: list[PatientReference] = []
        self.kept: list[tuple[str, str]] = []
        self.sorts, self.sort, self.descending = sorts, sort, True
        self.count, self.with_total = 50, True
        self.cursor: str | None = None

    def refuse(self, code: str, name: str) -> None:
        """Not understood: an error, or a warning for those who asked for lenience."""
        (note if self.lenient else fault)(self.issues, code, place_of(name), name=name)

    def bad(self, name: str, value: str) -> None:
        fault(self.issues, "parameter-value", place_of(name), name=name, value=value)

    def read(self, params: Sequence[tuple[str, str]], criterion: Callable[[str, str], bool]) -> None:
        """
        Read every parameter.

        Takes
            criterion: reads one that is neither a control nor the patient; gives whether it was understood.

        Raises
        ------
            Invalid: with every fault.
        """
        if sum(value.count(",") + 1 for _, value in params) > MAX_VALUES:
            raise Invalid("parameter-too-many-values", limit=str(MAX_VALUES))
        for name, value in params:
            before = len(errors(self.issues))
            understood = self._is_shared(name, value)
            if understood is None:
                understood = criterion(name, value)
            if understood and len(errors(self.issues)) == before:
                self.kept.append((name, value))
        others = [name for name, _ in self.kept if name not in {"_cursor", "_format"}]
        if self.cursor is not None and others:
            fault(self.issues, "cursor-not-alone", place_of("_cursor"), name=others[0])
        found = errors(self.issues)
        if found:
            raise Invalid(found[0].code, issues=found)

    def _is_shared(self, name: str, value: str) -> bool | None:
        """Whether a parameter that every search has was understood; None for the others."""
        control = _CONTROLS.get(name)
        if control is not None:
            control(value, self)
            return True
        unsupported = NOT_SUPPORTED.get(name.partition(":")[0])
        if unsupported is not None:
            if name == "_summary" and value == "false":
                return True
            if name == "_summary" and value == "count":
                self.count, self.with_total = 0, True
                return True
            self.refuse(unsupported, name)
            return False
        patient = _PATIENT.fullmatch(name)
        if patient is not None:
            _patient(name, value, self, by_identifier=patient[2] is not None)
            return True
        return None


def values_of(value: str, name: str, reading: Reading, one: Callable[[str], Value | None]) -> tuple[Value, ...]:
    """The alternatives of a criterion; `parameter-value` when it has none."""
    parts = parts_of(value)
    if not parts:
        reading.bad(name, value)
    return tuple(found for part in parts if (found := one(part)) is not None)


def place_of(name: str) -> str:
    return "http." + name[:60]


def parts_of(value: str) -> list[str]:
    """Alternatives: separated by commas, unless escaped by a backslash."""
    if "\\" not in value:
        return [part for part in value.split(",") if part]
    parts, current, escaped = [], "", False
    for character in value:
        if escaped or character not in "\\,":
            current, escaped = current + character, False
        elif character == "\\":
            escaped = True
        else:
            parts.append(current)
            current = ""
    return [part for part in (*parts, current) if part]


def code_token(text: str, name: str, reading: Reading) -> Token | None:
    """`code`, `system|code`, `|code` or `system|`."""
    system, code = parse_token(text)
    if not code and not system:
        reading.bad(name, text)
        return None
    return Token(code or None, None if system is None else oid_of(system))


def id_token(text: str, name: str, reading: Reading) -> Token | None:
    """The id of a resource: no system."""
    system, code = parse_token(text)
    if not code or system is not None:
        reading.bad(name, text)
        return None
    return Token(code)


def identifier_token(text: str, name: str, reading: Reading) -> Token | None:
    """A uniqueId or an entryUUID; `urn:ietf:rfc:3986` is no system of its own."""
    system, code = parse_token(text)
    if not code:
        reading.bad(name, text)
        return None
    return Token(code, None if system is None or system == systems.URI else oid_of(system))


def one_of(text: str, name: str, reading: Reading, allowed: Collection[str]) -> Token | None:
    """A code of this set, whatever its system."""
    code = parse_token(text)[1]
    if code in allowed:
        return Token(code)
    reading.bad(name, code)
    return None


def date_range(text: str, name: str, reading: Reading) -> DateRange | None:
    found = _PREFIX.fullmatch(text)
    assert found is not None  # alternatives are not empty
    try:
        moment = Moment.from_fhir(found[2])
    except (ValueError, OverflowError):
        reading.bad(name, text)
        return None
    return DateRange(Comparator(found[1] or "eq"), moment.start, moment.end)


def name_text(text: str, name: str, reading: Reading) -> Text | None:
    if text.isspace():
        reading.bad(name, text)
        return None
    return Text(searchable(text))


def someone(text: str, name: str, reading: Reading) -> Token | None:
    """`system|value` of a person, device or organisation, in any form of the national identifiers; they have no address of their own here."""
    system, value = parse_token(text)
    if not value or "/" in value:
        reading.bad(name, text)
        return None
    if not system:
        return Token(value)
    issues: list[Issue] = []
    node = {"system": system, "value": value}
    read = read_organization_id if system in {systems.FINESS, systems.SIRENE, systems.RPPS_RANG} else read_person_id
    found = read([node], "", issues=issues)
    if found is None or issues:
        reading.bad(name, text)
        return None
    return Token(*found)


def _patient(name: str, value: str, reading: Reading, *, by_identifier: bool) -> None:
    patient, is_form = named_patient(value, name=name, by_identifier=by_identifier, issues=reading.issues)
    if not is_form:
        reading.bad(name, value)
    if patient is not None:
        reading.patients.append(patient)


def named_patient(
    value: str, *, name: str, by_identifier: bool, issues: list[Issue]
) -> tuple[PatientReference | None, bool]:
    """
    The patient that a parameter names, by id or by INS, and whether the value has the form of one; an identity at fault is an issue.

    For every search within one record.
    """
    node: dict[str, object]
    if by_identifier:
        system, text = parse_token(value)
        if not system or not text or "," in value:
            return None, False
        node = {"identifier": {"system": system, "value": text}}
    elif "," in value or not value:
        return None, False
    else:
        node = {"reference": value if "/" in value or "?" in value else f"Patient/{value}"}
    references = References({}, "", resolve=lambda _: None, issues=issues)
    return read_patient(node, place_of(name), references=references), True


def _count(value: str, reading: Reading) -> None:
    if not value.isdecimal() or len(value) > 9:
        reading.bad("_count", value)
        return
    reading.count = min(int(value), MAX_COUNT)
    if int(value) > MAX_COUNT:
        note(reading.issues, "count-capped", place_of("_count"), limit=str(MAX_COUNT), value=value)


def _sort(value: str, reading: Reading) -> None:
    key = value.removeprefix("-")
    if key not in reading.sorts:
        reading.bad("_sort", value)
        return
    reading.sort, reading.descending = key, value.startswith("-")


def _total(value: str, reading: Reading) -> None:
    if value not in {"none", "estimate", "accurate"}:
        reading.bad("_total", value)
    reading.with_total = value != "none"


def _format(value: str, reading: Reading) -> None:
    if value.partition(";")[0].strip().lower() not in _FORMATS:
        fault(reading.issues, "format-not-supported", place_of("_format"), value=value)


def _cursor(value: str, reading: Reading) -> None:
    if not value:
        reading.bad("_cursor", value)
    reading.cursor = value


_CONTROLS: dict[str, Callable[[str, Reading], None]] = {
    "_count": _count,
    "_sort": _sort,
    "_total": _total,
    "_format": _format,
    "_cursor": _cursor,
}
