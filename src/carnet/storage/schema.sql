-- Where the migrations lead. Written by `python -m carnet.storage.schema`; change the schema with a migration.

CREATE FUNCTION public.append_access(p_patient uuid, p_facts_version bigint, p_event uuid, p_type text, p_outcome text, p_occurred_at timestamp with time zone, p_commitment bytea, p_body bytea, p_reader text, p_secret boolean, p_notice text, p_job uuid, p_job_kind text, p_payload jsonb) RETURNS timestamp with time zone
    LANGUAGE plpgsql
    AS $$
DECLARE
    changed timestamptz;
BEGIN
    changed := append_event(p_patient, p_facts_version, p_event, p_type, p_outcome, p_occurred_at, p_commitment, p_body);
    IF changed IS NULL THEN
        RETURN NULL;
    END IF;
    INSERT INTO notice (patient_id, notice_id, kind, event_id, occurred_at, about, is_secret, is_told)
    SELECT p_patient, first_access_id(p_reader, p_secret), 'first-access', p_event, p_occurred_at, p_reader, p_secret,
        p_payload IS NULL AND NOT EXISTS (
            SELECT 1 FROM notice_choice c WHERE c.patient_id = p_patient AND c.kind = p_notice AND NOT c.wanted)
    ON CONFLICT DO NOTHING;
    IF p_payload IS NOT NULL THEN
        INSERT INTO outbox (patient_id, job_id, kind, payload, due_at, created_at)
        VALUES (p_patient, p_job, p_job_kind, p_payload, p_occurred_at, p_occurred_at);
    END IF;
    RETURN changed;
END
$$;

CREATE FUNCTION public.append_event(p_patient uuid, p_facts_version bigint, p_event uuid, p_type text, p_outcome text, p_occurred_at timestamp with time zone, p_commitment bytea, p_body bytea) RETURNS timestamp with time zone
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.append_event_and_ask(p_patient uuid, p_facts_version bigint, p_event uuid, p_type text, p_outcome text, p_occurred_at timestamp with time zone, p_commitment bytea, p_body bytea, p_job uuid, p_kind text, p_payload jsonb) RETURNS timestamp with time zone
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.append_system_event(p_stream text, p_event uuid, p_type text, p_outcome text, p_occurred_at timestamp with time zone, p_commitment bytea, p_body bytea) RETURNS void
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.ask_after_filing(p_patient uuid, p_changed timestamp with time zone, p_job uuid, p_kind text, p_payload jsonb, p_at timestamp with time zone) RETURNS timestamp with time zone
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF p_changed IS NOT NULL THEN
        INSERT INTO outbox (patient_id, job_id, kind, payload, due_at, created_at)
        VALUES (p_patient, p_job, p_kind, p_payload, p_at, p_at);
        INSERT INTO health_facts (patient_id, logical_id, edition, state)
        SELECT p_patient, d::uuid, 0, 'unread' FROM jsonb_array_elements_text(p_payload -> 'documents') d;
    END IF;
    RETURN p_changed;
END
$$;

CREATE FUNCTION public.file_folders(p_patient uuid, p_changed timestamp with time zone, p_set jsonb, p_associations jsonb, p_folders jsonb, p_folder_bodies bytea[], p_members jsonb) RETURNS timestamp with time zone
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.file_submission(p_patient uuid, p_facts_version bigint, p_event uuid, p_type text, p_occurred_at timestamp with time zone, p_commitment bytea, p_body bytea, p_unique_ids text[], p_entry_ids uuid[], p_set jsonb, p_set_body bytea, p_classes jsonb, p_entries jsonb, p_fiches bytea[], p_content_ids uuid[], p_content_segments integer[], p_content_bytes bytea[], p_associations jsonb, p_deprecated jsonb) RETURNS timestamp with time zone
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.first_access_id(p_reader text, p_secret boolean) RETURNS uuid
    LANGUAGE sql IMMUTABLE
    AS $$ SELECT encode(substring(sha256(convert_to(p_reader || p_secret::text, 'UTF8')) FOR 16), 'hex')::uuid $$;

CREATE FUNCTION public.settle_versions(p_patient uuid, p_changed timestamp with time zone, p_event uuid, p_classes jsonb, p_entries jsonb) RETURNS timestamp with time zone
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.update_entries(p_patient uuid, p_facts_version bigint, p_events uuid[], p_types text[], p_occurred_at timestamp with time zone, p_commitments bytea[], p_bodies bytea[], p_claims uuid[], p_classes jsonb, p_entries jsonb, p_job uuid, p_job_kind text, p_job_payload jsonb) RETURNS timestamp with time zone
    LANGUAGE plpgsql
    AS $$
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

CREATE TABLE public.access_class (
    patient_id uuid NOT NULL,
    class_id uuid NOT NULL,
    status text NOT NULL,
    labels text[] NOT NULL,
    type_code text NOT NULL,
    class_code text NOT NULL,
    owner text NOT NULL,
    author_persons text[] NOT NULL,
    author_organizations text[] NOT NULL,
    hidden_from text[] DEFAULT '{}'::text[] NOT NULL,
    successors uuid[] DEFAULT '{}'::uuid[] NOT NULL
);

COMMENT ON TABLE public.access_class IS 'patient: distinct facts that access decisions read';

COMMENT ON COLUMN public.access_class.hidden_from IS 'PS_IdNat or Struct_IdNat of those whom the patient hid the document from';

COMMENT ON COLUMN public.access_class.successors IS 'classes of all that replaced the document, one after another: who may not see one of them does not see it';

CREATE TABLE public.access_report (
    patient_id uuid NOT NULL,
    report_id uuid NOT NULL,
    event_id uuid NOT NULL,
    state text NOT NULL,
    is_secret boolean NOT NULL,
    made_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    body bytea NOT NULL,
    CONSTRAINT access_report_state_check CHECK ((state = ANY (ARRAY['received'::text, 'in-review'::text, 'answered'::text, 'closed'::text])))
);

COMMENT ON TABLE public.access_report IS 'patient: accesses that the citizen did not recognise, and what became of each; kept and erased with the record';

COMMENT ON COLUMN public.access_report.is_secret IS 'of an act in a secret connection: not told to who represents the person';

COMMENT ON COLUMN public.access_report.body IS 'sealed: what the citizen wrote, and what of the access is passed on to the operator';

CREATE TABLE public.access_report_step (
    patient_id uuid NOT NULL,
    report_id uuid NOT NULL,
    step_id uuid NOT NULL,
    state text NOT NULL,
    at timestamp with time zone NOT NULL,
    by_operator boolean NOT NULL,
    words bytea
);

COMMENT ON TABLE public.access_report_step IS 'patient: the steps of a report of an access, each with the words that came with it, sealed';

CREATE TABLE public.account (
    patient_id uuid NOT NULL,
    time_zone text,
    theme text,
    visited_at timestamp with time zone,
    former_visit_at timestamp with time zone,
    activated_at timestamp with time zone,
    identifier bytea,
    mail bytea,
    phone bytea,
    text_size text,
    CONSTRAINT account_text_size_check CHECK ((text_size = 'large'::text)),
    CONSTRAINT account_theme_check CHECK ((theme = ANY (ARRAY['light'::text, 'dark'::text])))
);

COMMENT ON TABLE public.account IS 'patient: the holder''s account: when it was activated, identifier, mail and telephone (sealed), what they prefer, their visits';

CREATE TABLE public.account_login (
    patient_id uuid NOT NULL,
    login_digest bytea NOT NULL,
    kind text NOT NULL,
    CONSTRAINT account_login_kind_check CHECK ((kind = ANY (ARRAY['identifier'::text, 'mail'::text]))),
    CONSTRAINT account_login_login_digest_check CHECK ((octet_length(login_digest) = 32))
);

COMMENT ON TABLE public.account_login IS 'patient: by which names the account is found (keyed digests)';

CREATE TABLE public.account_passkey (
    patient_id uuid NOT NULL,
    passkey_id uuid NOT NULL,
    credential_id bytea NOT NULL,
    public_key bytea NOT NULL,
    sign_count bigint NOT NULL,
    name bytea NOT NULL,
    added_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone
);

COMMENT ON TABLE public.account_passkey IS 'patient: passkeys (WebAuthn); their names sealed';

CREATE TABLE public.account_password (
    patient_id uuid NOT NULL,
    hash text NOT NULL,
    set_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.account_password IS 'patient: password, by argon2id';

CREATE TABLE public.account_totp (
    patient_id uuid NOT NULL,
    secret bytea NOT NULL,
    added_at timestamp with time zone NOT NULL,
    last_step bigint DEFAULT 0 NOT NULL
);

COMMENT ON TABLE public.account_totp IS 'patient: secret of the codes by application (RFC 6238), sealed';

CREATE TABLE public.added_file (
    patient_id uuid NOT NULL,
    digest bytea NOT NULL,
    logical_id uuid NOT NULL
);

COMMENT ON TABLE public.added_file IS 'patient: files that the person added, by a digest under their key, so that the same one is known again';

CREATE TABLE public.association (
    patient_id uuid NOT NULL,
    source_id uuid NOT NULL,
    kind text NOT NULL,
    target_id uuid NOT NULL,
    set_id uuid NOT NULL,
    CONSTRAINT association_kind_check CHECK ((kind = ANY (ARRAY['replaces'::text, 'appends'::text, 'transforms'::text, 'signs'::text])))
);

COMMENT ON TABLE public.association IS 'patient: relations between documents of one record';

CREATE TABLE public.attempt_count (
    bucket bytea NOT NULL,
    tries integer NOT NULL,
    since timestamp with time zone NOT NULL,
    CONSTRAINT attempt_count_bucket_check CHECK ((octet_length(bucket) = 32))
);

COMMENT ON TABLE public.attempt_count IS 'claim: keyed digest of a door, a name and an origin, to the tries made there';

CREATE TABLE public.audit_event (
    patient_id uuid NOT NULL,
    event_id uuid NOT NULL,
    "position" bigint NOT NULL,
    type text NOT NULL,
    outcome text NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    commitment bytea NOT NULL,
    hash bytea NOT NULL,
    body bytea NOT NULL
);
ALTER TABLE ONLY public.audit_event ALTER COLUMN body SET STORAGE EXTERNAL;

COMMENT ON TABLE public.audit_event IS 'patient: the trail of a record';

CREATE TABLE public.backchannel_request (
    request_digest bytea NOT NULL,
    client_id text NOT NULL,
    certificate text NOT NULL,
    asked bytea NOT NULL,
    interval_seconds integer NOT NULL,
    poll_from timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT backchannel_request_request_digest_check CHECK ((octet_length(request_digest) = 32))
);

COMMENT ON TABLE public.backchannel_request IS 'local: professionals asked on their own device (CIBA), a few minutes each';

CREATE TABLE public.citizen_session (
    patient_id uuid NOT NULL,
    session_id uuid NOT NULL,
    secret_hash bytea NOT NULL,
    means text NOT NULL,
    device text NOT NULL,
    begun_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone
);

COMMENT ON TABLE public.citizen_session IS 'patient: connections of the holder to the portal';

CREATE TABLE public.client (
    client_id text NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    organization text,
    organization_name text,
    person text,
    profession text,
    specialty text,
    sector text,
    situation text,
    authentication_level text,
    methods text[] NOT NULL,
    grants text[] NOT NULL,
    secret_digest bytea,
    jwks jsonb DEFAULT '[]'::jsonb NOT NULL,
    disabled_at timestamp with time zone,
    certificates jsonb DEFAULT '[]'::jsonb NOT NULL,
    tokens_from timestamp with time zone,
    is_resource_server boolean DEFAULT false NOT NULL,
    CONSTRAINT client_certificates_check CHECK ((jsonb_typeof(certificates) = 'array'::text)),
    CONSTRAINT client_jwks_check CHECK ((jsonb_typeof(jwks) = 'array'::text)),
    CONSTRAINT client_secret_digest_check CHECK ((octet_length(secret_digest) = 32))
);

COMMENT ON TABLE public.client IS 'reference: registered software and its public keys, shared by every record';

CREATE TABLE public.client_assertion (
    client_id text NOT NULL,
    jti_digest bytea NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT client_assertion_jti_digest_check CHECK ((octet_length(jti_digest) = 32))
);

COMMENT ON TABLE public.client_assertion IS 'local: assertions already used, a few minutes each';

CREATE TABLE public.record_period (
    patient_id uuid NOT NULL,
    period_id uuid NOT NULL,
    status text NOT NULL,
    valid_from timestamp with time zone NOT NULL,
    valid_to timestamp with time zone,
    recorded_at timestamp with time zone NOT NULL,
    recorded_by text NOT NULL,
    motive text,
    reason bytea,
    CONSTRAINT record_period_check CHECK ((valid_to > valid_from)),
    CONSTRAINT record_period_status_check CHECK ((status = ANY (ARRAY['announced'::text, 'open'::text, 'opposed'::text, 'closed'::text, 'erased'::text])))
);

COMMENT ON TABLE public.record_period IS 'patient: life of the record, as periods';

COMMENT ON COLUMN public.record_period.motive IS 'code of why it began: FERMETURE_DEMANDE_PATIENT, DECES…';

COMMENT ON COLUMN public.record_period.reason IS 'free text of whoever asked, sealed under the patient''s key';

CREATE VIEW public.closed_record AS
 SELECT patient_id,
    valid_from AS closed_at
   FROM public.record_period
  WHERE ((status = 'closed'::text) AND (valid_to IS NULL));

CREATE TABLE public.consent_period (
    patient_id uuid NOT NULL,
    period_id uuid NOT NULL,
    kind text NOT NULL,
    holder text NOT NULL,
    holder_is_organization boolean NOT NULL,
    valid_from timestamp with time zone NOT NULL,
    valid_to timestamp with time zone,
    recorded_at timestamp with time zone NOT NULL,
    recorded_by text NOT NULL,
    basis text,
    scope text,
    CONSTRAINT consent_period_basis_check CHECK ((basis = ANY (ARRAY['care-team'::text, 'explicit-consent'::text, 'patient'::text]))),
    CONSTRAINT consent_period_kind_check CHECK ((kind = ANY (ARRAY['grant'::text, 'block'::text, 'primary-care-doctor'::text, 'emergency-opposition'::text, 'regulation-opposition'::text, 'feeding-opposition'::text, 'emergency-masked'::text, 'hidden-category'::text, 'withheld-category'::text, 'parental-authority'::text, 'guardianship'::text, 'masked-by-default'::text])))
);

COMMENT ON TABLE public.consent_period IS 'patient: what the patient decided and who may act, as periods';

COMMENT ON COLUMN public.consent_period.basis IS 'of an authorisation: care team (presumed), explicit consent, or given by the patient';

COMMENT ON COLUMN public.consent_period.scope IS 'of a hidden category: type|code or class|code; of a representation: read or full';

CREATE TABLE public.content (
    patient_id uuid NOT NULL,
    logical_id uuid NOT NULL,
    segment integer NOT NULL,
    bytes bytea NOT NULL,
    CONSTRAINT content_segment_check CHECK ((segment >= 0))
);
ALTER TABLE ONLY public.content ALTER COLUMN bytes SET STORAGE EXTERNAL;

COMMENT ON TABLE public.content IS 'patient: sealed segments of the contents, when PostgreSQL keeps them';

CREATE TABLE public.delegated_filing_claim (
    delegator text NOT NULL,
    unique_id text NOT NULL,
    patient_id uuid NOT NULL,
    delegation_id uuid NOT NULL,
    claimed_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.delegated_filing_claim IS 'claim: a professional (PS_IdNat) to the documents that were filed in their name by someone they named';

CREATE TABLE public.delegation (
    delegation_id uuid NOT NULL,
    delegator text NOT NULL,
    delegate text NOT NULL,
    organization text NOT NULL,
    is_staff boolean NOT NULL,
    told bytea NOT NULL,
    valid_from timestamp with time zone NOT NULL,
    valid_to timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    ended_by text,
    CONSTRAINT delegation_check CHECK ((delegator <> delegate)),
    CONSTRAINT delegation_check1 CHECK ((valid_from < valid_to))
);

COMMENT ON TABLE public.delegation IS 'reference: periods during which someone feeds in the name of a professional of their structure';

CREATE TABLE public.demo_letter (
    letter_id uuid NOT NULL,
    address text NOT NULL,
    subject text NOT NULL,
    body text NOT NULL,
    sent_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.demo_letter IS 'local: mail that the demonstration would have sent';

CREATE TABLE public.demo_person (
    name text NOT NULL,
    description text NOT NULL,
    client_id text,
    matricule text,
    oid text,
    for_matricule text,
    for_oid text,
    CONSTRAINT demo_person_check CHECK ((((client_id IS NULL) = (matricule IS NOT NULL)) AND ((matricule IS NULL) = (oid IS NULL)))),
    CONSTRAINT demo_person_check1 CHECK ((((for_matricule IS NULL) = (for_oid IS NULL)) AND ((for_matricule IS NULL) OR (matricule IS NOT NULL))))
);

COMMENT ON TABLE public.demo_person IS 'local: names of the demonstration, each a client or a citizen';

COMMENT ON COLUMN public.demo_person.for_matricule IS 'whom they represent, with for_oid; NULL for who acts for themselves';

CREATE TABLE public.directory_import (
    import_id uuid NOT NULL,
    kind text NOT NULL,
    file text NOT NULL,
    edition timestamp with time zone,
    is_complete boolean NOT NULL,
    at timestamp with time zone NOT NULL,
    started_at timestamp with time zone NOT NULL,
    counts jsonb NOT NULL,
    CONSTRAINT directory_import_kind_check CHECK ((kind = ANY (ARRAY['activities'::text, 'mailboxes'::text, 'structures'::text])))
);

COMMENT ON TABLE public.directory_import IS 'reference: imports that were carried out; `at` is the instant that their changes bear';

CREATE TABLE public.directory_mailbox (
    address text NOT NULL,
    person text NOT NULL,
    organization text NOT NULL,
    kind text NOT NULL,
    service text NOT NULL,
    description text NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    origin text DEFAULT 'annuaire'::text NOT NULL,
    CONSTRAINT directory_mailbox_kind_check CHECK ((kind = ANY (ARRAY['PER'::text, 'ORG'::text, 'APP'::text, 'CAB'::text])))
);

COMMENT ON TABLE public.directory_mailbox IS 'reference: published mailboxes of MSSanté, by owner; one that asked not to be published (liste rouge) is not kept at all';

CREATE TABLE public.directory_organization (
    organization text NOT NULL,
    is_legal_entity boolean NOT NULL,
    technical_id text NOT NULL,
    finess text NOT NULL,
    siret text NOT NULL,
    siren text NOT NULL,
    part_of text NOT NULL,
    name text NOT NULL,
    brand text NOT NULL,
    sector text NOT NULL,
    category text NOT NULL,
    opened text NOT NULL,
    phone text NOT NULL,
    phone2 text NOT NULL,
    fax text NOT NULL,
    email text NOT NULL,
    addressee text NOT NULL,
    locator text NOT NULL,
    house_number text NOT NULL,
    repetition text NOT NULL,
    street_type text NOT NULL,
    street text NOT NULL,
    mention text NOT NULL,
    delivery text NOT NULL,
    postal_code text NOT NULL,
    commune text NOT NULL,
    city text NOT NULL,
    country text NOT NULL,
    department text NOT NULL,
    name_key text NOT NULL,
    city_key text NOT NULL,
    in_annuaire boolean NOT NULL,
    in_finess boolean NOT NULL,
    active boolean NOT NULL,
    since timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    origin text DEFAULT 'annuaire'::text NOT NULL
);

COMMENT ON TABLE public.directory_organization IS 'reference: structures, as the Annuaire and FINESS know them';

COMMENT ON COLUMN public.directory_organization.organization IS 'Struct_IdNat: 1 and the FINESS, 3 and the SIRET, 4 and the RPPS-rang…';

COMMENT ON COLUMN public.directory_organization.in_finess IS 'FINESS describes it: then only the sector and the technical identifier come from the Annuaire';

CREATE TABLE public.directory_professional (
    person text NOT NULL,
    number_type text NOT NULL,
    number text NOT NULL,
    family text NOT NULL,
    given text NOT NULL,
    civility text NOT NULL,
    title text NOT NULL,
    professions text[] NOT NULL,
    skills text[] NOT NULL,
    codes text[] NOT NULL,
    family_key text NOT NULL,
    given_key text NOT NULL,
    active boolean NOT NULL,
    since timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    origin text DEFAULT 'annuaire'::text NOT NULL
);

COMMENT ON TABLE public.directory_professional IS 'reference: professionals of the Annuaire, and whether each may practise now';

COMMENT ON COLUMN public.directory_professional.person IS 'PS_IdNat: 8 and the RPPS, 0 and the ADELI';

COMMENT ON COLUMN public.directory_professional.professions IS 'profession|category, codes of TRE_G15 and TRE_R09';

COMMENT ON COLUMN public.directory_professional.skills IS 'skill|type, codes of TRE_R38 and its sisters and of TRE_R04';

COMMENT ON COLUMN public.directory_professional.codes IS 'table|code of every qualification, for searches';

COMMENT ON COLUMN public.directory_professional.family_key IS 'name without accents, in capitals, for searches; empty, like all that names them, once inactive';

COMMENT ON COLUMN public.directory_professional.since IS 'since when active is what it is; what was before is in directory_professional_past';

COMMENT ON COLUMN public.directory_professional.origin IS 'annuaire: the published files; territoire: invented by a demonstration, which a published file does not end';

CREATE TABLE public.directory_professional_past (
    person text NOT NULL,
    valid_from timestamp with time zone NOT NULL,
    valid_to timestamp with time zone NOT NULL,
    active boolean NOT NULL
);

COMMENT ON TABLE public.directory_professional_past IS 'reference: former periods of activity and of inactivity of professionals, closed';

CREATE TABLE public.directory_situation (
    situation text NOT NULL,
    person text NOT NULL,
    organization text NOT NULL,
    profession text NOT NULL,
    category text NOT NULL,
    mode text NOT NULL,
    sector text NOT NULL,
    section text NOT NULL,
    role text NOT NULL,
    activity text NOT NULL,
    authority text NOT NULL,
    active boolean NOT NULL,
    since timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    origin text DEFAULT 'annuaire'::text NOT NULL
);

COMMENT ON TABLE public.directory_situation IS 'reference: where and how each professional practises';

COMMENT ON COLUMN public.directory_situation.situation IS 'digest of what makes it: person, structure, profession, category, mode, sector, section, role, kind of activity';

CREATE TABLE public.document_entry (
    patient_id uuid NOT NULL,
    logical_id uuid NOT NULL,
    class_id uuid NOT NULL,
    created_from timestamp with time zone NOT NULL,
    created_to timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    version integer NOT NULL,
    entry_uuid uuid NOT NULL,
    set_id uuid NOT NULL,
    unique_id text NOT NULL,
    status text NOT NULL,
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
    started_from timestamp with time zone NOT NULL,
    started_to timestamp with time zone NOT NULL,
    stopped_from timestamp with time zone,
    stopped_to timestamp with time zone,
    filed_at timestamp with time zone NOT NULL,
    mime_type text NOT NULL,
    size_bytes integer NOT NULL,
    hash_sha1 bytea NOT NULL,
    hash_sha256 bytea NOT NULL,
    fiche bytea NOT NULL,
    masked_by_patient boolean DEFAULT false NOT NULL,
    CONSTRAINT document_entry_status_check CHECK ((status = ANY (ARRAY['approved'::text, 'deprecated'::text, 'archived'::text, 'deleted'::text])))
)
WITH (toast_tuple_target='8160');
ALTER TABLE ONLY public.document_entry ALTER COLUMN fiche SET STORAGE EXTERNAL;

COMMENT ON TABLE public.document_entry IS 'patient: fiches as they are now';

COMMENT ON COLUMN public.document_entry.masked_by_patient IS 'the mask is the patient''s own: no professional lifts it, and what replaces the document bears it';

CREATE TABLE public.document_entry_past (
    patient_id uuid NOT NULL,
    logical_id uuid NOT NULL,
    version integer NOT NULL,
    class_id uuid NOT NULL,
    entry_uuid uuid NOT NULL,
    status text NOT NULL,
    labels text[] NOT NULL,
    valid_from timestamp with time zone NOT NULL,
    valid_to timestamp with time zone NOT NULL,
    ended_by uuid NOT NULL,
    masked_by_patient boolean DEFAULT false NOT NULL
);

COMMENT ON TABLE public.document_entry_past IS 'patient: former statuses and labels of fiches; ended_by is the event of the trail';

CREATE TABLE public.document_request (
    patient_id uuid NOT NULL,
    request_id uuid NOT NULL,
    logical_id uuid NOT NULL,
    kind text NOT NULL,
    status text NOT NULL,
    sent_at timestamp with time zone NOT NULL,
    addressees text[] NOT NULL,
    body bytea NOT NULL,
    CONSTRAINT document_request_kind_check CHECK ((kind = ANY (ARRAY['correct'::text, 'remove'::text]))),
    CONSTRAINT document_request_status_check CHECK ((status = ANY (ARRAY['sent'::text, 'seen'::text, 'answered'::text, 'closed'::text, 'withdrawn'::text])))
);

COMMENT ON TABLE public.document_request IS 'patient: what the patient asks about a document of who made it; body is sealed';

CREATE TABLE public.document_request_step (
    patient_id uuid NOT NULL,
    request_id uuid NOT NULL,
    step_id uuid NOT NULL,
    status text NOT NULL,
    at timestamp with time zone NOT NULL,
    body bytea NOT NULL
);

COMMENT ON TABLE public.document_request_step IS 'patient: the steps of a request about a document; body is sealed';

CREATE TABLE public.document_share (
    patient_id uuid NOT NULL,
    share_id uuid NOT NULL,
    documents uuid[] NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    address bytea NOT NULL,
    code bytea NOT NULL,
    wrong_codes integer DEFAULT 0 NOT NULL,
    openings integer DEFAULT 0 NOT NULL,
    last_opened_at timestamp with time zone,
    body bytea NOT NULL,
    CONSTRAINT document_share_documents_check CHECK ((cardinality(documents) > 0))
);

COMMENT ON TABLE public.document_share IS 'patient: links that show documents to whoever holds them and their code; body is sealed';

CREATE TABLE public.draft (
    patient_id uuid NOT NULL,
    draft_id uuid NOT NULL,
    begun_at timestamp with time zone NOT NULL,
    fields bytea NOT NULL,
    logical_id uuid,
    drafter text DEFAULT 'holder'::text NOT NULL
);

COMMENT ON TABLE public.draft IS 'patient: documents being added, for a day; no part of the record until they are filed';

COMMENT ON COLUMN public.draft.fields IS 'what was typed, sealed';

COMMENT ON COLUMN public.draft.logical_id IS 'the document it became, whose parts are then gone: sent twice, it is filed once';

COMMENT ON COLUMN public.draft.drafter IS '`holder`, a representative''s INS, or the PS_IdNat of who prepares it; nobody else finds it';

CREATE TABLE public.draft_part (
    patient_id uuid NOT NULL,
    draft_id uuid NOT NULL,
    part_id uuid NOT NULL,
    "position" integer NOT NULL,
    size_bytes integer NOT NULL,
    about bytea NOT NULL,
    thumbnail bytea,
    body bytea NOT NULL
);
ALTER TABLE ONLY public.draft_part ALTER COLUMN thumbnail SET STORAGE EXTERNAL;
ALTER TABLE ONLY public.draft_part ALTER COLUMN body SET STORAGE EXTERNAL;

COMMENT ON TABLE public.draft_part IS 'patient: pages and files of a draft, sealed';

COMMENT ON COLUMN public.draft_part.about IS 'name, media type and shape, sealed';

CREATE TABLE public.entry_claim (
    entry_id uuid NOT NULL,
    patient_id uuid NOT NULL
);

COMMENT ON TABLE public.entry_claim IS 'claim: logicalIds, entryUUIDs and ids of submission sets';

CREATE TABLE public.folder (
    patient_id uuid NOT NULL,
    folder_id uuid NOT NULL,
    unique_id text NOT NULL,
    set_id uuid NOT NULL,
    code text NOT NULL,
    filed_at timestamp with time zone NOT NULL,
    title_index bytea[] NOT NULL,
    body bytea NOT NULL
);
ALTER TABLE ONLY public.folder ALTER COLUMN body SET STORAGE EXTERNAL;

COMMENT ON TABLE public.folder IS 'patient: classeurs; body is sealed';

CREATE TABLE public.folder_member (
    patient_id uuid NOT NULL,
    folder_id uuid NOT NULL,
    logical_id uuid NOT NULL,
    set_id uuid NOT NULL,
    added_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.folder_member IS 'patient: documents of classeurs, and the set that put each there';

CREATE TABLE public.health_facts (
    patient_id uuid NOT NULL,
    logical_id uuid NOT NULL,
    edition integer NOT NULL,
    state text NOT NULL,
    body bytea,
    read_at timestamp with time zone,
    CONSTRAINT health_facts_state_check CHECK ((state = ANY (ARRAY['unread'::text, 'read'::text, 'unreadable'::text])))
);

COMMENT ON TABLE public.health_facts IS 'patient: facts of health that a document states, sealed; goes with the content of the document';

COMMENT ON COLUMN public.health_facts.edition IS 'of the way facts are read: rows of an earlier one are read again';

COMMENT ON COLUMN public.health_facts.read_at IS 'NULL until it is read';

CREATE TABLE public.held_record_claim (
    holder text NOT NULL,
    patient_id uuid NOT NULL,
    authorised_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.held_record_claim IS 'claim: a holder of authorisations (PS_IdNat or Struct_IdNat), to the records';

CREATE TABLE public.identity (
    patient_id uuid NOT NULL,
    identity_id uuid NOT NULL,
    matricule text,
    oid text,
    status text NOT NULL,
    attributes text[] DEFAULT '{}'::text[] NOT NULL,
    birth_name text NOT NULL,
    first_given_name text NOT NULL,
    given_names text,
    birth_date text NOT NULL,
    sex text NOT NULL,
    birth_place text,
    used_name text,
    used_given_name text,
    valid_from timestamp with time zone NOT NULL,
    valid_to timestamp with time zone,
    recorded_at timestamp with time zone NOT NULL,
    recorded_by text NOT NULL,
    validation_mode text,
    method_collection text,
    insi_questioned_on date,
    validated_on date,
    CONSTRAINT identity_ins_check CHECK ((((status = 'QUAL'::text) = (matricule IS NOT NULL)) AND ((matricule IS NULL) = (oid IS NULL)))),
    CONSTRAINT identity_period_check CHECK ((valid_to > valid_from)),
    CONSTRAINT identity_status_check CHECK ((status = ANY (ARRAY['PROV'::text, 'RECUP'::text, 'VALI'::text, 'QUAL'::text])))
);

COMMENT ON TABLE public.identity IS 'patient: matricule and traits, with their history';

CREATE TABLE public.ins_claim (
    matricule text NOT NULL,
    oid text NOT NULL,
    patient_id uuid NOT NULL,
    former_since timestamp with time zone
);

COMMENT ON TABLE public.ins_claim IS 'claim: matricule INS with its OID, to the patient';

COMMENT ON COLUMN public.ins_claim.former_since IS 'when it ceased to be the person''s matricule; NULL while it is theirs';

CREATE TABLE public.insured_contact (
    patient_id uuid NOT NULL,
    card_digests bytea[] DEFAULT '{}'::bytea[] NOT NULL,
    mail bytea,
    address bytea,
    recorded_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.insured_contact IS 'patient: numbers of cards (keyed digests), mail and postal address known to the insurance register; the last two sealed';

CREATE TABLE public.kept_form (
    key_digest bytea NOT NULL,
    sealed bytea NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT kept_form_key_digest_check CHECK ((octet_length(key_digest) = 32))
);

COMMENT ON TABLE public.kept_form IS 'local: forms sent after their session had ended, sealed, a few minutes each';

CREATE TABLE public.key_ring (
    key_id smallint NOT NULL,
    wrapped bytea NOT NULL,
    master text NOT NULL,
    created_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.key_ring IS 'reference: intermediate keys, wrapped by the master key; the newest wraps new patient keys';

COMMENT ON COLUMN public.key_ring.master IS 'fingerprint of the master key that wrapped it, so that a wrong key file is named, not guessed';

CREATE TABLE public.known_device (
    patient_id uuid NOT NULL,
    device_digest bytea NOT NULL,
    first_used_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone NOT NULL,
    CONSTRAINT known_device_device_digest_check CHECK ((octet_length(device_digest) = 32))
);

COMMENT ON TABLE public.known_device IS 'patient: devices from which the account was opened: strangers cannot spend their tries';

CREATE TABLE public.local_identifier_claim (
    value text NOT NULL,
    system text NOT NULL,
    patient_id uuid NOT NULL
);

COMMENT ON TABLE public.local_identifier_claim IS 'claim: identifier of an identity source (IPP), to the patient';

CREATE TABLE public.login_claim (
    login_digest bytea NOT NULL,
    patient_id uuid NOT NULL
);

COMMENT ON TABLE public.login_claim IS 'claim: keyed digest of an identifier or of a mail address, to the patient';

CREATE TABLE public.notice (
    patient_id uuid NOT NULL,
    notice_id uuid NOT NULL,
    kind text NOT NULL,
    event_id uuid NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    noticed_at timestamp with time zone,
    read_at timestamp with time zone,
    about text DEFAULT ''::text NOT NULL,
    is_secret boolean DEFAULT false NOT NULL,
    is_told boolean DEFAULT true NOT NULL
);

COMMENT ON TABLE public.notice IS 'patient: notices to the citizen, by kind and event';

COMMENT ON COLUMN public.notice.noticed_at IS 'retention counts from it; NULL for a first access, kept as long as the record: it would else be told a second time';

COMMENT ON COLUMN public.notice.about IS 'PS_IdNat or Struct_IdNat of the one whose act it tells; of an answer, the report that is answered';

COMMENT ON COLUMN public.notice.is_secret IS 'of an act in a secret connection: told to the person, not to who represents them';

COMMENT ON COLUMN public.notice.is_told IS 'false: kept so that a first access is known as one; the person did not want to be told, or was told otherwise';

CREATE TABLE public.notice_choice (
    patient_id uuid NOT NULL,
    kind text NOT NULL,
    wanted boolean NOT NULL,
    chosen_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.notice_choice IS 'patient: kinds of notices that the citizen wants or not; a kind without a row is wanted';

CREATE TABLE public.outbox (
    patient_id uuid NOT NULL,
    job_id uuid NOT NULL,
    kind text NOT NULL,
    payload jsonb NOT NULL,
    state text DEFAULT 'due'::text NOT NULL,
    attempts smallint DEFAULT 0 NOT NULL,
    due_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_fault text,
    CONSTRAINT outbox_state_check CHECK ((state = ANY (ARRAY['due'::text, 'dead'::text])))
);

COMMENT ON TABLE public.outbox IS 'patient: what an act asks to be done after it; deleted when done';

COMMENT ON COLUMN public.outbox.payload IS 'identifiers only, never a trait nor a content: a job reads what it needs under its own rights';

COMMENT ON COLUMN public.outbox.last_fault IS 'name of the exception, never its message, which could quote someone';

CREATE TABLE public.own_folder (
    patient_id uuid NOT NULL,
    folder_id uuid NOT NULL,
    name bytea NOT NULL,
    created_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.own_folder IS 'patient: folders that the person made for themselves; the name is sealed';

CREATE TABLE public.own_folder_document (
    patient_id uuid NOT NULL,
    folder_id uuid NOT NULL,
    logical_id uuid NOT NULL,
    added_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.own_folder_document IS 'patient: documents put into the person''s own folders';

CREATE TABLE public.passkey_claim (
    credential_id bytea NOT NULL,
    patient_id uuid NOT NULL
);

COMMENT ON TABLE public.passkey_claim IS 'claim: identifier of a passkey, to the patient';

CREATE TABLE public.people_import (
    import_id uuid NOT NULL,
    source text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    counts jsonb
);

COMMENT ON TABLE public.people_import IS 'local: population files being imported, or imported; source is a digest of the file''s ends and size';

CREATE TABLE public.people_import_batch (
    import_id uuid NOT NULL,
    batch integer NOT NULL,
    digest bytea NOT NULL,
    counts jsonb NOT NULL,
    refused jsonb NOT NULL
);

COMMENT ON TABLE public.people_import_batch IS 'local: batches of lines already taken; refused holds numbers of lines and codes, never a value';

CREATE TABLE public.periodic_run (
    kind text NOT NULL,
    due_at timestamp with time zone NOT NULL,
    last_started_at timestamp with time zone,
    last_fault text
);

COMMENT ON TABLE public.periodic_run IS 'reference: when each periodic job is due; locked by the worker that runs it';

CREATE TABLE public.person_identifier (
    patient_id uuid NOT NULL,
    kind text NOT NULL,
    value text NOT NULL,
    system text NOT NULL,
    since date,
    until date,
    recorded_at timestamp with time zone NOT NULL,
    recorded_by text NOT NULL,
    CONSTRAINT person_identifier_kind_check CHECK ((kind = ANY (ARRAY['former-matricule'::text, 'local'::text])))
);

COMMENT ON TABLE public.person_identifier IS 'patient: former matricules, and how identity sources name the person';

CREATE TABLE public.professional_session (
    session_id uuid NOT NULL,
    secret_hash bytea NOT NULL,
    person text NOT NULL,
    situation text,
    known bytea NOT NULL,
    tokens bytea,
    fresh_until timestamp with time zone,
    renewing_until timestamp with time zone,
    provider_session bytea,
    means text NOT NULL,
    device text NOT NULL,
    begun_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT professional_session_secret_hash_check CHECK ((octet_length(secret_hash) = 32))
);

COMMENT ON TABLE public.professional_session IS 'local: connections of professionals to the portal';

CREATE TABLE public.professional_visit (
    patient_id uuid NOT NULL,
    person text NOT NULL,
    visited_at timestamp with time zone NOT NULL,
    former_visit_at timestamp with time zone
);

COMMENT ON TABLE public.professional_visit IS 'patient: when each professional last opened the record at the portal';

CREATE TABLE public.provisional_code (
    patient_id uuid NOT NULL,
    code_id uuid NOT NULL,
    digest bytea NOT NULL,
    sealed bytea,
    channel text NOT NULL,
    made_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    sent_at timestamp with time zone,
    ended_at timestamp with time zone,
    used boolean DEFAULT false NOT NULL,
    CONSTRAINT provisional_code_channel_check CHECK ((channel = ANY (ARRAY['mail'::text, 'post'::text, 'hand'::text]))),
    CONSTRAINT provisional_code_digest_check CHECK ((octet_length(digest) = 32))
);

COMMENT ON TABLE public.provisional_code IS 'patient: codes of the first connection; one lives at a time';

CREATE TABLE public.reach_alert (
    person text NOT NULL,
    day date NOT NULL,
    kind text NOT NULL,
    raised_at timestamp with time zone NOT NULL,
    reached integer NOT NULL,
    cleared_at timestamp with time zone,
    cleared_by text
);

COMMENT ON TABLE public.reach_alert IS 'local: professionals whose reach in a day asks for a look';

CREATE TABLE public.reach_claim (
    person text NOT NULL,
    day date NOT NULL,
    kind text NOT NULL,
    patient_id uuid NOT NULL,
    reached_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.reach_claim IS 'claim: a professional (PS_IdNat) and a day, to the records they reached by their own word';

CREATE TABLE public.read_mark (
    patient_id uuid NOT NULL,
    reader text NOT NULL,
    logical_id uuid NOT NULL,
    marked_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.read_mark IS 'patient: documents that a reader has read, or marked as read';

COMMENT ON COLUMN public.read_mark.reader IS 'holder, PS_IdNat of a professional, or oid|matricule of a representative';

CREATE TABLE public.reading_mode (
    patient_id uuid NOT NULL,
    session_id uuid NOT NULL,
    mode text NOT NULL,
    motive bytea,
    begun_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone
);

COMMENT ON TABLE public.reading_mode IS 'patient: in which mode a session of a professional reads the record';

CREATE TABLE public.recent_record_claim (
    person text NOT NULL,
    patient_id uuid NOT NULL,
    visited_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.recent_record_claim IS 'claim: a professional (PS_IdNat), to the records they opened lately at the portal';

CREATE TABLE public.record (
    patient_id uuid NOT NULL,
    wrapped_key bytea NOT NULL,
    status text NOT NULL,
    facts_version bigint DEFAULT 0 NOT NULL,
    trail_length bigint DEFAULT 0 NOT NULL,
    trail_hash bytea NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    linked uuid[],
    CONSTRAINT record_check CHECK (((linked IS NULL) OR ((cardinality(linked) > 0) AND (NOT (patient_id = ANY (linked)))))),
    CONSTRAINT record_status_check CHECK ((status = ANY (ARRAY['announced'::text, 'open'::text, 'opposed'::text, 'closed'::text, 'erased'::text])))
)
WITH (fillfactor='50');

COMMENT ON TABLE public.record IS 'patient: the record, its key and the head of its trail';

CREATE TABLE public.record_launch (
    launch_digest bytea NOT NULL,
    launched bytea NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT record_launch_launch_digest_check CHECK ((octet_length(launch_digest) = 32))
);

COMMENT ON TABLE public.record_launch IS 'local: addresses by which software opens a record in the browser, a minute each';

CREATE TABLE public.record_link (
    patient_id uuid NOT NULL,
    link_id uuid NOT NULL,
    linked_to uuid NOT NULL,
    valid_from timestamp with time zone NOT NULL,
    valid_to timestamp with time zone,
    recorded_at timestamp with time zone NOT NULL,
    recorded_by text NOT NULL,
    motive bytea NOT NULL,
    ended_by text,
    ended_motive bytea
);

COMMENT ON TABLE public.record_link IS 'patient: links to other records of the same person, as periods; motives are sealed';

CREATE TABLE public.recovery_code (
    patient_id uuid NOT NULL,
    code_id uuid NOT NULL,
    digest bytea NOT NULL,
    made_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT recovery_code_digest_check CHECK ((octet_length(digest) = 32))
);

COMMENT ON TABLE public.recovery_code IS 'patient: recovery codes on paper (keyed digests); each serves once';

CREATE TABLE public.refusal (
    client_id text NOT NULL,
    refusal_id uuid NOT NULL,
    refused_at timestamp with time zone NOT NULL,
    transaction text NOT NULL,
    status smallint NOT NULL,
    issues jsonb NOT NULL,
    correlation_id uuid
);

COMMENT ON TABLE public.refusal IS 'local: refused deposits and updates of each software, 30 days';

CREATE TABLE public.refusal_count (
    client_id text NOT NULL,
    hour timestamp with time zone NOT NULL,
    refused integer NOT NULL
);

COMMENT ON TABLE public.refusal_count IS 'local: how many refusals each software had in each hour, 30 days';

CREATE TABLE public.request_claim (
    holder text NOT NULL,
    request_id uuid NOT NULL,
    patient_id uuid NOT NULL
);

COMMENT ON TABLE public.request_claim IS 'claim: an author of documents (PS_IdNat or Struct_IdNat), to the requests addressed to them';

CREATE TABLE public.retention_rule (
    rule text NOT NULL,
    edition date NOT NULL,
    table_name text NOT NULL,
    since_table text NOT NULL,
    since_column text NOT NULL,
    keep interval NOT NULL,
    where_column text,
    where_value text,
    what text NOT NULL,
    source text NOT NULL
);

COMMENT ON TABLE public.retention_rule IS 'reference: what is kept how long, from when, and by which text';

COMMENT ON COLUMN public.retention_rule.since_table IS 'table_name itself, or a table or view with one row per patient_id';

CREATE TABLE public.schema_migration (
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

COMMENT ON TABLE public.schema_migration IS 'local: migrations applied, with the SHA-256 of their files';

CREATE TABLE public.share_claim (
    address bytea NOT NULL,
    patient_id uuid NOT NULL,
    share_id uuid NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.share_claim IS 'claim: the digest of the address of a link, to the record and the link';

CREATE TABLE public.sign_in_state (
    state_digest bytea NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT sign_in_state_state_digest_check CHECK ((octet_length(state_digest) = 32))
);

COMMENT ON TABLE public.sign_in_state IS 'local: answers of identity providers already used, a few minutes each';

CREATE TABLE public.sign_in_step (
    step_digest bytea NOT NULL,
    kind text NOT NULL,
    patient_id uuid,
    state bytea NOT NULL,
    tries smallint DEFAULT 0 NOT NULL,
    made_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    done_at timestamp with time zone,
    CONSTRAINT sign_in_step_step_digest_check CHECK ((octet_length(step_digest) = 32))
);

COMMENT ON TABLE public.sign_in_step IS 'claim: keyed digest of a token of the browser, to the step of a sign-in';

CREATE TABLE public.submission_set (
    patient_id uuid NOT NULL,
    set_id uuid NOT NULL,
    unique_id text NOT NULL,
    source_id text,
    content_type text,
    submitted_at timestamp with time zone NOT NULL,
    filed_at timestamp with time zone NOT NULL,
    body bytea NOT NULL,
    authors text[] DEFAULT '{}'::text[] NOT NULL,
    author_names text[] DEFAULT '{}'::text[] NOT NULL,
    organizations text[] DEFAULT '{}'::text[] NOT NULL,
    title_index bytea[] DEFAULT '{}'::bytea[] NOT NULL
);
ALTER TABLE ONLY public.submission_set ALTER COLUMN body SET STORAGE EXTERNAL;

COMMENT ON TABLE public.submission_set IS 'patient: lots de soumission; body is sealed';

CREATE TABLE public.system_event (
    stream text NOT NULL,
    event_id uuid NOT NULL,
    "position" bigint NOT NULL,
    type text NOT NULL,
    outcome text NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    commitment bytea NOT NULL,
    hash bytea NOT NULL,
    body bytea NOT NULL
);

COMMENT ON TABLE public.system_event IS 'local: the system trails';

CREATE TABLE public.system_stream (
    stream text NOT NULL,
    trail_length bigint NOT NULL,
    trail_hash bytea NOT NULL
);

COMMENT ON TABLE public.system_stream IS 'local: heads of the system trails';

CREATE TABLE public.takeover (
    takeover_id uuid NOT NULL,
    source text NOT NULL,
    client text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    "position" bigint DEFAULT 0 NOT NULL,
    counts jsonb DEFAULT '{}'::jsonb NOT NULL,
    codes jsonb DEFAULT '{}'::jsonb NOT NULL,
    refusals jsonb DEFAULT '[]'::jsonb NOT NULL
);

COMMENT ON TABLE public.takeover IS 'local: stocks being taken over, or taken over; source is a digest of the stock''s names and sizes';

COMMENT ON COLUMN public.takeover.refusals IS 'place, file or line, codes: never a value of a document';

CREATE TABLE public.token_key (
    kid text NOT NULL,
    sealed bytea NOT NULL,
    signs_from timestamp with time zone NOT NULL,
    verifies_until timestamp with time zone
);

COMMENT ON TABLE public.token_key IS 'local: keys that sign access tokens, sealed';

CREATE TABLE public.token_refusals_head (
    one boolean DEFAULT true NOT NULL,
    edition bigint DEFAULT 0 NOT NULL,
    CONSTRAINT token_refusals_head_one_check CHECK (one)
);

COMMENT ON TABLE public.token_refusals_head IS 'local: raised by every revocation and every change of a client';

CREATE TABLE public.token_revoked (
    jti text NOT NULL,
    client_id text NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    edition bigint DEFAULT 0 NOT NULL
);

COMMENT ON TABLE public.token_revoked IS 'local: tokens given back before their time, until they expire';

CREATE TABLE public.trail_checkpoint (
    checkpoint_id uuid NOT NULL,
    taken_at timestamp with time zone NOT NULL,
    signed text NOT NULL
);

COMMENT ON TABLE public.trail_checkpoint IS 'local: checkpoints of the trail, each naming the one before; checkpoint_id is that of its event in the system trail';

CREATE TABLE public.unique_id_claim (
    unique_id text NOT NULL,
    patient_id uuid NOT NULL
);

COMMENT ON TABLE public.unique_id_claim IS 'claim: uniqueId of documents and submission sets; stays taken after a deletion';

ALTER TABLE ONLY public.access_class
    ADD CONSTRAINT access_class_pkey PRIMARY KEY (patient_id, class_id);

ALTER TABLE ONLY public.access_report
    ADD CONSTRAINT access_report_pkey PRIMARY KEY (patient_id, report_id);

ALTER TABLE ONLY public.access_report_step
    ADD CONSTRAINT access_report_step_pkey PRIMARY KEY (patient_id, report_id, step_id);

ALTER TABLE ONLY public.account_login
    ADD CONSTRAINT account_login_pkey PRIMARY KEY (patient_id, login_digest);

ALTER TABLE ONLY public.account_passkey
    ADD CONSTRAINT account_passkey_pkey PRIMARY KEY (patient_id, passkey_id);

ALTER TABLE ONLY public.account_password
    ADD CONSTRAINT account_password_pkey PRIMARY KEY (patient_id);

ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_pkey PRIMARY KEY (patient_id);

ALTER TABLE ONLY public.account_totp
    ADD CONSTRAINT account_totp_pkey PRIMARY KEY (patient_id);

ALTER TABLE ONLY public.added_file
    ADD CONSTRAINT added_file_pkey PRIMARY KEY (patient_id, digest, logical_id);

ALTER TABLE ONLY public.association
    ADD CONSTRAINT association_pkey PRIMARY KEY (patient_id, source_id, kind, target_id);

ALTER TABLE ONLY public.attempt_count
    ADD CONSTRAINT attempt_count_pkey PRIMARY KEY (bucket);

ALTER TABLE ONLY public.audit_event
    ADD CONSTRAINT audit_event_pkey PRIMARY KEY (patient_id, event_id);

ALTER TABLE ONLY public.backchannel_request
    ADD CONSTRAINT backchannel_request_pkey PRIMARY KEY (request_digest);

ALTER TABLE ONLY public.citizen_session
    ADD CONSTRAINT citizen_session_pkey PRIMARY KEY (patient_id, session_id);

ALTER TABLE ONLY public.client_assertion
    ADD CONSTRAINT client_assertion_pkey PRIMARY KEY (client_id, jti_digest);

ALTER TABLE ONLY public.client
    ADD CONSTRAINT client_pkey PRIMARY KEY (client_id);

ALTER TABLE ONLY public.consent_period
    ADD CONSTRAINT consent_period_pkey PRIMARY KEY (patient_id, period_id);

ALTER TABLE ONLY public.content
    ADD CONSTRAINT content_pkey PRIMARY KEY (patient_id, logical_id, segment);

ALTER TABLE ONLY public.delegated_filing_claim
    ADD CONSTRAINT delegated_filing_claim_pkey PRIMARY KEY (delegator, unique_id);

ALTER TABLE ONLY public.delegation
    ADD CONSTRAINT delegation_pkey PRIMARY KEY (delegation_id);

ALTER TABLE ONLY public.demo_letter
    ADD CONSTRAINT demo_letter_pkey PRIMARY KEY (letter_id);

ALTER TABLE ONLY public.demo_person
    ADD CONSTRAINT demo_person_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.directory_import
    ADD CONSTRAINT directory_import_pkey PRIMARY KEY (import_id);

ALTER TABLE ONLY public.directory_mailbox
    ADD CONSTRAINT directory_mailbox_pkey PRIMARY KEY (address, person, organization);

ALTER TABLE ONLY public.directory_organization
    ADD CONSTRAINT directory_organization_pkey PRIMARY KEY (organization);

ALTER TABLE ONLY public.directory_professional_past
    ADD CONSTRAINT directory_professional_past_pkey PRIMARY KEY (person, valid_from);

ALTER TABLE ONLY public.directory_professional
    ADD CONSTRAINT directory_professional_pkey PRIMARY KEY (person);

ALTER TABLE ONLY public.directory_situation
    ADD CONSTRAINT directory_situation_pkey PRIMARY KEY (situation);

ALTER TABLE ONLY public.document_entry_past
    ADD CONSTRAINT document_entry_past_pkey PRIMARY KEY (patient_id, logical_id, version);

ALTER TABLE ONLY public.document_entry
    ADD CONSTRAINT document_entry_patient_id_unique_id_key UNIQUE (patient_id, unique_id);

ALTER TABLE ONLY public.document_entry
    ADD CONSTRAINT document_entry_pkey PRIMARY KEY (patient_id, logical_id);

ALTER TABLE ONLY public.document_request
    ADD CONSTRAINT document_request_pkey PRIMARY KEY (patient_id, request_id);

ALTER TABLE ONLY public.document_request_step
    ADD CONSTRAINT document_request_step_pkey PRIMARY KEY (patient_id, request_id, step_id);

ALTER TABLE ONLY public.document_share
    ADD CONSTRAINT document_share_pkey PRIMARY KEY (patient_id, share_id);

ALTER TABLE ONLY public.draft_part
    ADD CONSTRAINT draft_part_pkey PRIMARY KEY (patient_id, draft_id, part_id);

ALTER TABLE ONLY public.draft
    ADD CONSTRAINT draft_pkey PRIMARY KEY (patient_id, draft_id);

ALTER TABLE ONLY public.entry_claim
    ADD CONSTRAINT entry_claim_pkey PRIMARY KEY (entry_id);

ALTER TABLE ONLY public.folder_member
    ADD CONSTRAINT folder_member_pkey PRIMARY KEY (patient_id, folder_id, logical_id);

ALTER TABLE ONLY public.folder
    ADD CONSTRAINT folder_patient_id_unique_id_key UNIQUE (patient_id, unique_id);

ALTER TABLE ONLY public.folder
    ADD CONSTRAINT folder_pkey PRIMARY KEY (patient_id, folder_id);

ALTER TABLE ONLY public.health_facts
    ADD CONSTRAINT health_facts_pkey PRIMARY KEY (patient_id, logical_id);

ALTER TABLE ONLY public.held_record_claim
    ADD CONSTRAINT held_record_claim_pkey PRIMARY KEY (holder, patient_id);

ALTER TABLE ONLY public.identity
    ADD CONSTRAINT identity_pkey PRIMARY KEY (patient_id, identity_id);

ALTER TABLE ONLY public.ins_claim
    ADD CONSTRAINT ins_claim_pkey PRIMARY KEY (matricule, oid);

ALTER TABLE ONLY public.insured_contact
    ADD CONSTRAINT insured_contact_pkey PRIMARY KEY (patient_id);

ALTER TABLE ONLY public.kept_form
    ADD CONSTRAINT kept_form_pkey PRIMARY KEY (key_digest);

ALTER TABLE ONLY public.key_ring
    ADD CONSTRAINT key_ring_pkey PRIMARY KEY (key_id);

ALTER TABLE ONLY public.known_device
    ADD CONSTRAINT known_device_pkey PRIMARY KEY (patient_id, device_digest);

ALTER TABLE ONLY public.local_identifier_claim
    ADD CONSTRAINT local_identifier_claim_pkey PRIMARY KEY (value, system);

ALTER TABLE ONLY public.login_claim
    ADD CONSTRAINT login_claim_pkey PRIMARY KEY (login_digest);

ALTER TABLE ONLY public.notice_choice
    ADD CONSTRAINT notice_choice_pkey PRIMARY KEY (patient_id, kind);

ALTER TABLE ONLY public.notice
    ADD CONSTRAINT notice_pkey PRIMARY KEY (patient_id, notice_id);

ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (patient_id, job_id);

ALTER TABLE ONLY public.own_folder_document
    ADD CONSTRAINT own_folder_document_pkey PRIMARY KEY (patient_id, folder_id, logical_id);

ALTER TABLE ONLY public.own_folder
    ADD CONSTRAINT own_folder_pkey PRIMARY KEY (patient_id, folder_id);

ALTER TABLE ONLY public.passkey_claim
    ADD CONSTRAINT passkey_claim_pkey PRIMARY KEY (credential_id);

ALTER TABLE ONLY public.people_import_batch
    ADD CONSTRAINT people_import_batch_pkey PRIMARY KEY (import_id, batch);

ALTER TABLE ONLY public.people_import
    ADD CONSTRAINT people_import_pkey PRIMARY KEY (import_id);

ALTER TABLE ONLY public.periodic_run
    ADD CONSTRAINT periodic_run_pkey PRIMARY KEY (kind);

ALTER TABLE ONLY public.person_identifier
    ADD CONSTRAINT person_identifier_pkey PRIMARY KEY (patient_id, kind, value, system);

ALTER TABLE ONLY public.professional_session
    ADD CONSTRAINT professional_session_pkey PRIMARY KEY (session_id);

ALTER TABLE ONLY public.professional_visit
    ADD CONSTRAINT professional_visit_pkey PRIMARY KEY (patient_id, person);

ALTER TABLE ONLY public.provisional_code
    ADD CONSTRAINT provisional_code_pkey PRIMARY KEY (patient_id, code_id);

ALTER TABLE ONLY public.reach_alert
    ADD CONSTRAINT reach_alert_pkey PRIMARY KEY (person, day, kind);

ALTER TABLE ONLY public.reach_claim
    ADD CONSTRAINT reach_claim_pkey PRIMARY KEY (person, day, kind, patient_id);

ALTER TABLE ONLY public.read_mark
    ADD CONSTRAINT read_mark_pkey PRIMARY KEY (patient_id, reader, logical_id);

ALTER TABLE ONLY public.reading_mode
    ADD CONSTRAINT reading_mode_pkey PRIMARY KEY (patient_id, session_id);

ALTER TABLE ONLY public.recent_record_claim
    ADD CONSTRAINT recent_record_claim_pkey PRIMARY KEY (person, patient_id);

ALTER TABLE ONLY public.record_launch
    ADD CONSTRAINT record_launch_pkey PRIMARY KEY (launch_digest);

ALTER TABLE ONLY public.record_link
    ADD CONSTRAINT record_link_pkey PRIMARY KEY (patient_id, link_id);

ALTER TABLE ONLY public.record_period
    ADD CONSTRAINT record_period_pkey PRIMARY KEY (patient_id, period_id);

ALTER TABLE ONLY public.record
    ADD CONSTRAINT record_pkey PRIMARY KEY (patient_id);

ALTER TABLE ONLY public.recovery_code
    ADD CONSTRAINT recovery_code_pkey PRIMARY KEY (patient_id, code_id);

ALTER TABLE ONLY public.refusal_count
    ADD CONSTRAINT refusal_count_pkey PRIMARY KEY (client_id, hour);

ALTER TABLE ONLY public.refusal
    ADD CONSTRAINT refusal_pkey PRIMARY KEY (client_id, refusal_id);

ALTER TABLE ONLY public.request_claim
    ADD CONSTRAINT request_claim_pkey PRIMARY KEY (holder, request_id);

ALTER TABLE ONLY public.retention_rule
    ADD CONSTRAINT retention_rule_pkey PRIMARY KEY (rule);

ALTER TABLE ONLY public.schema_migration
    ADD CONSTRAINT schema_migration_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.share_claim
    ADD CONSTRAINT share_claim_pkey PRIMARY KEY (address);

ALTER TABLE ONLY public.sign_in_state
    ADD CONSTRAINT sign_in_state_pkey PRIMARY KEY (state_digest);

ALTER TABLE ONLY public.sign_in_step
    ADD CONSTRAINT sign_in_step_pkey PRIMARY KEY (step_digest);

ALTER TABLE ONLY public.submission_set
    ADD CONSTRAINT submission_set_pkey PRIMARY KEY (patient_id, set_id);

ALTER TABLE ONLY public.system_event
    ADD CONSTRAINT system_event_pkey PRIMARY KEY (stream, event_id);

ALTER TABLE ONLY public.system_stream
    ADD CONSTRAINT system_stream_pkey PRIMARY KEY (stream);

ALTER TABLE ONLY public.takeover
    ADD CONSTRAINT takeover_pkey PRIMARY KEY (takeover_id);

ALTER TABLE ONLY public.token_key
    ADD CONSTRAINT token_key_pkey PRIMARY KEY (kid);

ALTER TABLE ONLY public.token_refusals_head
    ADD CONSTRAINT token_refusals_head_pkey PRIMARY KEY (one);

ALTER TABLE ONLY public.token_revoked
    ADD CONSTRAINT token_revoked_pkey PRIMARY KEY (jti);

ALTER TABLE ONLY public.trail_checkpoint
    ADD CONSTRAINT trail_checkpoint_pkey PRIMARY KEY (checkpoint_id);

ALTER TABLE ONLY public.unique_id_claim
    ADD CONSTRAINT unique_id_claim_pkey PRIMARY KEY (unique_id);

CREATE INDEX access_report_waiting ON public.access_report USING btree (made_at) WHERE (state = ANY (ARRAY['received'::text, 'in-review'::text]));

CREATE INDEX association_by_target ON public.association USING btree (patient_id, target_id);

CREATE INDEX attempt_count_since ON public.attempt_count USING btree (since);

CREATE INDEX backchannel_request_expiry ON public.backchannel_request USING btree (expires_at);

CREATE INDEX citizen_session_end ON public.citizen_session USING btree (ends_at);

CREATE INDEX client_assertion_expiry ON public.client_assertion USING btree (expires_at);

CREATE INDEX consent_period_by_holder ON public.consent_period USING btree (patient_id, holder);

CREATE INDEX delegated_filing_claim_age ON public.delegated_filing_claim USING btree (claimed_at);

CREATE INDEX delegation_delegate ON public.delegation USING btree (delegate, organization);

CREATE INDEX delegation_end ON public.delegation USING btree (valid_to);

CREATE UNIQUE INDEX delegation_one ON public.delegation USING btree (delegator, delegate, organization) WHERE (ended_at IS NULL);

CREATE INDEX demo_letter_by_address ON public.demo_letter USING btree (address, letter_id);

CREATE INDEX directory_import_at ON public.directory_import USING btree (at);

CREATE INDEX directory_mailbox_address ON public.directory_mailbox USING btree (address text_pattern_ops);

CREATE INDEX directory_mailbox_organization ON public.directory_mailbox USING btree (organization) WHERE (organization <> ''::text);

CREATE INDEX directory_mailbox_person ON public.directory_mailbox USING btree (person) WHERE (person <> ''::text);

CREATE INDEX directory_organization_changed ON public.directory_organization USING btree (changed_at, organization);

CREATE INDEX directory_organization_city ON public.directory_organization USING btree (city_key text_pattern_ops, organization);

CREATE INDEX directory_organization_finess ON public.directory_organization USING btree (finess) WHERE (finess <> ''::text);

CREATE INDEX directory_organization_name ON public.directory_organization USING btree (name_key text_pattern_ops, organization);

CREATE INDEX directory_organization_part_of ON public.directory_organization USING btree (part_of) WHERE (part_of <> ''::text);

CREATE INDEX directory_organization_postal_code ON public.directory_organization USING btree (postal_code text_pattern_ops, organization);

CREATE INDEX directory_organization_siren ON public.directory_organization USING btree (siren) WHERE (siren <> ''::text);

CREATE INDEX directory_organization_siret ON public.directory_organization USING btree (siret) WHERE (siret <> ''::text);

CREATE INDEX directory_organization_technical ON public.directory_organization USING btree (technical_id) WHERE (technical_id <> ''::text);

CREATE INDEX directory_professional_changed ON public.directory_professional USING btree (changed_at, person);

CREATE INDEX directory_professional_codes ON public.directory_professional USING gin (codes);

CREATE INDEX directory_professional_family ON public.directory_professional USING btree (family_key text_pattern_ops, person);

CREATE INDEX directory_professional_given ON public.directory_professional USING btree (given_key text_pattern_ops, person);

CREATE INDEX directory_professional_number ON public.directory_professional USING btree (number);

CREATE INDEX directory_situation_changed ON public.directory_situation USING btree (changed_at, situation);

CREATE INDEX directory_situation_organization ON public.directory_situation USING btree (organization) WHERE (organization <> ''::text);

CREATE INDEX directory_situation_person ON public.directory_situation USING btree (person);

CREATE INDEX document_entry_by_date ON public.document_entry USING btree (patient_id, created_from DESC, logical_id DESC);

CREATE INDEX document_entry_past_by_event ON public.document_entry_past USING btree (patient_id, ended_by);

CREATE INDEX document_request_by_document ON public.document_request USING btree (patient_id, logical_id);

CREATE UNIQUE INDEX document_request_running ON public.document_request USING btree (patient_id, logical_id, kind) WHERE (status = ANY (ARRAY['sent'::text, 'seen'::text, 'answered'::text]));

CREATE INDEX folder_member_by_document ON public.folder_member USING btree (patient_id, logical_id);

CREATE INDEX held_record_claim_by_date ON public.held_record_claim USING btree (holder, authorised_at DESC, patient_id DESC);

CREATE INDEX identity_by_birth ON public.identity USING btree (birth_date) WHERE (valid_to IS NULL);

CREATE UNIQUE INDEX identity_in_force ON public.identity USING btree (patient_id) WHERE (valid_to IS NULL);

CREATE INDEX kept_form_expiry ON public.kept_form USING btree (expires_at);

CREATE INDEX outbox_dead ON public.outbox USING btree (kind, created_at) WHERE (state = 'dead'::text);

CREATE INDEX outbox_due ON public.outbox USING btree (due_at) WHERE (state = 'due'::text);

CREATE UNIQUE INDEX people_import_running ON public.people_import USING btree (source) WHERE (finished_at IS NULL);

CREATE INDEX professional_session_end ON public.professional_session USING btree (ends_at);

CREATE INDEX professional_session_person ON public.professional_session USING btree (person) WHERE (ended_at IS NULL);

CREATE INDEX professional_session_provider ON public.professional_session USING btree (provider_session) WHERE (ended_at IS NULL);

CREATE UNIQUE INDEX provisional_code_live ON public.provisional_code USING btree (patient_id) WHERE (ended_at IS NULL);

CREATE INDEX provisional_code_to_post ON public.provisional_code USING btree (made_at) WHERE ((sent_at IS NULL) AND (ended_at IS NULL) AND (channel = 'post'::text));

CREATE INDEX reach_claim_age ON public.reach_claim USING btree (reached_at);

CREATE INDEX reading_mode_end ON public.reading_mode USING btree (ends_at);

CREATE INDEX recent_record_claim_order ON public.recent_record_claim USING btree (person, visited_at DESC);

CREATE INDEX record_launch_expiry ON public.record_launch USING btree (expires_at);

CREATE UNIQUE INDEX record_link_in_force ON public.record_link USING btree (patient_id, linked_to) WHERE (valid_to IS NULL);

CREATE INDEX record_period_announced ON public.record_period USING btree (valid_from) WHERE ((status = 'announced'::text) AND (valid_to IS NULL));

CREATE INDEX record_period_closed ON public.record_period USING btree (valid_from) WHERE ((status = 'closed'::text) AND (valid_to IS NULL));

CREATE UNIQUE INDEX record_period_in_force ON public.record_period USING btree (patient_id) WHERE (valid_to IS NULL);

CREATE INDEX refusal_age ON public.refusal USING btree (refused_at);

CREATE INDEX sign_in_state_expiry ON public.sign_in_state USING btree (expires_at);

CREATE INDEX sign_in_step_expiry ON public.sign_in_step USING btree (expires_at);

CREATE UNIQUE INDEX takeover_running ON public.takeover USING btree (source, client) WHERE (finished_at IS NULL);

CREATE INDEX token_revoked_edition ON public.token_revoked USING btree (edition);

CREATE INDEX token_revoked_expiry ON public.token_revoked USING btree (expires_at);

ALTER TABLE ONLY public.access_report
    ADD CONSTRAINT access_report_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES public.record(patient_id);

ALTER TABLE ONLY public.access_report_step
    ADD CONSTRAINT access_report_step_patient_id_report_id_fkey FOREIGN KEY (patient_id, report_id) REFERENCES public.access_report(patient_id, report_id);

ALTER TABLE ONLY public.account_login
    ADD CONSTRAINT account_login_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES public.record(patient_id);

ALTER TABLE ONLY public.account_passkey
    ADD CONSTRAINT account_passkey_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES public.record(patient_id);

ALTER TABLE ONLY public.account_password
    ADD CONSTRAINT account_password_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES public.record(patient_id);

ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES public.record(patient_id);

ALTER TABLE ONLY public.account_totp
    ADD CONSTRAINT account_totp_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES public.record(patient_id);

ALTER TABLE ONLY public.added_file
    ADD CONSTRAINT added_file_patient_id_logical_id_fkey FOREIGN KEY (patient_id, logical_id) REFERENCES public.document_entry(patient_id, logical_id);

ALTER TABLE ONLY public.citizen_session
    ADD CONSTRAINT citizen_session_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES public.record(patient_id);

ALTER TABLE ONLY public.consent_period
    ADD CONSTRAINT consent_period_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES public.record(patient_id);

ALTER TABLE ONLY public.document_request_step
    ADD CONSTRAINT document_request_step_patient_id_request_id_fkey FOREIGN KEY (patient_id, request_id) REFERENCES public.document_request(patient_id, request_id);

ALTER TABLE ONLY public.draft_part
    ADD CONSTRAINT draft_part_patient_id_draft_id_fkey FOREIGN KEY (patient_id, draft_id) REFERENCES public.draft(patient_id, draft_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.draft
    ADD CONSTRAINT draft_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES public.record(patient_id);

ALTER TABLE ONLY public.folder_member
    ADD CONSTRAINT folder_member_patient_id_folder_id_fkey FOREIGN KEY (patient_id, folder_id) REFERENCES public.folder(patient_id, folder_id);

ALTER TABLE ONLY public.health_facts
    ADD CONSTRAINT health_facts_patient_id_logical_id_fkey FOREIGN KEY (patient_id, logical_id) REFERENCES public.document_entry(patient_id, logical_id);

ALTER TABLE ONLY public.identity
    ADD CONSTRAINT identity_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES public.record(patient_id);

ALTER TABLE ONLY public.insured_contact
    ADD CONSTRAINT insured_contact_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES public.record(patient_id);

ALTER TABLE ONLY public.known_device
    ADD CONSTRAINT known_device_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES public.record(patient_id);

ALTER TABLE ONLY public.notice_choice
    ADD CONSTRAINT notice_choice_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES public.record(patient_id);

ALTER TABLE ONLY public.own_folder_document
    ADD CONSTRAINT own_folder_document_patient_id_folder_id_fkey FOREIGN KEY (patient_id, folder_id) REFERENCES public.own_folder(patient_id, folder_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.own_folder
    ADD CONSTRAINT own_folder_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES public.record(patient_id);

ALTER TABLE ONLY public.people_import_batch
    ADD CONSTRAINT people_import_batch_import_id_fkey FOREIGN KEY (import_id) REFERENCES public.people_import(import_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.person_identifier
    ADD CONSTRAINT person_identifier_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES public.record(patient_id);

ALTER TABLE ONLY public.professional_visit
    ADD CONSTRAINT professional_visit_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES public.record(patient_id);

ALTER TABLE ONLY public.provisional_code
    ADD CONSTRAINT provisional_code_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES public.record(patient_id);

ALTER TABLE ONLY public.read_mark
    ADD CONSTRAINT read_mark_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES public.record(patient_id);

ALTER TABLE ONLY public.reading_mode
    ADD CONSTRAINT reading_mode_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES public.record(patient_id);

ALTER TABLE ONLY public.record_link
    ADD CONSTRAINT record_link_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES public.record(patient_id);

ALTER TABLE ONLY public.record_period
    ADD CONSTRAINT record_period_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES public.record(patient_id);

ALTER TABLE ONLY public.recovery_code
    ADD CONSTRAINT recovery_code_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES public.record(patient_id);
