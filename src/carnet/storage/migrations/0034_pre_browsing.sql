-- What a reader of a record keeps for themselves: what they have read, and the folders of the person.

-- reader: `holder` for the person, PS_IdNat of a professional, `oid|matricule` of a representative.
CREATE TABLE read_mark (
    patient_id uuid NOT NULL,
    reader text NOT NULL,
    logical_id uuid NOT NULL,
    marked_at timestamptz NOT NULL,
    PRIMARY KEY (patient_id, reader, logical_id),
    FOREIGN KEY (patient_id) REFERENCES record (patient_id)
);
COMMENT ON TABLE read_mark IS 'patient: documents that a reader has read, or marked as read';
COMMENT ON COLUMN read_mark.reader IS 'holder, PS_IdNat of a professional, or oid|matricule of a representative';

-- Not the classeurs of XDS (table folder): those are filed by software, shown to professionals and never emptied.
CREATE TABLE own_folder (
    patient_id uuid NOT NULL,
    folder_id uuid NOT NULL,
    name bytea NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (patient_id, folder_id),
    FOREIGN KEY (patient_id) REFERENCES record (patient_id)
);
COMMENT ON TABLE own_folder IS 'patient: folders that the person made for themselves; the name is sealed';

CREATE TABLE own_folder_document (
    patient_id uuid NOT NULL,
    folder_id uuid NOT NULL,
    logical_id uuid NOT NULL,
    added_at timestamptz NOT NULL,
    PRIMARY KEY (patient_id, folder_id, logical_id),
    FOREIGN KEY (patient_id, folder_id) REFERENCES own_folder (patient_id, folder_id) ON DELETE CASCADE
);
COMMENT ON TABLE own_folder_document IS 'patient: documents put into the person''s own folders';
