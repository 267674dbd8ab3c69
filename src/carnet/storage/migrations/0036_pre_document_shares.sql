-- Links by which a patient shows documents to someone (docs/decisions/0036-links-and-requests.md).

-- documents: logicalIds. address: digest of what the link bears; code: keyed digest of what is told apart. wrong_codes: tried in all, on this
-- link alone. body: who made the link and what they noted, sealed.
CREATE TABLE document_share (
    patient_id uuid NOT NULL,
    share_id uuid NOT NULL,
    documents uuid[] NOT NULL CHECK (cardinality(documents) > 0),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    address bytea NOT NULL,
    code bytea NOT NULL,
    wrong_codes integer NOT NULL DEFAULT 0,
    openings integer NOT NULL DEFAULT 0,
    last_opened_at timestamptz,
    body bytea NOT NULL,
    PRIMARY KEY (patient_id, share_id)
);
COMMENT ON TABLE document_share IS 'patient: links that show documents to whoever holds them and their code; body is sealed';

CREATE TABLE share_claim (
    address bytea PRIMARY KEY,
    patient_id uuid NOT NULL,
    share_id uuid NOT NULL,
    expires_at timestamptz NOT NULL
);
COMMENT ON TABLE share_claim IS 'claim: the digest of the address of a link, to the record and the link';
