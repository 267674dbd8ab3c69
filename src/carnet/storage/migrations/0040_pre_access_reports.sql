-- « Je ne reconnais pas cet accès »: a report of one access, followed until it is closed.

CREATE TABLE access_report (
    patient_id uuid NOT NULL,
    report_id uuid NOT NULL,
    event_id uuid NOT NULL,
    state text NOT NULL CHECK (state IN ('received', 'in-review', 'answered', 'closed')),
    is_secret boolean NOT NULL,
    made_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (patient_id, report_id),
    FOREIGN KEY (patient_id) REFERENCES record (patient_id)
);
COMMENT ON TABLE access_report IS 'patient: accesses that the citizen did not recognise, and what became of each; kept and erased with the record';
COMMENT ON COLUMN access_report.body IS 'sealed: what the citizen wrote, and what of the access is passed on to the operator';
COMMENT ON COLUMN access_report.is_secret IS 'of an act in a secret connection: not told to who represents the person';
CREATE INDEX access_report_waiting ON access_report (made_at) WHERE state IN ('received', 'in-review');

CREATE TABLE access_report_step (
    patient_id uuid NOT NULL,
    report_id uuid NOT NULL,
    step_id uuid NOT NULL,
    state text NOT NULL,
    at timestamptz NOT NULL,
    by_operator boolean NOT NULL,
    words bytea,
    PRIMARY KEY (patient_id, report_id, step_id),
    FOREIGN KEY (patient_id, report_id) REFERENCES access_report (patient_id, report_id)
);
COMMENT ON TABLE access_report_step IS 'patient: the steps of a report of an access, each with the words that came with it, sealed';
