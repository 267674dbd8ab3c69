"""The facts about rights, as SQL that any statement on a record (`r`) may hold."""

from functools import cache
from typing import LiteralString

from carnet.domain.delegations.facts_sql import DELEGATIONS

STRUCK_OFF = "struck-off"

# What is in force for the actor (in person, through the structure they act for, or for everyone): `kind`, or `kind scope`. Judged no
# earlier than the record's last change: what was recorded holds at once, even for a server whose clock is behind. Then whether the
# directory says that they no longer practise.
CONSENTS: LiteralString = """
    ARRAY(
        SELECT concat_ws(' ', c.kind, c.scope) FROM consent_period c
        WHERE c.patient_id = r.patient_id AND c.valid_from <= greatest(%(at)s, r.changed_at)
            AND (c.valid_to IS NULL OR c.valid_to > greatest(%(at)s, r.changed_at))
            AND (c.holder = %(person)s AND NOT c.holder_is_organization
                OR c.holder = %(organization)s AND c.holder_is_organization
                OR c.holder = '*')
        UNION ALL SELECT 'struck-off' FROM directory_professional d WHERE d.person = %(person)s AND NOT d.active
    )
"""

# The same at a past instant: the periods alone.
CONSENTS_THEN: LiteralString = """
    ARRAY(
        SELECT concat_ws(' ', c.kind, c.scope) FROM consent_period c
        WHERE c.patient_id = r.patient_id AND c.valid_from <= %(at)s AND (c.valid_to IS NULL OR c.valid_to > %(at)s)
            AND (c.holder = %(person)s AND NOT c.holder_is_organization
                OR c.holder = %(organization)s AND c.holder_is_organization
                OR c.holder = '*')
        UNION ALL SELECT 'struck-off' FROM directory_professional d
            WHERE d.person = %(person)s AND NOT d.active AND d.since <= %(at)s
        UNION ALL SELECT 'struck-off' FROM directory_professional_past d
            WHERE d.person = %(person)s AND NOT d.active AND d.valid_from <= %(at)s AND %(at)s < d.valid_to
    )
"""


@cache
def with_delegations(statement: LiteralString) -> LiteralString:
    """The same facts, and for whom the actor may feed. Nobody but a delegate pays for it."""
    return statement.replace(CONSENTS, f"array_cat({CONSENTS}, {DELEGATIONS})", 1)
