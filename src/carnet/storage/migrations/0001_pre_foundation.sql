-- What storage itself needs: contents, the keys' ring, the outbox of jobs, the rules of retention.
-- The word before the colon of a table's comment says how it is distributed: docs/storage.md.

CREATE TABLE key_ring (
    key_id smallint PRIMARY KEY,
    wrapped bytea NOT NULL,
    master text NOT NULL,
    created_at timestamptz NOT NULL
);
COMMENT ON TABLE key_ring IS 'reference: intermediate keys, wrapped by the master key; the newest wraps new patient keys';
COMMENT ON COLUMN key_ring.master IS 'fingerprint of the master key that wrapped it, so that a wrong key file is named, not guessed';

CREATE TABLE content (
    patient_id uuid NOT NULL,
    logical_id uuid NOT NULL,
    segment integer NOT NULL CHECK (segment >= 0),
    bytes bytea NOT NULL,
    PRIMARY KEY (patient_id, logical_id, segment)
);
-- Sealed bytes do not compress: keep them out of line, uncompressed.
ALTER TABLE content ALTER COLUMN bytes SET STORAGE EXTERNAL;
COMMENT ON TABLE content IS 'patient: sealed segments of the contents, when PostgreSQL keeps them';

CREATE TABLE outbox (
    patient_id uuid NOT NULL,
    job_id uuid NOT NULL,
    kind text NOT NULL,
    payload jsonb NOT NULL,
    state text NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'dead')),
    attempts smallint NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    last_fault text,
    PRIMARY KEY (patient_id, job_id)
);
CREATE INDEX outbox_due ON outbox (due_at) WHERE state = 'due';
CREATE INDEX outbox_dead ON outbox (kind, created_at) WHERE state = 'dead';
COMMENT ON TABLE outbox IS 'patient: what an act asks to be done after it; deleted when done';
COMMENT ON COLUMN outbox.payload IS 'identifiers only, never a trait nor a content: a job reads what it needs under its own rights';
COMMENT ON COLUMN outbox.last_fault IS 'name of the exception, never its message, which could quote someone';

CREATE TABLE periodic_run (
    kind text PRIMARY KEY,
    due_at timestamptz NOT NULL,
    last_started_at timestamptz,
    last_fault text
);
COMMENT ON TABLE periodic_run IS 'reference: when each periodic job is due; locked by the worker that runs it';

CREATE TABLE retention_rule (
    rule text PRIMARY KEY,
    edition date NOT NULL,
    table_name text NOT NULL,
    since_table text NOT NULL,
    since_column text NOT NULL,
    keep interval NOT NULL,
    where_column text,
    where_value text,
    what text NOT NULL,
    source text NOT NULL
);
COMMENT ON TABLE retention_rule IS 'reference: what is kept how long, from when, and by which text';
COMMENT ON COLUMN retention_rule.since_table IS 'table_name itself, or a table or view with one row per patient_id';
