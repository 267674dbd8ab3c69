"""
A search of AuditEvent, from parameters to the domain's query. `date` is compulsory, as ITI-81 wants.

Source: IHE ATNA RESTful, ITI-81 §3.81.4.1; TDE 2.0.0 flux 4; FHIR R4 §3.1.1 (prefixes, tokens, `Prefer: handling`).
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from carnet.domain.audit.model import EventType, Outcome
from carnet.domain.errors import Invalid, Issue
from carnet.domain.record.history.model import Criteria, Span, TrailQuery
from carnet.domain.record.model import PatientReference
from carnet.domain.record.rows import searchable
from carnet.formats.fhir import systems
from carnet.formats.fhir.audit_codes import OUTCOMES, shape_of
from carnet.formats.fhir.codings import oid_of, url_of
from carnet.formats.fhir.faults import errors, fault, note
from carnet.formats.fhir.identities import ins_system, read_organization_id, read_person_id
from carnet.formats.fhir.patients import parse_token
from carnet.formats.fhir.search_reading import named_patient
from carnet.formats.fhir.search_table import NOT_SUPPORTED, Kind
from carnet.formats.fhir.times import parse_moment
from carnet.vocabulary.codes import Code
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.identifiers import is_uuid

MAX_COUNT = 200
MAX_VALUES = 200
MAX_VALUE_CHARACTERS = 500

_FHIR = "http://hl7.org/fhir/SearchParameter/"
_TDE = "https://interop.esante.gouv.fr/ig/fhir/tde/SearchParameter/TDE-AuditEvent-period-start"
_PATIENT = re.compile(r"patient(?::Patient)?(\.identifier|:identifier)?")
_PREFIXED = re.compile(r"(eq|ne|gt|lt|ge|le|sa|eb|ap)?(.+)", re.DOTALL)

# Name, kind, definition, French text: for the CapabilityStatement.
AUDIT_PARAMETERS: tuple[tuple[str, Kind, str | None, str], ...] = (
    ("date", Kind.DATE, _FHIR + "AuditEvent-date", "Enregistrement de la trace ; obligatoire"),
    ("period-start", Kind.DATE, _TDE, "Moment de l'acte"),
    ("patient", Kind.REFERENCE, _FHIR + "AuditEvent-patient", "Dossier ; pour un usager, le sien par défaut"),
    ("patient.identifier", Kind.TOKEN, None, "Dossier, par matricule INS : `système|valeur`"),
    ("type", Kind.TOKEN, _FHIR + "AuditEvent-type", "Genre d'événement"),
    ("subtype", Kind.TOKEN, _FHIR + "AuditEvent-subtype", "Genre précis"),
    ("action", Kind.TOKEN, _FHIR + "AuditEvent-action", "C, R, U, D ou E"),
    ("outcome", Kind.TOKEN, _FHIR + "AuditEvent-outcome", "0 : fait ; 4 : refusé"),
    ("agent", Kind.REFERENCE, _FHIR + "AuditEvent-agent", "Qui a agi, sa structure ou son logiciel : `système|valeur`"),
    ("agent-name", Kind.STRING, _FHIR + "AuditEvent-agent-name", "Début du nom de qui a agi"),
    ("agent-role", Kind.TOKEN, _FHIR + "AuditEvent-agent-role", "Profession ou spécialité de qui a agi"),
    ("entity", Kind.REFERENCE, _FHIR + "AuditEvent-entity", "Document concerné : `DocumentReference/…`"),
)


@frozen
class ReadAuditSearch:
    """As `ReadSearch`: patients may be none, for a citizen's own trail or the system's."""

    query: TrailQuery
    patients: tuple[PatientReference, ...] = ()
    warnings: tuple[Issue, ...] = ()
    self_parameters: tuple[tuple[str, str], ...] = ()
    cursor: str | None = None


class _Reading:
    def __init__(self, *, lenient: bool) -> None:
        self.lenient = lenient
        self.issues: list[Issue] = []
        self.patients: list[PatientReference] = []
        self.kept: list[tuple[str, str]] = []
        self.recorded: Span | None = None
        self.occurred = Span()
        self.types: set[EventType] = set(EventType)
        self.outcomes: set[Outcome] = set(Outcome)
        self.agents: list[frozenset[str]] = []
        self.names: list[frozenset[str]] = []
        self.roles: list[frozenset[str]] = []
        self.documents: list[frozenset[UUID]] = []
        self.count, self.descending = 50, True
        self.cursor: str | None = None

    def bad(self, name: str, value: str) -> None:
        fault(self.issues, "parameter-value", _place(name), name=name, value=value)


def read_audit_search(params: Sequence[tuple[str, str]], *, lenient: bool) -> ReadAuditSearch:
    """
    Read the parameters of a search of events.

    Takes
        params: (name, value) in order, percent-decoded. lenient: `Prefer: handling=lenient`.
    Raises
        Invalid: every fault: `parameter-missing` (date), `parameter-unknown`, `parameter-value`, `parameter-too-many-values`,
            `…-not-supported`, `cursor-not-alone`, and those of the patient's identity.
    """
    reading = _Reading(lenient=lenient)
    if sum(value.count(",") + 1 for _, value in params) > MAX_VALUES:
        raise Invalid("parameter-too-many-values", limit=str(MAX_VALUES))
    for name, value in params:
        before = len(errors(reading.issues))
        if _read(name, value, reading) and len(errors(reading.issues)) == before:
            reading.kept.append((name, value))
    others = [name for name, _ in reading.kept if name not in {"_cursor", "_format"}]
    if reading.cursor is not None and others:
        fault(reading.issues, "cursor-not-alone", _place("_cursor"), name=others[0])
    if reading.cursor is None and reading.recorded is None and not errors(reading.issues):
        fault(reading.issues, "parameter-missing", _place("date"), name="date")
    found = errors(reading.issues)
    if found:
        raise Invalid(found[0].code, issues=found)
    query = TrailQuery(
        recorded=reading.recorded or Span(),
        occurred=reading.occurred,
        types=frozenset(reading.types),
        outcomes=frozenset(reading.outcomes),
        criteria=Criteria(tuple(reading.agents), tuple(reading.names), tuple(reading.roles), tuple(reading.documents)),
        count=reading.count,
        descending=reading.descending,
    )
    return ReadAuditSearch(query, tuple(reading.patients), tuple(reading.issues), tuple(reading.kept), reading.cursor)


def _place(name: str) -> str:
    return "http." + name[:60]


def _read(name: str, value: str, reading: _Reading) -> bool:
    """Whether the parameter was understood."""
    if len(value) > MAX_VALUE_CHARACTERS and name != "_cursor":
        reading.bad(name, value)
        return False
    reader = _READERS.get(name)
    if reader is not None:
        reader(value, name, reading)
        return True
    patient = _PATIENT.fullmatch(name)
    if patient is not None:
        found, ok = named_patient(value, name=name, by_identifier=patient[1] is not None, issues=reading.issues)
        if not ok:
            reading.bad(name, value)
        if found is not None:
            reading.patients.append(found)
        return True
    code = NOT_SUPPORTED.get(name.partition(":")[0], "parameter-unknown")
    (note if reading.lenient else fault)(reading.issues, code, _place(name), name=name)
    return False


def _date(value: str, name: str, reading: _Reading) -> None:
    """`date` and `period-start`: what is searched is an instant, so that a day is the range from its beginning to its end."""
    found = _PREFIXED.fullmatch(value)
    moment = None if found is None else parse_moment(found[2])
    if found is None or moment is None:
        reading.bad(name, value)
        return
    span_of = _SPANS.get(found[1] or "eq")
    if span_of is None:
        reading.bad(name, value)
        return
    span = span_of(moment.start, moment.end)
    if name == "date":
        reading.recorded = _both(reading.recorded or Span(), span)
    else:
        reading.occurred = _both(reading.occurred, span)


# `ne` is no range, and `ap` would say more than it knows.
_SPANS: dict[str, Callable[[datetime, datetime], Span]] = {
    "eq": Span,
    "gt": lambda _, end: Span(since=end),
    "sa": lambda _, end: Span(since=end),
    "ge": lambda start, _: Span(since=start),
    "lt": lambda start, _: Span(until=start),
    "eb": lambda start, _: Span(until=start),
    "le": lambda _, end: Span(until=end),
}


def _both(one: Span, other: Span) -> Span:
    since = [each for each in (one.since, other.since) if each is not None]
    until = [each for each in (one.until, other.until) if each is not None]
    return Span(max(since, default=None), min(until, default=None))


def _kinds(value: str, name: str, reading: _Reading) -> None:
    """`type`, `subtype` and `action`: which kinds of events are written with one of these codes."""
    tokens = [parse_token(part) for part in value.split(",")]
    if not all(code or system for system, code in tokens):
        reading.bad(name, value)
        return
    reading.types &= {each for each in EventType if any(_is_written(each, name, *token) for token in tokens)}


def _is_written(event_type: EventType, name: str, system: str | None, code: str) -> bool:
    shape = shape_of(event_type)
    if name == "action":
        return code == shape.action
    written: Code = shape.type if name == "type" else shape.subtype
    return code in {"", written.code} and (system is None or oid_of(system) == oid_of(url_of(written.system)))


def _outcome(value: str, name: str, reading: _Reading) -> None:
    codes = {parse_token(part)[1] for part in value.split(",")}
    if not codes <= {"0", "4", "8", "12"}:
        reading.bad(name, value)
    reading.outcomes &= {each for each, code in OUTCOMES.items() if code in codes}


def _agent(value: str, name: str, reading: _Reading) -> None:
    found = [_agent_id(part) for part in value.split(",")]
    if None in found:
        reading.bad(name, value)
    reading.agents.append(frozenset(each for each in found if each is not None))


def _agent_id(text: str) -> str | None:
    """A national identifier in any of its forms, a matricule, or the identifier of a software; None for what is none."""
    system, value = parse_token(text)
    if not value or "/" in value:
        return None
    if not system or ins_system(system) is not None:
        return value
    issues: list[Issue] = []
    read = read_organization_id if system in {systems.FINESS, systems.SIRENE, systems.RPPS_RANG} else read_person_id
    found = read([{"system": system, "value": value}], "", issues=issues)
    return None if found is None or issues else found[0]


def _agent_name(value: str, name: str, reading: _Reading) -> None:
    prefixes = frozenset(searchable(part) for part in value.split(",") if part.strip())
    if not prefixes:
        reading.bad(name, value)
    reading.names.append(prefixes)


def _agent_role(value: str, name: str, reading: _Reading) -> None:
    codes = frozenset(parse_token(part)[1] for part in value.split(","))
    if "" in codes:
        reading.bad(name, value)
    reading.roles.append(codes)


def _entity(value: str, name: str, reading: _Reading) -> None:
    ids = [part.rpartition("DocumentReference/")[2] for part in value.split(",")]
    if not all(map(is_uuid, ids)):
        reading.bad(name, value)
        return
    reading.documents.append(frozenset(map(UUID, ids)))


def _count(value: str, name: str, reading: _Reading) -> None:
    if not value.isdecimal() or len(value) > 9 or int(value) == 0:
        reading.bad(name, value)
        return
    reading.count = min(int(value), MAX_COUNT)
    if int(value) > MAX_COUNT:
        note(reading.issues, "count-capped", _place(name), limit=str(MAX_COUNT), value=value)


def _sort(value: str, name: str, reading: _Reading) -> None:
    if value not in {"date", "-date"}:
        reading.bad(name, value)
    reading.descending = value != "date"


def _total(value: str, name: str, reading: _Reading) -> None:
    # Counting would open every event, since one that is hidden must not count.
    if value != "none":
        reading.bad(name, value)


def _format(value: str, name: str, reading: _Reading) -> None:
    if value.partition(";")[0].strip().lower().replace(" ", "+") not in _FORMATS:
        fault(reading.issues, "format-not-supported", _place(name), value=value)


_FORMATS = frozenset({"json", "application/json", "application/fhir+json"})


def _cursor(value: str, name: str, reading: _Reading) -> None:
    if not value:
        reading.bad(name, value)
    reading.cursor = value


_READERS: dict[str, Callable[[str, str, _Reading], None]] = {
    "date": _date,
    "period-start": _date,
    "TDE_AuditEvent_period-start": _date,
    "type": _kinds,
    "subtype": _kinds,
    "action": _kinds,
    "outcome": _outcome,
    "agent": _agent,
    "agent.identifier": _agent,
    "agent:identifier": _agent,
    "agent-name": _agent_name,
    "agent-role": _agent_role,
    "entity": _entity,
    "_count": _count,
    "_sort": _sort,
    "_total": _total,
    "_format": _format,
    "_cursor": _cursor,
}
