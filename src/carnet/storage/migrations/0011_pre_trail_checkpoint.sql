-- Where every stream of the trail stood, signed; the copies that matter are those kept outside the database.

CREATE TABLE trail_checkpoint (
    checkpoint_id uuid PRIMARY KEY,
    taken_at timestamptz NOT NULL,
    signed text NOT NULL
);
COMMENT ON TABLE trail_checkpoint IS 'local: checkpoints of the trail, each naming the one before; checkpoint_id is that of its event in the system trail';
