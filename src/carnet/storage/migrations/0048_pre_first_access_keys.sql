-- Both tables are written on the way of every first access, by statements that hold the record's own row: a look-up of that row for each of
-- them told nothing, and cost as much as the rows.

ALTER TABLE known_reader DROP CONSTRAINT known_reader_patient_id_fkey;
ALTER TABLE notice DROP CONSTRAINT notice_patient_id_fkey;
