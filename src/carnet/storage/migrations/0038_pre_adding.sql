-- What a citizen adds: who sees it unless they say otherwise, and what they have sent of a document that is not filed yet.

ALTER TABLE consent_period
    DROP CONSTRAINT consent_period_kind_check,
    ADD CONSTRAINT consent_period_kind_check CHECK (kind IN (
        'grant', 'block', 'primary-care-doctor', 'emergency-opposition', 'regulation-opposition', 'feeding-opposition',
        'emergency-masked', 'hidden-category', 'withheld-category', 'parental-authority', 'guardianship', 'masked-by-default'));

CREATE TABLE draft (
    patient_id uuid NOT NULL,
    draft_id uuid NOT NULL,
    begun_at timestamptz NOT NULL,
    fields bytea NOT NULL,
    logical_id uuid,
    PRIMARY KEY (patient_id, draft_id),
    FOREIGN KEY (patient_id) REFERENCES record (patient_id)
);
COMMENT ON TABLE draft IS 'patient: documents being added, for a day; no part of the record until they are filed';
COMMENT ON COLUMN draft.fields IS 'what was typed, sealed';
COMMENT ON COLUMN draft.logical_id IS 'the document it became, whose parts are then gone: sent twice, it is filed once';

CREATE TABLE draft_part (
    patient_id uuid NOT NULL,
    draft_id uuid NOT NULL,
    part_id uuid NOT NULL,
    position integer NOT NULL,
    size_bytes integer NOT NULL,
    about bytea NOT NULL,
    thumbnail bytea,
    body bytea NOT NULL,
    PRIMARY KEY (patient_id, draft_id, part_id),
    FOREIGN KEY (patient_id, draft_id) REFERENCES draft (patient_id, draft_id) ON DELETE CASCADE
);
ALTER TABLE draft_part ALTER COLUMN body SET STORAGE EXTERNAL, ALTER COLUMN thumbnail SET STORAGE EXTERNAL;
COMMENT ON TABLE draft_part IS 'patient: pages and files of a draft, sealed';
COMMENT ON COLUMN draft_part.about IS 'name, media type and shape, sealed';

CREATE TABLE added_file (
    patient_id uuid NOT NULL,
    digest bytea NOT NULL,
    logical_id uuid NOT NULL,
    PRIMARY KEY (patient_id, digest, logical_id),
    FOREIGN KEY (patient_id, logical_id) REFERENCES document_entry (patient_id, logical_id)
);
COMMENT ON TABLE added_file IS 'patient: files that the person added, by a digest under their key, so that the same one is known again';
