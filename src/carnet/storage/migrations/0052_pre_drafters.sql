-- Professionals prepare documents too: a draft is its author's alone.
ALTER TABLE draft ADD COLUMN drafter text NOT NULL DEFAULT 'holder';
COMMENT ON COLUMN draft.drafter IS '`holder`, a representative''s INS, or the PS_IdNat of who prepares it; nobody else finds it';
