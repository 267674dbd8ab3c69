-- A professional's desk: when they last opened a record, and which they opened lately.

-- former_visit_at: when the visit before the present one began; what came since is new to them.
CREATE TABLE professional_visit (
    patient_id uuid NOT NULL REFERENCES record,
    person text NOT NULL,
    visited_at timestamptz NOT NULL,
    former_visit_at timestamptz,
    PRIMARY KEY (patient_id, person)
);
COMMENT ON TABLE professional_visit IS 'patient: when each professional last opened the record at the portal';

CREATE TABLE recent_record_claim (
    person text NOT NULL,
    patient_id uuid NOT NULL,
    visited_at timestamptz NOT NULL,
    PRIMARY KEY (person, patient_id)
);
CREATE INDEX recent_record_claim_order ON recent_record_claim (person, visited_at DESC);
COMMENT ON TABLE recent_record_claim IS 'claim: a professional (PS_IdNat), to the records they opened lately at the portal';
