-- Software of professionals: people asked on their own device in its name, and records it opens in the browser.

-- asked: the request of Pro Santé Connect and whom it asks, later what it answered; sealed. certificate: thumbprint of the connection that asked.
CREATE TABLE backchannel_request (
    request_digest bytea PRIMARY KEY CHECK (octet_length(request_digest) = 32),
    client_id text NOT NULL,
    certificate text NOT NULL,
    asked bytea NOT NULL,
    interval_seconds integer NOT NULL,
    poll_from timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX backchannel_request_expiry ON backchannel_request (expires_at);
COMMENT ON TABLE backchannel_request IS 'local: professionals asked on their own device (CIBA), a few minutes each';

-- launched: who opens which record, sealed. used_by: the session that it began; an address serves once.
CREATE TABLE record_launch (
    launch_digest bytea PRIMARY KEY CHECK (octet_length(launch_digest) = 32),
    launched bytea NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX record_launch_expiry ON record_launch (expires_at);
COMMENT ON TABLE record_launch IS 'local: addresses by which software opens a record in the browser, a minute each';
