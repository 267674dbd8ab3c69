-- Whose file a row of the directory came from: a complete file ends only what came from its own.

ALTER TABLE directory_professional ADD COLUMN origin text NOT NULL DEFAULT 'annuaire';
ALTER TABLE directory_situation ADD COLUMN origin text NOT NULL DEFAULT 'annuaire';
ALTER TABLE directory_organization ADD COLUMN origin text NOT NULL DEFAULT 'annuaire';
ALTER TABLE directory_mailbox ADD COLUMN origin text NOT NULL DEFAULT 'annuaire';
COMMENT ON COLUMN directory_professional.origin IS 'annuaire: the published files; territoire: invented by a demonstration, which a published file does not end';
