-- A journal of import that is forgotten takes its batches with it (retention.csv: population-imports).
ALTER TABLE people_import_batch
    DROP CONSTRAINT people_import_batch_import_id_fkey,
    ADD CONSTRAINT people_import_batch_import_id_fkey FOREIGN KEY (import_id) REFERENCES people_import ON DELETE CASCADE;
