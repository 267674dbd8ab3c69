"""
A search as SQL: each parameter of the table below becomes one condition; values are always bound, never written in.

Source: FHIR R4 §3.1.1.4 (prefixes against ranges, tokens); documents.md §3.2 for the parameters.
"""

from collections.abc import Callable, Sequence
from typing import Any, LiteralString
from uuid import UUID

from carnet.domain.record.search import Parameter, SearchQuery, SortKey, Text, Token, is_synchronisation
from carnet.vocabulary.date_ranges import Comparator, DateRange
from carnet.vocabulary.identifiers import UniqueId, is_oid, is_uuid

VISIBILITY = "1.2.250.1.213.1.1.4.13"
CONFIDENTIALITY = "2.16.840.1.113883.5.25"

SORT_COLUMNS = {
    SortKey.DATE: "e.created_from",
    SortKey.CREATION: "e.created_from",
    SortKey.LAST_UPDATED: "e.updated_at",
    SortKey.PERIOD_START: "e.started_from",
}

# The version that the asker may know of: a state that was hidden from them is not counted.
VERSION: LiteralString = """
    CASE WHEN e.version = 1 THEN 1 ELSE 1 + (
        SELECT count(*)::int FROM document_entry_past p
        WHERE p.patient_id = e.patient_id AND p.logical_id = e.logical_id AND p.class_id = ANY (%(allowed)s)) END
"""
ENTRY_COLUMNS: LiteralString = (
    f"e.logical_id, {VERSION}, e.updated_at, e.status, e.confidentiality, e.labels, e.entry_uuid, e.fiche"
)
# Towards what the asker may see only: one statement more for a relation that is not shown would be its shadow.
_HAS_RELATIONS = (
    "EXISTS (SELECT 1 FROM association s JOIN document_entry t ON t.patient_id = s.patient_id AND t.logical_id = s.target_id "
    "WHERE s.patient_id = e.patient_id AND s.source_id = e.logical_id AND t.class_id = ANY (%(allowed)s))"
)

# A kept range [low, high) against a searched range [start, end).
_RANGES = {
    Comparator.EQ: "({low} >= {start} AND {high} <= {end})",
    Comparator.NE: "NOT ({low} >= {start} AND {high} <= {end})",
    Comparator.GT: "({high} > {end})",
    Comparator.LT: "({low} < {start})",
    Comparator.GE: "({low} >= {start} OR {high} > {end})",
    Comparator.LE: "({high} <= {end} OR {low} < {start})",
    Comparator.SA: "({low} >= {end})",
    Comparator.EB: "({high} <= {start})",
    Comparator.AP: "({low} < {end} AND {high} > {start})",
}
# A kept instant against a searched range.
_INSTANTS = {
    Comparator.EQ: "({low} >= {start} AND {low} < {end})",
    Comparator.NE: "NOT ({low} >= {start} AND {low} < {end})",
    Comparator.GT: "({low} >= {end})",
    Comparator.LT: "({low} < {start})",
    Comparator.GE: "({low} >= {start})",
    Comparator.LE: "({low} < {end})",
    Comparator.SA: "({low} >= {end})",
    Comparator.EB: "({low} < {start})",
    Comparator.AP: "({low} >= {start} AND {low} < {end})",
}


class Bindings:
    """Values bound so far; each gets the name of its position, so that equal searches share a prepared statement."""

    def __init__(self, **values: Any) -> None:
        self.values: dict[str, Any] = values

    def bind(self, value: Any, cast: str = "") -> str:
        name = f"v{len(self.values)}"
        self.values[name] = value
        return f"%({name})s{cast}"


def page_statement(query: SearchQuery, *, patient_id: UUID, allowed: Sequence[UUID]) -> tuple[str, dict[str, Any]]:
    """
    One page, with one row more than asked, so that the caller knows whether another follows.

    Gives
        rows of the entry's columns, then the sort value, then whether the entry has relations.
    """
    column = SORT_COLUMNS[query.sort]
    where, bindings = _where(query, patient_id=patient_id, allowed=allowed)
    if query.page is not None:
        after = (
            f"({bindings.bind(query.page.after_value, '::timestamptz')}, {bindings.bind(UUID(query.page.after_id))})"
        )
        where.append(f"({column}, e.logical_id) {'<' if query.descending else '>'} {after}")
    order = "DESC" if query.descending else "ASC"
    statement = (
        f"SELECT {ENTRY_COLUMNS}, {column}, {_HAS_RELATIONS} FROM document_entry e WHERE {' AND '.join(where)} "  # noqa: S608  bound
        f"ORDER BY {column} {order}, e.logical_id {order} LIMIT {bindings.bind(query.count + 1)}"
    )
    return statement, bindings.values


def total_statement(query: SearchQuery, *, patient_id: UUID, allowed: Sequence[UUID]) -> tuple[str, dict[str, Any]]:
    """The number of entries that match and may be seen, whatever the page."""
    where, bindings = _where(query, patient_id=patient_id, allowed=allowed)
    return f"SELECT count(*) FROM document_entry e WHERE {' AND '.join(where)}", bindings.values  # noqa: S608  values bound


def _where(query: SearchQuery, *, patient_id: UUID, allowed: Sequence[UUID]) -> tuple[list[str], Bindings]:
    bindings = Bindings(patient=patient_id, allowed=list(allowed))
    where = ["e.patient_id = %(patient)s", "e.class_id = ANY (%(allowed)s)"]
    for criterion in query.criteria:
        condition = _CONDITIONS[criterion.parameter]
        alternatives = " OR ".join(condition(value, bindings) for value in criterion.values)
        if query.newly_seen and is_synchronisation(criterion):
            alternatives += f" OR e.class_id = ANY ({bindings.bind(list(query.newly_seen))}::uuid[])"
        where.append(f"NOT coalesce({alternatives}, false)" if criterion.negated else f"({alternatives})")
    return where, bindings


Condition = Callable[[Any, Bindings], str]


def date_condition(low: str, high: str | None) -> Condition:
    def condition(value: DateRange, bindings: Bindings) -> str:
        start, end = bindings.bind(value.start, "::timestamptz"), bindings.bind(value.end, "::timestamptz")
        form = _INSTANTS if high is None else _RANGES
        return form[value.comparator].format(low=low, high=high, start=start, end=end)

    return condition


def token_condition(column: str) -> Condition:
    """A column of `system|code`."""

    def condition(value: Token, bindings: Bindings) -> str:
        if value.code is None:
            return f"starts_with({column}, {bindings.bind(f'{value.system}|')})"
        if value.system is None:
            return f"substr({column}, strpos({column}, '|') + 1) = {bindings.bind(value.code)}"
        return f"{column} = {bindings.bind(f'{value.system}|{value.code}')}"

    return condition


def tokens_condition(column: str) -> Condition:
    """A column holding several `system|code`."""
    each = token_condition("t")

    def condition(value: Token, bindings: Bindings) -> str:
        if value.code is not None and value.system is not None:
            return f"{bindings.bind(f'{value.system}|{value.code}')} = ANY ({column})"
        return f"EXISTS (SELECT 1 FROM unnest({column}) t WHERE {each(value, bindings)})"  # noqa: S608  column is a constant

    return condition


def _name(part: str) -> Condition:
    def condition(value: Text, bindings: Bindings) -> str:
        beginning = bindings.bind(f"{part}:{value.prefix}")
        return f"EXISTS (SELECT 1 FROM unnest(e.author_names) n WHERE starts_with(n, {beginning}))"  # noqa: S608  bound

    return condition


_STATUSES = {"current": ["approved", "archived"], "superseded": ["deprecated"]}


def _status(value: Token, bindings: Bindings) -> str:
    return f"e.status = ANY ({bindings.bind(_STATUSES.get(value.code or '', []))}::text[])"


def _archived(value: Token, bindings: Bindings) -> str:
    return f"(e.status = 'archived') = {bindings.bind(value.code == 'true')}"


def _security_label(value: Token, bindings: Bindings) -> str:
    conditions = []
    if value.system in {None, VISIBILITY}:
        conditions.append("e.labels <> '{}'" if value.code is None else f"{bindings.bind(value.code)} = ANY (e.labels)")
    if value.system in {None, CONFIDENTIALITY}:
        conditions.append("true" if value.code is None else f"e.confidentiality = {bindings.bind(value.code)}")
    return f"({' OR '.join(conditions)})" if conditions else "false"


def uuids(*texts: str | None) -> list[UUID]:
    return [UUID(text) for text in texts if text is not None and is_uuid(text)]


def _id(value: Token, bindings: Bindings) -> str:
    return f"e.logical_id = ANY ({bindings.bind(uuids(value.code))}::uuid[])"


def _identifier(value: Token, bindings: Bindings) -> str:
    """uniqueId in any of its forms, logicalId, or any entryUUID that the fiche ever had."""
    code = value.code or ""
    try:
        unique = UniqueId(value.system, code) if value.system and is_oid(value.system) else UniqueId.parse(code)
    except ValueError:
        return "false"
    named = bindings.bind(str(unique))
    ids = bindings.bind(uuids(unique.root if unique.extension is None else None))
    return (
        f"(e.unique_id = {named} OR e.logical_id = ANY ({ids}::uuid[]) OR e.entry_uuid = ANY ({ids}::uuid[]) OR e.logical_id IN ("  # noqa: S608  bound
        f"SELECT p.logical_id FROM document_entry_past p WHERE p.patient_id = %(patient)s AND p.entry_uuid = ANY ({ids}::uuid[])))"
    )


def _relates_to(value: Token, bindings: Bindings) -> str:
    # The target must be visible too: a relation towards a hidden document would be its shadow.
    target = bindings.bind(uuids(value.code))
    return (
        "EXISTS (SELECT 1 FROM association s JOIN document_entry t ON t.patient_id = s.patient_id AND t.logical_id = s.target_id "  # noqa: S608  values bound
        f"WHERE s.patient_id = e.patient_id AND s.source_id = e.logical_id AND s.target_id = ANY ({target}::uuid[]) "
        "AND t.class_id = ANY (%(allowed)s))"
    )


def _related(value: Token, bindings: Bindings) -> str:
    """A referenceId, kept as `kind|value` or `kind|value^^^&OID&ISO`: by its value, with or without its authority."""
    kept = "substr(t, strpos(t, '|') + 1)"
    if value.system is None:
        held = f"{kept} = {bindings.bind(value.code)} OR starts_with({kept}, {bindings.bind(f'{value.code}^^^')})"
    else:
        held = f"{kept} = {bindings.bind(f'{value.code}^^^&{value.system}&ISO')}"
    return f"EXISTS (SELECT 1 FROM unnest(e.reference_ids) t WHERE {held})"  # noqa: S608  values bound


_CONDITIONS: dict[Parameter, Condition] = {
    Parameter.ID: _id,
    Parameter.LAST_UPDATED: date_condition("e.updated_at", None),
    Parameter.STATUS: _status,
    Parameter.TYPE: token_condition("e.type"),
    Parameter.CATEGORY: token_condition("e.category"),
    Parameter.FACILITY: token_condition("e.facility"),
    Parameter.SETTING: token_condition("e.setting"),
    Parameter.IDENTIFIER: _identifier,
    Parameter.DATE: date_condition("e.created_from", "e.created_to"),
    Parameter.CREATION: date_condition("e.created_from", "e.created_to"),
    Parameter.PERIOD: date_condition("e.started_from", "coalesce(e.stopped_to, 'infinity')"),
    Parameter.PERIOD_START: date_condition("e.started_from", "e.started_to"),
    Parameter.PERIOD_END: date_condition("e.stopped_from", "e.stopped_to"),
    Parameter.FORMAT: token_condition("e.format"),
    Parameter.SECURITY_LABEL: _security_label,
    Parameter.EVENT: tokens_condition("e.events"),
    Parameter.RELATES_TO: _relates_to,
    Parameter.RELATED: _related,
    Parameter.AUTHOR: tokens_condition("e.authors"),
    Parameter.AUTHOR_FAMILY: _name("family"),
    Parameter.AUTHOR_GIVEN: _name("given"),
    Parameter.IS_ARCHIVED: _archived,
}
