-- Documents replaced before classes named what stands behind them: each gets a class of its own that does. Once, and nothing for those that
-- have theirs. Ids are digests of what makes them, so that two documents of one line and one class share a row.

CREATE TEMPORARY TABLE line ON COMMIT DROP AS
WITH RECURSIVE later AS (
    SELECT s.patient_id, s.target_id AS logical_id, s.source_id AS successor FROM association s WHERE s.kind = 'replaces'
    UNION
    SELECT l.patient_id, l.logical_id, s.source_id FROM later l
    JOIN association s ON s.patient_id = l.patient_id AND s.target_id = l.successor AND s.kind = 'replaces'
)
SELECT l.patient_id, l.logical_id, e.class_id AS former, array_agg(DISTINCT n.class_id ORDER BY n.class_id) AS successors,
    md5(e.class_id::text || array_agg(DISTINCT n.class_id ORDER BY n.class_id)::text)::uuid AS class_id
FROM later l
JOIN document_entry e ON e.patient_id = l.patient_id AND e.logical_id = l.logical_id
JOIN access_class a ON a.patient_id = e.patient_id AND a.class_id = e.class_id AND a.successors = '{}'
JOIN document_entry n ON n.patient_id = l.patient_id AND n.logical_id = l.successor
GROUP BY l.patient_id, l.logical_id, e.class_id;

INSERT INTO access_class (
    patient_id, class_id, status, labels, type_code, class_code, owner, author_persons, author_organizations, hidden_from, successors)
SELECT DISTINCT l.patient_id, l.class_id, a.status, a.labels, a.type_code, a.class_code, a.owner, a.author_persons,
    a.author_organizations, a.hidden_from, l.successors
FROM line l JOIN access_class a ON a.patient_id = l.patient_id AND a.class_id = l.former
ON CONFLICT DO NOTHING;

UPDATE document_entry e SET class_id = l.class_id
FROM line l WHERE e.patient_id = l.patient_id AND e.logical_id = l.logical_id;
UPDATE record r SET facts_version = r.facts_version + 1
WHERE EXISTS (SELECT 1 FROM line l WHERE l.patient_id = r.patient_id);
