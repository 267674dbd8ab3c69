-- Who feeds in whose name, in which structure, for how long; and what was filed so.

-- delegator: PS_IdNat; delegate: PS_IdNat, or the national identifier of a secretary, whom no directory knows (is_staff). told: names and
-- situation as they were when it was given, sealed. valid_to: at the latest. ended_at, ended_by: before its time, by one of the two.
CREATE TABLE delegation (
    delegation_id uuid PRIMARY KEY,
    delegator text NOT NULL,
    delegate text NOT NULL,
    organization text NOT NULL,
    is_staff boolean NOT NULL,
    told bytea NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_to timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    ended_at timestamptz,
    ended_by text,
    CHECK (delegator <> delegate),
    CHECK (valid_from < valid_to)
);
CREATE UNIQUE INDEX delegation_one ON delegation (delegator, delegate, organization) WHERE ended_at IS NULL;
CREATE INDEX delegation_delegate ON delegation (delegate, organization);
CREATE INDEX delegation_end ON delegation (valid_to);
COMMENT ON TABLE delegation IS 'reference: periods during which someone feeds in the name of a professional of their structure';

-- Written before the deposit, which is the truth: harmless when that was then refused.
CREATE TABLE delegated_filing_claim (
    delegator text NOT NULL,
    unique_id text NOT NULL,
    patient_id uuid NOT NULL,
    delegation_id uuid NOT NULL,
    claimed_at timestamptz NOT NULL,
    PRIMARY KEY (delegator, unique_id)
);
CREATE INDEX delegated_filing_claim_age ON delegated_filing_claim (claimed_at);
COMMENT ON TABLE delegated_filing_claim IS 'claim: a professional (PS_IdNat) to the documents that were filed in their name by someone they named';
