"""
A search of lists as SQL: what may be seen of each list comes first, then each parameter is one condition; values are always bound.

Source: documents.md §3.2; FHIR R4 §3.1.1.4. What a folder shows of its last change: docs/decisions/0020-lists.md.
"""

from collections.abc import Callable, Sequence
from typing import Any, LiteralString
from uuid import UUID

from carnet.domain.record.lists.search import ListParameter, ListQuery, ListSort
from carnet.domain.record.lists.titles import beginning
from carnet.domain.record.rows import PATIENT_SOURCE
from carnet.domain.record.search import Text, Token
from carnet.domain.record.search_sql import (
    Bindings,
    Condition,
    date_condition,
    token_condition,
    tokens_condition,
    uuids,
)
from carnet.storage.sealing import PatientKey
from carnet.vocabulary.identifiers import UniqueId, is_oid
from carnet.vocabulary.ins import Ins

# A set shows its own documents, and those that it put into a folder. A folder shows when one of its documents does; its last change is of
# those that the asker sees, or saw until they were deleted: a hidden document moves no date. A list moved, for who synchronises, when one of
# the documents that it shows did, or came into their sight; that is not told as its own last change.
LISTS: LiteralString = """
    shown AS (
        SELECT e.logical_id, e.set_id,
            CASE WHEN e.class_id = ANY (%(newly_seen)s) THEN 'infinity' ELSE e.updated_at END AS moved_at
        FROM document_entry e WHERE e.patient_id = %(patient)s AND e.class_id = ANY (%(allowed)s)
    ),
    held AS (
        SELECT m.folder_id, m.logical_id, m.set_id, m.added_at, shown.moved_at FROM folder_member m JOIN shown ON shown.logical_id = m.logical_id
        WHERE m.patient_id = %(patient)s
    ),
    gone AS (
        SELECT m.folder_id, max(e.updated_at) AS at FROM folder_member m
        JOIN document_entry e ON e.patient_id = m.patient_id AND e.logical_id = m.logical_id AND e.status = 'deleted'
        JOIN document_entry_past p ON p.patient_id = e.patient_id AND p.logical_id = e.logical_id AND p.version = e.version - 1
        WHERE m.patient_id = %(patient)s AND p.class_id = ANY (%(allowed)s)
        GROUP BY m.folder_id
    ),
    folders AS (
        SELECT f.folder_id, f.set_id, f.unique_id, f.code, f.title_index, f.body,
            greatest(max(h.added_at), (SELECT g.at FROM gone g WHERE g.folder_id = f.folder_id)) AS changed_at,
            max(h.moved_at) AS moved_at, array_agg(h.logical_id ORDER BY h.logical_id) AS documents
        FROM folder f JOIN held h ON h.folder_id = f.folder_id
        WHERE f.patient_id = %(patient)s
        GROUP BY f.patient_id, f.folder_id
    ),
    filed AS (
        SELECT d.set_id, max(d.moved_at) AS moved_at, array_agg(d.logical_id ORDER BY d.logical_id) AS documents
        FROM (SELECT set_id, logical_id, moved_at FROM shown UNION SELECT set_id, logical_id, moved_at FROM held) d
        GROUP BY d.set_id
    ),
    lists AS (
        SELECT s.set_id AS list_id, 'submissionset' AS kind, s.submitted_at AS date, s.filed_at AS updated_at, s.unique_id,
            s.content_type AS code, s.source_id, s.authors, s.author_names, s.organizations, s.title_index, s.body, d.documents,
            ARRAY(SELECT f.folder_id FROM folders f WHERE f.set_id = s.set_id ORDER BY f.folder_id) AS folders,
            greatest(s.filed_at, d.moved_at) AS moved_at
        FROM submission_set s JOIN filed d ON d.set_id = s.set_id WHERE s.patient_id = %(patient)s
        UNION ALL
        SELECT f.folder_id, 'folder', f.changed_at, f.changed_at, f.unique_id, f.code, NULL, '{}', '{}', '{}', f.title_index, f.body,
            f.documents, '{}', greatest(f.changed_at, f.moved_at)
        FROM folders f
    )
"""
COLUMNS: LiteralString = "l.list_id, l.kind, l.updated_at, l.body, l.documents, l.folders"

SORT_COLUMNS = {ListSort.DATE: "l.date", ListSort.LAST_UPDATED: "l.updated_at"}


class ListBindings(Bindings):
    """Beside the values: the key that titles are indexed under, and who the holder of the record is."""

    def __init__(self, key: PatientKey, ins: Ins, **values: Any) -> None:
        super().__init__(**values)
        self.key, self.ins = key, ins


def page_statement(
    query: ListQuery, *, patient_id: UUID, allowed: Sequence[UUID], key: PatientKey, ins: Ins
) -> tuple[str, dict[str, Any]]:
    """One page, with one row more than asked: COLUMNS, then the sort value."""
    column = SORT_COLUMNS[query.sort]
    where, bindings = _where(
        query, ListBindings(key, ins, patient=patient_id, allowed=list(allowed), newly_seen=list(query.newly_seen))
    )
    if query.page is not None:
        after = (
            f"({bindings.bind(query.page.after_value, '::timestamptz')}, {bindings.bind(UUID(query.page.after_id))})"
        )
        where.append(f"({column}, l.list_id) {'<' if query.descending else '>'} {after}")
    order = "DESC" if query.descending else "ASC"
    statement = (
        f"WITH {LISTS} SELECT {COLUMNS}, {column} FROM lists l WHERE {' AND '.join(where)} "  # noqa: S608  values bound
        f"ORDER BY {column} {order}, l.list_id {order} LIMIT {bindings.bind(query.count + 1)}"
    )
    return statement, bindings.values


def total_statement(
    query: ListQuery, *, patient_id: UUID, allowed: Sequence[UUID], key: PatientKey, ins: Ins
) -> tuple[str, dict[str, Any]]:
    """The number of lists that match and show something, whatever the page."""
    where, bindings = _where(
        query, ListBindings(key, ins, patient=patient_id, allowed=list(allowed), newly_seen=list(query.newly_seen))
    )
    return f"WITH {LISTS} SELECT count(*) FROM lists l WHERE {' AND '.join(where)}", bindings.values  # noqa: S608  values bound


def _where(query: ListQuery, bindings: ListBindings) -> tuple[list[str], ListBindings]:
    where = ["true"]
    for criterion in query.criteria:
        condition = _CONDITIONS[criterion.parameter]
        alternatives = " OR ".join(condition(value, bindings) for value in criterion.values)
        where.append(f"NOT coalesce({alternatives}, false)" if criterion.negated else f"({alternatives})")
    return where, bindings


def _code(value: Token, bindings: ListBindings) -> str:
    return f"l.kind = {bindings.bind(value.code)}" if value.code is not None else "true"


def _status(value: Token, bindings: ListBindings) -> str:
    return f"{bindings.bind(value.code)} = 'current'"


def _archived(value: Token, bindings: ListBindings) -> str:
    # Lists are not archived: their documents are.
    return f"{bindings.bind(value.code)} = 'false'"


def _id(value: Token, bindings: ListBindings) -> str:
    return f"l.list_id = ANY ({bindings.bind(uuids(value.code))}::uuid[])"


def _identifier(value: Token, bindings: ListBindings) -> str:
    """uniqueId in any of its forms, or the id of the list."""
    code = value.code or ""
    try:
        unique = UniqueId(value.system, code) if value.system and is_oid(value.system) else UniqueId.parse(code)
    except ValueError:
        return "false"
    ids = bindings.bind(uuids(unique.root if unique.extension is None else None))
    return f"(l.unique_id = {bindings.bind(str(unique))} OR l.list_id = ANY ({ids}::uuid[]))"


def _source_id(value: Token, bindings: ListBindings) -> str:
    """As `identifier` names things: `urn:oid:1.2.3`, `1.2.3`, or `urn:oid:1.2.3` and what follows it."""
    code = value.code or ""
    try:
        unique = UniqueId(value.system, code) if value.system and is_oid(value.system) else UniqueId.parse(code)
    except ValueError:
        return "false"
    return f"l.source_id = {bindings.bind(str(unique))}"


def _source(value: Token, bindings: ListBindings) -> str:
    if value.system == bindings.ins.oid or value.code == bindings.ins.matricule:
        named = value.code == bindings.ins.matricule and value.system in {None, bindings.ins.oid}
        return f"({bindings.bind(PATIENT_SOURCE)} = ANY (l.authors) AND {bindings.bind(named)})"
    return tokens_condition("l.authors")(value, bindings)


def _name(*parts: str) -> "Condition":
    def condition(value: Text, bindings: Bindings) -> str:
        begins = " OR ".join(f"starts_with(n, {bindings.bind(f'{part}:{value.prefix}')})" for part in parts)
        return f"EXISTS (SELECT 1 FROM unnest(l.author_names) n WHERE {begins})"  # noqa: S608  bound

    return condition


def _title(value: Text, bindings: ListBindings) -> str:
    return f"{bindings.bind(beginning(bindings.key, value.prefix))} = ANY (l.title_index)"


def _item(value: Token, bindings: ListBindings) -> str:
    found = bindings.bind(uuids(value.code))
    return f"(l.documents && {found}::uuid[] OR l.folders && {found}::uuid[])"


_CONDITIONS: dict[ListParameter, Callable[[Any, ListBindings], str]] = {
    ListParameter.ID: _id,
    ListParameter.LAST_UPDATED: date_condition("l.moved_at", None),
    ListParameter.CODE: _code,
    ListParameter.DATE: date_condition("l.date", None),
    ListParameter.DESIGNATION_TYPE: token_condition("l.code"),
    ListParameter.IDENTIFIER: _identifier,
    ListParameter.STATUS: _status,
    ListParameter.IS_ARCHIVED: _archived,
    ListParameter.TITLE: _title,
    ListParameter.SOURCE_ID: _source_id,
    ListParameter.SOURCE: _source,
    ListParameter.SOURCE_FAMILY: _name("family"),
    ListParameter.SOURCE_GIVEN: _name("given"),
    ListParameter.SOURCE_NAME: _name("family", "given"),
    ListParameter.AUTHOR_ORG: tokens_condition("l.organizations"),
    ListParameter.ITEM: _item,
}
