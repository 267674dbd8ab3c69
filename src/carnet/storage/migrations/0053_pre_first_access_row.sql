-- A first access is remembered by its notice, which is there whether the person is told or not: one row instead of two on the way of each
-- first access. Both tables are of the version that is not out yet.

ALTER TABLE notice ADD COLUMN is_told boolean NOT NULL DEFAULT true;
COMMENT ON COLUMN notice.is_told IS 'false: kept so that a first access is known as one; the person did not want to be told, or was told otherwise';
ALTER TABLE notice ALTER COLUMN noticed_at DROP NOT NULL;
COMMENT ON COLUMN notice.noticed_at IS 'retention counts from it; NULL for a first access, kept as long as the record: it would else be told a second time';

-- The id of the notice of a first access: of a reader, once in a record; an act in a secret connection is apart.
CREATE FUNCTION first_access_id(p_reader text, p_secret boolean) RETURNS uuid LANGUAGE sql IMMUTABLE
AS $$ SELECT encode(substring(sha256(convert_to(p_reader || p_secret::text, 'UTF8')) FOR 16), 'hex')::uuid $$;

UPDATE notice n SET notice_id = first_access_id(n.about, n.is_secret), noticed_at = NULL
WHERE n.kind = 'first-access' AND NOT EXISTS (
    SELECT 1 FROM notice o WHERE o.patient_id = n.patient_id AND o.kind = n.kind AND o.about = n.about AND o.is_secret = n.is_secret
        AND (o.occurred_at, o.notice_id) < (n.occurred_at, n.notice_id));
INSERT INTO notice (patient_id, notice_id, kind, event_id, occurred_at, about, is_secret, is_told)
SELECT k.patient_id, first_access_id(k.reader, k.is_secret), 'first-access', first_access_id(k.reader, k.is_secret), k.first_at, k.reader,
    k.is_secret, false
FROM known_reader k
ON CONFLICT DO NOTHING;
DROP TABLE known_reader;

-- The event of an access with what the citizen is told of it, in one statement: both or none. NULL when the facts moved. Told by a job when
-- there is one (p_payload); else by a notice of this kind, once: when this reader is new, and the citizen wants that kind. The event has the
-- record's row for itself until the commit, so that two first accesses at once are one.
CREATE OR REPLACE FUNCTION append_access(
    p_patient uuid, p_facts_version bigint,
    p_event uuid, p_type text, p_outcome text, p_occurred_at timestamptz, p_commitment bytea, p_body bytea,
    p_reader text, p_secret boolean, p_notice text, p_job uuid, p_job_kind text, p_payload jsonb
) RETURNS timestamptz LANGUAGE plpgsql AS $$
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
