-- Lists: submission sets that can be searched by who sent them, and folders (classeurs) with their documents.

-- authors, organizations: `OID|value`, and `patient` when the holder of the record is the source. author_names: as in document_entry.
-- title_index: keyed digests of the beginnings of the title, which itself stays sealed (docs/decisions/0020-lists.md).
ALTER TABLE submission_set
    ADD COLUMN authors text[] NOT NULL DEFAULT '{}',
    ADD COLUMN author_names text[] NOT NULL DEFAULT '{}',
    ADD COLUMN organizations text[] NOT NULL DEFAULT '{}',
    ADD COLUMN title_index bytea[] NOT NULL DEFAULT '{}';

CREATE TABLE folder (
    patient_id uuid NOT NULL,
    folder_id uuid NOT NULL,
    unique_id text NOT NULL,
    set_id uuid NOT NULL,
    code text NOT NULL,
    filed_at timestamptz NOT NULL,
    title_index bytea[] NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (patient_id, folder_id),
    UNIQUE (patient_id, unique_id)
);
ALTER TABLE folder ALTER COLUMN body SET STORAGE EXTERNAL;
COMMENT ON TABLE folder IS 'patient: classeurs; body is sealed';

-- A document that is deleted keeps its row: it left the folder at the instant of its deletion.
CREATE TABLE folder_member (
    patient_id uuid NOT NULL,
    folder_id uuid NOT NULL,
    logical_id uuid NOT NULL,
    set_id uuid NOT NULL,
    added_at timestamptz NOT NULL,
    PRIMARY KEY (patient_id, folder_id, logical_id),
    FOREIGN KEY (patient_id, folder_id) REFERENCES folder (patient_id, folder_id)
);
CREATE INDEX folder_member_by_document ON folder_member (patient_id, logical_id);
COMMENT ON TABLE folder_member IS 'patient: documents of classeurs, and the set that put each there';

-- As before, with the columns that a set is searched by, and a uniqueId that a folder bears.
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
    -- Claimed before: by another patient, or by a set or a folder of this one (its documents have a unique constraint of their own).
    IF claimed < cardinality(p_unique_ids) AND (
        EXISTS (SELECT 1 FROM unique_id_claim c WHERE c.unique_id = ANY (p_unique_ids) AND c.patient_id <> p_patient)
        OR EXISTS (SELECT 1 FROM submission_set s WHERE s.patient_id = p_patient AND s.unique_id = ANY (p_unique_ids))
        OR EXISTS (SELECT 1 FROM folder f WHERE f.patient_id = p_patient AND f.unique_id = ANY (p_unique_ids))
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'CN001', MESSAGE = 'claimed meanwhile';
    END IF;
    INSERT INTO entry_claim (entry_id, patient_id) SELECT e, p_patient FROM unnest(p_entry_ids) e;

    INSERT INTO submission_set (
        patient_id, set_id, unique_id, source_id, content_type, submitted_at, filed_at, body, authors, author_names, organizations,
        title_index)
    SELECT p_patient, s.set_id, s.unique_id, s.source_id, s.content_type, s.submitted_at, head.changed_at, p_set_body, s.authors,
        s.author_names, s.organizations, s.title_index
    FROM jsonb_to_record(p_set) AS s (
        set_id uuid, unique_id text, source_id text, content_type text, submitted_at timestamptz, authors text[], author_names text[],
        organizations text[], title_index bytea[]);

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

-- What a submission makes of folders after file_submission, in the same statement: p_changed is its result, NULL when it wrote nothing.
-- p_folders: new ones, with the position of their body; p_members: what is put into which, new or held.
CREATE FUNCTION file_folders(
    p_patient uuid, p_changed timestamptz, p_set jsonb, p_associations jsonb, p_folders jsonb, p_folder_bodies bytea[], p_members jsonb
) RETURNS timestamptz LANGUAGE plpgsql AS $$
BEGIN
    IF p_changed IS NULL THEN
        RETURN NULL;
    END IF;
    IF EXISTS (
        SELECT 1 FROM jsonb_to_recordset(p_folders) AS f (unique_id text)
        JOIN document_entry e ON e.patient_id = p_patient AND e.unique_id = f.unique_id
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'CN001', MESSAGE = 'claimed meanwhile';
    END IF;
    INSERT INTO folder (patient_id, folder_id, unique_id, set_id, code, filed_at, title_index, body)
    SELECT p_patient, f.folder_id, f.unique_id, (p_set ->> 'set_id')::uuid, f.code, p_changed, f.title_index, p_folder_bodies[f.n]
    FROM jsonb_to_recordset(p_folders) AS f (n integer, folder_id uuid, unique_id text, code text, title_index bytea[]);
    INSERT INTO folder_member (patient_id, folder_id, logical_id, set_id, added_at)
    SELECT p_patient, m.folder_id, m.logical_id, (p_set ->> 'set_id')::uuid, p_changed
    FROM jsonb_to_recordset(p_members) AS m (folder_id uuid, logical_id uuid)
    ON CONFLICT DO NOTHING;
    -- What replaces a document takes its place beside it in every folder (ITI-42 §3.42.4.1.3.3.1).
    INSERT INTO folder_member (patient_id, folder_id, logical_id, set_id, added_at)
    SELECT p_patient, m.folder_id, a.source_id, (p_set ->> 'set_id')::uuid, p_changed
    FROM jsonb_to_recordset(coalesce(p_associations, '[]')) AS a (source_id uuid, kind text, target_id uuid)
    JOIN folder_member m ON m.patient_id = p_patient AND m.logical_id = a.target_id
    WHERE a.kind = 'replaces'
    ON CONFLICT DO NOTHING;
    RETURN p_changed;
END
$$;
