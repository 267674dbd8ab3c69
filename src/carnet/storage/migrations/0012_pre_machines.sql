-- Certificates of clients, tokens that may be refused before they expire, and what was refused to each sender.

-- certificates: [{"trait": "tls_client_auth_subject_dn"…, "value": "…"}] (RFC 8705 §2.1.2). tokens_from: older tokens are refused.
-- is_resource_server: may ask what any token is worth (RFC 7662).
ALTER TABLE client
    ADD COLUMN certificates jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(certificates) = 'array'),
    ADD COLUMN tokens_from timestamptz,
    ADD COLUMN is_resource_server boolean NOT NULL DEFAULT false;

-- A token given back (RFC 7009) is refused until it would have expired anyway.
CREATE TABLE token_revoked (
    jti text PRIMARY KEY,
    client_id text NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX token_revoked_expiry ON token_revoked (expires_at);
COMMENT ON TABLE token_revoked IS 'local: tokens given back before their time, until they expire';

-- One row, read several times a second by each process: the lists are read again only when the figure has moved.
CREATE TABLE token_refusals_head (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    edition bigint NOT NULL DEFAULT 0
);
INSERT INTO token_refusals_head DEFAULT VALUES;
COMMENT ON TABLE token_refusals_head IS 'local: raised by every revocation and every change of a client';

-- What was refused to a sender, for that sender: codes and places, never a content nor an identity.
CREATE TABLE refusal (
    client_id text NOT NULL,
    refusal_id uuid NOT NULL,
    refused_at timestamptz NOT NULL,
    transaction text NOT NULL,
    status smallint NOT NULL,
    issues jsonb NOT NULL,
    correlation_id uuid,
    PRIMARY KEY (client_id, refusal_id)
);
CREATE INDEX refusal_age ON refusal (refused_at);
COMMENT ON TABLE refusal IS 'local: refused deposits and updates of each software, 30 days';

-- How many in each hour: a software in a loop of refusals raises a count instead of filling the register.
CREATE TABLE refusal_count (
    client_id text NOT NULL,
    hour timestamptz NOT NULL,
    refused integer NOT NULL,
    PRIMARY KEY (client_id, hour)
);
COMMENT ON TABLE refusal_count IS 'local: how many refusals each software had in each hour, 30 days';
