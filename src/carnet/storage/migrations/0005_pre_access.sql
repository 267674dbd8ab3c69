-- Rights, complete: what an authorisation rests on, categories hidden, oppositions, legal representatives; a document hidden from
-- someone by name; the records a professional holds a right on; notices to the citizen.

-- holder '*' is everyone; a legal representative is named by `oid|matricule`.
ALTER TABLE consent_period
    DROP CONSTRAINT consent_period_kind_check,
    ADD COLUMN basis text CHECK (basis IN ('care-team', 'explicit-consent', 'patient')),
    ADD COLUMN scope text,
    ADD CONSTRAINT consent_period_kind_check CHECK (kind IN (
        'grant', 'block', 'primary-care-doctor', 'emergency-opposition', 'regulation-opposition', 'feeding-opposition',
        'emergency-masked', 'hidden-category', 'withheld-category', 'parental-authority', 'guardianship'));
COMMENT ON TABLE consent_period IS 'patient: what the patient decided and who may act, as periods';
COMMENT ON COLUMN consent_period.basis IS 'of an authorisation: care team (presumed), explicit consent, or given by the patient';
COMMENT ON COLUMN consent_period.scope IS 'of a hidden category: type|code or class|code; of a representation: read or full';

-- Whom a document is hidden from by name: part of the facts that make its class.
ALTER TABLE access_class ADD COLUMN hidden_from text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN access_class.hidden_from IS 'PS_IdNat or Struct_IdNat of those whom the patient hid the document from';

-- Where a holder had an authorisation: finds, never proves; consent_period is the truth. Keyed by the holder, so that it costs the
-- same whoever asks and is no part of reading a record.
CREATE TABLE held_record_claim (
    holder text NOT NULL,
    patient_id uuid NOT NULL,
    authorised_at timestamptz NOT NULL,
    PRIMARY KEY (holder, patient_id)
);
CREATE INDEX held_record_claim_by_date ON held_record_claim (holder, authorised_at DESC, patient_id DESC);
COMMENT ON TABLE held_record_claim IS 'claim: a holder of authorisations (PS_IdNat or Struct_IdNat), to the records';
INSERT INTO held_record_claim (holder, patient_id, authorised_at)
SELECT holder, patient_id, max(valid_from) FROM consent_period WHERE kind = 'grant' GROUP BY holder, patient_id;

-- What the citizen is to be told of: a kind and the event that tells the rest, no text.
CREATE TABLE notice (
    patient_id uuid NOT NULL,
    notice_id uuid NOT NULL,
    kind text NOT NULL,
    event_id uuid NOT NULL,
    occurred_at timestamptz NOT NULL,
    noticed_at timestamptz NOT NULL,
    read_at timestamptz,
    PRIMARY KEY (patient_id, notice_id),
    FOREIGN KEY (patient_id) REFERENCES record (patient_id)
);
COMMENT ON TABLE notice IS 'patient: notices to the citizen, by kind and event';

-- An event with the job it asks for, in one statement: both or none. NULL when the facts moved.
CREATE FUNCTION append_event_and_ask(
    p_patient uuid, p_facts_version bigint,
    p_event uuid, p_type text, p_outcome text, p_occurred_at timestamptz, p_commitment bytea, p_body bytea,
    p_job uuid, p_kind text, p_payload jsonb
) RETURNS timestamptz LANGUAGE plpgsql AS $$
DECLARE
    changed timestamptz;
BEGIN
    changed := append_event(p_patient, p_facts_version, p_event, p_type, p_outcome, p_occurred_at, p_commitment, p_body);
    IF changed IS NOT NULL THEN
        INSERT INTO outbox (patient_id, job_id, kind, payload, due_at, created_at)
        VALUES (p_patient, p_job, p_kind, p_payload, p_occurred_at, p_occurred_at);
    END IF;
    RETURN changed;
END
$$;

-- File one submission, as in 0002, with the names a document is hidden from.
CREATE OR REPLACE FUNCTION file_submission(
    p_patient uuid, p_facts_version bigint,
    p_event uuid, p_type text, p_occurred_at timestamptz, p_commitment bytea, p_body bytea,
    p_unique_ids text[], p_entry_ids uuid[],
    p_set jsonb, p_set_body bytea, p_classes jsonb, p_entries jsonb, p_fiches bytea[],
    p_content_ids uuid[], p_content_segments integer[], p_content_bytes bytea[],
    p_associations jsonb, p_deprecated jsonb
) RETURNS timestamptz LANGUAGE plpgsql AS $$
DECLARE
    head record;
    claimed bigint;
BEGIN
    UPDATE record r
    SET trail_length = r.trail_length + 1,
        trail_hash = sha256(r.trail_hash || p_commitment || int8send(r.trail_length + 1)),
        changed_at = greatest(clock_timestamp(), r.changed_at + interval '1 microsecond'),
        facts_version = r.facts_version + CASE WHEN p_deprecated IS NULL THEN 0 ELSE 1 END
    WHERE r.patient_id = p_patient AND r.facts_version = p_facts_version
    RETURNING r.trail_length, r.trail_hash, r.changed_at INTO head;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    INSERT INTO audit_event (patient_id, event_id, position, type, outcome, occurred_at, commitment, hash, body)
    VALUES (p_patient, p_event, head.trail_length, p_type, 'success', p_occurred_at, p_commitment, head.trail_hash, p_body);

    INSERT INTO unique_id_claim (unique_id, patient_id)
    SELECT u, p_patient FROM unnest(p_unique_ids) u ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS claimed = ROW_COUNT;
    -- Claimed before: by another patient, or by a set of this one (its documents have a unique constraint of their own).
    IF claimed < cardinality(p_unique_ids) AND (
        EXISTS (SELECT 1 FROM unique_id_claim c WHERE c.unique_id = ANY (p_unique_ids) AND c.patient_id <> p_patient)
        OR EXISTS (SELECT 1 FROM submission_set s WHERE s.patient_id = p_patient AND s.unique_id = ANY (p_unique_ids))
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'CN001', MESSAGE = 'claimed meanwhile';
    END IF;
    INSERT INTO entry_claim (entry_id, patient_id) SELECT e, p_patient FROM unnest(p_entry_ids) e;

    INSERT INTO submission_set (patient_id, set_id, unique_id, source_id, content_type, submitted_at, filed_at, body)
    VALUES (p_patient, (p_set ->> 'set_id')::uuid, p_set ->> 'unique_id', p_set ->> 'source_id', p_set ->> 'content_type',
            (p_set ->> 'submitted_at')::timestamptz, head.changed_at, p_set_body);

    INSERT INTO access_class
    SELECT p_patient, c.class_id, c.status, c.labels, c.type_code, c.class_code, c.owner, c.author_persons, c.author_organizations,
        coalesce(c.hidden_from, '{}')
    FROM jsonb_to_recordset(p_classes) AS c (
        class_id uuid, status text, labels text[], type_code text, class_code text, owner text,
        author_persons text[], author_organizations text[], hidden_from text[])
    ON CONFLICT DO NOTHING;

    INSERT INTO document_entry (
        patient_id, logical_id, class_id, created_from, created_to, updated_at, version, entry_uuid, set_id, unique_id, status,
        confidentiality, labels, type, category, format, facility, setting, events, reference_ids, authors, author_names,
        started_from, started_to, stopped_from, stopped_to, filed_at, mime_type, size_bytes, hash_sha1, hash_sha256, fiche)
    SELECT p_patient, e.logical_id, e.class_id, e.created_from, e.created_to, head.changed_at, 1, e.logical_id,
        (p_set ->> 'set_id')::uuid, e.unique_id, 'approved', e.confidentiality, e.labels, e.type, e.category, e.format, e.facility,
        e.setting, e.events, e.reference_ids, e.authors, e.author_names, e.started_from, e.started_to, e.stopped_from, e.stopped_to,
        head.changed_at, e.mime_type, e.size_bytes, decode(e.hash_sha1, 'hex'), decode(e.hash_sha256, 'hex'), p_fiches[e.n]
    FROM jsonb_to_recordset(p_entries) AS e (
        n integer, logical_id uuid, class_id uuid, created_from timestamptz, created_to timestamptz, unique_id text,
        confidentiality text, labels text[], type text, category text, format text, facility text, setting text, events text[],
        reference_ids text[], authors text[], author_names text[], started_from timestamptz, started_to timestamptz,
        stopped_from timestamptz, stopped_to timestamptz, mime_type text, size_bytes integer, hash_sha1 text, hash_sha256 text);

    INSERT INTO content (patient_id, logical_id, segment, bytes)
    -- By position: unnest would copy every segment once more.
    SELECT p_patient, p_content_ids[n], p_content_segments[n], p_content_bytes[n] FROM generate_series(1, cardinality(p_content_ids)) n;

    IF p_associations IS NOT NULL THEN
        INSERT INTO association (patient_id, source_id, kind, target_id, set_id)
        SELECT p_patient, a.source_id, a.kind, a.target_id, (p_set ->> 'set_id')::uuid
        FROM jsonb_to_recordset(p_associations) AS a (source_id uuid, kind text, target_id uuid);
    END IF;
    IF p_deprecated IS NOT NULL THEN
        INSERT INTO document_entry_past
            (patient_id, logical_id, version, class_id, entry_uuid, status, labels, valid_from, valid_to, ended_by)
        SELECT p_patient, e.logical_id, e.version, e.class_id, e.entry_uuid, e.status, e.labels, e.updated_at, head.changed_at, p_event
        FROM jsonb_to_recordset(p_deprecated) AS d (logical_id uuid, class_id uuid)
        JOIN document_entry e ON e.patient_id = p_patient AND e.logical_id = d.logical_id;
        UPDATE document_entry e
        SET status = 'deprecated', class_id = d.class_id, version = e.version + 1, updated_at = head.changed_at
        FROM jsonb_to_recordset(p_deprecated) AS d (logical_id uuid, class_id uuid)
        WHERE e.patient_id = p_patient AND e.logical_id = d.logical_id;
    END IF;
    RETURN head.changed_at;
END
$$;
