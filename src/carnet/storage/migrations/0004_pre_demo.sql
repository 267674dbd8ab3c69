-- Who can be in the demonstration, by name; empty in production.

CREATE TABLE demo_person (
    name text PRIMARY KEY,
    description text NOT NULL,
    client_id text,
    matricule text,
    oid text,
    CHECK ((client_id IS NULL) = (matricule IS NOT NULL) AND (matricule IS NULL) = (oid IS NULL))
);
COMMENT ON TABLE demo_person IS 'local: names of the demonstration, each a client or a citizen';
