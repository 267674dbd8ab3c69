-- The notice of a first access is written by the statement that traces it: nothing is left for a job to do, and a search by someone who
-- comes for the first time costs one row more than any other. The former one, which asked for a job, is of the same version.

DROP FUNCTION append_access(uuid, bigint, uuid, text, text, timestamptz, bytea, bytea, uuid, text, jsonb, text, boolean, boolean);

-- The event of an access with what the citizen is told of it, in one statement: both or none. NULL when the facts moved. Told by a job when
-- there is one (p_payload); else by a notice of this kind, once: when this reader is new, and the citizen wants that kind. The event has the
-- record's row for itself until the commit, so that two first accesses at once are one.
CREATE FUNCTION append_access(
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
    INSERT INTO known_reader (patient_id, reader, is_secret, first_at) VALUES (p_patient, p_reader, p_secret, p_occurred_at)
    ON CONFLICT DO NOTHING;
    IF p_payload IS NOT NULL THEN
        INSERT INTO outbox (patient_id, job_id, kind, payload, due_at, created_at)
        VALUES (p_patient, p_job, p_job_kind, p_payload, p_occurred_at, p_occurred_at);
    ELSIF FOUND THEN
        INSERT INTO notice (patient_id, notice_id, kind, event_id, occurred_at, noticed_at, about, is_secret)
        SELECT p_patient, p_event, p_notice, p_event, p_occurred_at, p_occurred_at, p_reader, p_secret
        WHERE NOT EXISTS (SELECT 1 FROM notice_choice c WHERE c.patient_id = p_patient AND c.kind = p_notice AND NOT c.wanted);
    END IF;
    RETURN changed;
END
$$;
