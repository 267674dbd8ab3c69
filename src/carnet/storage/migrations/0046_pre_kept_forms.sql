-- What someone was sending when their session had ended: sealed, for the same person, for a few minutes.
CREATE TABLE kept_form (
    key_digest bytea PRIMARY KEY CHECK (octet_length(key_digest) = 32),
    sealed bytea NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX kept_form_expiry ON kept_form (expires_at);
COMMENT ON TABLE kept_form IS 'local: forms sent after their session had ended, sealed, a few minutes each';
