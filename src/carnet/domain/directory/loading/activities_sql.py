"""The merge of Personne_activite: professionals, their situations, and the structures they practise in."""
# ruff: noqa: S608  every fragment is a constant of this program; values travel as parameters or in temporary tables

from carnet.domain.directory.loading.merging import PLACE, REACHED, Merge, Step, differs, taken

_NAMED = "number_type, number, family, given, civility, title, professions, skills, codes, family_key, given_key"
_SITUATED = "person, organization, profession, category, mode, sector, section, role, activity, authority"
_FORGET_NAMES = """
    family = '', given = '', civility = '', title = '', professions = '{}', skills = '{}', codes = '{}', family_key = '', given_key = ''
"""
_GONE_PROFESSIONAL = (
    "k.active AND k.origin = %(origin)s AND NOT EXISTS (SELECT FROM arriving a WHERE a.person = k.person)"
)
# A line that could not be read says at least of whom it speaks: their situations are left as they are.
_GONE_SITUATION = """
    k.active AND k.origin = %(origin)s AND NOT EXISTS (SELECT FROM arriving_situation a WHERE a.situation = k.situation)
    AND NOT EXISTS (SELECT FROM arriving a WHERE a.person = k.person AND NOT a.is_read)
"""
_GONE_ORGANIZATION = """
    k.in_annuaire AND k.origin = %(origin)s AND NOT EXISTS (SELECT FROM arriving_organization a WHERE a.organization = k.organization)
    AND NOT EXISTS (
        SELECT FROM directory_situation s JOIN arriving a ON a.person = s.person AND NOT a.is_read
        WHERE s.active AND (s.organization = k.organization OR s.organization IN (
            SELECT o.organization FROM directory_organization o WHERE o.part_of = k.organization)))
"""

ACTIVITIES = Merge(
    arriving=(
        "person, number_type, number, family, given, civility, title, profession, category, skill_type, skill, mode, sector, section, role,"
        " activity, authority, organization, technical_id, finess, siret, siren, part_of, name, brand, phone, phone2, fax, email,"
        f" {PLACE}, family_key, given_key, name_key, city_key, situation"
    ),
    key="person",
    prepare=(
        # One row per person. Where lines differ on a name, the least of them wins, whatever their order.
        """
        CREATE TEMP TABLE arriving_professional ON COMMIT DROP AS
        SELECT person, names[1] AS number_type, names[2] AS number, names[3] AS family, names[4] AS given, names[5] AS civility,
            names[6] AS title, professions, skills, codes, names[7] AS family_key, names[8] AS given_key
        FROM (
            SELECT person, min(ARRAY[number_type, number, family, given, civility, title, family_key, given_key]) AS names,
                coalesce(array_agg(DISTINCT profession || '|' || category) FILTER (WHERE profession <> '' OR category <> ''), '{}') AS professions,
                coalesce(array_agg(DISTINCT skill || '|' || skill_type) FILTER (WHERE skill <> ''), '{}') AS skills,
                coalesce(array_agg(DISTINCT 'P|' || profession) FILTER (WHERE profession <> ''), '{}') || array_agg(DISTINCT 'C|' || category) FILTER (WHERE category <> '')
                    || array_agg(DISTINCT 'S|' || skill) FILTER (WHERE skill <> '')
                    || array_agg(DISTINCT 'T|' || skill_type) FILTER (WHERE skill <> '' AND skill_type <> '') AS codes
            FROM arriving WHERE is_read GROUP BY person
        ) AS grouped
        """,
        f"""
        CREATE TEMP TABLE arriving_situation ON COMMIT DROP AS
        SELECT DISTINCT ON (situation) situation, {_SITUATED}
        FROM arriving WHERE is_read AND situation <> '' ORDER BY situation, authority
        """,
        # Sites as the first line that names them describes them; then the legal entities that only their number makes known.
        f"""
        CREATE TEMP TABLE arriving_organization ON COMMIT DROP AS
        SELECT DISTINCT ON (organization) organization, left(technical_id, 1) = 'R' AS is_legal_entity, false AS is_bare, technical_id, finess,
            siret, siren, part_of, name, brand, sector, {REACHED}, {PLACE}, name_key, city_key
        FROM arriving WHERE is_read AND organization <> '' ORDER BY organization, line
        """,
        f"""
        INSERT INTO arriving_organization
        SELECT DISTINCT part_of, true, true, '', substr(part_of, 2), {", ".join(["''"] * 25)}
        FROM arriving a WHERE is_read AND part_of <> '' AND NOT EXISTS (SELECT FROM arriving_organization o WHERE o.organization = a.part_of)
        """,
        "CREATE INDEX ON arriving (person)",
        "ANALYZE arriving (person)",
        "ANALYZE arriving_professional",
        "ANALYZE arriving_situation",
        "ANALYZE arriving_organization",
    ),
    losing={
        "professionals": f"""
            SELECT (SELECT count(*) FROM directory_professional WHERE active AND origin = %(origin)s),
                (SELECT count(*) FROM directory_professional k WHERE {_GONE_PROFESSIONAL})
        """,
        "situations": f"""
            SELECT (SELECT count(*) FROM directory_situation WHERE active AND origin = %(origin)s),
                (SELECT count(*) FROM directory_situation k WHERE {_GONE_SITUATION})
        """,
        "organizations": f"""
            SELECT (SELECT count(*) FROM directory_organization WHERE in_annuaire AND origin = %(origin)s),
                (SELECT count(*) FROM directory_organization k WHERE {_GONE_ORGANIZATION})
        """,
    },
    complete=(
        # What was true until now is kept: whoever acted before was entitled to.
        Step(f"""
            INSERT INTO directory_professional_past (person, valid_from, valid_to, active)
            SELECT person, since, %(at)s, true FROM directory_professional k WHERE {_GONE_PROFESSIONAL}
        """),
        # Of someone who left, only the identifiers stay.
        Step(
            f"""
            UPDATE directory_professional k SET active = false, since = %(at)s, changed_at = %(at)s, {_FORGET_NAMES}
            WHERE {_GONE_PROFESSIONAL}
            """,
            "professionals",
            "deactivated",
        ),
        Step(
            f"UPDATE directory_organization k SET in_annuaire = false, changed_at = %(at)s WHERE in_finess AND {_GONE_ORGANIZATION}"
        ),
        Step(
            f"""
            UPDATE directory_organization k SET in_annuaire = false, active = false, since = %(at)s, changed_at = %(at)s
            WHERE NOT in_finess AND {_GONE_ORGANIZATION}
            """,
            "organizations",
            "deactivated",
        ),
        Step(
            f"UPDATE directory_situation k SET active = false, since = %(at)s, changed_at = %(at)s WHERE {_GONE_SITUATION}",
            "situations",
            "deactivated",
        ),
    ),
    merge=(
        Step(
            """
            INSERT INTO directory_professional_past (person, valid_from, valid_to, active)
            SELECT k.person, k.since, %(at)s, false FROM directory_professional k JOIN arriving_professional a ON a.person = k.person
            WHERE NOT k.active
            """,
            "professionals",
            "reactivated",
        ),
        Step(
            f"""
            UPDATE directory_professional k SET {taken(_NAMED)}, since = CASE WHEN k.active THEN k.since ELSE %(at)s END, active = true,
                changed_at = %(at)s
            FROM arriving_professional a WHERE a.person = k.person AND (NOT k.active OR {differs(_NAMED)})
            """,
            "professionals",
            "changed",
        ),
        Step(
            f"""
            INSERT INTO directory_professional (person, {_NAMED}, active, since, changed_at, origin)
            SELECT person, {_NAMED}, true, %(at)s, %(at)s, %(origin)s FROM arriving_professional a
            WHERE NOT EXISTS (SELECT FROM directory_professional k WHERE k.person = a.person)
            """,
            "professionals",
            "added",
        ),
        Step(
            f"""
            UPDATE directory_situation k SET {taken(_SITUATED)}, since = CASE WHEN k.active THEN k.since ELSE %(at)s END, active = true,
                changed_at = %(at)s
            FROM arriving_situation a WHERE a.situation = k.situation AND (NOT k.active OR k.authority <> a.authority)
            """,
            "situations",
            "changed",
        ),
        Step(
            f"""
            INSERT INTO directory_situation (situation, {_SITUATED}, active, since, changed_at, origin)
            SELECT situation, {_SITUATED}, true, %(at)s, %(at)s, %(origin)s FROM arriving_situation a
            WHERE NOT EXISTS (SELECT FROM directory_situation k WHERE k.situation = a.situation)
            """,
            "situations",
            "added",
        ),
        # What FINESS describes is FINESS's to describe: the Annuaire adds its technical identifier and the sector.
        Step(
            """
            UPDATE directory_organization k SET technical_id = a.technical_id, sector = a.sector, in_annuaire = true, changed_at = %(at)s
            FROM arriving_organization a WHERE a.organization = k.organization AND k.in_finess AND NOT a.is_bare
                AND (NOT k.in_annuaire OR (k.technical_id, k.sector) IS DISTINCT FROM (a.technical_id, a.sector))
            """,
            "organizations",
            "changed",
        ),
        Step(
            f"""
            UPDATE directory_organization k SET {taken(f"is_legal_entity, technical_id, finess, siret, siren, part_of, name, brand, sector, {REACHED}, {PLACE}, name_key, city_key")},
                in_annuaire = true, since = CASE WHEN k.active THEN k.since ELSE %(at)s END, active = true, changed_at = %(at)s
            FROM arriving_organization a WHERE a.organization = k.organization AND NOT k.in_finess AND NOT a.is_bare
                AND (NOT k.active OR {differs(f"is_legal_entity, technical_id, finess, siret, siren, part_of, name, brand, sector, {REACHED}, {PLACE}")})
            """,
            "organizations",
            "changed",
        ),
        Step(
            """
            UPDATE directory_organization k SET in_annuaire = true, since = CASE WHEN k.active THEN k.since ELSE %(at)s END, active = true,
                changed_at = %(at)s
            FROM arriving_organization a WHERE a.organization = k.organization AND a.is_bare AND NOT (k.active AND k.in_annuaire)
            """,
            "organizations",
            "changed",
        ),
        Step(
            f"""
            INSERT INTO directory_organization (organization, is_legal_entity, technical_id, finess, siret, siren, part_of, name, brand, sector,
                category, opened, {REACHED}, {PLACE}, name_key, city_key, in_annuaire, in_finess, active, since, changed_at, origin)
            SELECT organization, is_legal_entity, technical_id, finess, siret, siren, part_of, name, brand, sector, '', '', {REACHED}, {PLACE},
                name_key, city_key, true, false, true, %(at)s, %(at)s, %(origin)s
            FROM arriving_organization a WHERE NOT EXISTS (SELECT FROM directory_organization k WHERE k.organization = a.organization)
            """,
            "organizations",
            "added",
        ),
    ),
    analyze=(
        "ANALYZE directory_professional",
        "ANALYZE directory_situation",
        "ANALYZE directory_organization",
    ),
)
