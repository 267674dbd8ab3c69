-- How many records each professional reached in a day by their own word alone: an authorisation they declared, an emergency, a regulation.

CREATE TABLE reach_claim (
    person text NOT NULL,
    day date NOT NULL,
    kind text NOT NULL,
    patient_id uuid NOT NULL,
    reached_at timestamptz NOT NULL,
    PRIMARY KEY (person, day, kind, patient_id)
);
CREATE INDEX reach_claim_age ON reach_claim (reached_at);
COMMENT ON TABLE reach_claim IS 'claim: a professional (PS_IdNat) and a day, to the records they reached by their own word';

-- An unusual reach, for the operator: counted when raised; cleared by someone who asked the professional.
CREATE TABLE reach_alert (
    person text NOT NULL,
    day date NOT NULL,
    kind text NOT NULL,
    raised_at timestamptz NOT NULL,
    reached integer NOT NULL,
    cleared_at timestamptz,
    cleared_by text,
    PRIMARY KEY (person, day, kind)
);
COMMENT ON TABLE reach_alert IS 'local: professionals whose reach in a day asks for a look';
