-- People, consent, records, documents and their trail.
--
-- Every table of a patient begins its primary key with patient_id, so that the schema shards by patient without a change.
-- Claims map an identifier that comes from outside to the patient who holds it; the patient's own rows are the truth.

CREATE TABLE ins_claim (
    matricule text NOT NULL,
    oid text NOT NULL,
    patient_id uuid NOT NULL,
    PRIMARY KEY (matricule, oid)
);
COMMENT ON TABLE ins_claim IS 'claim: matricule INS with its OID, to the patient';

CREATE TABLE unique_id_claim (
    unique_id text PRIMARY KEY,
    patient_id uuid NOT NULL
);
COMMENT ON TABLE unique_id_claim IS 'claim: uniqueId of documents and submission sets; stays taken after a deletion';

CREATE TABLE entry_claim (
    entry_id uuid PRIMARY KEY,
    patient_id uuid NOT NULL
);
COMMENT ON TABLE entry_claim IS 'claim: logicalIds, entryUUIDs and ids of submission sets';

-- One row per record, its hot head: status now, version of the facts that access reads, end of the trail's chain.
CREATE TABLE record (
    patient_id uuid PRIMARY KEY,
    wrapped_key bytea NOT NULL,
    status text NOT NULL CHECK (status IN ('announced', 'open', 'opposed', 'closed')),
    facts_version bigint NOT NULL DEFAULT 0,
    trail_length bigint NOT NULL DEFAULT 0,
    trail_hash bytea NOT NULL,
    changed_at timestamptz NOT NULL
) WITH (fillfactor = 50);
COMMENT ON TABLE record IS 'patient: the record, its key and the head of its trail';

CREATE TABLE record_period (
    patient_id uuid NOT NULL,
    period_id uuid NOT NULL,
    status text NOT NULL CHECK (status IN ('announced', 'open', 'opposed', 'closed')),
    valid_from timestamptz NOT NULL,
    valid_to timestamptz,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    PRIMARY KEY (patient_id, period_id),
    FOREIGN KEY (patient_id) REFERENCES record (patient_id)
);
COMMENT ON TABLE record_period IS 'patient: life of the record, as periods';

-- Identity traits stay in clear: matching needs them. They are erased by deletion and by the expiry of backups.
CREATE TABLE identity (
    patient_id uuid NOT NULL,
    identity_id uuid NOT NULL,
    matricule text NOT NULL,
    oid text NOT NULL,
    status text NOT NULL CHECK (status IN ('PROV', 'RECUP', 'VALI', 'QUAL')),
    attributes text[] NOT NULL DEFAULT '{}',
    birth_name text NOT NULL,
    first_given_name text NOT NULL,
    given_names text,
    birth_date text NOT NULL,
    sex text NOT NULL,
    birth_place text,
    used_name text,
    used_given_name text,
    valid_from timestamptz NOT NULL,
    valid_to timestamptz,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    PRIMARY KEY (patient_id, identity_id),
    FOREIGN KEY (patient_id) REFERENCES record (patient_id)
);
COMMENT ON TABLE identity IS 'patient: matricule and traits, with their history';

-- Grants, blocks and médecins traitants: closed when they end, never overwritten.
CREATE TABLE consent_period (
    patient_id uuid NOT NULL,
    period_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('grant', 'block', 'primary-care-doctor')),
    holder text NOT NULL,
    holder_is_organization boolean NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_to timestamptz,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    PRIMARY KEY (patient_id, period_id),
    FOREIGN KEY (patient_id) REFERENCES record (patient_id)
);
CREATE INDEX consent_period_by_holder ON consent_period (patient_id, holder);
COMMENT ON TABLE consent_period IS 'patient: authorisations, blocks and médecins traitants, as periods';

CREATE TABLE submission_set (
    patient_id uuid NOT NULL,
    set_id uuid NOT NULL,
    unique_id text NOT NULL,
    source_id text,
    content_type text,
    submitted_at timestamptz NOT NULL,
    filed_at timestamptz NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (patient_id, set_id)
);
ALTER TABLE submission_set ALTER COLUMN body SET STORAGE EXTERNAL;
COMMENT ON TABLE submission_set IS 'patient: lots de soumission; body is sealed';

-- Facts that access rules read; documents with the same facts share a row, named by the SHA-256 of the facts.
CREATE TABLE access_class (
    patient_id uuid NOT NULL,
    class_id uuid NOT NULL,
    status text NOT NULL,
    labels text[] NOT NULL,
    type_code text NOT NULL,
    class_code text NOT NULL,
    owner text NOT NULL,
    author_persons text[] NOT NULL,
    author_organizations text[] NOT NULL,
    PRIMARY KEY (patient_id, class_id)
);
COMMENT ON TABLE access_class IS 'patient: distinct facts that access decisions read';

-- The fiche. Coded values are kept as system|code; fiche is the sealed ready-made text.
CREATE TABLE document_entry (
    patient_id uuid NOT NULL,
    logical_id uuid NOT NULL,
    class_id uuid NOT NULL,
    created_from timestamptz NOT NULL,
    created_to timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version integer NOT NULL,
    entry_uuid uuid NOT NULL,
    set_id uuid NOT NULL,
    unique_id text NOT NULL,
    status text NOT NULL CHECK (status IN ('approved', 'deprecated', 'archived', 'deleted')),
    confidentiality text NOT NULL,
    labels text[] NOT NULL,
    type text NOT NULL,
    category text NOT NULL,
    format text NOT NULL,
    facility text NOT NULL,
    setting text NOT NULL,
    events text[] NOT NULL,
    reference_ids text[] NOT NULL,
    authors text[] NOT NULL,
    author_names text[] NOT NULL,
    started_from timestamptz NOT NULL,
    started_to timestamptz NOT NULL,
    stopped_from timestamptz,
    stopped_to timestamptz,
    filed_at timestamptz NOT NULL,
    mime_type text NOT NULL,
    size_bytes integer NOT NULL,
    hash_sha1 bytea NOT NULL,
    hash_sha256 bytea NOT NULL,
    fiche bytea NOT NULL,
    PRIMARY KEY (patient_id, logical_id),
    UNIQUE (patient_id, unique_id)
) WITH (toast_tuple_target = 8160);
ALTER TABLE document_entry ALTER COLUMN fiche SET STORAGE EXTERNAL;
CREATE INDEX document_entry_by_date ON document_entry (patient_id, created_from DESC, logical_id DESC);
COMMENT ON TABLE document_entry IS 'patient: fiches as they are now';

-- What a fiche was before each change: closed periods, so that any past instant can be judged.
CREATE TABLE document_entry_past (
    patient_id uuid NOT NULL,
    logical_id uuid NOT NULL,
    version integer NOT NULL,
    class_id uuid NOT NULL,
    entry_uuid uuid NOT NULL,
    status text NOT NULL,
    labels text[] NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_to timestamptz NOT NULL,
    ended_by uuid NOT NULL,
    PRIMARY KEY (patient_id, logical_id, version)
);
COMMENT ON TABLE document_entry_past IS 'patient: former statuses and labels of fiches; ended_by is the event of the trail';

CREATE TABLE association (
    patient_id uuid NOT NULL,
    source_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('replaces', 'appends', 'transforms', 'signs')),
    target_id uuid NOT NULL,
    set_id uuid NOT NULL,
    PRIMARY KEY (patient_id, source_id, kind, target_id)
);
CREATE INDEX association_by_target ON association (patient_id, target_id);
COMMENT ON TABLE association IS 'patient: relations between documents of one record';

-- The trail of a record: bodies are sealed, hashes chain the salted commitments. Positions and hashes are never shown.
CREATE TABLE audit_event (
    patient_id uuid NOT NULL,
    event_id uuid NOT NULL,
    position bigint NOT NULL,
    type text NOT NULL,
    outcome text NOT NULL,
    occurred_at timestamptz NOT NULL,
    commitment bytea NOT NULL,
    hash bytea NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (patient_id, event_id)
);
ALTER TABLE audit_event ALTER COLUMN body SET STORAGE EXTERNAL;
COMMENT ON TABLE audit_event IS 'patient: the trail of a record';

-- The trail of what concerns no record: sign-ins, unknown patients, imports, operators.
CREATE TABLE system_stream (
    stream text PRIMARY KEY,
    trail_length bigint NOT NULL,
    trail_hash bytea NOT NULL
);
COMMENT ON TABLE system_stream IS 'local: heads of the system trails';

CREATE TABLE system_event (
    stream text NOT NULL,
    event_id uuid NOT NULL,
    position bigint NOT NULL,
    type text NOT NULL,
    outcome text NOT NULL,
    occurred_at timestamptz NOT NULL,
    commitment bytea NOT NULL,
    hash bytea NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (stream, event_id)
);
COMMENT ON TABLE system_event IS 'local: the system trails';

INSERT INTO system_stream (stream, trail_length, trail_hash) VALUES ('system', 0, sha256('carnet/trail/1:system'));

-- Append one event to a record's trail, if the facts it was decided on still hold. The update of the head takes the record's lock.
-- Gives the instant of the record's last change, or NULL when the facts moved (the caller reads them and decides again).
CREATE FUNCTION append_event(
    p_patient uuid, p_facts_version bigint,
    p_event uuid, p_type text, p_outcome text, p_occurred_at timestamptz, p_commitment bytea, p_body bytea
) RETURNS timestamptz LANGUAGE plpgsql AS $$
DECLARE
    head record;
BEGIN
    UPDATE record r
    SET trail_length = r.trail_length + 1,
        trail_hash = sha256(r.trail_hash || p_commitment || int8send(r.trail_length + 1))
    WHERE r.patient_id = p_patient AND (p_facts_version IS NULL OR r.facts_version = p_facts_version)
    RETURNING r.trail_length, r.trail_hash, r.changed_at INTO head;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    INSERT INTO audit_event (patient_id, event_id, position, type, outcome, occurred_at, commitment, hash, body)
    VALUES (p_patient, p_event, head.trail_length, p_type, p_outcome, p_occurred_at, p_commitment, head.trail_hash, p_body);
    RETURN head.changed_at;
END
$$;

CREATE FUNCTION append_system_event(
    p_stream text, p_event uuid, p_type text, p_outcome text, p_occurred_at timestamptz, p_commitment bytea, p_body bytea
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    head record;
BEGIN
    UPDATE system_stream s
    SET trail_length = s.trail_length + 1,
        trail_hash = sha256(s.trail_hash || p_commitment || int8send(s.trail_length + 1))
    WHERE s.stream = p_stream
    RETURNING s.trail_length, s.trail_hash INTO STRICT head;
    INSERT INTO system_event (stream, event_id, position, type, outcome, occurred_at, commitment, hash, body)
    VALUES (p_stream, p_event, head.trail_length, p_type, p_outcome, p_occurred_at, p_commitment, head.trail_hash, p_body);
END
$$;

-- File one submission: the whole act in one statement. NULL when the facts moved. Raises CN001 when a uniqueId was claimed for
-- another patient meanwhile; a unique violation means that the same patient received it meanwhile.
CREATE FUNCTION file_submission(
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
    SELECT p_patient, c.class_id, c.status, c.labels, c.type_code, c.class_code, c.owner, c.author_persons, c.author_organizations
    FROM jsonb_to_recordset(p_classes) AS c (
        class_id uuid, status text, labels text[], type_code text, class_code text, owner text,
        author_persons text[], author_organizations text[])
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
