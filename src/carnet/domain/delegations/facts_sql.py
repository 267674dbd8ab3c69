"""Whether a delegation (`d`) holds, as SQL that any statement may hold."""

from typing import LiteralString

DELEGATED, DELEGATED_LATELY = "delegated", "delegated-lately"


def _practises(person: LiteralString) -> LiteralString:
    return f"""
        EXISTS (
            SELECT 1 FROM directory_professional p JOIN directory_situation s ON s.person = p.person
            WHERE p.person = {person} AND p.active AND s.active AND s.organization = d.organization)
    """  # noqa: S608  constants of this file only


# Both are still in that structure: by the directory; a secretary, whom it does not know, by the situation of their session.
IN_PLACE: LiteralString = f"""
    ({_practises("d.delegator")} AND CASE WHEN d.is_staff
        THEN NOT EXISTS (SELECT 1 FROM directory_professional p WHERE p.person = d.delegate AND NOT p.active)
        ELSE {_practises("d.delegate")} END)
"""  # noqa: S608  constants of this file only

# For whom an actor may feed, in the structure where they act: a delegation that runs; or one that ran a day ago, so that what was begun under
# it is not lost.
DELEGATIONS: LiteralString = f"""
    ARRAY(
        SELECT CASE WHEN d.ended_at IS NULL AND d.valid_to > %(at)s AND {IN_PLACE} THEN 'delegated' ELSE 'delegated-lately' END
        FROM delegation d
        WHERE d.delegate = %(person)s AND d.organization = %(organization)s
            AND (%(delegator)s::text IS NULL OR d.delegator = %(delegator)s)
            AND d.valid_from <= %(at)s AND least(d.ended_at, d.valid_to) > %(at)s - interval '1 day')
"""  # noqa: S608  constants of this file only

# What follows a statement that does something in someone's name: it does nothing when they no longer let it.
WHILE_DELEGATED: LiteralString = f" WHERE '{DELEGATED}' = ANY ({DELEGATIONS})"
