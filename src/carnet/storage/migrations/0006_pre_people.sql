-- Population: identities that may lose their matricule, former matricules, local identifiers, the life of records with its motives
-- and its end, and the journal of population imports.

-- Identity. A matricule goes with a qualified identity and no other (RNIV, EXI SI 08, EXI ID 24 and 26).
ALTER TABLE identity
    ALTER COLUMN matricule DROP NOT NULL,
    ALTER COLUMN oid DROP NOT NULL,
    ADD COLUMN validation_mode text,
    ADD COLUMN method_collection text,
    ADD COLUMN insi_questioned_on date,
    ADD COLUMN validated_on date,
    ADD CONSTRAINT identity_ins_check
        CHECK ((status = 'QUAL') = (matricule IS NOT NULL) AND (matricule IS NULL) = (oid IS NULL)),
    ADD CONSTRAINT identity_period_check CHECK (valid_to > valid_from);
-- One identity in force: with the check above, and since a period begins where the one before ends, none overlap.
CREATE UNIQUE INDEX identity_in_force ON identity (patient_id) WHERE valid_to IS NULL;

ALTER TABLE ins_claim ADD COLUMN former_since timestamptz;
COMMENT ON COLUMN ins_claim.former_since IS 'when it ceased to be the person''s matricule; NULL while it is theirs';

CREATE TABLE person_identifier (
    patient_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('former-matricule', 'local')),
    value text NOT NULL,
    system text NOT NULL,
    since date,
    until date,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    PRIMARY KEY (patient_id, kind, value, system),
    FOREIGN KEY (patient_id) REFERENCES record (patient_id)
);
COMMENT ON TABLE person_identifier IS 'patient: former matricules, and how identity sources name the person';

CREATE TABLE local_identifier_claim (
    value text NOT NULL,
    system text NOT NULL,
    patient_id uuid NOT NULL,
    PRIMARY KEY (value, system)
);
COMMENT ON TABLE local_identifier_claim IS 'claim: identifier of an identity source (IPP), to the patient';

-- Life of the record.
ALTER TABLE record DROP CONSTRAINT record_status_check,
    ADD CONSTRAINT record_status_check CHECK (status IN ('announced', 'open', 'opposed', 'closed', 'erased'));
ALTER TABLE record_period DROP CONSTRAINT record_period_status_check,
    ADD COLUMN motive text,
    ADD COLUMN reason bytea,
    ADD CONSTRAINT record_period_status_check CHECK (status IN ('announced', 'open', 'opposed', 'closed', 'erased')),
    ADD CONSTRAINT record_period_check CHECK (valid_to > valid_from);
COMMENT ON COLUMN record_period.motive IS 'code of why it began: FERMETURE_DEMANDE_PATIENT, DECES…';
COMMENT ON COLUMN record_period.reason IS 'free text of whoever asked, sealed under the patient''s key';
CREATE UNIQUE INDEX record_period_in_force ON record_period (patient_id) WHERE valid_to IS NULL;
CREATE INDEX record_period_announced ON record_period (valid_from) WHERE status = 'announced' AND valid_to IS NULL;
CREATE INDEX record_period_closed ON record_period (valid_from) WHERE status = 'closed' AND valid_to IS NULL;

CREATE VIEW closed_record AS
    SELECT patient_id, valid_from AS closed_at FROM record_period WHERE status = 'closed' AND valid_to IS NULL;

-- A record past its time is erased whole, key and trail bodies included, by a job of its own (retention.csv: record-after-closing).
DELETE FROM retention_rule WHERE since_table = 'closed_record';

-- Journal of population imports.
CREATE TABLE people_import (
    import_id uuid PRIMARY KEY,
    source text NOT NULL,
    started_at timestamptz NOT NULL,
    finished_at timestamptz
);
COMMENT ON TABLE people_import IS 'local: population files being imported, or imported; source is a digest of the file''s ends and size';
CREATE UNIQUE INDEX people_import_running ON people_import (source) WHERE finished_at IS NULL;

CREATE TABLE people_import_batch (
    import_id uuid NOT NULL REFERENCES people_import,
    batch integer NOT NULL,
    digest bytea NOT NULL,
    counts jsonb NOT NULL,
    refused jsonb NOT NULL,
    PRIMARY KEY (import_id, batch)
);
COMMENT ON TABLE people_import_batch IS 'local: batches of lines already taken; refused holds numbers of lines and codes, never a value';
