"""The merge of the mailboxes of MSSanté, and the change of the resources that show them."""
# ruff: noqa: S608  every fragment is a constant of this program; values travel as parameters or in temporary tables

from carnet.domain.directory.loading.merging import Merge, Step, differs, taken

_SAME_MAILBOX = "a.address = k.address AND a.person = k.person AND a.organization = k.organization"
_GONE_MAILBOX = f"""
    k.origin = %(origin)s AND NOT EXISTS (SELECT FROM arriving_mailbox a WHERE {_SAME_MAILBOX})
    AND NOT EXISTS (SELECT FROM arriving a WHERE a.address = k.address AND (NOT a.is_read OR a.is_unlisted))
"""

MAILBOXES = Merge(
    arriving="address, kind, person, organization, service, description, is_unlisted",
    key="address",
    prepare=(
        """
        CREATE TEMP TABLE arriving_mailbox ON COMMIT DROP AS
        SELECT DISTINCT ON (address, person, organization) address, person, organization, kind, service, description
        FROM arriving a WHERE is_read AND NOT EXISTS (SELECT FROM arriving u WHERE u.address = a.address AND u.is_unlisted)
        ORDER BY address, person, organization, line
        """,
        "CREATE TEMP TABLE touched (person text, organization text) ON COMMIT DROP",
        "CREATE INDEX ON arriving (address)",
        "ANALYZE arriving (address)",
        "ANALYZE arriving_mailbox",
    ),
    losing={
        "mailboxes": f"""
            SELECT (SELECT count(*) FROM directory_mailbox WHERE origin = %(origin)s),
                (SELECT count(*) FROM directory_mailbox k WHERE {_GONE_MAILBOX})
        """,
    },
    complete=(
        Step(
            f"""
            WITH gone AS (DELETE FROM directory_mailbox k WHERE {_GONE_MAILBOX} RETURNING person, organization)
            INSERT INTO touched SELECT person, organization FROM gone
            """,
            "mailboxes",
            "deactivated",
        ),
    ),
    merge=(
        # Liste rouge: nothing of it stays, in a partial file too.
        Step(
            """
            WITH gone AS (
                DELETE FROM directory_mailbox k WHERE EXISTS (SELECT FROM arriving a WHERE a.address = k.address AND a.is_unlisted)
                RETURNING person, organization)
            INSERT INTO touched SELECT person, organization FROM gone
            """,
            "mailboxes",
            "deactivated",
        ),
        Step(
            f"""
            WITH kept AS (
                UPDATE directory_mailbox k SET {taken("kind, service, description")}, changed_at = %(at)s
                FROM arriving_mailbox a WHERE {_SAME_MAILBOX} AND {differs("kind, service, description")}
                RETURNING k.person, k.organization)
            INSERT INTO touched SELECT person, organization FROM kept
            """,
            "mailboxes",
            "changed",
        ),
        Step(
            f"""
            WITH kept AS (
                INSERT INTO directory_mailbox (address, person, organization, kind, service, description, changed_at, origin)
                SELECT address, person, organization, kind, service, description, %(at)s, %(origin)s
                FROM arriving_mailbox a WHERE NOT EXISTS (SELECT FROM directory_mailbox k WHERE {_SAME_MAILBOX})
                RETURNING person, organization)
            INSERT INTO touched SELECT person, organization FROM kept
            """,
            "mailboxes",
            "added",
        ),
        # A resource that shows a mailbox changes with it.
        Step(
            """
            UPDATE directory_professional k SET changed_at = %(at)s
            WHERE active AND person IN (SELECT person FROM touched WHERE person <> '')
            """
        ),
        Step(
            """
            UPDATE directory_situation k SET changed_at = %(at)s
            FROM (SELECT DISTINCT person, organization FROM touched WHERE person <> '' AND organization <> '') AS t
            WHERE k.active AND t.person = k.person AND t.organization = k.organization
            """
        ),
        Step(
            """
            UPDATE directory_organization k SET changed_at = %(at)s
            WHERE active AND organization IN (SELECT organization FROM touched WHERE person = '')
            """
        ),
    ),
    analyze=("ANALYZE directory_mailbox",),
)
