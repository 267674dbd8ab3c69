-- A process that already knows what was given back reads only what came since: a software may give back each of its tokens.

ALTER TABLE token_revoked ADD COLUMN edition bigint NOT NULL DEFAULT 0;
CREATE INDEX token_revoked_edition ON token_revoked (edition);
