-- What documents state of a person's health: one row for each document that was read, its facts sealed.

-- edition: of the way they were read. body: sealed; NULL when the document states none. A document without a row was not read yet.
CREATE TABLE health_facts (
    patient_id uuid NOT NULL,
    logical_id uuid NOT NULL,
    edition integer NOT NULL,
    state text NOT NULL CHECK (state IN ('read', 'unreadable')),
    body bytea,
    read_at timestamptz NOT NULL,
    PRIMARY KEY (patient_id, logical_id),
    FOREIGN KEY (patient_id, logical_id) REFERENCES document_entry (patient_id, logical_id)
);
COMMENT ON TABLE health_facts IS 'patient: facts of health that a document states, sealed; goes with the content of the document';
COMMENT ON COLUMN health_facts.edition IS 'of the way facts are read: rows of an earlier one are read again';

-- What a filing asks for, in the same statement: p_changed is its result, NULL when it wrote nothing.
CREATE FUNCTION ask_after_filing(
    p_patient uuid, p_changed timestamptz, p_job uuid, p_kind text, p_payload jsonb, p_at timestamptz
) RETURNS timestamptz LANGUAGE plpgsql AS $$
BEGIN
    IF p_changed IS NOT NULL THEN
        INSERT INTO outbox (patient_id, job_id, kind, payload, due_at, created_at)
        VALUES (p_patient, p_job, p_kind, p_payload, p_at, p_at);
    END IF;
    RETURN p_changed;
END
$$;
