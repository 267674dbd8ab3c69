-- A document that may state facts of health has its row from the act that files it, unread until it is read: a page then looks at these rows
-- alone, however many documents there are.

ALTER TABLE health_facts DROP CONSTRAINT health_facts_state_check;
ALTER TABLE health_facts ADD CONSTRAINT health_facts_state_check CHECK (state IN ('unread', 'read', 'unreadable'));
ALTER TABLE health_facts ALTER COLUMN read_at DROP NOT NULL;
COMMENT ON COLUMN health_facts.read_at IS 'NULL until it is read';

-- What was filed before: a body of sections, of a type that is not known to state none (domain/record/stating.py).
INSERT INTO health_facts (patient_id, logical_id, edition, state)
SELECT e.patient_id, e.logical_id, 0, 'unread' FROM document_entry e
WHERE e.status IN ('approved', 'archived') AND position('xds-sd' IN e.format) = 0
    AND lower(split_part(e.mime_type, ';', 1)) IN ('text/xml', 'application/xml', 'application/hl7-v3+xml', 'application/hl7-sda+xml')
    AND split_part(e.type, '|', 2) NOT IN (
        '11502-2', '96173-0', '51969-4', '60568-3', '18748-4', '55115-0', 'IMG-KOS', '52040-3', '57833-6', '57828-6', '57832-8', 'PRESC-AAT',
        'PRESC-BIO', 'PRESC-KINE', 'PRESC-INF', 'PRESC-PEDI', 'PRESC-ORTHOPHO', 'PRESC-ORTHOPTIE', '60593-1', 'DISP_AUT', '75468-9',
        '61357-0', '80565-5', 'REMB', '11369-6', '87273-9', '96874-3', '29274-8', '56446-8', 'E1762', 'FEUILLE-DE-STYLE')
ON CONFLICT DO NOTHING;

-- What a filing asks for, in the same statement: p_changed is its result, NULL when it wrote nothing. p_payload: the documents to be read.
CREATE OR REPLACE FUNCTION ask_after_filing(
    p_patient uuid, p_changed timestamptz, p_job uuid, p_kind text, p_payload jsonb, p_at timestamptz
) RETURNS timestamptz LANGUAGE plpgsql AS $$
BEGIN
    IF p_changed IS NOT NULL THEN
        INSERT INTO outbox (patient_id, job_id, kind, payload, due_at, created_at)
        VALUES (p_patient, p_job, p_kind, p_payload, p_at, p_at);
        INSERT INTO health_facts (patient_id, logical_id, edition, state)
        SELECT p_patient, d::uuid, 0, 'unread' FROM jsonb_array_elements_text(p_payload -> 'documents') d;
    END IF;
    RETURN p_changed;
END
$$;
