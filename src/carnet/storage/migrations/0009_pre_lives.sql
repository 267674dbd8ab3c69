-- Lives of documents: what stands before a replaced version, the patient's own mask, and one statement for every change of a fiche.

ALTER TABLE access_class ADD COLUMN successors uuid[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN access_class.successors IS 'classes of all that replaced the document, one after another: who may not see one of them does not see it';
ALTER TABLE document_entry ADD COLUMN masked_by_patient boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN document_entry.masked_by_patient IS 'the mask is the patient''s own: no professional lifts it, and what replaces the document bears it';
ALTER TABLE document_entry_past ADD COLUMN masked_by_patient boolean NOT NULL DEFAULT false;
CREATE INDEX document_entry_past_by_event ON document_entry_past (patient_id, ended_by);

-- What a replacement settles after file_submission, in the same statement: p_changed is its result, NULL when it wrote nothing.
-- p_classes: successors of the classes just made. p_entries: status and mask of the documents just filed, when they inherit some.
CREATE FUNCTION settle_versions(p_patient uuid, p_changed timestamptz, p_event uuid, p_classes jsonb, p_entries jsonb)
RETURNS timestamptz LANGUAGE plpgsql AS $$
BEGIN
    IF p_changed IS NULL THEN
        RETURN NULL;
    END IF;
    UPDATE access_class a SET successors = c.successors
    FROM jsonb_to_recordset(p_classes) AS c (class_id uuid, successors uuid[])
    WHERE a.patient_id = p_patient AND a.class_id = c.class_id AND a.successors <> c.successors;
    UPDATE document_entry e SET status = s.status, masked_by_patient = s.masked_by_patient
    FROM jsonb_to_recordset(p_entries) AS s (logical_id uuid, status text, masked_by_patient boolean)
    WHERE e.patient_id = p_patient AND e.logical_id = s.logical_id;
    UPDATE document_entry_past p SET masked_by_patient = true
    FROM document_entry e
    WHERE p.patient_id = p_patient AND p.ended_by = p_event
        AND e.patient_id = p.patient_id AND e.logical_id = p.logical_id AND e.masked_by_patient;
    RETURN p_changed;
END
$$;

-- Change fiches: the whole act in one statement, one event for each thing done. NULL when the facts moved.
-- p_entries: the document, and the versions it replaced when they follow; entry_uuid is NULL for those whose fiche was not updated itself.
-- p_job: what has to be done afterwards, or NULL.
CREATE FUNCTION update_entries(
    p_patient uuid, p_facts_version bigint,
    p_events uuid[], p_types text[], p_occurred_at timestamptz, p_commitments bytea[], p_bodies bytea[],
    p_claims uuid[], p_classes jsonb, p_entries jsonb,
    p_job uuid, p_job_kind text, p_job_payload jsonb
) RETURNS timestamptz LANGUAGE plpgsql AS $$
DECLARE
    head record;
BEGIN
    FOR n IN 1 .. cardinality(p_events) LOOP
        UPDATE record r
        SET trail_length = r.trail_length + 1,
            trail_hash = sha256(r.trail_hash || p_commitments[n] || int8send(r.trail_length + 1)),
            changed_at = CASE WHEN n = 1 THEN greatest(clock_timestamp(), r.changed_at + interval '1 microsecond') ELSE r.changed_at END,
            facts_version = r.facts_version + CASE WHEN n = 1 THEN 1 ELSE 0 END
        WHERE r.patient_id = p_patient AND (n > 1 OR r.facts_version = p_facts_version)
        RETURNING r.trail_length, r.trail_hash, r.changed_at INTO head;
        IF NOT FOUND THEN
            RETURN NULL;
        END IF;
        INSERT INTO audit_event (patient_id, event_id, position, type, outcome, occurred_at, commitment, hash, body)
        VALUES (p_patient, p_events[n], head.trail_length, p_types[n], 'success', p_occurred_at, p_commitments[n], head.trail_hash,
            p_bodies[n]);
    END LOOP;
    INSERT INTO entry_claim (entry_id, patient_id) SELECT c, p_patient FROM unnest(p_claims) c;

    INSERT INTO access_class (
        patient_id, class_id, status, labels, type_code, class_code, owner, author_persons, author_organizations, hidden_from, successors)
    SELECT p_patient, c.class_id, c.status, c.labels, c.type_code, c.class_code, c.owner, c.author_persons, c.author_organizations,
        coalesce(c.hidden_from, '{}'), coalesce(c.successors, '{}')
    FROM jsonb_to_recordset(p_classes) AS c (
        class_id uuid, status text, labels text[], type_code text, class_code text, owner text,
        author_persons text[], author_organizations text[], hidden_from text[], successors uuid[])
    ON CONFLICT DO NOTHING;

    INSERT INTO document_entry_past (
        patient_id, logical_id, version, class_id, entry_uuid, status, labels, valid_from, valid_to, ended_by, masked_by_patient)
    SELECT p_patient, e.logical_id, e.version, e.class_id, e.entry_uuid, e.status, e.labels, e.updated_at, head.changed_at, p_events[1],
        e.masked_by_patient
    FROM jsonb_to_recordset(p_entries) AS x (logical_id uuid)
    JOIN document_entry e ON e.patient_id = p_patient AND e.logical_id = x.logical_id;
    UPDATE document_entry e
    SET status = x.status, labels = x.labels, class_id = x.class_id, entry_uuid = coalesce(x.entry_uuid, e.entry_uuid),
        masked_by_patient = x.masked_by_patient, version = e.version + 1, updated_at = head.changed_at
    FROM jsonb_to_recordset(p_entries) AS x (
        logical_id uuid, class_id uuid, status text, labels text[], entry_uuid uuid, masked_by_patient boolean)
    WHERE e.patient_id = p_patient AND e.logical_id = x.logical_id;

    IF p_job IS NOT NULL THEN
        INSERT INTO outbox (patient_id, job_id, kind, payload, due_at, created_at)
        VALUES (p_patient, p_job, p_job_kind, p_job_payload, p_occurred_at, p_occurred_at);
    END IF;
    RETURN head.changed_at;
END
$$;
