"""
A search of the directory, from the parameters of a GET or of a POST `_search` to the domain's query.

Source: identity-and-messaging.md §5.4; FHIR R4 §3.1.1 (modifiers, prefixes, escaping, `Prefer: handling`).
"""

import re
from collections.abc import Callable, Mapping, Sequence

from carnet.domain.directory.search import (
    DEFAULT_COUNT,
    MAX_COUNTED,
    Coded,
    Criterion,
    DirectoryQuery,
    Field,
    Include,
    Kind,
    Match,
    Number,
    Register,
    Text,
    Value,
)
from carnet.domain.errors import Invalid, Issue
from carnet.formats.fhir import systems
from carnet.formats.fhir.codings import oid_of
from carnet.formats.fhir.directory import names
from carnet.formats.fhir.directory.parameters import RESOURCES, Known, Searched
from carnet.formats.fhir.directory.resources import key_of_id
from carnet.formats.fhir.faults import errors, fault, note
from carnet.formats.fhir.patients import parse_token
from carnet.formats.fhir.search_reading import MAX_COUNT, MAX_VALUES, parts_of, place_of
from carnet.formats.fhir.search_table import NOT_SUPPORTED
from carnet.formats.fhir.search_table import Kind as Type
from carnet.vocabulary.date_ranges import Comparator, DateRange
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.identifiers import ORGANIZATIONS, PROFESSIONALS
from carnet.vocabulary.moments import Moment

MAX_CHARACTERS = 200  # of one text sought

_PREFIX = re.compile(r"(eq|ne|gt|lt|ge|le|sa|eb|ap)?(.+)", re.DOTALL)
_FORMATS = frozenset({"json", "application/json", "application/fhir+json", "application/fhir json"})
_REGISTERS: Mapping[str, Register] = {
    PROFESSIONALS: Register.NATIONAL,
    ORGANIZATIONS: Register.NATIONAL,
    systems.RPPS: Register.RPPS,
    systems.ADELI: Register.ADELI,
    systems.FINESS: Register.FINESS,
    systems.RPPS_RANG: Register.TECHNICAL,
}
_TYPES: Mapping[str, Register] = {
    "IDNPS": Register.NATIONAL,
    "RPPS": Register.RPPS,
    "ADELI": Register.ADELI,
    "IDNST": Register.NATIONAL,
    "FINEG": Register.FINESS_SITE,
    "FINEJ": Register.FINESS_LEGAL,
    "SIRET": Register.SIRET,
    "SIREN": Register.SIREN,
    names.TECHNICAL_TYPE: Register.TECHNICAL,
}
# The coded fields of each kind, by the system of their codes.
_CODES: Mapping[Kind, Mapping[str, str]] = {
    Kind.PROFESSIONAL: {
        names.PROFESSION: "profession", names.PROFESSIONAL_CATEGORY: "category", names.SKILL_TYPE: "skill-type",
    } | dict.fromkeys(names.SKILL_TABLES, "skill"),
    Kind.SITUATION: {
        names.ACTIVITY: "activity", names.MODE: "mode", names.FUNCTION: "role", names.CARE_ROLE: "role", names.SECTION: "section",
    },
    Kind.ORGANIZATION: {
        names.ENTITY_TYPE: "entity", names.SECTOR: "sector", names.CATEGORY: "category", names.EXERCISE_CATEGORY: "category",
    },
}  # fmt: skip


@frozen
class ReadDirectorySearch:
    """As `search_parameters.ReadSearch`, of the directory. bad values are errors; unknown parameters are, unless lenient."""

    query: DirectoryQuery
    warnings: tuple[Issue, ...] = ()
    self_parameters: tuple[tuple[str, str], ...] = ()
    cursor: str | None = None


class _Reading:
    def __init__(self, kind: str, *, lenient: bool) -> None:
        self.searched: Searched = RESOURCES[kind]
        self.type = kind
        self.lenient = lenient
        self.issues: list[Issue] = []
        self.criteria: list[Criterion] = []
        self.includes: set[Include] = set()
        self.kept: list[tuple[str, str]] = []
        self.count = DEFAULT_COUNT
        self.total: int | None = MAX_COUNTED
        self.cursor: str | None = None

    def refuse(self, code: str, name: str) -> bool:
        """Not understood: an error, or a warning for those who asked for lenience."""
        (note if self.lenient else fault)(self.issues, code, place_of(name), name=name)
        return False

    def bad(self, name: str, value: str) -> None:
        fault(self.issues, "parameter-value", place_of(name), name=name, value=value[:MAX_CHARACTERS])


def read_directory_search(
    kind: str, params: Sequence[tuple[str, str]], *, lenient: bool, after: str | None = None
) -> ReadDirectorySearch:
    """
    Read the parameters of a search.

    Takes
        kind: `Practitioner`, `PractitionerRole` or `Organization`. params: (name, value) in order, percent-decoded. after: key of the last
            entry shown, for a next page: the total is then not counted again.
    Raises
        Invalid: every fault: `parameter-unknown`, `parameter-not-held`, `parameter-value`, `parameter-too-many-values`,
            `…-not-supported`, `cursor-not-alone`.
    """
    reading = _Reading(kind, lenient=lenient)
    if sum(value.count(",") + 1 for _, value in params) > MAX_VALUES:
        raise Invalid("parameter-too-many-values", limit=str(MAX_VALUES))
    for name, value in params:
        before = len(errors(reading.issues))
        if _read(name, value, reading) and len(errors(reading.issues)) == before:
            reading.kept.append((name, value))
    others = [name for name, _ in reading.kept if name not in {"_cursor", "_format"}]
    if reading.cursor is not None and others:
        fault(reading.issues, "cursor-not-alone", place_of("_cursor"), name=others[0])
    found = errors(reading.issues)
    if found:
        raise Invalid(found[0].code, issues=found)
    if reading.count == 0 and reading.total is not None:
        reading.total = 0  # asked for alone, a total is told whatever it costs
    query = DirectoryQuery(
        reading.searched.kind, tuple(reading.criteria), frozenset(reading.includes), reading.count, after,
        None if after is not None else reading.total,
    )  # fmt: skip
    return ReadDirectorySearch(query, tuple(reading.issues), tuple(reading.kept), reading.cursor)


def _read(name: str, value: str, reading: _Reading) -> bool:
    """Whether the parameter was understood."""
    control = _CONTROLS.get(name)
    if control is not None:
        return control(value, reading)
    base, _, modifier = name.partition(":")
    if base in reading.searched.not_held:
        return reading.refuse("parameter-not-held", name)
    if base in NOT_SUPPORTED:
        return reading.refuse(NOT_SUPPORTED[base], name)
    by_identifier = base.endswith(".identifier")
    known = reading.searched.known.get(base.removesuffix(".identifier"))
    if known is None or not _accepts(known, modifier, by_identifier=by_identifier):
        return reading.refuse("parameter-unknown", name)
    parts = parts_of(value)
    values: list[Value] = []
    for part in parts:
        found = _VALUES[known.type](part, modifier or ("identifier" if by_identifier else ""), known, reading)
        if found is None:
            reading.bad(name, part)
        else:
            values += found
    if not parts:
        reading.bad(name, value)
    reading.criteria.append(Criterion(known.field, tuple(values)))
    return True


def _accepts(known: Known, modifier: str, *, by_identifier: bool) -> bool:
    if by_identifier:
        return known.type is Type.REFERENCE and not modifier
    if known.type is Type.STRING:
        return modifier in {"", "contains", "exact"}
    if known.type is Type.REFERENCE:
        return modifier in {"", "identifier", "Practitioner", "Organization"}
    return not modifier


def _string(text: str, modifier: str, known: Known, reading: _Reading) -> list[Value] | None:
    del known, reading
    if text.isspace() or len(text) > MAX_CHARACTERS:
        return None
    return [Text(text, Match(modifier or "starts"))]


def _date(text: str, modifier: str, known: Known, reading: _Reading) -> list[Value] | None:
    del modifier, known, reading
    found = _PREFIX.fullmatch(text)
    if found is None:
        return None
    try:
        moment = Moment.from_fhir(found[2])
    except (ValueError, OverflowError):
        return None
    return [DateRange(Comparator(found[1] or "eq"), moment.start, moment.end)]


def _reference(text: str, modifier: str, known: Known, reading: _Reading) -> list[Value] | None:
    """`Practitioner/8…`, its address here, or the bare id; by an identifier, one that says its register or is whole."""
    del reading
    target = "Practitioner" if known.field is Field.PERSON else "Organization"
    if modifier == "identifier":
        return _national(text, is_person=target == "Practitioner")
    if modifier not in {"", target, "identifier"}:
        return []
    before, slash, ident = text.rpartition("/")
    if slash and before.rpartition("/")[2] != target:
        return None
    return [key_of_id(ident)] if ident else None


def _national(text: str, *, is_person: bool) -> list[Value] | None:
    """The national identifiers that a token may stand for: our keys are those."""
    system, value = parse_token(text)
    if not value or len(value) > MAX_CHARACTERS:
        return None
    if system == systems.RPPS and is_person:
        return ["8" + value]
    if system == systems.ADELI and is_person:
        return ["0" + value]
    if system == systems.FINESS and not is_person:
        return ["1" + value]
    if system == systems.SIRENE and not is_person:
        return [("3" if len(value) == 14 else "2") + value]
    prefixes = ("", "8", "0") if is_person else ("", "1", "3")
    return [prefix + value for prefix in prefixes] if not system else [value]


def _token(text: str, modifier: str, known: Known, reading: _Reading) -> list[Value] | None:
    del modifier
    system, code = parse_token(text)
    if len(text) > 2 * MAX_CHARACTERS:
        return None
    return _TOKENS[known.field](system, code, reading.searched.kind)


def _id(system: str | None, code: str, kind: Kind) -> list[Value] | None:
    del kind
    return [key_of_id(code)] if code and not system else None


def _flag(system: str | None, code: str, kind: Kind) -> list[Value] | None:
    del system, kind
    return [code == "true"] if code in {"true", "false"} else None


def _number(system: str | None, code: str, kind: Kind) -> list[Value] | None:
    if not code:
        return None
    if not system or kind is Kind.SITUATION:
        return [Number(Register.ANY, code)]
    if system == systems.SIRENE:
        return [Number(Register.SIRET if len(code) == 14 else Register.SIREN, code)]
    register = _REGISTERS.get(oid_of(system) if system[:8].lower() == "urn:oid:" else system)
    return [] if register is None else [Number(register, code)]


def _number_type(system: str | None, code: str, kind: Kind) -> list[Value] | None:
    del system, kind
    register = _TYPES.get(code.upper())
    return None if register is None else [register]


def _coded(system: str | None, code: str, kind: Kind) -> list[Value] | None:
    if not code:
        return None
    tables = _CODES[kind]
    if not system:
        return [Coded(table, code) for table in dict.fromkeys(tables.values())]
    table = tables.get(system)
    if table is None or (table == "skill" and names.skill_system(code) != system):
        return []
    return [Coded(table, code)]


def _authority(system: str | None, code: str, kind: Kind) -> list[Value] | None:
    del system, kind
    return [code] if code else None


def _count(value: str, reading: _Reading) -> bool:
    if not (value.isascii() and value.isdecimal()) or len(value) > 9:
        reading.bad("_count", value)
        return True
    reading.count = min(int(value), MAX_COUNT)
    if int(value) > MAX_COUNT:
        note(reading.issues, "count-capped", place_of("_count"), limit=str(MAX_COUNT), value=value)
    return True


def _total(value: str, reading: _Reading) -> bool:
    if value not in {"none", "estimate", "accurate"}:
        reading.bad("_total", value)
        return True
    reading.total = {"none": None, "accurate": 0}.get(value, MAX_COUNTED)
    return True


def _summary(value: str, reading: _Reading) -> bool:
    if value == "count":
        reading.count, reading.total = 0, 0
    elif value != "false":
        return reading.refuse("summary-not-supported", "_summary")
    return True


def _format(value: str, reading: _Reading) -> bool:
    if value.partition(";")[0].strip().lower() not in _FORMATS:
        reading.bad("_format", value)
    return True


def _cursor(value: str, reading: _Reading) -> bool:
    reading.cursor = value
    return True


def _include(value: str, reading: _Reading) -> bool:
    return _including(value, reading, reading.searched.includes, "_include")


def _revinclude(value: str, reading: _Reading) -> bool:
    return _including(value, reading, reading.searched.reverse, "_revinclude")


def _including(value: str, reading: _Reading, known: Mapping[str, Include], name: str) -> bool:
    wanted = known.values() if value in {"*", f"{reading.type}:*"} else [known.get(":".join(value.split(":")[:2]))]
    if None in wanted or not known:
        return reading.refuse("parameter-unknown", f"{name}={value[:80]}")
    reading.includes |= {include for include in wanted if include is not None}
    return True


_CONTROLS: Mapping[str, Callable[[str, _Reading], bool]] = {
    "_count": _count,
    "_total": _total,
    "_summary": _summary,
    "_format": _format,
    "_cursor": _cursor,
    "_include": _include,
    "_revinclude": _revinclude,
}
_VALUES: Mapping[Type, Callable[[str, str, Known, _Reading], list[Value] | None]] = {
    Type.STRING: _string,
    Type.DATE: _date,
    Type.REFERENCE: _reference,
    Type.TOKEN: _token,
}
_TOKENS: Mapping[Field, Callable[[str | None, str, Kind], list[Value] | None]] = {
    Field.ID: _id,
    Field.ACTIVE: _flag,
    Field.NUMBER: _number,
    Field.NUMBER_TYPE: _number_type,
    Field.CODE: _coded,
    Field.AUTHORITY: _authority,
}
