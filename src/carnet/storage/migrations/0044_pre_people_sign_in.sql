-- People signed in by an identity provider: requests already answered, and the connections of professionals.

-- A request to a provider is answered once: the row refuses a replayed answer until it would be too old anyway.
CREATE TABLE sign_in_state (
    state_digest bytea PRIMARY KEY CHECK (octet_length(state_digest) = 32),
    expires_at timestamptz NOT NULL
);
CREATE INDEX sign_in_state_expiry ON sign_in_state (expires_at);
COMMENT ON TABLE sign_in_state IS 'local: answers of identity providers already used, a few minutes each';

-- secret_hash: SHA-256 of what the cookie holds. person: PS_IdNat. situation: the one chosen, NULL until then. known: name and situations,
-- sealed. tokens: of Pro Santé Connect, sealed. fresh_until: when they are to be renewed; NULL: there are none. renewing_until: someone is at
-- it. provider_session: digest of the provider's own session, by which it ends ours.
CREATE TABLE professional_session (
    session_id uuid PRIMARY KEY,
    secret_hash bytea NOT NULL CHECK (octet_length(secret_hash) = 32),
    person text NOT NULL,
    situation text,
    known bytea NOT NULL,
    tokens bytea,
    fresh_until timestamptz,
    renewing_until timestamptz,
    provider_session bytea,
    means text NOT NULL,
    device text NOT NULL,
    begun_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE INDEX professional_session_end ON professional_session (ends_at);
CREATE INDEX professional_session_person ON professional_session (person) WHERE ended_at IS NULL;
CREATE INDEX professional_session_provider ON professional_session (provider_session) WHERE ended_at IS NULL;
COMMENT ON TABLE professional_session IS 'local: connections of professionals to the portal';
