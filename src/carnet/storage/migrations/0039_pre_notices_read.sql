-- Notices that people read: the first access of a professional, which kinds are wanted, and what legal representatives are not told of.

ALTER TABLE notice ADD COLUMN is_secret boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN notice.is_secret IS 'of an act in a secret connection: told to the person, not to who represents them';
COMMENT ON COLUMN notice.about IS 'PS_IdNat or Struct_IdNat of the one whose act it tells; of an answer, the report that is answered';

-- Who has read a record, so that a first access is known by the statement that traces it. An act in a secret connection is apart: who
-- represents the person would otherwise miss the first one that they may know of.
CREATE TABLE known_reader (
    patient_id uuid NOT NULL,
    reader text NOT NULL,
    is_secret boolean NOT NULL,
    first_at timestamptz NOT NULL,
    PRIMARY KEY (patient_id, reader, is_secret),
    FOREIGN KEY (patient_id) REFERENCES record (patient_id)
);
COMMENT ON TABLE known_reader IS 'patient: professionals who have opened the record, and when first; kept and erased with it';

CREATE TABLE notice_choice (
    patient_id uuid NOT NULL,
    kind text NOT NULL,
    wanted boolean NOT NULL,
    chosen_at timestamptz NOT NULL,
    PRIMARY KEY (patient_id, kind),
    FOREIGN KEY (patient_id) REFERENCES record (patient_id)
);
COMMENT ON TABLE notice_choice IS 'patient: kinds of notices that the citizen wants or not; a kind without a row is wanted';

-- The event of an access with the notice it asks for, in one statement: both or none. NULL when the facts moved. A notice that is not
-- always asked for is asked for when this reader is new. append_event_and_ask stays for servers of the version before.
CREATE FUNCTION append_access(
    p_patient uuid, p_facts_version bigint,
    p_event uuid, p_type text, p_outcome text, p_occurred_at timestamptz, p_commitment bytea, p_body bytea,
    p_job uuid, p_kind text, p_payload jsonb, p_reader text, p_secret boolean, p_always boolean
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
    IF FOUND OR p_always THEN
        INSERT INTO outbox (patient_id, job_id, kind, payload, due_at, created_at)
        VALUES (p_patient, p_job, p_kind, p_payload, p_occurred_at, p_occurred_at);
    END IF;
    RETURN changed;
END
$$;
