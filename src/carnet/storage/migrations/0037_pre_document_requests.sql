-- What a patient asks about a document of who made it: to correct it or to remove it (docs/decisions/0036-links-and-requests.md).

-- status: the one of the last step. body: the motive and who asks, sealed.
CREATE TABLE document_request (
    patient_id uuid NOT NULL,
    request_id uuid NOT NULL,
    logical_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('correct', 'remove')),
    status text NOT NULL CHECK (status IN ('sent', 'seen', 'answered', 'closed', 'withdrawn')),
    sent_at timestamptz NOT NULL,
    addressees text[] NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (patient_id, request_id)
);
CREATE INDEX document_request_by_document ON document_request (patient_id, logical_id);
-- One at a time of each kind: the one before is answered and closed, or withdrawn.
CREATE UNIQUE INDEX document_request_running ON document_request (patient_id, logical_id, kind)
    WHERE status IN ('sent', 'seen', 'answered');
COMMENT ON TABLE document_request IS 'patient: what the patient asks about a document of who made it; body is sealed';

-- body: who did it and the text of an answer, sealed.
CREATE TABLE document_request_step (
    patient_id uuid NOT NULL,
    request_id uuid NOT NULL,
    step_id uuid NOT NULL,
    status text NOT NULL,
    at timestamptz NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (patient_id, request_id, step_id),
    FOREIGN KEY (patient_id, request_id) REFERENCES document_request (patient_id, request_id)
);
COMMENT ON TABLE document_request_step IS 'patient: the steps of a request about a document; body is sealed';

CREATE TABLE request_claim (
    holder text NOT NULL,
    request_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    PRIMARY KEY (holder, request_id)
);
COMMENT ON TABLE request_claim IS 'claim: an author of documents (PS_IdNat or Struct_IdNat), to the requests addressed to them';
