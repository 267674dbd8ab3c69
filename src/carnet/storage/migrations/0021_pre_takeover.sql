-- Taking over a stock of documents: how far each takeover has come.

CREATE TABLE takeover (
    takeover_id uuid PRIMARY KEY,
    source text NOT NULL,
    client text NOT NULL,
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    position bigint NOT NULL DEFAULT 0,
    counts jsonb NOT NULL DEFAULT '{}',
    codes jsonb NOT NULL DEFAULT '{}',
    refusals jsonb NOT NULL DEFAULT '[]'
);
CREATE UNIQUE INDEX takeover_running ON takeover (source, client) WHERE finished_at IS NULL;
COMMENT ON TABLE takeover IS 'local: stocks being taken over, or taken over; source is a digest of the stock''s names and sizes';
COMMENT ON COLUMN takeover.refusals IS 'place, file or line, codes: never a value of a document';
