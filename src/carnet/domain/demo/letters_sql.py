"""SQL of the letterbox of the demonstration."""

from datetime import datetime

from carnet.storage.database import Connection
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.uuid7 import uuid7_in_order

_KEEP = "INSERT INTO demo_letter (letter_id, address, subject, body, sent_at) VALUES (%s, %s, %s, %s, %s)"
_LETTERS = """
    SELECT subject, body, sent_at, address FROM demo_letter WHERE address = %s ORDER BY letter_id DESC LIMIT %s
"""
_LAST = "SELECT subject, body, sent_at, address FROM demo_letter ORDER BY letter_id DESC LIMIT %s"
_SHOWN = 20


@frozen
class DemoLetter:
    subject: str
    body: str
    sent_at: datetime
    address: str


async def keep(connection: Connection, address: str, subject: str, body: str, *, at: datetime) -> None:
    await connection.execute(_KEEP, (uuid7_in_order(), address, subject, body, at))


async def letters_to(connection: Connection, address: str) -> list[DemoLetter]:
    """The last ones that came to an address, the newest first."""
    cursor = await connection.execute(_LETTERS, (address, _SHOWN))
    return [DemoLetter(*row) for row in await cursor.fetchall()]


async def last_letters(connection: Connection) -> list[DemoLetter]:
    """The last ones, to whomever, the newest first."""
    return [DemoLetter(*row) for row in await (await connection.execute(_LAST, (_SHOWN,))).fetchall()]
