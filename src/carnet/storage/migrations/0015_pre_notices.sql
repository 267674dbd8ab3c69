-- Whom a notice is about, so that an emergency which reads ten documents is told once.
ALTER TABLE notice ADD COLUMN about text NOT NULL DEFAULT '';
COMMENT ON COLUMN notice.about IS 'PS_IdNat or Struct_IdNat of the one whose act it tells';
