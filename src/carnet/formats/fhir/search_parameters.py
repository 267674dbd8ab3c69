"""
A search, from the parameters of a GET or of a POST `_search` to the domain's query.

Source: IHE MHD 4.2 ITI-67; documents.md §3.2; FHIR R4 §3.1.1 (modifiers, prefixes, escaping, `Prefer: handling`).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from carnet.domain.errors import Invalid, Issue
from carnet.domain.record.model import PatientReference
from carnet.domain.record.rows import searchable
from carnet.domain.record.search import (
    Comparator,
    Criterion,
    DateRange,
    Parameter,
    SearchQuery,
    SortKey,
    Text,
    Token,
    Value,
)
from carnet.formats.fhir import systems
from carnet.formats.fhir.codings import oid_of
from carnet.formats.fhir.faults import errors, fault, note
from carnet.formats.fhir.identities import read_organization_id, read_person_id
from carnet.formats.fhir.patients import parse_token, read_patient
from carnet.formats.fhir.references import References
from carnet.formats.fhir.relations import entry_of
from carnet.formats.fhir.search_table import BY_NAME, NOT_SUPPORTED, Kind, Known
from carnet.formats.fhir.security_labels import canonical_label
from carnet.vocabulary.identifiers import is_oid, is_uuid
from carnet.vocabulary.moments import Moment

MAX_COUNT = 200
MAX_VALUES = 200  # of all parameters together

_AUTHOR_CHAIN = re.compile(r"author(?::\w+)?(?:\.practitioner(?::\w+)?)?\.(identifier|family|given)")
_PATIENT = re.compile(r"(patient|subject)(?::Patient)?(\.identifier|:identifier)?")
_PREFIX = re.compile(r"(eq|ne|gt|lt|ge|le|sa|eb|ap)?(.+)", re.DOTALL)
_FORMATS = frozenset({"json", "application/json", "application/fhir+json", "application/fhir json"})


@dataclass(frozen=True, slots=True)
class ReadSearch:
    """
    A search in the words of the domain.

    patients: each way in which the patient is named; they must agree. warnings: what was left out or changed (lenient handling, `_count`
    capped). self_parameters: what was understood, for the self link. cursor: sealed, when a next page is asked for; then alone.
    """

    query: SearchQuery
    patients: tuple[PatientReference, ...] = ()
    warnings: tuple[Issue, ...] = ()
    self_parameters: tuple[tuple[str, str], ...] = ()
    cursor: str | None = None


class _Reading:
    """What has been understood so far."""

    def __init__(self, *, lenient: bool) -> None:
        self.lenient = lenient
        self.issues: list[Issue] = []
        self.criteria: list[Criterion] = []
        self.patients: list[PatientReference] = []
        self.kept: list[tuple[str, str]] = []
        self.sort, self.descending = SortKey.DATE, True
        self.count, self.with_total = SearchQuery().count, True
        self.cursor: str | None = None

    def refuse(self, code: str, name: str) -> None:
        """Not understood: an error, or a warning for those who asked for lenience."""
        (note if self.lenient else fault)(self.issues, code, _place(name), name=name)

    def bad(self, name: str, value: str) -> None:
        fault(self.issues, "parameter-value", _place(name), name=name, value=value)


def read_search(params: Sequence[tuple[str, str]], *, lenient: bool) -> ReadSearch:
    """
    Read the parameters of a search of fiches.

    Takes
        params: (name, value) in order, percent-decoded. lenient: `Prefer: handling=lenient`.

    Raises
    ------
        Invalid: with every fault: `parameter-unknown`, `parameter-value`, `parameter-too-many-values`, `…-not-supported`,
            `cursor-not-alone`, and those of the patient's identity.
    """
    reading = _Reading(lenient=lenient)
    if sum(value.count(",") + 1 for _, value in params) > MAX_VALUES:
        raise Invalid("parameter-too-many-values", limit=str(MAX_VALUES))
    for name, value in params:
        before = len(errors(reading.issues))
        understood = _read(name, value, reading)
        if understood and len(errors(reading.issues)) == before:
            reading.kept.append((name, value))
    others = [name for name, _ in reading.kept if name not in {"_cursor", "_format"}]
    if reading.cursor is not None and others:
        fault(reading.issues, "cursor-not-alone", _place("_cursor"), name=others[0])
    found = errors(reading.issues)
    if found:
        raise Invalid(found[0].code, issues=found)
    query = SearchQuery(tuple(reading.criteria), reading.sort, reading.descending, reading.count, reading.with_total)
    return ReadSearch(query, tuple(reading.patients), tuple(reading.issues), tuple(reading.kept), reading.cursor)


def _place(name: str) -> str:
    return "http." + name[:60]


def _read(name: str, value: str, reading: _Reading) -> bool:
    """Whether the parameter was understood."""
    control = _CONTROLS.get(name)
    if control is not None:
        control(value, reading)
        return True
    unsupported = NOT_SUPPORTED.get(name.partition(":")[0])
    if unsupported is not None:
        if name == "_summary" and value == "false":
            return True
        if name == "_summary" and value == "count":
            reading.count, reading.with_total = 0, True
            return True
        reading.refuse(unsupported, name)
        return False
    patient = _PATIENT.fullmatch(name)
    if patient is not None:
        _patient(name, value, reading, by_identifier=patient[2] is not None)
        return True
    base, modifier = _base_and_modifier(name)
    known = BY_NAME.get(base)
    if known is None or known.parameter is None or not _accepts(known, modifier):
        reading.refuse("parameter-unknown", name)
        return False
    values = [_READERS[known.kind](part, name, known.parameter, reading) for part in _parts(value)]
    criterion = Criterion(known.parameter, tuple(v for v in values if v is not None), negated=modifier == "not")
    if criterion.values:
        reading.criteria.append(criterion)
    elif not values:
        reading.bad(name, value)
    return True


def _base_and_modifier(name: str) -> tuple[str, str]:
    chain = _AUTHOR_CHAIN.fullmatch(name)
    if chain is not None:
        return f"author.{chain[1]}", ""
    base, _, modifier = name.partition(":")
    if base.endswith(".identifier") and base != "author.identifier":
        base, modifier = base.removesuffix(".identifier"), "identifier"
    return ("relatesto" if base == "relatesTo" else base), modifier


def _accepts(known: Known, modifier: str) -> bool:
    if modifier == "not":
        return known.kind is Kind.TOKEN
    if modifier == "identifier":
        return known.name in {"author", "related"}
    if modifier == "DocumentReference":
        return known.name == "relatesto"
    return not modifier


def _parts(value: str) -> list[str]:
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


def _token(text: str, name: str, parameter: Parameter, reading: _Reading) -> Value | None:
    system, code = parse_token(text)
    if parameter is Parameter.AUTHOR:
        return _author(text, name, parameter, reading)
    if parameter is Parameter.STATUS:
        return _one_of(code, name, reading, {"current", "superseded", "entered-in-error"})
    if parameter is Parameter.IS_ARCHIVED:
        return _one_of(code, name, reading, {"true", "false"})
    if parameter is Parameter.ID or parameter is Parameter.IDENTIFIER:
        if not code or (parameter is Parameter.ID and system is not None):
            reading.bad(name, text)
            return None
        return Token(code, None if system is None or system == systems.URI else oid_of(system))
    if not code and not system:
        reading.bad(name, text)
        return None
    token = Token(code or None, None if system is None else oid_of(system))
    return canonical_label(token) if parameter is Parameter.SECURITY_LABEL else token


def _one_of(code: str, name: str, reading: _Reading, allowed: set[str]) -> Token | None:
    if code in allowed:
        return Token(code)
    reading.bad(name, code)
    return None


def _date(text: str, name: str, parameter: Parameter, reading: _Reading) -> Value | None:
    del parameter
    found = _PREFIX.fullmatch(text)
    assert found is not None  # alternatives are not empty
    try:
        moment = Moment.from_fhir(found[2])
    except (ValueError, OverflowError):
        reading.bad(name, text)
        return None
    return DateRange(Comparator(found[1] or "eq"), moment.start, moment.end)


def _string(text: str, name: str, parameter: Parameter, reading: _Reading) -> Value | None:
    del parameter
    if text.isspace():
        reading.bad(name, text)
        return None
    return Text(searchable(text))


def _reference(text: str, name: str, parameter: Parameter, reading: _Reading) -> Value | None:
    if parameter is Parameter.RELATES_TO:
        entry = text if is_uuid(text) else entry_of(text)
        if entry is None:
            reading.bad(name, text)
            return None
        return Token(str(entry))
    if parameter is Parameter.AUTHOR:
        return _author(text, name, parameter, reading)
    system, value = parse_token(text)
    if not value:
        reading.bad(name, text)
        return None
    authority = oid_of(system) if system else ""
    return Token(
        value if not authority else f"{value}^^^&{authority}&ISO" if is_oid(authority) else f"{value}^^^{authority}"
    )


def _author(text: str, name: str, parameter: Parameter, reading: _Reading) -> Value | None:
    """`system|value`, national identifiers in any of their forms; authors have no address of their own here."""
    del parameter
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


_READERS: dict[Kind, Callable[[str, str, Parameter, _Reading], Value | None]] = {
    Kind.TOKEN: _token,
    Kind.DATE: _date,
    Kind.STRING: _string,
    Kind.REFERENCE: _reference,
}


def _patient(name: str, value: str, reading: _Reading, *, by_identifier: bool) -> None:
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
    return read_patient(node, _place(name), references=references), True


def _count(value: str, reading: _Reading) -> None:
    if not value.isdecimal() or len(value) > 9:
        reading.bad("_count", value)
        return
    reading.count = min(int(value), MAX_COUNT)
    if int(value) > MAX_COUNT:
        note(reading.issues, "count-capped", _place("_count"), limit=str(MAX_COUNT), value=value)


def _sort(value: str, reading: _Reading) -> None:
    key = value.removeprefix("-")
    if key not in set(SortKey):
        reading.bad("_sort", value)
        return
    reading.sort, reading.descending = SortKey(key), value.startswith("-")


def _total(value: str, reading: _Reading) -> None:
    if value not in {"none", "estimate", "accurate"}:
        reading.bad("_total", value)
    reading.with_total = value != "none"


def _format(value: str, reading: _Reading) -> None:
    if value.partition(";")[0].strip().lower() not in _FORMATS:
        fault(reading.issues, "format-not-supported", _place("_format"), value=value)


def _cursor(value: str, reading: _Reading) -> None:
    if not value:
        reading.bad("_cursor", value)
    reading.cursor = value


_CONTROLS: dict[str, Callable[[str, _Reading], None]] = {
    "_count": _count,
    "_sort": _sort,
    "_total": _total,
    "_format": _format,
    "_cursor": _cursor,
}
