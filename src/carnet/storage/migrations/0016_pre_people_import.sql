-- What an import did, kept once its batches are forgotten.
ALTER TABLE people_import ADD COLUMN counts jsonb;
