"""The merge of FINESS: structures that it describes, and those that it closes."""
# ruff: noqa: S608  every fragment is a constant of this program; values travel as parameters or in temporary tables

from carnet.domain.directory.loading.merging import PLACE, Merge, Step, differs, taken

_DESCRIBED = (
    f"is_legal_entity, finess, siret, siren, part_of, name, brand, category, opened, phone, fax, email, {PLACE}"
)
# Legal entities are ended by a file that describes some; that of sites only names them.
_GONE_STRUCTURE = """
    k.in_finess AND k.origin = %(origin)s
    AND NOT EXISTS (SELECT FROM arriving a WHERE a.organization = k.organization AND (NOT a.is_read OR a.is_open))
    AND NOT EXISTS (SELECT FROM arriving_organization a WHERE a.organization = k.organization)
    AND (NOT k.is_legal_entity OR EXISTS (SELECT FROM arriving WHERE is_legal_entity))
"""
_CLOSED_STRUCTURE = """
    k.in_finess AND EXISTS (SELECT FROM arriving a WHERE a.organization = k.organization AND a.is_read AND NOT a.is_open)
"""
_LEAVE_FINESS = """
    in_finess = false, since = CASE WHEN k.active AND NOT k.in_annuaire THEN %(at)s ELSE k.since END, active = k.in_annuaire, changed_at = %(at)s
"""

STRUCTURES = Merge(
    arriving=(
        "organization, is_legal_entity, finess, siret, siren, part_of, name, brand, category, opened, closed, phone, fax, email,"
        f" {PLACE}, name_key, city_key, is_open"
    ),
    key="organization",
    prepare=(
        f"""
        CREATE TEMP TABLE arriving_organization ON COMMIT DROP AS
        SELECT DISTINCT ON (organization) organization, {_DESCRIBED}, name_key, city_key, false AS is_bare
        FROM arriving WHERE is_read AND is_open ORDER BY organization, line
        """,
        f"""
        INSERT INTO arriving_organization
        SELECT DISTINCT part_of, true, substr(part_of, 2), {", ".join(["''"] * 25)}, true
        FROM arriving a WHERE is_read AND is_open AND part_of <> ''
            AND NOT EXISTS (SELECT FROM arriving o WHERE o.organization = a.part_of)
        """,
        "CREATE INDEX ON arriving (organization)",
        "ANALYZE arriving (organization)",
        "ANALYZE arriving_organization",
    ),
    losing={
        "organizations": f"""
            SELECT (SELECT count(*) FROM directory_organization WHERE in_finess AND origin = %(origin)s),
                (SELECT count(*) FROM directory_organization k WHERE {_GONE_STRUCTURE})
        """,
    },
    complete=(
        Step(
            f"UPDATE directory_organization k SET {_LEAVE_FINESS} WHERE {_GONE_STRUCTURE}",
            "organizations",
            "deactivated",
        ),
    ),
    merge=(
        Step(
            f"UPDATE directory_organization k SET {_LEAVE_FINESS} WHERE {_CLOSED_STRUCTURE}",
            "organizations",
            "deactivated",
        ),
        Step(
            f"""
            UPDATE directory_organization k SET {taken(_DESCRIBED + ", name_key, city_key")}, phone2 = '', in_finess = true,
                since = CASE WHEN k.active THEN k.since ELSE %(at)s END, active = true, changed_at = %(at)s
            FROM arriving_organization a WHERE a.organization = k.organization AND NOT a.is_bare
                AND (NOT k.in_finess OR NOT k.active OR {differs(_DESCRIBED)})
            """,
            "organizations",
            "changed",
        ),
        Step(
            """
            UPDATE directory_organization k SET in_finess = true, since = CASE WHEN k.active THEN k.since ELSE %(at)s END, active = true,
                changed_at = %(at)s
            FROM arriving_organization a WHERE a.organization = k.organization AND a.is_bare AND NOT (k.active AND k.in_finess)
            """,
            "organizations",
            "changed",
        ),
        Step(
            f"""
            INSERT INTO directory_organization (organization, {_DESCRIBED}, technical_id, sector, phone2, name_key, city_key, in_annuaire,
                in_finess, active, since, changed_at, origin)
            SELECT organization, {_DESCRIBED}, '', '', '', name_key, city_key, false, true, true, %(at)s, %(at)s, %(origin)s
            FROM arriving_organization a WHERE NOT EXISTS (SELECT FROM directory_organization k WHERE k.organization = a.organization)
            """,
            "organizations",
            "added",
        ),
    ),
    analyze=("ANALYZE directory_organization",),
)
