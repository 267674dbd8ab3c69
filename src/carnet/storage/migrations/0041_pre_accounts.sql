-- Accounts: how someone proves that a record is theirs, and how they are reached. docs/decisions/0039-accounts.md.

-- What the insurance register says: to recognise the person at the first connection, and to reach them. Never shown.
CREATE TABLE insured_contact (
    patient_id uuid PRIMARY KEY,
    card_digests bytea[] NOT NULL DEFAULT '{}',
    mail bytea,
    address bytea,
    recorded_at timestamptz NOT NULL,
    FOREIGN KEY (patient_id) REFERENCES record (patient_id)
);
COMMENT ON TABLE insured_contact IS 'patient: numbers of cards (keyed digests), mail and postal address known to the insurance register; the last two sealed';

-- The code by which someone is recognised at first. sealed: the code itself until it has left, then NULL.
CREATE TABLE provisional_code (
    patient_id uuid NOT NULL,
    code_id uuid NOT NULL,
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    sealed bytea,
    channel text NOT NULL CHECK (channel IN ('mail', 'post', 'hand')),
    made_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    sent_at timestamptz,
    ended_at timestamptz,
    used boolean NOT NULL DEFAULT false,
    PRIMARY KEY (patient_id, code_id),
    FOREIGN KEY (patient_id) REFERENCES record (patient_id)
);
CREATE UNIQUE INDEX provisional_code_live ON provisional_code (patient_id) WHERE ended_at IS NULL;
CREATE INDEX provisional_code_to_post ON provisional_code (made_at) WHERE sent_at IS NULL AND ended_at IS NULL AND channel = 'post';
COMMENT ON TABLE provisional_code IS 'patient: codes of the first connection; one lives at a time';

-- The account of who has activated it: the name they sign in by, how to reach them.
ALTER TABLE account
    ADD COLUMN activated_at timestamptz,
    ADD COLUMN identifier bytea,
    ADD COLUMN mail bytea,
    ADD COLUMN phone bytea,
    ADD COLUMN text_size text CHECK (text_size IN ('large'));
COMMENT ON TABLE account IS 'patient: the holder''s account: when it was activated, identifier, mail and telephone (sealed), what they prefer, their visits';

CREATE TABLE account_login (
    patient_id uuid NOT NULL,
    login_digest bytea NOT NULL CHECK (octet_length(login_digest) = 32),
    kind text NOT NULL CHECK (kind IN ('identifier', 'mail')),
    PRIMARY KEY (patient_id, login_digest),
    FOREIGN KEY (patient_id) REFERENCES record (patient_id)
);
COMMENT ON TABLE account_login IS 'patient: by which names the account is found (keyed digests)';

CREATE TABLE login_claim (
    login_digest bytea PRIMARY KEY,
    patient_id uuid NOT NULL
);
COMMENT ON TABLE login_claim IS 'claim: keyed digest of an identifier or of a mail address, to the patient';

CREATE TABLE account_password (
    patient_id uuid PRIMARY KEY,
    hash text NOT NULL,
    set_at timestamptz NOT NULL,
    FOREIGN KEY (patient_id) REFERENCES record (patient_id)
);
COMMENT ON TABLE account_password IS 'patient: password, by argon2id';

-- last_step: the last 30 seconds for which a code was taken, so that none serves twice.
CREATE TABLE account_totp (
    patient_id uuid PRIMARY KEY,
    secret bytea NOT NULL,
    added_at timestamptz NOT NULL,
    last_step bigint NOT NULL DEFAULT 0,
    FOREIGN KEY (patient_id) REFERENCES record (patient_id)
);
COMMENT ON TABLE account_totp IS 'patient: secret of the codes by application (RFC 6238), sealed';

CREATE TABLE account_passkey (
    patient_id uuid NOT NULL,
    passkey_id uuid NOT NULL,
    credential_id bytea NOT NULL,
    public_key bytea NOT NULL,
    sign_count bigint NOT NULL,
    name bytea NOT NULL,
    added_at timestamptz NOT NULL,
    last_used_at timestamptz,
    PRIMARY KEY (patient_id, passkey_id),
    FOREIGN KEY (patient_id) REFERENCES record (patient_id)
);
COMMENT ON TABLE account_passkey IS 'patient: passkeys (WebAuthn); their names sealed';

CREATE TABLE passkey_claim (
    credential_id bytea PRIMARY KEY,
    patient_id uuid NOT NULL
);
COMMENT ON TABLE passkey_claim IS 'claim: identifier of a passkey, to the patient';

CREATE TABLE recovery_code (
    patient_id uuid NOT NULL,
    code_id uuid NOT NULL,
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    made_at timestamptz NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (patient_id, code_id),
    FOREIGN KEY (patient_id) REFERENCES record (patient_id)
);
COMMENT ON TABLE recovery_code IS 'patient: recovery codes on paper (keyed digests); each serves once';

CREATE TABLE known_device (
    patient_id uuid NOT NULL,
    device_digest bytea NOT NULL CHECK (octet_length(device_digest) = 32),
    first_used_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    PRIMARY KEY (patient_id, device_digest),
    FOREIGN KEY (patient_id) REFERENCES record (patient_id)
);
COMMENT ON TABLE known_device IS 'patient: devices from which the account was opened: strangers cannot spend their tries';

-- A sign-in, a first connection or a change of means under way: what was proved so far. state is sealed; patient_id is NULL when the
-- name typed opens nothing, which nothing else may show.
CREATE TABLE sign_in_step (
    step_digest bytea PRIMARY KEY CHECK (octet_length(step_digest) = 32),
    kind text NOT NULL,
    patient_id uuid,
    state bytea NOT NULL,
    tries smallint NOT NULL DEFAULT 0,
    made_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    done_at timestamptz
);
CREATE INDEX sign_in_step_expiry ON sign_in_step (expires_at);
COMMENT ON TABLE sign_in_step IS 'claim: keyed digest of a token of the browser, to the step of a sign-in';

-- Tries by origin, over a fixed window.
CREATE TABLE attempt_count (
    bucket bytea PRIMARY KEY CHECK (octet_length(bucket) = 32),
    tries integer NOT NULL,
    since timestamptz NOT NULL
);
CREATE INDEX attempt_count_since ON attempt_count (since);
COMMENT ON TABLE attempt_count IS 'claim: keyed digest of a door, a name and an origin, to the tries made there';

-- Letters of the demonstration, read at /demo/courrier: nothing is sent from there.
CREATE TABLE demo_letter (
    letter_id uuid PRIMARY KEY,
    address text NOT NULL,
    subject text NOT NULL,
    body text NOT NULL,
    sent_at timestamptz NOT NULL
);
CREATE INDEX demo_letter_by_address ON demo_letter (address, letter_id);
COMMENT ON TABLE demo_letter IS 'local: mail that the demonstration would have sent';
