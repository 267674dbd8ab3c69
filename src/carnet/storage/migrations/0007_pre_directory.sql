-- The directory: professionals, their situations, structures and mailboxes of MSSanté, as the Annuaire Santé and FINESS publish them.
--
-- Public data, in clear. Rows are changed by imports only (`carnet directory import`), each import in one transaction.
-- `changed_at` is the same instant for all that one import changed, later than that of every import before it.

CREATE TABLE directory_professional (
    person text PRIMARY KEY,
    number_type text NOT NULL,
    number text NOT NULL,
    family text NOT NULL,
    given text NOT NULL,
    civility text NOT NULL,
    title text NOT NULL,
    professions text[] NOT NULL,
    skills text[] NOT NULL,
    codes text[] NOT NULL,
    family_key text NOT NULL,
    given_key text NOT NULL,
    active boolean NOT NULL,
    since timestamptz NOT NULL,
    changed_at timestamptz NOT NULL
);
CREATE INDEX directory_professional_number ON directory_professional (number);
CREATE INDEX directory_professional_family ON directory_professional (family_key text_pattern_ops, person);
CREATE INDEX directory_professional_given ON directory_professional (given_key text_pattern_ops, person);
CREATE INDEX directory_professional_codes ON directory_professional USING gin (codes);
CREATE INDEX directory_professional_changed ON directory_professional (changed_at, person);
COMMENT ON TABLE directory_professional IS 'reference: professionals of the Annuaire, and whether each may practise now';
COMMENT ON COLUMN directory_professional.person IS 'PS_IdNat: 8 and the RPPS, 0 and the ADELI';
COMMENT ON COLUMN directory_professional.professions IS 'profession|category, codes of TRE_G15 and TRE_R09';
COMMENT ON COLUMN directory_professional.skills IS 'skill|type, codes of TRE_R38 and its sisters and of TRE_R04';
COMMENT ON COLUMN directory_professional.codes IS 'table|code of every qualification, for searches';
COMMENT ON COLUMN directory_professional.family_key IS 'name without accents, in capitals, for searches; empty, like all that names them, once inactive';
COMMENT ON COLUMN directory_professional.since IS 'since when active is what it is; what was before is in directory_professional_past';

CREATE TABLE directory_professional_past (
    person text NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_to timestamptz NOT NULL,
    active boolean NOT NULL,
    PRIMARY KEY (person, valid_from)
);
COMMENT ON TABLE directory_professional_past IS 'reference: former periods of activity and of inactivity of professionals, closed';

CREATE TABLE directory_organization (
    organization text PRIMARY KEY,
    is_legal_entity boolean NOT NULL,
    technical_id text NOT NULL,
    finess text NOT NULL,
    siret text NOT NULL,
    siren text NOT NULL,
    part_of text NOT NULL,
    name text NOT NULL,
    brand text NOT NULL,
    sector text NOT NULL,
    category text NOT NULL,
    opened text NOT NULL,
    phone text NOT NULL,
    phone2 text NOT NULL,
    fax text NOT NULL,
    email text NOT NULL,
    addressee text NOT NULL,
    locator text NOT NULL,
    house_number text NOT NULL,
    repetition text NOT NULL,
    street_type text NOT NULL,
    street text NOT NULL,
    mention text NOT NULL,
    delivery text NOT NULL,
    postal_code text NOT NULL,
    commune text NOT NULL,
    city text NOT NULL,
    country text NOT NULL,
    department text NOT NULL,
    name_key text NOT NULL,
    city_key text NOT NULL,
    in_annuaire boolean NOT NULL,
    in_finess boolean NOT NULL,
    active boolean NOT NULL,
    since timestamptz NOT NULL,
    changed_at timestamptz NOT NULL
);
CREATE INDEX directory_organization_finess ON directory_organization (finess) WHERE finess <> '';
CREATE INDEX directory_organization_siret ON directory_organization (siret) WHERE siret <> '';
CREATE INDEX directory_organization_siren ON directory_organization (siren) WHERE siren <> '';
CREATE INDEX directory_organization_technical ON directory_organization (technical_id) WHERE technical_id <> '';
CREATE INDEX directory_organization_part_of ON directory_organization (part_of) WHERE part_of <> '';
CREATE INDEX directory_organization_name ON directory_organization (name_key text_pattern_ops, organization);
CREATE INDEX directory_organization_city ON directory_organization (city_key text_pattern_ops, organization);
CREATE INDEX directory_organization_postal_code ON directory_organization (postal_code text_pattern_ops, organization);
CREATE INDEX directory_organization_changed ON directory_organization (changed_at, organization);
COMMENT ON TABLE directory_organization IS 'reference: structures, as the Annuaire and FINESS know them';
COMMENT ON COLUMN directory_organization.organization IS 'Struct_IdNat: 1 and the FINESS, 3 and the SIRET, 4 and the RPPS-rang…';
COMMENT ON COLUMN directory_organization.in_finess IS 'FINESS describes it: then only the sector and the technical identifier come from the Annuaire';

CREATE TABLE directory_situation (
    situation text PRIMARY KEY,
    person text NOT NULL,
    organization text NOT NULL,
    profession text NOT NULL,
    category text NOT NULL,
    mode text NOT NULL,
    sector text NOT NULL,
    section text NOT NULL,
    role text NOT NULL,
    activity text NOT NULL,
    authority text NOT NULL,
    active boolean NOT NULL,
    since timestamptz NOT NULL,
    changed_at timestamptz NOT NULL
);
CREATE INDEX directory_situation_person ON directory_situation (person);
CREATE INDEX directory_situation_organization ON directory_situation (organization) WHERE organization <> '';
CREATE INDEX directory_situation_changed ON directory_situation (changed_at, situation);
COMMENT ON TABLE directory_situation IS 'reference: where and how each professional practises';
COMMENT ON COLUMN directory_situation.situation IS 'digest of what makes it: person, structure, profession, category, mode, sector, section, role, kind of activity';

CREATE TABLE directory_mailbox (
    address text NOT NULL,
    person text NOT NULL,
    organization text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('PER', 'ORG', 'APP', 'CAB')),
    service text NOT NULL,
    description text NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (address, person, organization)
);
CREATE INDEX directory_mailbox_address ON directory_mailbox (address text_pattern_ops);
CREATE INDEX directory_mailbox_person ON directory_mailbox (person) WHERE person <> '';
CREATE INDEX directory_mailbox_organization ON directory_mailbox (organization) WHERE organization <> '';
COMMENT ON TABLE directory_mailbox IS 'reference: published mailboxes of MSSanté, by owner; one that asked not to be published (liste rouge) is not kept at all';

CREATE TABLE directory_import (
    import_id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('activities', 'mailboxes', 'structures')),
    file text NOT NULL,
    edition timestamptz,
    is_complete boolean NOT NULL,
    at timestamptz NOT NULL,
    started_at timestamptz NOT NULL,
    counts jsonb NOT NULL
);
CREATE INDEX directory_import_at ON directory_import (at);
COMMENT ON TABLE directory_import IS 'reference: imports that were carried out; `at` is the instant that their changes bear';
