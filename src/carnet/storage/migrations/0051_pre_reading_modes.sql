-- How a professional reads a record from the portal when it is not the ordinary way: an emergency, a regulation, a secret connection.

-- session_id: of the professional. motive: sealed under the patient's key. ends_at: at the latest; ended_at: by the professional.
CREATE TABLE reading_mode (
    patient_id uuid NOT NULL REFERENCES record,
    session_id uuid NOT NULL,
    mode text NOT NULL,
    motive bytea,
    begun_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    ended_at timestamptz,
    PRIMARY KEY (patient_id, session_id)
);
CREATE INDEX reading_mode_end ON reading_mode (ends_at);
COMMENT ON TABLE reading_mode IS 'patient: in which mode a session of a professional reads the record';
