-- Records of one person, linked and never merged: each keeps its id, its key and its chain.

-- linked: the records that are of the same person now, itself left out; NULL for nearly all. Kept on the head, so that the statement that
-- reads the facts of an act learns it without looking anywhere else.
ALTER TABLE record ADD COLUMN linked uuid[] CHECK (linked IS NULL OR (cardinality(linked) > 0 AND NOT patient_id = ANY (linked)));

-- One row on each side, since each record must say by itself what it was linked to, and when. Motives are sealed by the record's key.
CREATE TABLE record_link (
    patient_id uuid NOT NULL,
    link_id uuid NOT NULL,
    linked_to uuid NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_to timestamptz,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    motive bytea NOT NULL,
    ended_by text,
    ended_motive bytea,
    PRIMARY KEY (patient_id, link_id),
    FOREIGN KEY (patient_id) REFERENCES record (patient_id)
);
CREATE UNIQUE INDEX record_link_in_force ON record_link (patient_id, linked_to) WHERE valid_to IS NULL;
COMMENT ON TABLE record_link IS 'patient: links to other records of the same person, as periods; motives are sealed';
