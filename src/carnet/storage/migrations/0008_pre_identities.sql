-- People are found by their traits within those born on one day, for an identity source (Patient/$match).
CREATE INDEX identity_by_birth ON identity (birth_date) WHERE valid_to IS NULL;
