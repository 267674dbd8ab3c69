"""What must hold in a database whatever was killed: no half act, and a trail that tells every act once."""

from typing import Any

# Each finds what an act cut in the middle would leave; claims may be orphan, nothing else.
HALF_ACTS = {
    "entries without their contents": """
        SELECT e.logical_id FROM document_entry e
        WHERE (SELECT count(*) FROM content c WHERE c.patient_id = e.patient_id AND c.logical_id = e.logical_id)
            <> greatest(1, ceil(e.size_bytes / 1048576.0)) AND e.status <> 'deleted'
    """,
    "contents without their entry": """
        SELECT c.logical_id FROM content c
        LEFT JOIN document_entry e ON e.patient_id = c.patient_id AND e.logical_id = c.logical_id WHERE e.logical_id IS NULL
    """,
    "entries without their set": """
        SELECT e.logical_id FROM document_entry e
        LEFT JOIN submission_set s ON s.patient_id = e.patient_id AND s.set_id = e.set_id WHERE s.set_id IS NULL
    """,
    "sets without an entry": """
        SELECT s.set_id FROM submission_set s
        LEFT JOIN document_entry e ON e.patient_id = s.patient_id AND e.set_id = s.set_id
        LEFT JOIN folder_member m ON m.patient_id = s.patient_id AND m.set_id = s.set_id
        WHERE e.set_id IS NULL AND m.set_id IS NULL
    """,
    "folders without a document": """
        SELECT f.folder_id FROM folder f
        LEFT JOIN folder_member m ON m.patient_id = f.patient_id AND m.folder_id = f.folder_id WHERE m.folder_id IS NULL
    """,
    "folders of what is not there": """
        SELECT m.logical_id FROM folder_member m
        LEFT JOIN document_entry e ON e.patient_id = m.patient_id AND e.logical_id = m.logical_id
        LEFT JOIN submission_set s ON s.patient_id = m.patient_id AND s.set_id = m.set_id
        WHERE e.logical_id IS NULL OR s.set_id IS NULL
    """,
    "folders without their claims": """
        SELECT f.folder_id FROM folder f
        LEFT JOIN unique_id_claim u ON u.unique_id = f.unique_id AND u.patient_id = f.patient_id
        LEFT JOIN entry_claim q ON q.entry_id = f.folder_id AND q.patient_id = f.patient_id
        WHERE u.unique_id IS NULL OR q.entry_id IS NULL
    """,
    "replaced in a folder, and not followed there": """
        SELECT m.logical_id FROM folder_member m
        JOIN association a ON a.patient_id = m.patient_id AND a.target_id = m.logical_id AND a.kind = 'replaces'
        LEFT JOIN folder_member n ON n.patient_id = m.patient_id AND n.folder_id = m.folder_id AND n.logical_id = a.source_id
        JOIN submission_set s ON s.patient_id = a.patient_id AND s.set_id = a.set_id
        WHERE n.logical_id IS NULL AND s.filed_at >= m.added_at
    """,
    "entries without their claims": """
        SELECT e.logical_id FROM document_entry e
        LEFT JOIN unique_id_claim u ON u.unique_id = e.unique_id AND u.patient_id = e.patient_id
        LEFT JOIN entry_claim q ON q.entry_id = e.logical_id AND q.patient_id = e.patient_id
        WHERE u.unique_id IS NULL OR q.entry_id IS NULL
    """,
    "entries without their class": """
        SELECT e.logical_id FROM document_entry e
        LEFT JOIN access_class a ON a.patient_id = e.patient_id AND a.class_id = e.class_id AND a.status = e.status
        WHERE a.class_id IS NULL
    """,
    "orphan classes": """
        SELECT a.class_id FROM access_class a
        WHERE NOT EXISTS (SELECT 1 FROM document_entry e WHERE e.patient_id = a.patient_id AND e.class_id = a.class_id)
            AND NOT EXISTS (SELECT 1 FROM document_entry_past p WHERE p.patient_id = a.patient_id AND p.class_id = a.class_id)
    """,
    "relations of what is not there": """
        SELECT s.source_id FROM association s
        LEFT JOIN document_entry a ON a.patient_id = s.patient_id AND a.logical_id = s.source_id
        LEFT JOIN document_entry b ON b.patient_id = s.patient_id AND b.logical_id = s.target_id
        LEFT JOIN submission_set c ON c.patient_id = s.patient_id AND c.set_id = s.target_id AND s.kind = 'signs'
        WHERE a.logical_id IS NULL OR (b.logical_id IS NULL AND c.set_id IS NULL)
    """,
    "replaced by nothing": """
        SELECT e.logical_id FROM document_entry e
        LEFT JOIN association s ON s.patient_id = e.patient_id AND s.target_id = e.logical_id AND s.kind = 'replaces'
        LEFT JOIN document_entry_past p ON p.patient_id = e.patient_id AND p.logical_id = e.logical_id
        WHERE e.status = 'deprecated' AND (s.source_id IS NULL OR p.logical_id IS NULL)
    """,
    "replaced and still current": """
        SELECT s.target_id FROM association s
        JOIN document_entry e ON e.patient_id = s.patient_id AND e.logical_id = s.target_id
        WHERE s.kind = 'replaces' AND e.status NOT IN ('deprecated', 'deleted')
    """,
    "deleted, and a version that it replaced is not": """
        SELECT s.target_id FROM association s
        JOIN document_entry a ON a.patient_id = s.patient_id AND a.logical_id = s.source_id
        JOIN document_entry b ON b.patient_id = s.patient_id AND b.logical_id = s.target_id
        WHERE s.kind = 'replaces' AND a.status = 'deleted' AND b.status <> 'deleted'
    """,
    "replaced, and not behind what replaced it": """
        SELECT s.target_id FROM association s
        JOIN document_entry a ON a.patient_id = s.patient_id AND a.logical_id = s.source_id
        JOIN document_entry b ON b.patient_id = s.patient_id AND b.logical_id = s.target_id
        JOIN access_class c ON c.patient_id = b.patient_id AND c.class_id = b.class_id
        WHERE s.kind = 'replaces' AND NOT a.class_id = ANY (c.successors)
    """,
    "former states with a gap": """
        SELECT e.logical_id FROM document_entry e
        WHERE e.version <> 1 + (
            SELECT count(*) FROM document_entry_past p WHERE p.patient_id = e.patient_id AND p.logical_id = e.logical_id)
    """,
    "changed and not traced": """
        SELECT p.logical_id FROM document_entry_past p
        LEFT JOIN audit_event t ON t.patient_id = p.patient_id AND t.event_id = p.ended_by WHERE t.event_id IS NULL
    """,
    "entryUUIDs that no claim holds": """
        SELECT e.entry_uuid FROM document_entry e
        LEFT JOIN entry_claim q ON q.entry_id = e.entry_uuid AND q.patient_id = e.patient_id WHERE q.entry_id IS NULL
    """,
    "replaced twice": """
        SELECT target_id FROM association WHERE kind = 'replaces' GROUP BY patient_id, target_id HAVING count(*) > 1
    """,
    "sets and events that do not match": """
        SELECT r.patient_id FROM record r
        WHERE (SELECT count(*) FROM submission_set s WHERE s.patient_id = r.patient_id)
            <> (SELECT count(*) FROM audit_event t WHERE t.patient_id = r.patient_id AND t.type = 'documents-filed')
    """,
    "trails of another length than their head": """
        SELECT r.patient_id FROM record r
        WHERE r.trail_length <> (SELECT count(*) FROM audit_event t WHERE t.patient_id = r.patient_id)
    """,
}


async def half_acts(connection: Any) -> dict[str, list[Any]]:
    """What is broken, by kind; empty when all holds."""
    broken = {}
    for kind, query in HALF_ACTS.items():
        rows = await (await connection.execute(query)).fetchall()
        if rows:
            broken[kind] = rows
    return broken
