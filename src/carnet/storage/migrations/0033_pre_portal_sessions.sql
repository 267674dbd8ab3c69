-- People at the portals: what they prefer, when they last came, and the connections that are open.

-- visited_at: when the visit of now began. former_visit_at: when the one before began; what came since is new to them.
CREATE TABLE account (
    patient_id uuid PRIMARY KEY REFERENCES record,
    time_zone text,
    theme text CHECK (theme IN ('light', 'dark')),
    visited_at timestamptz,
    former_visit_at timestamptz
);
COMMENT ON TABLE account IS 'patient: what the holder prefers at the portal, and their visits';

-- secret_hash: SHA-256 of what the cookie holds. means: how they proved who they are. device: as their browser says it, shortened.
CREATE TABLE citizen_session (
    patient_id uuid NOT NULL REFERENCES record,
    session_id uuid NOT NULL,
    secret_hash bytea NOT NULL,
    means text NOT NULL,
    device text NOT NULL,
    begun_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    ended_at timestamptz,
    PRIMARY KEY (patient_id, session_id)
);
CREATE INDEX citizen_session_end ON citizen_session (ends_at);
COMMENT ON TABLE citizen_session IS 'patient: connections of the holder to the portal';
