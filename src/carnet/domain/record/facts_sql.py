"""
The facts an act is decided on: one statement for each kind of act.

Each finds the record by the INS, by its patient or by one of its entries, and is one round trip, so that what is decided on is of one instant.
A record whose identity is not qualified (any more) is not found: no door knows whose it is.
"""

from collections.abc import Mapping
from typing import LiteralString

from carnet.domain.access.facts_sql import CONSENTS, CONSENTS_THEN
from carnet.domain.people.store import IDENTITY_COLUMNS

# What is in force for the actor, then the records linked to this one, as `linked` and their id: where there are none, nothing more is
# looked at.
_CONSENTS_AND_LINKS: LiteralString = (
    f"array_cat({CONSENTS}, ('{{linked ' || array_to_string(r.linked, ',linked ') || '}}')::text[])"
)
# A former matricule finds the record for a while after it was replaced (decision 16).
_BY_INS: LiteralString = """
    r.patient_id = (
        SELECT q.patient_id FROM ins_claim q WHERE q.matricule = %(matricule)s AND q.oid = %(oid)s
            AND (q.former_since IS NULL OR q.former_since > %(former_after)s))
"""
_BY_PATIENT: LiteralString = "r.patient_id = %(patient)s"
_BY_ENTRY: LiteralString = "r.patient_id = (SELECT q.patient_id FROM entry_claim q WHERE q.entry_id = %(entry)s)"

_CLASS_COLUMNS: LiteralString = (
    "a.class_id, a.status, a.labels, a.type_code, a.class_code, a.owner, a.author_persons, a.author_organizations, a.hidden_from, "
    "a.successors"
)
_KNOWN: LiteralString = """
    (SELECT jsonb_agg(jsonb_build_array(
            u.unique_id, u.patient_id = r.patient_id, s.set_id IS NOT NULL OR EXISTS (
                SELECT 1 FROM folder f WHERE f.patient_id = r.patient_id AND f.unique_id = u.unique_id), e.logical_id, e.status,
            encode(e.hash_sha256, 'hex'), e.set_id, e.filed_at))
        FROM unique_id_claim u
        LEFT JOIN document_entry e ON e.patient_id = r.patient_id AND e.unique_id = u.unique_id
        LEFT JOIN submission_set s ON s.patient_id = r.patient_id AND s.unique_id = u.unique_id
        WHERE u.unique_id = ANY (%(unique_ids)s))
"""
# The classes of all that replaced the document of class `a`; nothing is looked for when nothing did.
_BEHIND: LiteralString = f"""
    CASE WHEN a.successors <> '{{}}' THEN (
        SELECT jsonb_agg(jsonb_build_array({_CLASS_COLUMNS.replace("a.", "b.")})) FROM access_class b
        WHERE b.patient_id = a.patient_id AND b.class_id = ANY (a.successors)) END
"""  # noqa: S608  constants of this file only
# A document is named by its logicalId, its uniqueId, or any entryUUID that it ever had.
_IS_TARGET: LiteralString = """
    (e.logical_id = ANY (%(targets)s) OR e.entry_uuid = ANY (%(targets)s) OR e.unique_id = ANY (%(target_unique_ids)s)
        OR e.logical_id IN (
            SELECT p.logical_id FROM document_entry_past p WHERE p.patient_id = r.patient_id AND p.entry_uuid = ANY (%(targets)s)))
"""
_TARGETS: LiteralString = f"""
    (SELECT jsonb_agg(jsonb_build_array(
            e.logical_id, e.unique_id, e.masked_by_patient, e.entry_uuid || ARRAY(
                SELECT p.entry_uuid FROM document_entry_past p WHERE p.patient_id = e.patient_id AND p.logical_id = e.logical_id),
            {_BEHIND}, {_CLASS_COLUMNS}))
        FROM document_entry e JOIN access_class a ON a.patient_id = e.patient_id AND a.class_id = e.class_id
        WHERE e.patient_id = r.patient_id AND {_IS_TARGET})
"""  # noqa: S608  constants of this file only


def _line(heads: LiteralString) -> LiteralString:
    """What these documents replaced, directly or not, newest first: head, successor, document, its own mask, its class."""
    return f"""
        (WITH RECURSIVE line AS (
            SELECT s.source_id AS head, s.source_id AS successor, s.target_id AS logical_id, 1 AS depth FROM association s
            WHERE s.patient_id = r.patient_id AND s.kind = 'replaces' AND s.source_id {heads}
            UNION ALL
            SELECT l.head, s.source_id, s.target_id, l.depth + 1 FROM line l
            JOIN association s ON s.patient_id = r.patient_id AND s.kind = 'replaces' AND s.source_id = l.logical_id)
        SELECT jsonb_agg(jsonb_build_array(l.head, l.successor, l.logical_id, v.masked_by_patient, {_CLASS_COLUMNS}) ORDER BY l.depth)
        FROM line l
        JOIN document_entry v ON v.patient_id = r.patient_id AND v.logical_id = l.logical_id
        JOIN access_class a ON a.patient_id = r.patient_id AND a.class_id = v.class_id)
    """  # noqa: S608  constants of this file only


CLASSES: LiteralString = f"""
    (SELECT jsonb_agg(jsonb_build_array({_CLASS_COLUMNS})) FROM access_class a WHERE a.patient_id = r.patient_id)
"""  # noqa: S608  constants of this file only
# Of a set: its documents and those it put into a folder; of a folder: its documents, when each came, and what they were until deleted.
_MEMBERS: LiteralString = """
    (SELECT jsonb_agg(jsonb_build_array(e.logical_id, e.class_id, m.added_at, e.updated_at, p.class_id) ORDER BY e.logical_id)
        FROM document_entry e
        LEFT JOIN folder_member m ON m.patient_id = e.patient_id AND m.folder_id = %(entry)s AND m.logical_id = e.logical_id
        LEFT JOIN document_entry_past p ON p.patient_id = e.patient_id AND p.logical_id = e.logical_id AND p.version = e.version - 1
            AND e.status = 'deleted'
        WHERE e.patient_id = r.patient_id AND (e.set_id = %(entry)s OR e.logical_id IN (
            SELECT q.logical_id FROM folder_member q
            WHERE q.patient_id = r.patient_id AND (q.folder_id = %(entry)s OR q.set_id = %(entry)s))))
"""
_FOLDERS_OF_SET: LiteralString = """
    (SELECT jsonb_agg(jsonb_build_array(g.folder_id, ARRAY(
            SELECT DISTINCT e.class_id FROM folder_member m
            JOIN document_entry e ON e.patient_id = m.patient_id AND e.logical_id = m.logical_id
            WHERE m.patient_id = g.patient_id AND m.folder_id = g.folder_id)) ORDER BY g.folder_id)
        FROM folder g WHERE g.patient_id = r.patient_id AND g.set_id = %(entry)s)
"""
_HELD_FOLDERS: LiteralString = f"""
    (SELECT jsonb_agg(jsonb_build_array(f.folder_id, f.unique_id, (
            SELECT jsonb_agg(jsonb_build_array(m.logical_id, {_BEHIND}, {_CLASS_COLUMNS})) FROM folder_member m
            JOIN document_entry e ON e.patient_id = m.patient_id AND e.logical_id = m.logical_id
            JOIN access_class a ON a.patient_id = e.patient_id AND a.class_id = e.class_id
            WHERE m.patient_id = f.patient_id AND m.folder_id = f.folder_id)))
        FROM folder f
        WHERE f.patient_id = r.patient_id AND (f.folder_id = ANY (%(folders)s) OR f.unique_id = ANY (%(unique_ids)s)))
"""  # noqa: S608  constants of this file only


_TARGETED: LiteralString = (
    f"IN (SELECT e.logical_id FROM document_entry e WHERE e.patient_id = r.patient_id AND {_IS_TARGET})"  # noqa: S608  constants of this file only
)


def _deposit_facts(where: LiteralString, *, related: bool) -> LiteralString:
    return f"""
        SELECT r.patient_id, r.wrapped_key, r.status, r.facts_version, {CONSENTS}, {_KNOWN}, {_TARGETS if related else "NULL"},
            {_line(_TARGETED) if related else "NULL"}, {_HELD_FOLDERS if related else "NULL"}, {IDENTITY_COLUMNS}
        FROM record r JOIN identity i ON i.patient_id = r.patient_id AND i.valid_to IS NULL AND i.status = 'QUAL'
        WHERE {where}
    """  # noqa: S608  constants of this file only


DEPOSIT_FACTS: Mapping[tuple[bool, bool], LiteralString] = {
    (by_ins, related): _deposit_facts(_BY_INS if by_ins else _BY_PATIENT, related=related)
    for by_ins in (True, False)
    for related in (True, False)
}


def _read_facts(
    where: LiteralString,
    extra: LiteralString,
    joins: LiteralString = "",
    *,
    consents: LiteralString = _CONSENTS_AND_LINKS,
) -> LiteralString:
    return f"""
        SELECT r.patient_id, r.wrapped_key, r.status, r.facts_version, {consents}, i.matricule, i.oid, i.birth_date,
            r.changed_at, clock_timestamp(), {extra}
        FROM record r JOIN identity i ON i.patient_id = r.patient_id AND i.valid_to IS NULL AND i.status = 'QUAL' {joins}
        WHERE {where}
    """  # noqa: S608  constants of this file only


SEARCH_BY_INS = _read_facts(_BY_INS, CLASSES)
SEARCH_BY_PATIENT = _read_facts(_BY_PATIENT, CLASSES)
RIGHTS_THEN = _read_facts(_BY_PATIENT, "NULL", consents=CONSENTS_THEN)
ENTRY_FACTS = _read_facts(
    _BY_ENTRY,
    "e.logical_id, e.filed_at, e.mime_type, e.size_bytes, encode(e.hash_sha1, 'hex'), encode(e.hash_sha256, 'hex'), "
    + _BEHIND
    + ", "
    + _CLASS_COLUMNS,
    "LEFT JOIN document_entry e ON e.patient_id = r.patient_id AND e.logical_id = %(entry)s "
    "LEFT JOIN access_class a ON a.patient_id = e.patient_id AND a.class_id = e.class_id",
)
LIST_FACTS = _read_facts(
    _BY_ENTRY,
    f"s.set_id, s.filed_at, s.body, f.folder_id, f.body, {_MEMBERS}, {_FOLDERS_OF_SET}, {CLASSES}",
    "LEFT JOIN submission_set s ON s.patient_id = r.patient_id AND s.set_id = %(entry)s "
    "LEFT JOIN folder f ON f.patient_id = r.patient_id AND f.folder_id = %(entry)s",
)


# A change of one document: all that its answer needs too, so that no other trip follows but the act.
_NAMED_BY: Mapping[str, tuple[LiteralString, LiteralString]] = {
    "logical_id": (_BY_ENTRY, "e.logical_id = %(entry)s"),
    "entry": (
        _BY_ENTRY,
        """(e.logical_id = %(entry)s OR e.entry_uuid = %(entry)s OR e.logical_id IN (
            SELECT p.logical_id FROM document_entry_past p WHERE p.patient_id = r.patient_id AND p.entry_uuid = %(entry)s))""",
    ),
    "unique_id": (
        "r.patient_id = (SELECT q.patient_id FROM unique_id_claim q WHERE q.unique_id = %(unique_id)s)",
        "e.unique_id = %(unique_id)s",
    ),
}
UPDATE_FACTS: Mapping[str, LiteralString] = {
    name: _read_facts(
        where,
        f"""
        e.logical_id, e.updated_at, e.confidentiality, e.entry_uuid, e.fiche, e.masked_by_patient, {CLASSES}, {_line("= e.logical_id")},
        ARRAY(SELECT p.class_id FROM document_entry_past p WHERE p.patient_id = e.patient_id AND p.logical_id = e.logical_id),
        (SELECT jsonb_agg(jsonb_build_array(s.kind, s.target_id, t.class_id)) FROM association s
            JOIN document_entry t ON t.patient_id = s.patient_id AND t.logical_id = s.target_id
            WHERE s.patient_id = e.patient_id AND s.source_id = e.logical_id),
        {_CLASS_COLUMNS}""",  # noqa: S608  constants of this file only
        f"LEFT JOIN document_entry e ON e.patient_id = r.patient_id AND {entry} "
        "LEFT JOIN access_class a ON a.patient_id = e.patient_id AND a.class_id = e.class_id",
    )
    for name, (where, entry) in _NAMED_BY.items()
}
