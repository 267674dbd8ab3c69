-- Someone of the demonstration who acts for another: a parent for their child.
ALTER TABLE demo_person
    ADD COLUMN for_matricule text,
    ADD COLUMN for_oid text,
    ADD CHECK ((for_matricule IS NULL) = (for_oid IS NULL) AND (for_matricule IS NULL OR matricule IS NOT NULL));
COMMENT ON COLUMN demo_person.for_matricule IS 'whom they represent, with for_oid; NULL for who acts for themselves';
