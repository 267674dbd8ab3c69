-- Registered software, the assertions it has used, and the keys that sign access tokens.

CREATE TABLE client (
    client_id text PRIMARY KEY,
    kind text NOT NULL,
    name text NOT NULL,
    organization text,
    organization_name text,
    person text,
    profession text,
    specialty text,
    sector text,
    situation text,
    authentication_level text,
    methods text[] NOT NULL,
    grants text[] NOT NULL,
    secret_digest bytea CHECK (octet_length(secret_digest) = 32),
    jwks jsonb NOT NULL DEFAULT '[]',
    disabled_at timestamptz,
    CHECK (jsonb_typeof(jwks) = 'array')
);
COMMENT ON TABLE client IS 'reference: registered software and its public keys, shared by every record';

-- An assertion (RFC 7523 §3, jti) serves once: the row refuses its replay until it would have expired anyway.
CREATE TABLE client_assertion (
    client_id text NOT NULL,
    jti_digest bytea NOT NULL CHECK (octet_length(jti_digest) = 32),
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (client_id, jti_digest)
);
CREATE INDEX client_assertion_expiry ON client_assertion (expires_at);
COMMENT ON TABLE client_assertion IS 'local: assertions already used, a few minutes each';

-- Private halves are sealed by the key ring before they come here.
CREATE TABLE token_key (
    kid text PRIMARY KEY,
    sealed bytea NOT NULL,
    signs_from timestamptz NOT NULL,
    verifies_until timestamptz
);
COMMENT ON TABLE token_key IS 'local: keys that sign access tokens, sealed';
