"""The directory's SQL for those who read it."""

from datetime import datetime

from carnet.storage.database import Connection

# active_at: the state of now when it began before the instant, else the closed period around it.
_ACTIVE_AT = """
    SELECT active FROM directory_professional WHERE person = %(person)s AND since <= %(at)s
    UNION ALL
    SELECT active FROM directory_professional_past WHERE person = %(person)s AND valid_from <= %(at)s AND %(at)s < valid_to
"""


async def active_at(connection: Connection, person: str, at: datetime) -> bool | None:
    """Whether someone was active at an instant; None when nothing was known of them."""
    row = await (await connection.execute(_ACTIVE_AT, {"person": person, "at": at})).fetchone()
    return None if row is None else bool(row[0])
